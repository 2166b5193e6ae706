package main

// catalogues says, shop by shop, how each product is drawn.
var catalogues = map[string]map[string]work{"neel": neel, "matir": matir}

var neel = map[string]work{
	"rupsha-jamdani-saree":    {saree, midnight, jamdani, wall},
	"meghla-tangail-saree":    {saree, palette{"#ece3d3", "#9aa5b3", "#dfe4ea", "#dfa033"}, pinline, wall},
	"nilkantha-shibori-saree": {saree, indigo, shibori, wall},
	"padma-silk-saree":        {saree, madder, lattice, wall},
	"kashphool-cotton-saree":  {saree, ecru, buti, wall},

	"dighi-panjabi":           {panjabi, pond, pinline.faint(), wall},
	"boishakh-panjabi":        {panjabi, palette{"#d3dbe3", "#f4ecdb", "#d8cbb2", "#a63d2c"}, pinline.faint(), wall},
	"bokul-block-print-kurta": {kurta, rose, buti, wall},
	"shorot-paan-kurta":       {kurta, indigo, paan, wall},
	"nakshi-yoke-kurta":       {yokeKurta, palette{"#dfe4e8", "#dfa033", "#f7e3b4", "#22407c"}, pinline.faint(), wall},
	"eid-edit-silk-panjabi":   {panjabi, cloud, pinline.faint(), wall},

	"haor-camp-shirt":         {shirt, indigo, ripple, wall},
	"chandpur-stripe-shirt":   {bandShirt, sky, stripes, wall},
	"gamcha-check-shirt":      {shirt, palette{"#dde4ea", "#f5e9d6", "#c4473a", "#24386b"}, gamcha, wall},
	"matla-band-collar-shirt": {bandShirt, slate, pinline.faint(), wall},
	"shapla-gathered-top":     {blouse, palette{"#f2e6d6", "#a9c6e2", "#f9f8f2", "#24417a"}, fern, wall},

	"jolpai-wrap-dress":       {wrapDress, olive, buti, wall},
	"neel-tiered-dress":       {tieredDress, midnight, arashi, wall},
	"sundarban-shirt-dress":   {shirtDress, pond, fern, wall},
	"kantha-quilted-jacket":   {quilted, palette{"#e9e2d6", "#16254a", "#c9d8ef", "#e0a23a"}, kantha, wall},
	"sreemangal-chore-jacket": {chore, palette{"#efe4d2", "#2f4f8f", "#dfa033", "#22407c"}, solid, wall},
	"rangpur-koti":            {waistcoat, jute, weave, wall},

	"teesta-ikat-scarf":  {scarf, indigo, ikat, wall},
	"arashi-silk-scarf":  {scarf, sky, arashi, wall},
	"boatman-gamcha":     {scarf, palette{"#dfe6e6", "#f6ead8", "#c4473a", "#c4473a"}, gamcha, wall},
	"monsoon-wool-shawl": {shawl, slate, weave, wall},

	"haat-market-tote": {tote, jute, paan, table},
	"padma-weekender":  {weekender, palette{"#f1e4d2", "#22407c", "#8db1d6", "#e9dfca"}, patches, table},
	"kantha-zip-pouch": {pouch, palette{"#dbe3ee", "#f3ecdd", "#2b4a86", "#b5472f"}, kantha, table},
	"chilmari-sling":   {sling, palette{"#efe6d6", "#22407c", "#f2d9b8", "#a63d2c"}, weave, table},

	"nakshi-kantha-throw":     {folded, ecru, kantha, table},
	"jamdani-cushion-cover":   {cushion, indigo, jamdani, table},
	"ikat-lumbar-cushion":     {lumbar, pond, ikat, table},
	"patchwork-floor-cushion": {floorCushion, palette{"#efe4d4", "#22407c", "#c9d8ef", "#dfa033"}, patches, table},
	"khadi-bedspread":         {bed, palette{"#d9e1ea", "#f3ecdd", "#2b4a86", "#22407c"}, lattice, table},
	"rib-hand-towel-pair":     {towels, sky, bands, wall},
	"indigo-table-runner":     {runner, indigo, ripple, wall},
	"turmeric-napkin-set":     {napkins, turmeric, checkers.faint(), wall},
}

var matir = map[string]work{
	"savar-everyday-mug":    {mug, oat, speckle, table},
	"morning-latte-cup":     {latte, celadon, speckle, table},
	"speckled-espresso-cup": {espresso, palette{"#ead3c5", "#f8f4ec", "#c9b79d", "#6b4a36"}, speckle, table},
	"bhar-tea-cups":         {teacups, terracotta, rings, table},

	"monsoon-noodle-bowl":    {ramen, river, brush, table},
	"nesting-bowls":          {nest, palette{"#dfe4da", "#d39a45", "#f3dcae", "#b5652f"}, solid, table},
	"rice-bowl":              {bowl, celadon, rings, table},
	"courtyard-dinner-plate": {plate, terracotta, alpona, table},
	"shapla-serving-plate":   {flowerPlate, river, solid, table},
	"little-side-plates":     {sidePlates, palette{"#e3d9cb", "#9dbcab", "#f3ecdd", "#5f7f8f"}, solid, table},
	"low-pasta-bowl":         {pasta, moss, speckle, table},
	"ilish-platter":          {platter, palette{"#efe2cf", "#e9eef0", "#4f7a8c", "#25485a"}, brush, table},

	"rain-teapot":          {teapot, celadon, rings, table},
	"bamboo-handle-teapot": {kettle, kiln, speckle, table},
	"well-water-pitcher":   {pitcher, river, rings, table},
	"mustard-oil-cruet":    {cruet, honey, speckle, table},
	"anniversary-tea-set":  {teapot, palette{"#efe1dc", "#a9c8b4", "#f4f7ee", "#3f6b57"}, alpona, table},

	"moon-vase":         {moonVase, chalk, speckle, table},
	"reed-bottle-vase":  {bottleVase, terracotta, chevron, table},
	"bud-vase-trio":     {budTrio, palette{"#e7ddd0", "#4f7a8c", "#e7c9a4", "#c0663f"}, solid, table},
	"ribbed-floor-vase": {floorVase, ash, ribs, table},

	"verandah-planter":       {planter, terracotta, rings, table},
	"shika-hanging-planter":  {hangingPlanter, oat, alpona, wall},
	"footed-planter":         {footedPlanter, kiln, ribs, table},
	"windowsill-herb-trough": {trough, terracotta, alpona, table},

	"mango-wood-board":        {board, mango, solid, table},
	"cook-spoon-set":          {spoons, palette{"#dfe3d6", "#b98555", "#8f5f33", "#4f7a8c"}, solid, table},
	"ruti-board-and-pin":      {rolling, mango, solid, table},
	"stone-mortar-and-pestle": {mortar, palette{"#e9ddd0", "#6f6c68", "#c9c5bd", "#55524e"}, speckle, table},
	"pantry-canister":         {canister, palette{"#d5ddd2", "#e9dcc4", "#a98c66", "#6d7a4a"}, ribs, table},
	"salt-pig":                {salt, moss, rings, table},

	"pradip-oil-lamps":      {pradip, palette{"#4a3a3f", "#c0663f", "#f4dcc0", "#7d3a22"}, solid, dusk},
	"kitchen-garden-candle": {candle, blush, speckle, table},
	"dusk-table-lamp":       {lamp, palette{"#d8ccc4", "#4f7a8c", "#d5e6ea", "#c0663f"}, rings, table},
	"jonaki-lantern":        {lantern, palette{"#3f3d4c", "#c0663f", "#f4dcc0", "#7d3a22"}, rings, dusk},
	"long-incense-holder":   {incense, palette{"#c7b3a4", "#8d8a84", "#e8e4dc", "#4b4843"}, speckle, table},

	"jute-bread-basket":     {basket, shital, weave, table},
	"potters-apron":         {apron, palette{"#efe3d2", "#d5e0e4", "#4f7a8c", "#a5583c"}, stripes, wall},
	"leaf-tea-towels":       {teaTowels, palette{"#efe1cf", "#eef0e4", "#8fa57e", "#55703f"}, gamcha, wall},
	"shital-pati-placemats": {placemat, shital, checkers.faint(), wall},
	"coiled-jute-trivet":    {trivet, palette{"#d9dfd6", "#cfae72", "#8f6c38", "#a5583c"}, solid, wall},
}
