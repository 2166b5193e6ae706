package main

import (
	"fmt"
	"hash/fnv"
)

// work is how one product is drawn: the thing, its colours, its pattern, and where it stands.
type work struct {
	draw    func(c *canvas)
	p       palette
	pattern pattern
	place   func(c *canvas, seed uint32)
}

// shared is the lighting every picture uses: s shadow, c light on cloth, w light on a turned pot, f shadow on a
// table, g glow.
const shared = `<filter id="s" x="-20%" y="-20%" width="140%" height="150%"><feDropShadow dx="0" dy="12" stdDeviation="14" flood-color="#1b1a24" flood-opacity=".24"/></filter>` +
	`<linearGradient id="c" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#fff" stop-opacity=".16"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#10101c" stop-opacity=".2"/></linearGradient>` +
	`<linearGradient id="w"><stop offset="0" stop-color="#1a1008" stop-opacity=".2"/><stop offset=".26" stop-color="#fff" stop-opacity=".24"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#1a1008" stop-opacity=".36"/></linearGradient>` +
	`<radialGradient id="g"><stop offset="0" stop-color="#ffd98a" stop-opacity=".75"/><stop offset=".4" stop-color="#ffd98a" stop-opacity=".3"/><stop offset="1" stop-color="#ffd98a" stop-opacity="0"/></radialGradient>` +
	`<radialGradient id="f"><stop offset="0" stop-color="#1b120a" stop-opacity=".42"/><stop offset=".6" stop-color="#1b120a" stop-opacity=".16"/><stop offset="1" stop-color="#1b120a" stop-opacity="0"/></radialGradient>`

// picture draws the nth image of a product: the first shows all of it, the later ones come near.
func (w work) picture(handle string, n int) []byte {
	seed := seedOf(handle)
	c := &canvas{p: w.p}
	c.def("%s%s", shared, w.pattern.def("p", w.p))
	w.place(c, seed+uint32(n-1))
	if n == 1 {
		w.draw(c)
	} else {
		c.near(n, func() { w.draw(c) })
	}
	return c.document(800, 1000)
}

// near brings the viewer closer, each time to another part.
func (c *canvas) near(n int, draw func()) {
	aim := [][3]float64{{1.75, 60, -520}, {1.9, -150, -330}}[(n-2)%2]
	c.add(`<g transform="translate(%g %g) scale(%g)">`, aim[1], aim[2], aim[0])
	draw()
	c.add(`</g>`)
}

// document closes the picture. Its axis is the middle of the width.
func (c *canvas) document(w, h int) []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d"><defs>%s</defs><g transform="translate(%d 0)">%s</g></svg>`+"\n",
		w, h, w, h, c.defs.String(), w/2, c.body.String())
}

func seedOf(handle string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(handle))
	return h.Sum32()
}

// wall is the room for things that hang: limewash with a lighter shape that differs from product to product.
func wall(c *canvas, seed uint32) {
	c.add(`<path fill="%s" d="M-400 0h800v1000h-800z"/>`, c.p.back)
	shapes := []string{
		`<path d="M-290 1000V430a290 290 0 0 1 580 0v570z"/>`,
		`<circle cy="520" r="355"/>`,
		`<path d="M-320 110h640v780h-640z"/>`,
		`<path d="M-400 640Q-200 540 0 620t400-40v420h-800z"/>`,
	}
	c.add(`<g fill="#fff" opacity=".42">%s</g>`, shapes[seed%uint32(len(shapes))])
}

// table is the room for things that stand: a wall, and a wooden or stone top.
func table(c *canvas, seed uint32) {
	wall(c, seed)
	tops := [][2]string{{"#d8b48a", "#c79f72"}, {"#e9dfd0", "#d6c8b4"}, {"#b98b62", "#a37850"}, {"#cfc4b4", "#bdb09d"}}
	top := tops[(seed/7)%uint32(len(tops))]
	c.add(`<path fill="%s" d="M-400 760h800v240h-800z"/><path fill="%s" d="M-400 760h800v9h-800z"/>`, top[0], top[1])
	c.line(top[1], 3, "M-400 868Q-120 858 80 872T400 862M-400 938Q-200 948 40 932T400 944")
}

// dusk is a dark room, for things that give light.
func dusk(c *canvas, seed uint32) {
	c.add(`<path fill="%s" d="M-400 0h800v1000h-800z"/><path fill="#fff" opacity=".07" d="M-290 1000V430a290 290 0 0 1 580 0v570z"/>`, c.p.back)
	c.fill("#6b4a3a", "M-400 600h800v400h-800z")
	c.line("#5a3d30", 3, "M-400 868Q-120 858 80 872T400 862M-400 938Q-200 948 40 932T400 944")
}
