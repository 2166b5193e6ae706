// Package demo holds the two shops that the development mode opens: their brands, product files and pictures.
package demo

import (
	"embed"
	"io/fs"
)

//go:embed neel.csv matir.csv media
var files embed.FS

// Colours are a brand's CSS colours; text on Primary is OnPrimary.
type Colours struct{ Primary, OnPrimary, Accent, Tint string }

// Shop is a demo vendor.
type Shop struct {
	Slug, Name, Tagline, About      string
	Currency, Locale                string
	Colours                         Colours
	LogoPath, HeroPath, FaviconPath string // on the shop's host
	OwnerName, OwnerEmail           string
	CatalogCSV                      []byte // Shopify's product file
}

// Shops are the demo vendors.
var Shops = []Shop{
	{
		Slug: "neel", Name: "Neel", Tagline: "Indigo and handloom from Dhaka",
		About:    "Neel works with weavers and dyers across Bangladesh. Cloth is woven by hand, dyed in indigo vats, and cut in our Dhaka studio in small runs.",
		Currency: "BDT", Locale: "en-BD", Colours: Colours{"#23336b", "#ffffff", "#b5541c", "#eef1f8"},
		OwnerName: "Ayesha Rahman", OwnerEmail: "owner@neel.example", CatalogCSV: file("neel.csv"),
	},
	{
		Slug: "matir", Name: "Matir Ghor", Tagline: "Clay, cane and quiet things for the home",
		About:    "Matir Ghor is a pottery with a shop in front. Mugs, bowls and lamps are thrown and glazed here; baskets and linens come from makers we know by name.",
		Currency: "USD", Locale: "en-US", Colours: Colours{"#7a3b22", "#ffffff", "#3f6b4f", "#f7f0ea"},
		OwnerName: "Tanvir Hasan", OwnerEmail: "owner@matir.example", CatalogCSV: file("matir.csv"),
	},
}

// Media holds the pictures as demo/<shop>/<file>.svg.
func Media() fs.FS {
	root, err := fs.Sub(files, "media")
	if err != nil {
		panic(err)
	}
	return below{root}
}

// below serves a file system under the folder demo.
type below struct{ fs.FS }

// Open implements fs.FS.
func (b below) Open(name string) (fs.File, error) {
	const folder = "demo/"
	if len(name) <= len(folder) || name[:len(folder)] != folder {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return b.FS.Open(name[len(folder):])
}

func file(name string) []byte {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return data
}
