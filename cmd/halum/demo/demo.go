// Package demo holds two shops to look at: their catalogues in Shopify's product CSV dialect, their pictures, and their
// brands. A development seed imports them through the same importer that vendors use. All of it is original work.
package demo

import (
	"embed"
	"encoding/json"
	"io/fs"
	"strings"
)

//go:generate go run ./gen

//go:embed neel.csv
var neelCSV []byte

//go:embed matir.csv
var matirCSV []byte

//go:embed bn.json
var bengali []byte

//go:embed media
var media embed.FS

// Colours are a brand's colours as CSS hex values. Text in OnPrimary on Primary, and text in Primary on Tint or on white,
// has a contrast of at least 4.5 to 1; Accent is for decoration and carries no text.
type Colours struct {
	Primary, OnPrimary, Accent, Tint string
}

// Shop is one demo vendor. The paths are URL paths below the host's root, and each resolves in Media once the leading
// "/media/" is removed.
type Shop struct {
	Slug, Name, Tagline, About      string
	Shipping, Returns               string // one short paragraph each, plain text
	Currency                        string // ISO 4217
	Locale                          string // BCP 47
	Colours                         Colours
	LogoPath, HeroPath, FaviconPath string
	OwnerName, OwnerEmail           string
	OnSale                          string // slug of a category with a sale
	CatalogCSV                      []byte // prices in Currency's major unit, at most two decimals
}

// Shops are the demo vendors in the order in which they are shown. Callers must not change them.
var Shops = []Shop{
	{
		Slug:    "neel",
		Name:    "Neel",
		Tagline: "Indigo and handloom from Dhaka",
		About: "Neel means blue. We began in 2014 with one indigo vat on a roof in Mohammadpur and now work with sixty weavers, " +
			"printers and stitchers between Tangail and Jamalpur. Everything is made in small runs, and every maker is paid before the cloth leaves the loom.",
		Shipping:    "Dhaka in 1–2 days, the rest of Bangladesh in 3–5. Everything travels folded in paper, never in plastic.",
		Returns:     "Send it back unworn within 14 days for an exchange or your money. Stitched-to-order pieces are the exception.",
		Currency:    "BDT",
		Locale:      "en-BD",
		Colours:     Colours{Primary: "#1d3a78", OnPrimary: "#ffffff", Accent: "#e0a23a", Tint: "#eef2f9"},
		LogoPath:    "/media/demo/neel/logo.svg",
		HeroPath:    "/media/demo/neel/hero.svg",
		FaviconPath: "/media/demo/neel/favicon.svg",
		OwnerName:   "Nilufar Rahman",
		OwnerEmail:  "owner@neel.example",
		OnSale:      "scarves-shawls",
		CatalogCSV:  neelCSV,
	},
	{
		Slug:    "matir",
		Name:    "Matir Ghor",
		Tagline: "Pots and kitchen things, made by hand",
		About: "Matir Ghor is a house of clay: four wheels, two kilns and a long table where everybody eats lunch from seconds. " +
			"We make the things a kitchen reaches for every day, and choose wood, jute and cane from people who work the way we do.",
		Shipping:    "Packed in straw and recycled card, sent worldwide within 4 working days. If a pot arrives broken, we send another.",
		Returns:     "Thirty days to change your mind. Keep the straw: it is good for the garden.",
		Currency:    "USD",
		Locale:      "en-US",
		Colours:     Colours{Primary: "#8f4325", OnPrimary: "#ffffff", Accent: "#4f7866", Tint: "#fbf3ea"},
		LogoPath:    "/media/demo/matir/logo.svg",
		HeroPath:    "/media/demo/matir/hero.svg",
		FaviconPath: "/media/demo/matir/favicon.svg",
		OwnerName:   "Tareq Mallick",
		OwnerEmail:  "owner@matir.example",
		OnSale:      "mugs-cups",
		CatalogCSV:  matirCSV,
	},
}

// Texts are what a shop's products are called in another language.
type Texts struct {
	Categories map[string]string      `json:"categories"` // by name
	Options    map[string]OptionTexts `json:"options"`    // by name
	Products   map[string][2]string   `json:"products"`   // title and description, by handle
}

// OptionTexts are what an option and its values are called.
type OptionTexts struct {
	Name   string            `json:"name"`
	Values map[string]string `json:"values"`
}

// Bengali returns the texts of each shop in Bengali, by slug.
func Bengali() (all map[string]Texts, err error) {
	err = json.Unmarshal(bengali, &all)
	return all, err
}

// Media is the pictures, named demo/<shop>/<file>.svg. It opens what is in the folder demo, and nothing above it.
func Media() fs.FS { return mounted{} }

// mounted is the embedded folder media under the name demo.
type mounted struct{}

func (mounted) Open(name string) (fs.File, error) {
	if name != "demo" && !strings.HasPrefix(name, "demo/") || !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return media.Open("media" + strings.TrimPrefix(name, "demo"))
}
