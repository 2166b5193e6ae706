package main

import "fmt"

// rail is the wooden pole that long cloth hangs from.
func (c *canvas) rail(half float64) {
	c.line(woodDark, 3, fmt.Sprintf("M%g 0L%g 168M%g 0L%g 168", -half+30, -half+30, half-30, half-30))
	c.line(wood, 20, fmt.Sprintf("M%g 172H%g", -half, half))
}

// fringe hangs n threads from a straight hem.
func (c *canvas) fringe(x0, x1, y, length float64, n int) {
	step := (x1 - x0) / float64(n-1)
	c.line(c.p.trim, 4, repeat(n, func(i int) string {
		return fmt.Sprintf("M%g %gq%d %g 0 %g", x0+step*float64(i), y, 4-8*(i%2), length/2, length)
	}))
}

// folds shades soft vertical folds between x0 and x1.
func (c *canvas) folds(x0, x1, y0, y1 float64, n int) {
	step := (x1 - x0) / float64(n)
	c.ghost("#0b1020", .1, repeat(n, func(i int) string {
		x := x0 + step*(float64(i)+.35)
		return fmt.Sprintf("M%g %gQ%g %g %g %gL%g %gQ%g %g %g %gZ", x, y0, x+10, (y0+y1)/2, x-6, y1, x+step*.42, y1, x+step*.3, (y0+y1)/2, x+step*.3, y0)
	}))
}

// saree hangs over a pole, the worked end in front and the body of the cloth behind.
func saree(c *canvas) {
	c.rail(330)
	c.cloth("M-250 168H120Q130 500 118 900Q-60 914-240 898Q-258 520-250 168Z")
	c.ghost("#0b1020", .22, "M-250 168H120Q130 500 118 900Q-60 914-240 898Q-258 520-250 168Z")
	c.plain(c.p.trim, "M-250 168H-214Q-222 520-204 902L-240 898Q-258 520-250 168Z")
	c.folds(-240, 100, 172, 896, 4)
	front := "M-120 158Q60 150 250 158Q262 480 254 770Q70 786-132 770Q-110 470-120 158Z"
	c.cloth(front)
	c.plain(c.p.trim, "M-120 158H-82Q-72 470-92 772L-132 770Q-110 470-120 158ZM250 158H212Q222 480 214 774L254 770Q262 480 250 158Z")
	c.plain(c.p.trim, "M-129 700Q70 716 255 700L254 770Q70 786-132 770Z")
	c.plain(c.p.trim, "M-126 640Q70 656 256 640V664Q70 680-128 664Z")
	c.stitch(c.p.mark, "M-118 720Q70 736 244 720M-118 750Q70 766 244 750")
	c.folds(-100, 230, 160, 774, 4)
	c.fringe(-124, 248, 774, 40, 26)
}

// scarf hangs from a peg, doubled, the shorter end in front.
func scarf(c *canvas) {
	back := "M-30 176Q-16 400 10 620Q24 740 22 856L196 838Q192 700 150 520Q96 320 46 176Z"
	c.cloth(back)
	c.ghost("#0b1020", .2, back)
	c.folds(60, 170, 500, 836, 2)
	c.turned(-6, 110, 846, func() { c.fringe(26, 194, 850, 46, 14) })
	c.cloth("M-46 176Q-130 330-184 520Q-210 640-204 760L-6 784Q0 640 22 500Q44 340 40 176Z")
	c.folds(-190, -30, 460, 764, 3)
	c.turned(7, -104, 774, func() { c.fringe(-202, -8, 776, 52, 16) })
	c.ghost("#0b1020", .22, "M-46 176Q-66 214-84 250Q-20 290 36 250L40 176Z")
	c.round(wood, "M-52 172a50 50 0 1 1 100 0a50 50 0 1 1-100 0z")
	c.ellipse(woodDark, -2, 172, 16, 16)
}

// shawl is a wide wool wrap, doubled over a pole.
func shawl(c *canvas) {
	c.rail(300)
	c.cloth("M-216 160Q0 150 216 160Q234 460 226 800Q0 820-226 800Q-234 460-216 160Z")
	c.plain(c.p.trim, "M-229 700Q0 720 229 700V724Q0 744-229 724ZM-228 744Q0 764 228 744V756Q0 776-228 756Z")
	c.folds(-210, 210, 164, 800, 6)
	c.fringe(-220, 220, 804, 66, 34)
}

// towels are two towels on a pole, one over the other.
func towels(c *canvas) {
	c.rail(280)
	c.cloth("M-200 160H60V800Q-70 812-200 800Z")
	c.plain(c.p.trim, "M-200 690H60V704H-200ZM-200 722H60V752H-200Z")
	c.fringe(-196, 56, 802, 26, 30)
	c.cloth("M20 158H220V610Q120 620 20 610Z")
	c.plain(c.p.trim, "M20 524H220V534H20ZM20 548H220V572H20Z")
	c.fringe(24, 216, 612, 24, 24)
}

// folded is a throw folded on a bench, its last fold hanging over the front.
func folded(c *canvas) {
	c.floor(0, 830, 330)
	c.line(woodDark, 26, "M-230 706L-252 846M230 706L252 846")
	c.round(wood, "M-310 672h620q14 0 14 20v14h-648v-14q0-20 14-20z")
	c.cloth("M-236 440Q-262 440-262 468V646Q-262 674-236 674H236Q262 674 262 646V468Q262 440 236 440Z")
	c.line("#0b10204d", 5, "M-258 516Q0 526 258 516M-258 596Q0 606 258 596")
	c.cloth("M-150 428Q0 420 150 428Q162 600 156 790Q0 802-156 790Q-162 600-150 428Z")
	c.plain(c.p.trim, "M-158 730Q0 744 158 730V752Q0 766-158 752Z")
	c.folds(-150, 150, 430, 790, 4)
	c.fringe(-150, 150, 794, 40, 24)
}

// runner lies along a laid table.
func runner(c *canvas) {
	c.floor(0, 850, 390)
	c.fill(woodDark, "M-330 806h30v150h-30zM300 806h30v150h-30z")
	c.fill(wood, "M-240 380H240L370 790H-370Z")
	c.fill(woodDark, "M-370 790H370V822H-370Z")
	c.cloth("M-86 380H86L132 790V900Q0 912-132 900V790Z")
	c.ghost("#0b1020", .16, "M-132 790H132V900Q0 912-132 900Z")
	c.plain(c.p.trim, "M-132 862Q0 874 132 862V880Q0 892-132 880Z")
	c.fringe(-128, 128, 904, 28, 22)
	c.floor(0, 604, 130)
	c.round("#f3eee4", sym("M0 520 L104 520 Q96 600 40 608 L0 610"))
	c.ellipse("#dcd3c4", 0, 520, 104, 24)
	for i, x := range []float64{-46, 4, 50} {
		c.add(`<circle cx="%g" cy="%d" r="36" fill="%s"/>`, x, 506-12*(i%2), []string{"#e0a23a", "#d98a2f", "#cfae3e"}[i])
	}
}

// napkins are four squares, folded and fanned under a wooden ring.
func napkins(c *canvas) {
	c.at(0, -90, 1.22, func() { c.napkinFan() })
}

func (c *canvas) napkinFan() {
	for i := range 4 {
		c.turned(float64(i*14-24), 0, 480, func() {
			c.cloth("M-160 320H160V640H-160Z")
			c.stitch(c.p.trim, "M-144 336H144V624H-144Z")
		})
	}
	c.turned(18, 0, 480, func() {
		c.plain(c.p.trim, "M-160 468H160V492H-160Z")
		c.round(wood, "M-40 440h80v80h-80z")
		c.fill(woodDark, "M-40 440h80v8h-80zM-40 512h80v8h-80z")
	})
}

// bed is a made bed under a bedspread.
func bed(c *canvas) {
	c.floor(0, 880, 400)
	c.fill(woodDark, "M-322 300Q-322 260-282 260H282Q322 260 322 300V640H-322Z")
	c.fill(wood, "M-300 306Q-300 282-276 282H276Q300 282 300 306V640H-300Z")
	c.line(woodDark, 4, "M-150 284V560M0 284V560M150 284V560")
	c.fill("#f6f1e7", "M-306 520Q-306 500-286 500H286Q306 500 306 520V640H-306Z")
	c.plain("#fbf8f1", "M-270 420Q-150 396-36 420Q-24 476-36 524Q-150 540-270 524Q-284 476-270 420ZM36 420Q150 396 270 420Q284 476 270 524Q150 540 36 524Q24 476 36 420Z")
	c.plain(c.p.trim, "M-110 456Q0 434 110 456Q122 504 110 550Q0 566-110 550Q-122 504-110 456Z")
	c.cloth("M-316 566Q0 534 316 566Q352 700 344 860Q0 884-344 860Q-352 700-316 566Z")
	c.plain("#fbf8f1", "M-316 566Q0 534 316 566L326 612Q0 580-326 612Z")
	c.plain(c.p.trim, "M-346 812Q0 836 346 812L345 832Q0 856-345 832Z")
	c.folds(-330, 330, 640, 860, 5)
}
