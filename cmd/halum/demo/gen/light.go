package main

// flame burns with its foot at x, y.
func (c *canvas) flame(x, y, size float64) {
	c.at(x, y, size, func() {
		c.add(`<circle cy="-50" r="230" fill="url(#g)"/>`)
		c.fill("#f2a33a", "M0 0C-44-24-30-66 0-124C30-66 44-24 0 0Z")
		c.fill("#fff0b8", "M0-4C-20-22-14-42 0-74C14-42 20-22 0-4Z")
	})
}

// candle burns in a glazed cup.
func candle(c *canvas) {
	c.floor(0, 816, 250)
	c.ware(sym("M0 500 L176 500 L170 780 Q166 806 140 810 L0 812"))
	c.mouth(500, 176, 38, "#f8ead0")
	c.line("#4a3426", 7, "M0 514V470")
	c.flame(0, 474, .95)
	c.fill("#fbf6ec", "M-80 606h160v100h-160z")
	c.stitch(c.p.trim, "M-70 616h140v80h-140z")
	c.leaf(0, 690, .6, -24, c.p.trim)
	c.leaf(0, 690, .6, 24, c.p.trim)
}

// pradip is a set of three oil lamps.
func pradip(c *canvas) {
	for _, v := range [][3]float64{{20, 16, .86}, {-176, -6, 1.02}, {170, 10, 1.14}} {
		c.at(v[0], v[1], v[2], func() {
			c.floor(0, 790, 180)
			c.ware("M-150 690Q-130 780-40 788H50Q120 776 140 690L176 664Q150 660 120 672Z")
			c.ellipse(c.p.base, -8, 686, 142, 30)
			c.ellipse("#2b1a10", -8, 688, 124, 22)
			c.ellipse("#c98f35", -8, 694, 108, 15)
			c.line("#f6ead2", 10, "M20 692L146 668")
			c.flame(154, 666, .72)
		})
	}
}

// lamp is a table lamp with a linen shade on a turned foot.
func lamp(c *canvas) {
	c.add(`<circle cy="340" r="470" fill="url(#g)"/>`)
	c.floor(0, 830, 250)
	c.line(metal, 14, "M0 420V560")
	c.ware(sym("M0 520 L30 520 Q30 550 60 570 Q160 620 152 710 Q146 790 90 820 L0 828"))
	c.plain("#f7ecd6", sym("M0 190 L140 190 L236 470 Q120 490 0 490"))
	c.ghost("#ffd98a", .45, sym("M0 230 L90 230 L150 470 L0 486"))
	c.line(c.p.trim, 9, "M-140 192H140M-235 466Q0 502 235 466")
}

// lantern is pierced clay with a light inside.
func lantern(c *canvas) {
	c.add(`<circle cy="560" r="460" fill="url(#g)"/>`)
	c.floor(0, 826, 260)
	c.line(metal, 9, "M-50 300C-60 190 60 190 50 300")
	c.ware(sym("M0 290 Q60 290 84 350 Q190 420 196 600 Q190 760 150 810 L0 820"))
	for row, y := range []float64{440, 540, 640, 730} {
		for i := range 5 {
			x := (float64(i) - 2) * (60 + 10*float64(row%2))
			c.at(x, y+x*x/900, .8-x*x/60000, func() { c.fill("#ffe3a0", "M0-36L24 0L0 36L-24 0Z") })
		}
	}
	c.line(c.p.trim, 10, "M-84 352Q0 376 84 352M-170 784Q0 812 170 784")
}

// incense is a long holder with a burning stick.
func incense(c *canvas) {
	c.floor(0, 806, 360)
	c.line("#6b4630", 8, "M210 744L-130 396")
	c.add(`<circle cx="-132" cy="394" r="8" fill="#f0683a"/>`)
	c.add(`<g opacity=".55">`)
	c.line("#fff", 11, "M-136 378C-220 320-60 270-130 200S-40 90-100 30")
	c.add(`</g>`)
	c.ware("M-330 736Q-340 800-290 802H290Q340 800 330 736Z")
	c.ellipse(c.p.base, 0, 736, 330, 36)
	c.ellipse("#1a100859", 0, 738, 308, 27)
	c.line("#6b4630", 8, "M210 744L180 713")
	c.add(`<circle cx="212" cy="744" r="17" fill="%s"/>`, c.p.trim)
	c.ellipse("#d9d3c8", -140, 742, 60, 9)
}
