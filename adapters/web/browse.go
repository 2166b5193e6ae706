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
	first := v.offered(newest.Products[:min(onHome, len(newest.Products))])
	p := v.page("")
	p.Image = absolute(v.origin(), p.Shop.HeroURL)
	return v.shown(homePage(p, first, shelves(p.tree, newest.Products)))
}

// shelves gives each category at the top the picture of the newest product in or below it.
func shelves(tree *catalog.Tree, products []catalog.Summary) []shelf {
	images := map[string]catalog.Image{}
	for _, s := range products {
		c, _ := tree.BySlug(s.Category)
		for _, top := range append(tree.Above(c.ID), c)[:1] {
			if _, ok := images[top.Slug]; !ok && s.Image.URL != "" {
				images[top.Slug] = s.Image
			}
		}
	}
	categories := tree.Children("")
	all := make([]shelf, len(categories))
	for i, c := range categories {
		all[i] = shelf{c, images[c.Slug]}
	}
	return all
}
