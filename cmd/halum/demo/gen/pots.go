package main

// teapot is round, with a lid and a handle at the back.
func teapot(c *canvas) {
	c.floor(0, 812, 330)
	c.line(c.p.base, 34, "M170 560C330 520 320 740 176 720")
	c.line("#0002", 9, "M186 572C308 544 300 720 190 706")
	c.plain(c.p.base, "M-170 640Q-250 640-290 500L-326 496L-316 470L-270 480Q-226 560-160 560Z")
	c.ware(sym("M0 460 L96 460 Q228 500 228 640 Q228 760 120 800 L0 806"))
	c.line("#0003", 5, "M-98 462Q0 490 98 462")
	c.round(c.p.trim, sym("M0 410 Q90 414 104 456 Q50 474 0 474"))
	c.round(c.p.trim, sym("M0 364 Q26 364 28 388 Q20 412 0 412"))
	c.steam(-316, 450)
}

// kettle is a tall pot with a bamboo handle over the top.
func kettle(c *canvas) {
	c.line(wood, 20, "M-150 520C-210 190 210 190 150 520")
	c.line(woodDark, 6, "M-120 330L-96 350M-70 276L-54 300M70 276L54 300M120 330L96 350")
	c.floor(0, 812, 290)
	c.plain(c.p.base, "M-150 650Q-230 620-256 520L-292 512L-280 486L-236 498Q-200 570-140 580Z")
	c.ware(sym("M0 500 L120 500 Q196 540 190 680 Q184 780 150 800 L0 806"))
	c.foot("M0 792 L160 788 Q152 808 140 812 L0 814")
	c.round(c.p.trim, sym("M0 450 Q100 456 124 500 Q60 516 0 516"))
	c.round(wood, sym("M0 412 L24 412 L30 452 L0 456"))
}

// pitcher is a tall jug.
func pitcher(c *canvas) {
	c.floor(0, 824, 260)
	c.line(c.p.base, 36, "M120 420C300 380 290 660 150 680")
	c.line("#0002", 9, "M136 436C274 408 266 640 156 664")
	c.plain(c.p.base, "M-110 330L-176 308Q-160 380-96 400Z")
	c.ware(sym("M0 330 L120 330 Q104 430 128 500 Q194 600 184 700 Q176 800 130 816 L0 820"))
	c.mouth(330, 120, 26, "")
	c.line("#fff5", 8, "M-140 620Q-150 700-128 766")
}

// cruet is an oil bottle with a cork and a spout.
func cruet(c *canvas) {
	c.floor(0, 824, 220)
	c.round("#b88a58", sym("M0 236 L34 236 L28 290 L0 292"))
	c.ware(sym("M0 280 L44 280 Q48 300 38 320 L38 440 Q40 500 110 560 Q152 620 148 720 Q144 812 110 818 L0 822"))
	c.ellipse(c.p.base, 0, 282, 44, 10)
	c.line("#fff5", 7, "M-112 640Q-122 710-108 776")
	c.at(190, 150, .8, func() {
		c.leaf(0, 800, .9, 30, green)
		c.leaf(0, 800, .9, 74, greenPale)
		c.round("#59663a", "M-10 790a32 36 0 1 1 64 0a32 36 0 1 1-64 0z")
	})
}

// moonVase is a full round vase with one branch.
func moonVase(c *canvas) {
	c.sprig(0, 470, 290, -120, .62, green)
	c.sprig(6, 470, 360, 90, .6, greenDark)
	c.floor(0, 824, 300)
	c.ware(sym("M0 440 L66 440 Q62 468 80 478 Q236 510 236 650 Q236 780 110 816 L0 820"))
	c.mouth(440, 66, 14, "")
	c.line("#fff6", 8, "M-190 600Q-208 660-186 720")
}

// bottleVase is slender, with three stems of grass.
func bottleVase(c *canvas) {
	c.line("#b79a63", 5, "M0 400Q-10 260-90 150M0 400Q10 240 20 110M4 400Q20 280 110 170")
	for _, a := range [][3]float64{{-86, 164, -38}, {20, 130, 4}, {104, 184, 44}} {
		c.leaf(a[0], a[1], .95, a[2], "#d9bf86")
		c.leaf(a[0], a[1]+6, .55, a[2], "#b79a63")
	}
	c.floor(0, 824, 240)
	c.ware(sym("M0 370 L46 370 Q50 388 38 400 L40 520 Q50 570 120 620 Q158 680 150 760 Q144 814 110 818 L0 822"))
	c.mouth(370, 46, 10, "")
}

// budTrio is three small vases, one flower each.
func budTrio(c *canvas) {
	for i, v := range [][3]float64{{-216, -186, 1.24}, {0, -330, 1.4}, {216, -120, 1.16}} {
		glaze := []string{c.p.trim, c.p.base, c.p.mark}[i]
		c.at(v[0], v[1], v[2], func() {
			c.floor(0, 812, 140)
			c.line("#5d6b45", 5, "M0 600Q-6 500 14 420")
			for a := range 5 {
				c.leaf(14, 412, .44, float64(a*72), []string{"#e0a23a", "#c85a3a", "#fbf3e6"}[i])
			}
			c.add(`<circle cx="14" cy="412" r="13" fill="#8a4f2c"/>`)
			c.round(glaze, sym("M0 590 L30 590 Q24 640 40 660 Q96 700 90 760 Q84 808 60 812 L0 814"))
			c.ellipse("#1a100880", 0, 590, 30, 7)
		})
	}
}

// floorVase is tall and ribbed, with palm leaves.
func floorVase(c *canvas) {
	for _, a := range []float64{-52, -26, 0, 28, 54} {
		c.leaf(0, 400, 2.3, a, []string{green, greenDark, greenPale}[int(a+54)%3])
	}
	c.floor(0, 880, 290)
	c.ware(sym("M0 390 L120 390 Q110 420 130 450 Q210 560 196 680 Q184 800 130 872 L0 880"))
	c.mouth(390, 120, 26, "")
}

// fiddle is a plant of broad leaves growing from the rim at y.
func (c *canvas) fiddle(y float64) {
	for i, a := range []float64{-74, -48, -24, 0, 24, 48, 74} {
		c.leaf(a*.5, y, 1.7+.35*float64(i%2), a, []string{green, greenDark, greenPale}[i%3])
	}
	c.line("#ffffff40", 3, "M0 "+num(y)+"V"+num(y-170))
}

// planter is a pot with a saucer.
func planter(c *canvas) {
	c.fiddle(500)
	c.floor(0, 832, 300)
	c.round(c.p.trim, sym("M0 784 L216 784 Q212 824 180 830 L0 834"))
	c.ware(sym("M0 500 L210 500 Q190 700 156 800 L0 812"))
	c.round(c.p.base, sym("M0 474 L228 474 L222 546 L0 556"))
	c.ellipse("#3c2a1e", 0, 474, 228, 34)
	c.at(0, 0, 1, func() { c.fiddle(486) })
}

// hangingPlanter is a bowl in three ropes, with a trailing plant.
func hangingPlanter(c *canvas) {
	c.line("#b79a63", 7, "M0 0V90M0 90L-190 520M0 90L190 520M0 90L10 520")
	c.add(`<circle cy="90" r="15" fill="%s"/>`, wood)
	for i, a := range []float64{-50, -20, 14, 46} {
		c.leaf(a, 530, 1.3, a, []string{green, greenPale}[i%2])
	}
	c.ware(sym("M0 520 L216 520 Q214 690 70 744 L0 748"))
	c.line("#5d6b45", 5, "M-180 520Q-236 620-210 760M-120 520Q-150 640-130 830M170 520Q236 600 214 720M120 520Q140 620 120 780")
	for i, xy := range [][2]float64{{-222, 590}, {-218, 660}, {-210, 740}, {-140, 640}, {-138, 720}, {-130, 810}, {212, 590}, {222, 660}, {214, 710}, {132, 640}, {126, 710}, {120, 770}} {
		c.leaf(xy[0], xy[1], .55, float64(120+120*(i%2)), []string{green, greenDark, greenPale}[i%3])
	}
	c.ellipse(c.p.trim, 0, 520, 216, 26)
	c.ellipse("#3c2a1e", 0, 520, 200, 20)
	c.leaf(-20, 530, 1.2, -34, greenDark)
	c.leaf(30, 530, 1.2, 30, green)
}

// footedPlanter is a bowl raised on three legs, with a snake plant.
func footedPlanter(c *canvas) {
	c.floor(0, 836, 290)
	c.fill(woodDark, "M-14 760h28v70h-28z")
	for i, x := range []float64{-90, -46, 0, 46, 90} {
		c.leaf(x, 540, 2.3+.4*float64((i+1)%2), x*.2, []string{greenDark, green, greenDark}[i%3])
		c.leaf(x, 520, 1.9+.3*float64((i+1)%2), x*.2, "#86a36c")
	}
	c.line(wood, 26, "M-150 740L-184 832M150 740L184 832")
	c.ware(sym("M0 530 L220 530 Q226 690 170 760 Q100 790 0 792"))
	c.mouth(530, 220, 36, "#3c2a1e")
	for _, x := range []float64{-60, 0, 60} {
		c.leaf(x, 552, 1.6, x*.25, green)
	}
}

// trough is a long box for herbs.
func trough(c *canvas) {
	c.floor(0, 818, 380)
	for i := range 11 {
		x := float64(i-5) * 54
		size, lean := 1.1+float64(i*67%120)/150, float64(i*37%50-25)
		c.herb(x, 600, size, lean, []string{green, greenPale, greenDark}[i%3])
	}
	c.ware("M-330 590H330L306 800Q306 812 290 812H-290Q-306 812-306 800Z")
	c.round(c.p.trim, "M-342 570H342V610H-342Z")
}

// herb is a stalk with three pairs of leaves.
func (c *canvas) herb(x, y, size, degrees float64, colour string) {
	c.add(`<path transform="translate(%g %g) rotate(%g) scale(%.2f)" fill="%s" d="M-2 0V-90H2V0zM0-30q-34-2-40-30 32 0 40 30 8-30 40-30-6 28-40 30zM0-60q-30-2-36-28 30 0 36 28 6-28 36-28-6 26-36 28zM0-86q-20-14 0-46 20 32 0 46z"/>`, x, y, degrees, size, colour)
}
