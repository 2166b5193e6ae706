package web

import "github.com/halum-hut/halum/core/catalog"

const (
	perPage   = 24
	onHome    = 8
	onRelated = 4
)

// shelf is a category with a picture from it.
type shelf struct {
	catalog.Category
	Image catalog.Image
}

func home(v *visit) error {
	newest, err := v.web.d.Shop.Catalog.List(v.ctx, v.shop, catalog.Query{Limit: 100})
	if err != nil {
		return err
	}
	newest.Products = v.inLanguage(newest.Products)
	p := v.page("")
	p.Image = absolute(v.origin(), p.Shop.HeroURL)
	return v.shown(homePage(p, newest.Products[:min(onHome, len(newest.Products))], shelves(p.Categories, newest.Products)))
}

// shelves gives each category the picture of its newest product.
func shelves(categories []catalog.Category, products []catalog.Summary) []shelf {
	images := map[string]catalog.Image{}
	for _, s := range products {
		if _, ok := images[s.Category]; !ok && s.Image.URL != "" {
			images[s.Category] = s.Image
		}
	}
	all := make([]shelf, len(categories))
	for i, c := range categories {
		all[i] = shelf{c, images[c.Slug]}
	}
	return all
}
