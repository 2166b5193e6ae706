package main

import "fmt"

// mouth is the open rim of a pot: lip, dark inside, and what is in it.
func (c *canvas) mouth(y, rx, ry float64, drink string) {
	c.ellipse(c.p.base, 0, y, rx, ry)
	c.ellipse("#fff5", 0, y, rx, ry)
	c.ellipse(c.p.base, 0, y+1, rx*.93, ry*.86)
	c.ellipse("#1a100873", 0, y+1, rx*.93, ry*.86)
	if drink != "" {
		c.ellipse(drink, 0, y+ry*.3, rx*.84, ry*.58)
		c.ellipse("#fff3", -rx*.2, y+ry*.25, rx*.4, ry*.2)
	}
}

// foot is the bare clay left below the glaze.
func (c *canvas) foot(half string) { c.round("#b98863", sym(half)) }

func (c *canvas) steam(x, y float64) {
	c.add(`<g transform="translate(%g %g)" opacity=".6">`, x, y)
	c.line("#fff", 9, "M-34 0q-26-40 0-76t0-76M26-6q-26-40 0-76t0-76")
	c.add(`</g>`)
}

// leaf is one leaf growing from x, y in the direction of degrees.
func (c *canvas) leaf(x, y, size, degrees float64, colour string) {
	c.add(`<path transform="translate(%g %g) rotate(%g) scale(%g)" fill="%s" d="M0 0C34-30 30-76 0-110C-30-76-34-30 0 0Z"/>`, x, y, degrees, size, colour)
}

// sprig is a stem from x0, y0 that leans by lean over its height, with pairs of leaves.
func (c *canvas) sprig(x0, y0, height, lean, size float64, colour string) {
	c.line("#5d6b45", 5, fmt.Sprintf("M%g %gQ%g %g %g %g", x0, y0, x0, y0-height*.6, x0+lean, y0-height))
	for i := range 4 {
		t := .4 + .17*float64(i)
		x, y := x0+lean*t*t, y0-height*t
		c.leaf(x, y, size, -62+lean*.15, colour)
		c.leaf(x, y, size, 58+lean*.15, colour)
	}
	c.leaf(x0+lean, y0-height+8, size, lean*.3, colour)
}

const (
	green, greenDark, greenPale = "#6f8f5c", "#4c6b45", "#a3b37c"
	coffee, tea                 = "#5a3823", "#b8702f"
)

// mug is the everyday mug.
func mug(c *canvas) {
	c.floor(0, 812, 280)
	c.line(c.p.base, 40, "M168 520C300 500 300 730 150 716")
	c.line("#0002", 10, "M182 534C286 520 284 712 160 702")
	c.ware(sym("M0 440 L186 440 Q190 640 174 772 Q166 800 0 804"))
	c.foot("M0 792 L169 786 Q164 810 140 814 L0 816")
	c.mouth(440, 186, 40, coffee)
	c.steam(0, 380)
}

// latte is a low wide cup on a saucer.
func latte(c *canvas) {
	c.floor(0, 824, 340)
	c.round(c.p.trim, sym("M0 766 L300 766 Q270 812 120 820 L0 822"))
	c.ellipse(c.p.base, 0, 766, 300, 40)
	c.ellipse("#0001", 0, 764, 200, 24)
	c.line(c.p.base, 32, "M196 560C310 540 296 690 160 680")
	c.ware(sym("M0 500 L220 500 Q214 700 110 764 L0 772"))
	c.mouth(500, 220, 48, "#c99c6e")
	c.leaf(0, 540, .5, 0, "#f6e7d0")
	c.steam(10, 430)
}

// espresso is a small tumbler without handle, with a spoon.
func espresso(c *canvas) {
	c.at(-30, -210, 1.28, func() { c.tumbler() })
}

func (c *canvas) tumbler() {
	c.floor(30, 812, 300)
	c.ware(sym("M0 548 L132 548 Q126 690 104 790 L0 800"))
	c.foot("M0 790 L105 784 Q102 806 90 810 L0 812")
	c.mouth(548, 132, 29, coffee)
	c.line(metal, 13, "M190 806L330 778")
	c.ellipse(metal, 192, 806, 42, 15)
	c.steam(0, 500)
}

// teacups is a pair of cups, as tea is served at a stall.
func teacups(c *canvas) {
	for _, xys := range [][3]float64{{-146, -178, 1.2}, {140, -118, 1.24}} {
		c.at(xys[0], xys[1], xys[2], func() {
			c.floor(0, 812, 200)
			c.ware(sym("M0 540 L134 540 Q140 600 108 690 Q92 740 100 790 L0 804"))
			c.line(c.p.trim, 7, "M-128 590Q0 618 128 590")
			c.mouth(540, 134, 30, tea)
		})
	}
	c.steam(140, 500)
	c.steam(-146, 420)
}

// bowl is a deep bowl on a foot.
func bowl(c *canvas) {
	c.floor(0, 816, 330)
	c.foot("M0 760 L104 760 L116 810 L0 816")
	c.ware(sym("M0 520 L276 520 Q268 700 110 776 L0 784"))
	c.mouth(520, 276, 62, "")
	c.line("#fff6", 7, "M-236 600Q-214 682-150 726")
}

// ramen is a bowl of noodles with chopsticks.
func ramen(c *canvas) {
	bowl(c)
	c.ellipse("#d39b4e", 0, 534, 240, 42)
	c.line("#f4dfa6", 9, "M-170 536q40-26 80 0t80 0 80 0M-130 552q40-22 80 0t80 0 80 0M-110 518q40-20 80 0t80 0")
	c.ellipse("#fdf8ea", 110, 520, 54, 27)
	c.ellipse("#eaa531", 112, 520, 25, 14)
	c.leaf(-120, 540, .6, 60, green)
	c.leaf(-116, 544, .5, 100, greenDark)
	c.line("#7a3f24", 13, "M-70 480L330 376M-60 504L336 412")
	c.steam(-50, 470)
}

// nest is three bowls, one in the other.
func nest(c *canvas) {
	c.floor(0, 816, 340)
	for i, glaze := range []string{c.p.base, c.p.trim, c.p.mark} {
		y, s := 250-float64(i)*125, 1-.17*float64(i)
		c.at(0, y+(1-s)*520, s, func() {
			c.foot("M0 540 L120 540 L128 572 L0 578")
			c.round(glaze, sym("M0 340 L292 340 Q280 500 124 556 L0 560"))
			c.ellipse(glaze, 0, 340, 292, 60)
			c.ellipse("#1a10084d", 0, 342, 276, 52)
		})
	}
	c.at(0, 0, 1, func() { c.line("#fff6", 7, "M-262 660Q-240 740-170 786") })
}

// plate stands upright on an easel, to show its face.
func plate(c *canvas) {
	c.floor(0, 830, 300)
	c.line(woodDark, 18, "M-130 690L-176 836M130 690L176 836")
	disc(c, 500, 290)
	c.line(wood, 22, "M-190 800H190M-150 800V762M150 800V762")
}

// disc is a round plate seen from the front: rim, well and painted face.
func disc(c *canvas, y, r float64) {
	c.add(`<circle filter="url(#s)" fill="%s" cy="%g" r="%g"/>`, c.p.base, y, r)
	c.add(`<circle fill="url(#p)" cy="%g" r="%g"/>`, y, r)
	c.add(`<circle fill="none" stroke="%s" stroke-width="10" cy="%g" r="%g"/>`, c.p.trim, y, r-8)
	c.add(`<circle fill="%s" cy="%g" r="%g"/><circle fill="none" stroke="#0002" stroke-width="8" cy="%g" r="%g"/>`, c.p.base, y, r*.66, y, r*.66)
	c.add(`<circle fill="url(#c)" cy="%g" r="%g"/>`, y, r)
}

// flowerPlate is a plate with a lotus painted in its well.
func flowerPlate(c *canvas) {
	plate(c)
	for i := range 12 {
		c.turned(float64(i*30), 0, 500, func() { c.leaf(0, 480, 1.15, 0, c.p.mark) })
	}
	c.add(`<circle fill="%s" cy="500" r="34"/>`, c.p.trim)
}

// sidePlates is a stack of small plates.
func sidePlates(c *canvas) {
	c.floor(0, 822, 340)
	for i := range 5 {
		y := 790 - 34*float64(i)
		glaze := []string{c.p.base, c.p.trim, c.p.base, c.p.mark, c.p.base}[i]
		c.at(0, y, 1, func() { c.round(glaze, sym("M0 -24 L280 -24 Q270 16 130 26 L0 28")) })
	}
	c.ellipse(c.p.base, 0, 630, 280, 58)
	c.ellipse("url(#p)", 0, 630, 280, 58)
	c.ellipse("#1a100826", 0, 632, 200, 36)
	c.ellipse("#fff4", -10, 640, 170, 24)
	c.add(`<circle cx="-40" cy="594" r="48" fill="#d8863b"/><circle cx="46" cy="600" r="44" fill="#e0a23a"/>`)
	c.leaf(-36, 552, .5, 50, green)
}

// pasta is a wide shallow bowl.
func pasta(c *canvas) {
	c.floor(0, 796, 360)
	c.foot("M0 740 L130 740 L138 786 L0 792")
	c.ware(sym("M0 620 L324 620 Q290 740 130 760 L0 764"))
	c.mouth(620, 324, 76, "")
	c.ellipse(c.p.base, 0, 634, 216, 40)
	c.ellipse("#fff3", 0, 634, 216, 40)
	for i, x := range []float64{-86, -16, 60, 12} {
		c.add(`<circle cx="%g" cy="%d" r="40" fill="%s"/>`, x, 604-16*(i%3), []string{"#b5472f", "#c85a3a", "#a63d2c", "#d0693f"}[i])
	}
	c.leaf(10, 570, .7, 20, green)
	c.leaf(6, 572, .6, -50, greenDark)
}

// platter is a long dish with fish-bone painting.
func platter(c *canvas) {
	c.floor(0, 800, 390)
	c.ware("M-350 640C-350 780-180 800 0 800S350 780 350 640Z")
	c.ellipse(c.p.base, 0, 640, 350, 128)
	c.ellipse("url(#p)", 0, 640, 350, 128)
	c.ellipse(c.p.base, 0, 646, 262, 86)
	c.ellipse("#1a10081f", 0, 646, 262, 86)
	c.line(c.p.trim, 9, "M-190 648H150M-130 648l-34-30M-130 648l-34 30M-70 648l-36-36M-70 648l-36 36M-10 648l-36-38M-10 648l-36 38M50 648l-36-34M50 648l-36 34")
	c.line(c.p.trim, 9, "M110 648Q160 606 206 648Q160 690 110 648ZM-190 648l-36-28v56Z")
}

// salt is a small pig-mouthed jar for salt, with a spoon.
func salt(c *canvas) {
	c.floor(0, 812, 250)
	c.ware(sym("M0 430 Q150 430 186 560 Q220 720 150 796 Q120 808 0 808"))
	c.ellipse(c.p.trim, 6, 590, 122, 84)
	c.ellipse("#2a1a10", 8, 594, 104, 68)
	c.ellipse("#faf6ee", 10, 636, 82, 26)
	c.line(wood, 18, "M40 626L236 470")
	c.round(c.p.trim, sym("M0 404 L30 404 Q40 430 34 440 L0 444"))
}
