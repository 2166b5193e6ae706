package main

import "fmt"

// grain draws the year rings of a board inside x ±half between y0 and y1.
func (c *canvas) grain(half, y0, y1 float64) {
	c.add(`<g opacity=".5">`)
	for i := range 5 {
		x := -half + half*2*(float64(i)+.5)/5
		c.line(c.p.mark, 4, fmt.Sprintf("M%g %gQ%g %g %g %gT%g %g", x, y0, x+22, y0+(y1-y0)*.25, x, (y0+y1)/2, x, y1))
	}
	c.add(`</g>`)
}

// board is a chopping board with a handle, a lemon in front of it.
func board(c *canvas) {
	c.floor(0, 842, 300)
	c.cloth(sym("M0 150 L34 150 Q50 150 50 170 L50 300 Q52 330 130 332 Q200 334 204 390 L204 800 Q204 838 164 838 L0 838"))
	c.grain(170, 360, 820)
	c.add(`<circle cy="196" r="20" fill="%s"/>`, c.p.back)
	c.line("#8a5530", 7, "M0 190Q-40 130-20 96Q10 70 24 110Q26 150 0 190")
	c.floor(180, 858, 150)
	c.round("#e8bf3f", "M70 800Q100 740 170 742T282 800Q250 862 174 862T70 800Z")
	c.leaf(84, 800, .8, -50, green)
	c.leaf(80, 806, .6, -100, greenDark)
}

// spoons is a set of three in a crock.
func spoons(c *canvas) {
	c.turned(-15, 0, 700, func() { c.spoon(0, 190) })
	c.turned(3, 0, 700, func() {
		c.line(wood, 24, "M0 640V300")
		c.cloth("M-46 150H46Q56 150 54 170L44 320Q40 350 0 350T-44 320L-54 170Q-56 150-46 150Z")
		c.fill(woodDark, "M-22 180h9v120h-9zM13 180h9v120h-9z")
	})
	c.turned(20, 0, 700, func() { c.spoon(0, 220) })
	c.floor(0, 826, 230)
	c.round("#efe7d9", sym("M0 560 L150 560 Q156 720 140 806 L0 816"))
	c.line(c.p.trim, 9, "M-151 640Q0 668 151 640M-150 668Q0 696 150 668")
	c.add(`<path fill="none" stroke="#cfc3b0" stroke-width="9" d="M-150 560Q0 592 150 560"/>`)
}

func (c *canvas) spoon(x, y float64) {
	c.line(c.p.base, 24, fmt.Sprintf("M%g %gV640", x, y+100))
	c.cloth(fmt.Sprintf("M%g %ga58 80 0 1 1 116 0a58 80 0 1 1-116 0z", x-58, y))
	c.ellipse("#00000026", x, y, 40, 60)
}

// rolling is a rolling pin over its round board.
func rolling(c *canvas) {
	c.floor(0, 850, 350)
	c.ellipse(c.p.mark, 0, 640, 310, 206)
	c.add(`<ellipse fill="%s" cy="622" rx="310" ry="206"/><ellipse fill="url(#c)" cy="622" rx="310" ry="206"/>`, c.p.base)
	c.ellipse("#f3e6cb", -10, 620, 190, 122)
	c.ellipse("#fbf3e0", -14, 614, 178, 112)
	c.turned(-24, 0, 560, func() {
		c.add(`<g filter="url(#s)">`)
		c.fill(c.p.mark, "M-350 546h700q14 14 0 28h-700q-14-14 0-28z")
		c.fill(c.p.base, "M-240 512Q0 496 240 512Q256 560 240 608Q0 624-240 608Q-256 560-240 512Z")
		c.add(`</g>`)
		c.ghost("#fff", .25, "M-238 522Q0 508 238 522V540Q0 526-238 540Z")
		c.ghost("#000", .14, "M-238 584Q0 600 238 584L236 608Q0 624-236 608Z")
	})
}

// mortar is a stone mortar with its pestle.
func mortar(c *canvas) {
	c.floor(0, 826, 290)
	c.line(c.p.trim, 56, "M40 560L190 330")
	c.line("#fff3", 12, "M46 530L172 338")
	c.ware(sym("M0 520 L214 520 Q214 680 124 730 L150 800 Q150 818 130 820 L0 822"))
	c.ellipse(c.p.base, 0, 520, 214, 48)
	c.ellipse("#0006", 0, 522, 180, 36)
	c.line(c.p.trim, 56, "M42 556L80 498")
	c.leaf(-130, 540, .6, -20, green)
	c.leaf(-120, 540, .5, 30, greenPale)
}

// canister is a storage jar with a wooden lid.
func canister(c *canvas) {
	c.floor(0, 826, 260)
	c.ware(sym("M0 380 L172 380 Q190 400 190 440 L186 780 Q184 816 150 820 L0 822"))
	c.round(wood, sym("M0 332 L176 332 Q184 356 176 384 L0 392"))
	c.ellipse("#c99a68", 0, 332, 176, 24)
	c.round(woodDark, sym("M0 278 L30 278 Q36 300 26 328 L0 332"))
	c.fill("#fbf6ec", "M-84 540h168v104h-168z")
	c.stitch(c.p.trim, "M-74 550h148v84h-148z")
	c.leaf(0, 626, .6, -34, c.p.trim)
	c.leaf(0, 626, .7, 0, c.p.trim)
	c.leaf(0, 626, .6, 34, c.p.trim)
}

// trivet is a coiled mat under a hot pan.
func trivet(c *canvas) {
	c.add(`<g filter="url(#s)">`)
	for i, r := range []float64{290, 240, 190, 140, 90, 40} {
		c.add(`<circle cy="530" r="%g" fill="%s"/>`, r, []string{c.p.base, c.p.trim, c.p.base, c.p.base, c.p.trim, c.p.base}[i])
		c.add(`<circle cy="530" r="%g" fill="none" stroke="%s" stroke-width="34" stroke-dasharray="4 9" opacity=".55"/>`, r-23, c.p.mark)
	}
	c.add(`</g><circle cy="530" r="290" fill="url(#c)"/>`)
	c.line(c.p.base, 16, "M-20 244Q-50 170 0 160Q50 170 20 244")
}

// apron hangs from a peg by its neck loop.
func apron(c *canvas) {
	c.line(c.p.trim, 12, "M-96 330C-90 120 90 120 96 330")
	c.round(wood, "M-24 168a24 24 0 1 1 48 0a24 24 0 1 1-48 0z")
	c.line(c.p.trim, 12, "M-214 520Q-300 600-270 740M214 520Q310 590 284 720")
	c.cloth(sym("M0 318 L112 312 Q120 460 214 520 L236 850 Q120 872 0 872"))
	c.ghost("#000", .12, "M-130 606H130V748Q0 778-130 748Z")
	c.cloth("M-130 598H130V738Q0 768-130 738Z")
	c.line("#0003", 4, "M0 600V756")
	c.stitch(c.p.trim, "M-122 610H122M-106 324H106")
}

// basket is woven from jute, with two loops.
func basket(c *canvas) {
	c.floor(0, 836, 310)
	c.line(c.p.trim, 20, "M-222 500C-320 470-320 620-230 610M222 500C320 470 320 620 230 610")
	c.plain("#f6f1e7", "M-190 450Q-150 350-60 370Q10 310 90 366Q180 350 196 450Z")
	c.line("#d9cfbd", 5, "M-90 378Q-60 410-76 440M60 372Q30 410 40 440")
	c.ware(sym("M0 446 L236 446 Q242 680 196 812 Q120 832 0 834"))
	c.ellipse("#0000", 0, 446, 236, 40)
	c.round(c.p.trim, "M-240 440Q0 486 240 440L241 486Q0 532-241 486Z")
	c.round(c.p.trim, "M-222 712Q0 758 222 712L214 752Q0 798-214 752Z")
}

// teaTowels is a pair folded over a wooden bar.
func teaTowels(c *canvas) {
	c.rail(270)
	c.cloth("M-180 160H180V720Q0 734-180 720Z")
	c.plain(c.p.trim, "M-180 640H180V652H-180ZM-180 668H180V698H-180Z")
	c.plain("#fbf7ee", "M-110 154H110V520Q0 530-110 520Z")
	c.line(c.p.trim, 5, "M-96 164V512M96 164V512")
	for _, a := range []float64{-40, 0, 40} {
		c.leaf(0, 440, 1.1, a, c.p.trim)
	}
	c.line(c.p.trim, 7, "M0 490V400")
}

// placemat is a woven mat under a plate, seen from above.
func placemat(c *canvas) {
	c.cloth("M-330 250H330V810H-330Z")
	c.plain(c.p.trim, "M-330 250H330V276H-330ZM-330 784H330V810H-330ZM-330 276h26v508h-26zM304 276h26v508h-26z")
	c.add(`<g filter="url(#s)"><circle cy="530" r="196" fill="#f8f4ec"/></g><circle cy="530" r="134" fill="#efe7da"/><circle cy="530" r="196" fill="url(#c)"/>`)
	c.line(metal, 15, "M256 470V690M-256 450V690")
	c.ellipse(metal, 256, 430, 24, 44)
	c.line(metal, 7, "M-276 380v60q0 20 20 20t20-20v-60M-256 380v80")
}
