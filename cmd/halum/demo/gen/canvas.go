package main

import (
	"fmt"
	"strconv"
	"strings"
)

// canvas collects one picture of 800 by 1000. Everything in body is drawn with the vertical axis of the picture at x = 0,
// so that a symmetrical thing is written as its right half only.
type canvas struct {
	defs, body strings.Builder
	p          palette
}

func (c *canvas) def(format string, args ...any) { fmt.Fprintf(&c.defs, format, args...) }
func (c *canvas) add(format string, args ...any) { fmt.Fprintf(&c.body, format, args...) }

// fill draws a closed path in one colour.
func (c *canvas) fill(colour, d string) { c.add(`<path fill="%s" d="%s"/>`, colour, d) }

// ghost draws a closed path in a colour of the given opacity.
func (c *canvas) ghost(colour string, opacity float64, d string) {
	c.add(`<path fill="%s" opacity="%g" d="%s"/>`, colour, opacity, d)
}

// line strokes an open path.
func (c *canvas) line(colour string, width float64, d string) {
	c.add(`<path fill="none" stroke="%s" stroke-width="%g" stroke-linecap="round" stroke-linejoin="round" d="%s"/>`, colour, width, d)
}

// stitch strokes a dashed path, as a row of running stitches.
func (c *canvas) stitch(colour string, d string) {
	c.add(`<path fill="none" stroke="%s" stroke-width="3" stroke-dasharray="11 8" stroke-linecap="round" opacity=".75" d="%s"/>`, colour, d)
}

func (c *canvas) ellipse(colour string, cx, cy, rx, ry float64) {
	c.add(`<ellipse fill="%s" cx="%g" cy="%g" rx="%g" ry="%g"/>`, colour, cx, cy, rx, ry)
}

// cloth draws a piece of the product's woven fabric: shadow, ground colour, pattern, soft light.
func (c *canvas) cloth(d string) {
	c.add(`<path filter="url(#s)" fill="%s" d="%s"/>`, c.p.base, d)
	c.add(`<path fill="url(#p)" d="%s"/><path fill="url(#c)" d="%s"/>`, d, d)
}

// plain draws fabric of one colour, lit in the same way as cloth.
func (c *canvas) plain(colour, d string) {
	c.add(`<path fill="%s" d="%s"/><path fill="url(#c)" d="%s"/>`, colour, d, d)
}

// ware draws a turned pot in the product's glaze, rounded by light from the left.
func (c *canvas) ware(d string) {
	c.add(`<path fill="%s" d="%s"/>`, c.p.base, d)
	c.add(`<path fill="url(#p)" d="%s"/><path fill="url(#w)" d="%s"/>`, d, d)
}

// round draws a turned thing of one colour, lit in the same way as ware.
func (c *canvas) round(colour, d string) {
	c.add(`<path fill="%s" d="%s"/><path fill="url(#w)" d="%s"/>`, colour, d, d)
}

// floor lays a soft shadow on the table.
func (c *canvas) floor(cx, y, rx float64) {
	c.add(`<ellipse fill="url(#f)" cx="%g" cy="%g" rx="%g" ry="%g"/>`, cx, y, rx, rx*.16)
}

// at runs draw with its origin moved to x, y and scaled.
func (c *canvas) at(x, y, scale float64, draw func()) {
	c.add(`<g transform="translate(%g %g) scale(%g)">`, x, y, scale)
	draw()
	c.add(`</g>`)
}

// turned runs draw rotated by degrees around x, y.
func (c *canvas) turned(degrees, x, y float64, draw func()) {
	c.add(`<g transform="rotate(%g %g %g)">`, degrees, x, y)
	draw()
	c.add(`</g>`)
}

// sym closes the right half of a symmetrical outline (absolute M, L, C and Q only) with its mirror image.
func sym(half string) string {
	points := parse(half)
	out := strings.TrimSpace(half)
	for i := len(points) - 1; i > 0; i-- {
		out += back(points[i], points[i-1].end())
	}
	return out + "Z"
}

// both draws a closed outline (absolute M, L, C and Q only) and its mirror image.
func both(d string) string {
	out := d + "Z"
	for _, s := range parse(d) {
		out += string(s.verb)
		for _, p := range s.at {
			out += num(-p[0]) + " " + num(p[1]) + " "
		}
	}
	return strings.TrimSpace(out) + "Z"
}

// segment is one path command with its points.
type segment struct {
	verb byte
	at   [][2]float64
	open bool // the last point still lacks its y
}

func (s segment) end() [2]float64 { return s.at[len(s.at)-1] }

// back is the mirror image of s, drawn from its end to start.
func back(s segment, start [2]float64) string {
	out := string(s.verb)
	for i := len(s.at) - 2; i >= 0; i-- {
		out += num(-s.at[i][0]) + " " + num(s.at[i][1]) + " "
	}
	return out + num(-start[0]) + " " + num(start[1])
}

func parse(d string) []segment {
	var out []segment
	for _, field := range strings.Fields(spaced.Replace(d)) {
		if strings.Contains("MLCQ", field) {
			out = append(out, segment{verb: field[0]})
			continue
		}
		out[len(out)-1].push(field)
	}
	return out
}

// push adds the next coordinate: an odd one opens a point, an even one completes it.
func (s *segment) push(field string) {
	v, err := strconv.ParseFloat(field, 64)
	if err != nil {
		panic(fmt.Sprintf("a path holds %q, which is neither M, L, C, Q nor a number", field))
	}
	if s.open {
		s.at[len(s.at)-1][1] = v
	} else {
		s.at = append(s.at, [2]float64{v})
	}
	s.open = !s.open
}

var spaced = strings.NewReplacer("M", " M ", "L", " L ", "C", " C ", "Q", " Q ", ",", " ")

// num writes a coordinate with one decimal at most.
func num(v float64) string {
	if v == 0 {
		return "0" // a mirrored zero is negative
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// repeat joins n drawings, each made from its index.
func repeat(n int, each func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(each(i))
	}
	return b.String()
}
