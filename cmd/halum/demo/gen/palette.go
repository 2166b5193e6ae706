package main

// palette is the colours of one product: ground of the picture, ground of the product, its pattern, and a contrast.
type palette struct{ back, base, mark, trim string }

// Dyes of Neel: indigo in its dips, madder, turmeric, and the undyed cotton.
var (
	indigo   = palette{"#e3e6ee", "#22407c", "#c9d8ef", "#e0a23a"}
	midnight = palette{"#e9e2d6", "#16254a", "#e9e2d0", "#c4553b"}
	sky      = palette{"#f2e9dc", "#8db1d6", "#f7f5ee", "#24417a"}
	ecru     = palette{"#dbe3ee", "#f3ecdd", "#2b4a86", "#b5472f"}
	madder   = palette{"#f1e2d4", "#a63d2c", "#f2d9b8", "#24386b"}
	turmeric = palette{"#e6e8e6", "#dfa033", "#fbf0d4", "#8a3b22"}
	pond     = palette{"#ece6d8", "#2b6a6c", "#cfe4dc", "#e2b04c"}
	rose     = palette{"#e6e4ec", "#d5958a", "#fbeee6", "#7c2f3a"}
	olive    = palette{"#efe6d6", "#6d7844", "#e9e4bd", "#2a3f70"}
	slate    = palette{"#e8e4dd", "#4a5466", "#d5dbe4", "#dc9a3f"}
	jute     = palette{"#dfe6ec", "#c9a671", "#f0dfbd", "#24417a"}
	cloud    = palette{"#d5dfeb", "#fbf8f1", "#7f9fc9", "#24417a"}
)

// Glazes and clays of Matir Ghor.
var (
	terracotta = palette{"#f3e3d3", "#c0663f", "#f4dcc0", "#7d3a22"}
	oat        = palette{"#d9ded2", "#eee3cf", "#a98c66", "#8a5a3a"}
	celadon    = palette{"#efe4d3", "#9dbcab", "#e3efe6", "#4f7866"}
	river      = palette{"#eee3d2", "#4f7a8c", "#d5e6ea", "#25485a"}
	ash        = palette{"#e9ddd0", "#8d8a84", "#e8e4dc", "#4b4843"}
	moss       = palette{"#efe5d0", "#76804f", "#e6e6c2", "#474f2b"}
	kiln       = palette{"#ecdccb", "#3d3733", "#d8c7b2", "#c0663f"}
	blush      = palette{"#e2e5da", "#dba58c", "#fbeadd", "#a5583c"}
	honey      = palette{"#e3e6dd", "#d39a45", "#fdeccb", "#8a5a20"}
	chalk      = palette{"#e3d3c2", "#f8f4ec", "#c9b79d", "#c0663f"}
	mango      = palette{"#e0e4d6", "#c08a55", "#8f5f33", "#6b4222"}
	shital     = palette{"#dfe5d9", "#dcc188", "#b08f50", "#8a4f2c"}
)
