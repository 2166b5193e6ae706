package main

import (
	"fmt"
	"strings"
)

// house is what a shop's own signs are drawn from.
type house struct {
	mark, ink, word string
	hero            func(c *canvas)
}

var houses = map[string]house{
	"neel":  {mark: neelMark, ink: "#1d3a78", word: "neel", hero: neelHero},
	"matir": {mark: matirMark, ink: "#7d3a22", word: "matir ghor", hero: matirHero},
}

// Both marks are drawn in a square of 64.
const (
	neelMark = `<circle cx="32" cy="32" r="31" fill="#1d3a78"/><path fill="#f7f3e8" d="M32 8C46 26 50 33 50 40a18 18 0 0 1-36 0C14 33 18 26 32 8z"/><path fill="#1d3a78" d="M32 26l4 9 9 4-9 4-4 9-4-9-9-4 9-4z"/><circle cx="32" cy="39" r="3" fill="#e0a23a"/>`

	matirMark = `<path fill="#a8502e" d="M32 2L61 25V56a6 6 0 0 1-6 6H9a6 6 0 0 1-6-6V25z"/><path fill="#fbf3e6" d="M23 23h18v4q-4 2-3 5 12 4 12 14 0 8-8 10H22q-8-2-8-10 0-10 12-14 1-3-3-5z"/><path fill="none" stroke="#a8502e" stroke-width="2.6" d="M15 42l4.3 4 4.3-4 4.3 4 4.3-4 4.3 4 4.3-4 4.3 4 4.3-4"/>`
)

// letters are drawn with a round pen: x-height 4 to 40, so that no font is needed. The width comes first.
var letters = map[rune]struct {
	width int
	d     string
}{
	'a': {32, "M32 4V40M32 22a16 18 0 1 0-32 0a16 18 0 1 0 32 0"},
	'e': {32, "M0 22H32A16 18 0 1 0 27 35"},
	'g': {32, "M32 4V44q0 15-16 15-10 0-14-6M32 22a16 18 0 1 0-32 0a16 18 0 1 0 32 0"},
	'h': {30, "M0-18V40M0 20a15 16 0 0 1 30 0V40"},
	'i': {0, "M0 4V40M0-13v.1"},
	'l': {0, "M0-18V40"},
	'm': {52, "M0 4V40M0 18a13 14 0 0 1 26 0V40M26 18a13 14 0 0 1 26 0V40"},
	'n': {30, "M0 4V40M0 20a15 16 0 0 1 30 0V40"},
	'o': {32, "M32 22a16 18 0 1 0-32 0a16 18 0 1 0 32 0"},
	'r': {16, "M0 4V40M0 20q0-16 16-16"},
	't': {16, "M6-12V30q0 10 10 10M-5 4H16"},
	' ': {2, ""},
}

// brand draws a shop's logo, icon and banner.
func brand(shop string) map[string][]byte {
	h := houses[shop]
	c := &canvas{}
	c.def("%s", shared)
	h.hero(c)
	return map[string][]byte{
		"logo.svg":    h.logo(),
		"favicon.svg": square(h.mark),
		"hero.svg":    c.document(1600, 600),
	}
}

func square(mark string) []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">%s</svg>`+"\n", mark)
}

// logo is the mark and the shop's name beside it.
func (h house) logo() []byte {
	var word strings.Builder
	x := 0
	for _, r := range h.word {
		l := letters[r]
		fmt.Fprintf(&word, `<path transform="translate(%d 0)" d="%s"/>`, x, l.d)
		x += l.width + 17
	}
	width := 102 + x
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="96" viewBox="0 0 %d 96"><g transform="translate(8 8) scale(1.25)">%s</g><g transform="translate(112 32)" fill="none" stroke="%s" stroke-width="8" stroke-linecap="round" stroke-linejoin="round">%s</g></svg>`+"\n",
		width, width, h.mark, h.ink, word.String())
}

// stamp draws a product's picture, without its room, as the nth thing on a banner.
func (c *canvas) stamp(n int, w work, x, y, scale float64) {
	one := &canvas{p: w.p}
	w.draw(one)
	id := fmt.Sprintf("p%d", n)
	c.def("%s", w.pattern.def(id, w.p))
	c.add(`<g transform="translate(%g %g) scale(%g)">%s</g>`, x, y, scale, strings.ReplaceAll(one.body.String(), "url(#p)", "url(#"+id+")"))
}

// neelHero is a rail of clothes on the right; the left stays calm for words.
func neelHero(c *canvas) {
	c.fill("#e6ebf4", "M-800 0H800V600H-800Z")
	c.ghost("#ffffff", .5, "M-800 420Q-500 330-200 420T400 400T800 430V600H-800Z")
	c.ghost("#c9d6ea", .6, "M-800 500Q-560 430-280 500T260 490T800 510V600H-800Z")
	c.line(wood, 13, "M-300 54H810")
	c.stamp(1, neel["haor-camp-shirt"], -110, -22, .53)
	c.stamp(2, neel["nakshi-yoke-kurta"], 184, -2, .53)
	c.stamp(3, neel["neel-tiered-dress"], 440, -2, .53)
	c.stamp(4, neel["kashphool-cotton-saree"], 674, -37, .53)
}

// matirHero is a shelf of pots on the right.
func matirHero(c *canvas) {
	c.fill("#f5e8d8", "M-800 0H800V600H-800Z")
	c.ghost("#ffffff", .5, "M-10 470V300a230 230 0 0 1 460 0V470Z")
	c.ghost("#e7c9ad", .5, "M-800 470V330Q-640 250-470 330T-120 330V470Z")
	c.fill("#c99f74", "M-800 470H800V600H-800Z")
	c.fill("#b98b60", "M-800 470H800V477H-800Z")
	c.stamp(1, matir["nesting-bowls"], -60, 98, .52)
	c.stamp(2, matir["moon-vase"], 200, 78, .54)
	c.stamp(3, matir["verandah-planter"], 655, 60, .56)
	c.stamp(4, matir["rain-teapot"], 445, 120, .52)
	c.stamp(5, matir["savar-everyday-mug"], 90, 250, .36)
}
