package main

import "fmt"

// pattern is the inside of one tile, drawn in the product's colours.
type pattern struct {
	w, h, turn float64
	draw       func(p palette) string
}

func (t pattern) def(id string, p palette) string {
	return fmt.Sprintf(`<pattern id="%s" width="%g" height="%g" patternUnits="userSpaceOnUse" patternTransform="rotate(%g)">%s</pattern>`,
		id, t.w, t.h, t.turn, t.draw(p))
}

// Weaves and prints.
var (
	solid    = pattern{40, 40, 0, func(p palette) string { return "" }}
	stripes  = pattern{44, 44, 0, drawStripes}
	pinline  = pattern{22, 22, 0, func(p palette) string { return fmt.Sprintf(`<path fill="%s" opacity=".8" d="M9 0h3v22H9z"/>`, p.mark) }}
	bands    = pattern{60, 96, 0, drawBands}
	gamcha   = pattern{64, 64, 0, drawGamcha}
	jamdani  = pattern{84, 84, 0, drawJamdani}
	lattice  = pattern{72, 96, 0, drawLattice}
	ikat     = pattern{96, 128, 0, drawIkat}
	buti     = pattern{92, 92, 0, drawButi}
	paan     = pattern{88, 104, 0, drawPaan}
	shibori  = pattern{116, 116, 0, drawShibori}
	arashi   = pattern{90, 60, 58, drawArashi}
	kantha   = pattern{68, 36, 0, drawKantha}
	ripple   = pattern{80, 44, 0, drawRiver}
	fern     = pattern{70, 110, 14, drawFern}
	patches  = pattern{240, 240, 0, drawPatches}
	weave    = pattern{28, 28, 0, drawWeave}
	checkers = pattern{72, 72, 45, drawCheckers}
)

// Glazes and clay bodies.
var (
	speckle = pattern{130, 130, 17, drawSpeckle}
	ribs    = pattern{30, 30, 0, func(p palette) string {
		return `<path fill="#000" opacity=".12" d="M0 0h9v30H0z"/><path fill="#fff" opacity=".16" d="M14 0h6v30h-6z"/>`
	}}
	rings = pattern{30, 30, 0, func(p palette) string {
		return `<path fill="#000" opacity=".1" d="M0 0h30v8H0z"/><path fill="#fff" opacity=".15" d="M0 10h30v4H0z"/>`
	}}
	alpona  = pattern{110, 110, 0, drawAlpona}
	chevron = pattern{60, 48, 0, func(p palette) string {
		return fmt.Sprintf(`<path fill="none" stroke="%s" stroke-width="6" d="M-4 34L30 8l34 26"/>`, p.mark)
	}}
	brush = pattern{170, 74, 0, func(p palette) string {
		return fmt.Sprintf(`<path fill="none" stroke="%s" stroke-width="13" stroke-linecap="round" opacity=".75" d="M12 40Q52 12 96 36"/><circle fill="%s" cx="132" cy="34" r="9"/>`, p.mark, p.trim)
	}}
)

func drawStripes(p palette) string {
	return fmt.Sprintf(`<path fill="%s" d="M0 0h16v44H0z"/><path fill="%s" d="M27 0h4v44h-4z"/>`, p.mark, p.trim)
}

func drawBands(p palette) string {
	return fmt.Sprintf(`<path fill="%s" d="M0 0h60v20H0zM0 28h60v4H0z"/><path fill="%s" d="M0 60h60v6H0z"/>`, p.mark, p.trim)
}

func drawGamcha(p palette) string {
	return fmt.Sprintf(`<g fill="%s" opacity=".62"><path d="M0 0h26v64H0z"/><path d="M0 0h64v26H0z"/></g><g fill="%s"><path d="M42 0h3v64h-3z"/><path d="M0 42h64v3H0z"/></g>`, p.mark, p.trim)
}

// drawJamdani is the discontinuous weft of Dhaka's looms: small flowers and floating dots on a fine ground.
func drawJamdani(p palette) string {
	flower := `<path d="M42 22l7 13 13 7-13 7-7 13-7-13-13-7 13-7z"/>`
	dots := `<path d="M0-6L6 0 0 6-6 0zM84-6l6 6-6 6-6-6zM0 78l6 6-6 6-6-6zM84 78l6 6-6 6-6-6z"/>`
	return fmt.Sprintf(`<g fill="%s">%s%s</g><circle fill="%s" cx="42" cy="42" r="5"/>`, p.mark, flower, dots, p.trim)
}

func drawLattice(p palette) string {
	return fmt.Sprintf(`<path fill="none" stroke="%s" stroke-width="4" stroke-dasharray="6 5" d="M0 0l36 48L72 0M0 96l36-48 36 48"/><path fill="%s" d="M36 4l6 8-6 8-6-8zM36 76l6 8-6 8-6-8zM0 40l6 8-6 8zM72 40l-6 8 6 8z"/>`, p.mark, p.trim)
}

// drawIkat keeps the feathered edge that comes from dyeing the threads before the weave.
func drawIkat(p palette) string {
	outer := `<path d="M48 2l8 14 6-2 4 16 8 0 4 16 10 4-2 14 2 14-10 4-4 16-8 0-4 16-6-2-8 14-8-14-6 2-4-16-8 0-4-16-10-4 2-14-2-14 10-4 4-16 8 0 4-16 6 2z"/>`
	inner := `<path d="M48 34l6 10 8 4 4 16-4 16-8 4-6 10-6-10-8-4-4-16 4-16 8-4z"/>`
	return fmt.Sprintf(`<g fill="%s">%s</g><g fill="%s">%s</g><path fill="%s" d="M48 52l8 12-8 12-8-12z"/>`, p.mark, outer, p.base, inner, p.trim)
}

// drawButi is a block-printed sprig, set in half drop.
func drawButi(p palette) string {
	sprig := `<path d="M0 22V4M0 14Q-11 12-13 2-2 3 0 14zM0 14Q11 12 13 2 2 3 0 14zM0 4Q-9-6 0-18 9-6 0 4z"/>`
	return fmt.Sprintf(`<g fill="%s" stroke="%s" stroke-width="2"><g transform="translate(24 26)">%s</g><g transform="translate(70 72)">%s</g></g><g fill="%s"><circle cx="70" cy="24" r="4"/><circle cx="24" cy="72" r="4"/></g>`, p.mark, p.mark, sprig, sprig, p.trim)
}

// drawPaan is the curled teardrop of block printers.
func drawPaan(p palette) string {
	drop := `<path d="M0 28C-26 24-24-12 4-26 0-14 22-8 20 10 18 24 8 29 0 28z"/>`
	eye := `<circle cx="0" cy="8" r="8"/>`
	return fmt.Sprintf(`<g fill="%s"><g transform="translate(24 34)">%s</g><g transform="translate(66 84) scale(-.8 .8)">%s</g></g><g fill="%s"><g transform="translate(24 34)">%s</g><g transform="translate(66 84) scale(.8)">%s</g></g>`, p.mark, drop, drop, p.trim, eye, eye)
}

func drawShibori(p palette) string {
	ring := `<circle r="42" stroke-dasharray="9 5"/><circle r="28" stroke-dasharray="7 4"/><circle r="13"/>`
	return fmt.Sprintf(`<g fill="none" stroke="%s" stroke-width="6" opacity=".85"><g transform="translate(58 58)">%s</g></g><g fill="%s" opacity=".7"><circle cx="0" cy="0" r="10"/><circle cx="116" cy="0" r="10"/><circle cx="0" cy="116" r="10"/><circle cx="116" cy="116" r="10"/></g>`, p.mark, ring, p.mark)
}

// drawArashi is cloth wound on a pole and dyed: broken slanting lines.
func drawArashi(p palette) string {
	return fmt.Sprintf(`<path fill="none" stroke="%s" stroke-width="7" opacity=".85" d="M0 10q22-8 45 0t45 0M0 30q22 9 45 0t45 0M0 49q22-5 45 0t45 0"/>`, p.mark)
}

func drawKantha(p palette) string {
	return fmt.Sprintf(`<g fill="none" stroke-width="3.4" stroke-linecap="round"><path stroke="%s" d="M4 7h13M38 7h13M21 19h13M55 19h9"/><path stroke="%s" d="M4 31h13M38 31h13"/></g>`, p.mark, p.trim)
}

func drawRiver(p palette) string {
	return fmt.Sprintf(`<g fill="none" stroke="%s" stroke-width="5"><path d="M0 14q20-18 40 0t40 0"/><path opacity=".55" d="M0 34q20-18 40 0t40 0"/></g>`, p.mark)
}

func drawFern(p palette) string {
	leaf := `<path d="M34 104V10M34 92q-20-2-26-18 20-2 26 18q20-2 26-18-20-2-26 18zM34 64q-18-2-22-16 18-2 22 16q18-2 22-16-18-2-22 16zM34 38q-13-2-16-12 13-1 16 12q13-2 16-12-13-1-16 12z"/>`
	return fmt.Sprintf(`<g fill="%s" stroke="%s" stroke-width="2" opacity=".9">%s</g>`, p.mark, p.mark, leaf)
}

// drawPatches sews squares of three cloths together.
func drawPatches(p palette) string {
	return fmt.Sprintf(`<g fill="%s"><path d="M0 0h80v80H0zM160 80h80v80h-80zM80 160h80v80H80z"/></g><g fill="%s"><path d="M160 0h80v80h-80zM80 80h80v80H80zM0 160h80v80H0z"/></g><path fill="none" stroke="#fff" stroke-width="3" stroke-dasharray="9 8" opacity=".55" d="M8 8h64v64H8zM88 8h64v64H88zM168 8h64v64h-64zM8 88h64v64H8zM88 88h64v64H88zM168 88h64v64h-64zM8 168h64v64H8zM88 168h64v64H88zM168 168h64v64h-64z"/>`, p.mark, p.trim)
}

func drawWeave(p palette) string {
	return fmt.Sprintf(`<g fill="%s" opacity=".6"><path d="M1 2h12v10H1zM15 16h12v10H15z"/></g><g fill="#000" opacity=".13"><path d="M15 2h12v10H15zM1 16h12v10H1z"/></g>`, p.mark)
}

func drawCheckers(p palette) string {
	return fmt.Sprintf(`<g fill="%s"><path d="M0 0h36v36H0zM36 36h36v36H36z"/></g><path fill="%s" d="M48 12h12v12H48zM12 48h12v12H12z"/>`, p.mark, p.trim)
}

func drawSpeckle(p palette) string {
	return fmt.Sprintf(`<g fill="%s"><circle cx="14" cy="20" r="3"/><circle cx="52" cy="8" r="2"/><circle cx="88" cy="34" r="3.6"/><circle cx="34" cy="56" r="2.2"/><circle cx="112" cy="70" r="2.4"/><circle cx="68" cy="84" r="3"/><circle cx="20" cy="102" r="2.6"/><circle cx="100" cy="116" r="2"/><circle cx="56" cy="118" r="1.8"/><circle cx="120" cy="12" r="1.8"/></g>`, p.trim)
}

// drawAlpona is the rice-paste flower painted on courtyards.
func drawAlpona(p palette) string {
	petals := repeat(8, func(i int) string {
		return fmt.Sprintf(`<ellipse cy="-22" rx="7" ry="14" transform="rotate(%d)"/>`, i*45)
	})
	return fmt.Sprintf(`<g fill="%s"><g transform="translate(55 55)">%s<circle r="5"/></g><circle cx="0" cy="0" r="6"/><circle cx="110" cy="0" r="6"/><circle cx="0" cy="110" r="6"/><circle cx="110" cy="110" r="6"/></g>`, p.mark, petals)
}

// faint is the same pattern, barely seen.
func (t pattern) faint() pattern {
	draw := t.draw
	t.draw = func(p palette) string { return `<g opacity=".28">` + draw(p) + `</g>` }
	return t
}
