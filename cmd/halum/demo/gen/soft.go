package main

// cushion is a square cushion with tasselled corners, tilted.
func cushion(c *canvas) {
	c.floor(0, 820, 300)
	c.turned(-5, 0, 540, func() {
		for _, xy := range [][2]float64{{-262, 286}, {262, 286}, {-262, 794}, {262, 794}} {
			c.tassel(xy[0], xy[1], c.p.trim)
		}
		square := sym("M0 296 Q150 306 262 280 Q276 286 270 300 Q242 420 242 540 Q242 660 270 780 Q276 794 262 800 Q150 774 0 784")
		c.cloth(square)
		c.line(c.p.trim, 6, square)
	})
}

// tassel is a small bundle of threads.
func (c *canvas) tassel(x, y float64, colour string) {
	c.at(x, y, 1, func() {
		c.line(colour, 5, "M-10 8L-14 44M-4 8L-5 50M4 8L5 50M10 8L14 44")
		c.add(`<circle r="15" fill="%s"/>`, colour)
		c.ghost("#000", .2, "M-14 8h28v6h-28z")
	})
}

// lumbar is a long cushion in front of a square one.
func lumbar(c *canvas) {
	c.floor(0, 790, 350)
	c.turned(4, 0, 480, func() {
		c.plain(c.p.trim, sym("M0 268 Q130 276 222 256 Q236 260 230 274 Q206 380 206 500 Q206 620 230 740 L0 740"))
	})
	long := sym("M0 512 Q190 520 316 500 Q330 506 324 520 Q304 570 304 646 Q304 720 324 772 Q330 784 316 790 Q190 772 0 778")
	c.cloth(long)
	c.line(c.p.trim, 5, long)
	c.line(c.p.mark, 6, "M-322 506V790M322 506V790")
}

// floorCushion is a thick round cushion, buttoned in the middle.
func floorCushion(c *canvas) {
	c.floor(0, 820, 380)
	c.cloth("M-318 600Q-340 800-250 816Q0 850 250 816Q340 800 318 600Z")
	c.ghost("#0b1020", .2, "M-318 600Q-340 800-250 816Q0 850 250 816Q340 800 318 600Z")
	top := "M-322 590C-322 500-180 446 0 446S322 500 322 590S180 724 0 724S-322 680-322 590Z"
	c.cloth(top)
	c.line(c.p.trim, 8, top)
	c.line("#0b102038", 5, "M0 580Q-140 560-250 530M0 580Q140 560 250 530M0 580Q-90 650-170 690M0 580Q90 650 170 690M0 580Q0 500 0 452")
	c.ellipse(c.p.trim, 0, 580, 26, 18)
	c.line(c.p.trim, 14, "M-60 818Q0 870 60 818")
}

// tote is an open market bag with two handles.
func tote(c *canvas) {
	c.floor(0, 868, 290)
	c.line(woodDark, 22, "M-108 440C-108 200 108 200 108 440")
	c.inside("M-216 428Q0 398 216 428Q0 456-216 428Z")
	c.cloth("M-216 428Q0 456 216 428L256 850Q0 882-256 850Z")
	c.plain(c.p.trim, "M-245 740Q0 768 245 740L256 850Q0 882-256 850Z")
	c.line(wood, 22, "M-108 500C-108 250 108 250 108 500")
	c.fill(wood, "M-130 480h44v72h-44zM86 480h44v72h-44z")
	c.stitch("#fff", "M-122 488v56h28v-56zM94 488v56h28v-56z")
}

// weekender is a holdall with leather tabs and two handles.
func weekender(c *canvas) {
	c.floor(0, 820, 390)
	c.line(woodDark, 20, "M-120 560C-140 330 140 330 120 560")
	c.cloth("M-260 500Q-320 506-326 600L-334 780Q-334 816-298 816H298Q334 816 334 780L326 600Q320 506 260 500Q0 480-260 500Z")
	c.line(metal, 7, "M-250 512Q0 492 250 512")
	leather := "#8a5530"
	c.plain(leather, "M-333 740L-334 780Q-334 816-298 816H298Q334 816 334 780L333 740Q0 762-333 740Z")
	c.fill(leather, "M-146 540h52v214h-52zM94 540h52v214h-52z")
	c.line(leather, 22, "M-120 600C-140 380 140 380 120 600")
	c.stitch("#f3dfc0", "M-138 560v180M-102 560v180M102 560v180M138 560v180")
	c.fill(leather, "M-30 372h60v42h-60z")
	c.line(metal, 8, "M-334 640h-22v50h24M334 640h22v50h-24")
}

// pouch is a flat zipped purse with a tassel.
func pouch(c *canvas) {
	c.floor(0, 780, 320)
	c.turned(-4, 0, 570, func() {
		c.cloth("M-282 430Q-286 412-266 412H266Q286 412 282 430Q270 580 296 736Q300 764 272 764H-272Q-300 764-296 736Q-270 580-282 430Z")
		c.plain(c.p.trim, "M-282 430Q-286 412-266 412H266Q286 412 282 430V458H-282Z")
		c.add(`<path stroke="%s" stroke-width="9" stroke-dasharray="5 5" d="M-262 436H262"/>`, "#e8d9a8")
		c.line("#c9a24a", 7, "M240 436L300 470")
	})
	c.at(306, 466, 1.7, func() { c.tassel(0, 0, c.p.trim) })
}

// sling is a small shoulder bag with a flap.
func sling(c *canvas) {
	c.floor(0, 856, 260)
	c.line("#8a5530", 15, "M-196 560C-250 260-120 130 0 130S250 260 196 560")
	c.cloth("M-212 540H212Q232 700 214 812Q212 844 178 844H-178Q-212 844-214 812Q-232 700-212 540Z")
	c.ghost("#0b1020", .2, "M-214 540H214L222 700Q0 800-222 700Z")
	c.plain(c.p.trim, "M-216 520Q-216 500-196 500H196Q216 500 216 520Q224 620 214 680Q0 770-214 680Q-224 620-216 520Z")
	c.stitch(c.p.mark, "M-200 522Q-206 616-198 668Q0 750 198 668Q206 616 200 522")
	c.round("#c9a24a", "M-24 700a24 24 0 1 1 48 0a24 24 0 1 1-48 0z")
}
