package catalog

// FileFormat names a format of files with products.
type FileFormat string

// The formats. Own CSV and JSON Lines hold all that a product is; the others are what other shops export.
const (
	FileCSV         FileFormat = "csv"         // our own, one row per variant, safe to open in a spreadsheet
	FileJSONL       FileFormat = "jsonl"       // our own, one product per line
	FileShopify     FileFormat = "shopify"     // Shopify's product CSV, both header dialects
	FileWooCommerce FileFormat = "woocommerce" // WooCommerce's product CSV
)
