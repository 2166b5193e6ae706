package main

const (
	wood     = "#b98555"
	woodDark = "#94653b"
	metal    = "#8d8f98"
)

// hanger is the wooden hanger behind a garment whose collar sits at y.
func (c *canvas) hanger(y string) {
	c.add(`<g transform="translate(0 %s)">`, y)
	c.line(metal, 7, "M0 0V-34C0-54 26-54 26-80A26 26 0 1 0-26-80")
	c.line(wood, 17, "M-120 44Q-20 6 0 2Q20 6 120 44")
	c.add(`</g>`)
}

// buttons sets n buttons down the placket.
func (c *canvas) buttons(x, y, step float64, n int) {
	for i := range n {
		c.add(`<circle cx="%g" cy="%g" r="7" fill="%s" stroke="#0003" stroke-width="2"/>`, x, y+step*float64(i), c.p.mark)
	}
}

func (c *canvas) inside(d string) {
	c.fill(c.p.base, d)
	c.ghost("#0b0b18", .42, d)
}

const (
	shortSleeves = "M140 274 L196 304 Q282 340 318 476 L222 512 Q206 456 182 424 L140 330"
	longSleeves  = "M140 274 L196 304 Q232 318 244 372 L314 700 L240 716 L184 452 L140 330"
	shirtBody    = "M0 296 L66 256 L196 304 Q196 370 186 428 Q182 600 194 778 Q100 792 0 792"
)

// shirt is a short-sleeved shirt with an open camp collar.
func shirt(c *canvas) {
	c.hanger("250")
	c.inside(sym("M0 248 L70 252 L70 330 L0 360"))
	c.cloth(both(shortSleeves))
	c.cloth(sym("M0 380 L66 256 L196 304 Q196 370 186 428 Q182 600 194 778 Q100 792 0 792"))
	c.plain(c.p.base, both("M0 378 L72 244 L112 282 L82 352 L44 342"))
	c.line("#0003", 3, "M0 378V790")
	c.buttons(14, 420, 88, 5)
	c.ghost("#000", .13, "M58 420h92v96q-46 22-92 0z")
	c.cloth("M58 414h92v94q-46 22-92 0z")
	c.stitch(c.p.mark, both("M304 462 L222 494"))
}

// bandShirt is a long-sleeved shirt with a band collar.
func bandShirt(c *canvas) {
	c.hanger("250")
	c.inside(sym("M0 246 L62 250 L62 300 L0 320"))
	c.cloth(both(longSleeves))
	c.plain(c.p.trim, both("M302 652 L314 700 L240 716 L230 668"))
	c.cloth(sym(shirtBody))
	c.plain(c.p.base, both("M0 326 L60 244 L78 262 L0 352"))
	c.ghost("#000", .1, "M-17 330h34v460h-34z")
	c.buttons(0, 372, 82, 6)
}

// blouse is a loose top with a round neck, full sleeves and a gathered hem.
func blouse(c *canvas) {
	c.hanger("250")
	c.inside(sym("M0 252 L80 262 L80 330 L0 340"))
	c.cloth(both("M130 270 L190 298 Q300 350 306 520 Q270 556 214 540 Q214 470 180 430 L140 340"))
	c.plain(c.p.trim, both("M306 514 Q266 546 214 536 L216 562 Q268 572 308 540"))
	c.cloth(sym("M0 344 Q70 334 84 262 L190 298 Q184 380 176 440 Q190 560 214 700 Q110 740 0 740"))
	c.line(c.p.trim, 9, "M-84 262Q-70 340 0 344Q70 340 84 262")
	c.line("#0002", 4, "M-130 470Q-120 600-150 726M130 470Q120 600 150 726M-50 480Q-46 610-56 736M50 480Q46 610 56 736")
	c.line(c.p.trim, 5, "M-4 344Q-34 400-24 452M4 344Q24 396 30 462")
	c.ellipse(c.p.trim, -24, 458, 8, 11)
	c.ellipse(c.p.trim, 30, 468, 8, 11)
}

// kurta is a long tunic with slits and a worked placket.
func kurta(c *canvas) {
	kurtaBody(c)
	c.plain(c.p.trim, "M-26 252h52v196l-26 26-26-26z")
	c.buttons(0, 300, 44, 4)
	c.stitch(c.p.mark, "M-40 250V456L0 496L40 456V250")
}

// yokeKurta carries embroidery around the neck.
func yokeKurta(c *canvas) {
	kurtaBody(c)
	c.plain(c.p.trim, sym("M0 290 Q50 290 62 222 L132 246 Q130 400 0 424"))
	c.inside(sym("M0 214 L62 218 Q50 290 0 290"))
	c.stitch("#fff", "M-118 252Q-112 384 0 408Q112 384 118 252M-98 246Q-94 358 0 382Q94 358 98 246")
	for _, x := range []float64{-60, -22, 22, 60} {
		c.ellipse(c.p.mark, x, 350-x*x/90, 9, 9)
	}
}

// panjabi is a man's kurta: narrow, with a band collar and a plain placket.
func panjabi(c *canvas) {
	kurtaBody(c)
	c.plain(c.p.trim, both("M0 268 L60 206 L76 226 L0 296"))
	c.ghost("#000", .12, "M-15 284h30v190h-30z")
	c.buttons(0, 312, 46, 4)
	c.stitch(c.p.trim, "M-26 270V486H26V270")
	c.line("#0003", 4, "M92 396h84")
}

func kurtaBody(c *canvas) {
	c.hanger("208")
	c.inside(sym("M0 206 L60 212 L60 270 L0 280"))
	c.cloth(both("M120 232 L166 254 Q214 276 228 340 L292 646 L214 662 L160 430 L120 320"))
	c.plain(c.p.trim, both("M285 612 L292 646 L214 662 L206 628"))
	c.cloth(sym("M0 276 Q50 262 62 214 L166 254 Q166 330 160 400 Q156 560 206 864 Q100 880 0 880"))
	c.plain(c.p.trim, sym("M0 848 Q100 848 200 832 L206 864 Q100 880 0 880"))
	c.line("#0004", 4, "M-196 800L-178 690M196 800L178 690")
}

// wrapDress crosses at the front and ties at the waist.
func wrapDress(c *canvas) {
	c.hanger("208")
	c.inside(sym("M0 206 L66 214 L40 330 L0 400"))
	c.cloth(both("M120 228 L160 248 Q244 282 262 396 L184 424 Q170 370 150 350"))
	c.cloth(sym("M0 430 L70 212 L160 248 Q150 340 138 440 Q130 470 132 484 Q210 660 262 850 Q130 892 0 892"))
	c.ghost("#000", .1, "M0 484H132Q210 660 262 850Q200 876 96 886Q40 640 0 484Z")
	c.line("#0003", 4, "M70 212L-96 456M-10 484Q40 640 96 886")
	c.plain(c.p.trim, "M-134 462Q0 490 134 462L136 494Q0 520-136 494Z")
	c.plain(c.p.trim, "M112 484Q170 560 150 664L178 668Q196 560 134 480ZM104 490Q116 580 86 648L112 660Q142 590 126 484Z")
}

// tieredDress falls in three gathered tiers.
func tieredDress(c *canvas) {
	c.hanger("208")
	c.inside(sym("M0 206 L70 216 L60 290 L0 300"))
	c.cloth(both("M120 228 L162 246 Q226 276 232 380 Q200 402 160 392 L140 330"))
	c.cloth(sym("M0 690 L170 676 L290 860 Q140 896 0 896"))
	c.ghost("#05070f", .35, sym("M0 690 L170 676 L190 712 Q110 748 0 748"))
	c.cloth(sym("M0 500 L140 490 L236 690 Q110 718 0 718"))
	c.ghost("#05070f", .35, sym("M0 500 L140 490 L156 526 Q90 556 0 556"))
	c.cloth(sym("M0 306 Q60 300 72 216 L162 246 Q150 350 146 400 L174 510 Q90 530 0 530"))
	gathers := "M-120 536l-14 60M-60 540l-6 64M0 542v70M60 540l6 64M120 536l14 60M-150 724l-20 66M-76 728l-8 70M0 730v74M76 728l8 70M150 724l20 66"
	c.line("#0002", 4, gathers)
	c.line(c.p.trim, 8, "M-72 216Q-60 300 0 306Q60 300 72 216")
}

// shirtDress buttons from collar to hem and takes a belt.
func shirtDress(c *canvas) {
	c.hanger("208")
	c.inside(sym("M0 206 L62 212 L62 270 L0 300"))
	c.cloth(both("M120 228 L166 250 Q240 282 262 404 L186 432 Q172 380 152 352"))
	c.cloth(sym("M0 300 L64 212 L166 250 Q154 350 144 470 Q196 660 226 868 Q110 886 0 886"))
	c.plain(c.p.base, both("M0 312 L66 202 L104 236 L74 306 L40 294"))
	c.ghost("#000", .1, "M-15 314h30v572h-30z")
	c.buttons(0, 350, 66, 8)
	c.plain(c.p.trim, "M-145 456Q0 482 145 456L150 488Q0 514-150 488Z")
	c.fill(c.p.mark, "M-22 464h44v46h-44zM-12 474v26h24v-26z")
}

// chore is a workwear jacket with three patch pockets.
func chore(c *canvas) {
	jacketBody(c)
	pockets := "M52 560h112v124q-56 20-112 0zM-164 560h112v124q-56 20-112 0zM60 400h88v88q-44 16-88 0z"
	c.ghost("#000", .16, pockets)
	c.at(0, -7, 1, func() { c.cloth(pockets) })
	c.stitch(c.p.mark, "M56 572H160M-160 572H-56M66 410H142")
	c.buttons(0, 400, 92, 4)
}

// quilted is a reversible jacket of layered cotton, stitched through and bound at the edges.
func quilted(c *canvas) {
	jacketBody(c)
	c.line(c.p.trim, 14, "M-62 252Q-50 330 0 352Q50 330 62 252M0 352V776M-198 762Q-100 780 0 780Q100 780 198 762")
	c.line(c.p.trim, 12, "M-52 600h-96M52 600h96")
}

func jacketBody(c *canvas) {
	c.hanger("250")
	c.inside(sym("M0 246 L66 252 L60 330 L0 350"))
	c.cloth(both("M140 274 L202 304 Q246 322 256 380 L322 690 L238 710 L186 460 L140 340"))
	c.plain(c.p.trim, both("M315 656 L322 690 L238 710 L230 676"))
	c.cloth(sym("M0 352 Q56 330 66 254 L202 304 Q200 380 190 440 Q186 600 200 768 Q100 784 0 784"))
	c.plain(c.p.base, both("M0 350 Q52 326 60 244 L96 266 Q92 372 0 396"))
	c.line("#0005", 4, "M0 394V782")
}

// waistcoat is a sleeveless koti with a band collar.
func waistcoat(c *canvas) {
	c.hanger("250")
	c.inside(sym("M0 246 L64 252 L40 340 L0 380"))
	c.cloth(sym("M0 372 L68 250 L158 290 Q140 360 178 440 Q180 600 186 724 L96 736 L0 792"))
	c.plain(c.p.base, both("M0 372 L62 240 L90 258 L0 408"))
	c.line("#0005", 4, "M0 400V790")
	c.plain(c.p.trim, "M56 600h96v26h-96zM-152 600h96v26h-96zM62 452h76v22h-76z")
	c.buttons(-14, 440, 72, 5)
	c.stitch(c.p.mark, "M-156 304Q-136 364-170 442M156 304Q136 364 170 442")
}
