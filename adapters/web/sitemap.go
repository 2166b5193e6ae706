package web

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// A sitemap may name 50,000 pages (https://www.sitemaps.org/protocol.html); ours are smaller, so that one is made
// quickly.
const perSitemap = 10_000

// crawled is how long search engines may keep what they asked for.
const crawled = "public, max-age=3600"

type (
	sitemapIndex struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
		Parts   []place  `xml:"sitemap"`
	}
	sitemap struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		Pages   []place  `xml:"url"`
	}
	place struct {
		Location string `xml:"loc"`
		Changed  string `xml:"lastmod,omitempty"`
	}
)

// robots keeps search engines out of what is one shopper's own, and shows them the way to the rest.
func robots(v *visit) error {
	text := "User-agent: *\nDisallow: /cart\nDisallow: /checkout\nDisallow: /orders\nDisallow: /wishlist\nDisallow: /account\nDisallow: /vendor\nDisallow: /suggest\nDisallow: /api/\n"
	if v.shop.ID != "" {
		text += "\nSitemap: " + v.origin() + "/sitemap.xml\n"
	}
	v.c.Set(fiber.HeaderCacheControl, crawled)
	return v.c.Type("txt", "utf-8").SendString(text)
}

// sitemaps lists the parts of the shop's sitemap.
func sitemaps(v *visit) error {
	products, err := v.web.d.Shop.Catalog.CountAddresses(v.ctx, v.shop.ID)
	if err != nil {
		return err
	}
	index := sitemapIndex{Parts: []place{{Location: v.origin() + "/sitemap-shop.xml"}}}
	for n := 1; (n-1)*perSitemap < products; n++ {
		index.Parts = append(index.Parts, place{Location: v.origin() + "/sitemap-products-" + strconv.Itoa(n) + ".xml"})
	}
	return v.xml(index)
}

// sitemapPart is one part: "shop" for the home page and the categories, "products-1" and so on for the products.
func sitemapPart(v *visit) error {
	name := v.param("part")
	if name == "shop" {
		return v.shopSitemap()
	}
	number, _ := strings.CutPrefix(name, "products-")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number {
		return fault.New(fault.NotFound, "sitemap_not_found", "There is no such part of the sitemap.")
	}
	all, err := v.web.d.Shop.Catalog.Addresses(v.ctx, v.shop.ID, (n-1)*perSitemap, perSitemap)
	if err != nil {
		return err
	}
	var out sitemap
	for _, a := range all {
		out.Pages = append(out.Pages, place{v.origin() + productPath(a.Slug), a.UpdatedAt.UTC().Format(time.RFC3339)})
	}
	return v.xml(out)
}

func (v *visit) shopSitemap() error {
	tree, err := v.web.d.Shop.Catalog.Categories(v.ctx, v.shop, "")
	if err != nil {
		return err
	}
	out := sitemap{Pages: []place{{Location: v.origin() + "/"}, {Location: v.origin() + "/products"}}}
	for _, c := range tree.All() {
		out.Pages = append(out.Pages, place{Location: v.origin() + categoryPath(c.Slug)})
	}
	collections, err := v.web.d.Shop.Catalog.Collections(v.ctx, v.shop.ID)
	if err != nil {
		return err
	}
	for _, c := range collections {
		out.Pages = append(out.Pages, place{v.origin() + collectionPath(c.Slug), c.UpdatedAt.UTC().Format(time.RFC3339)})
	}
	return v.xml(out)
}

func (v *visit) xml(body any) error {
	text, err := xml.Marshal(body)
	if err != nil {
		return fault.Wrap(err, "write a sitemap")
	}
	v.c.Set(fiber.HeaderCacheControl, crawled)
	return v.c.Type("xml", "utf-8").Send(append([]byte(xml.Header), text...))
}

// crumb is a step of the way to a page. Path is relative to the shop.
type crumb struct{ Name, Path string }

// linkedCrumbs is the way to a page for search engines (https://schema.org/BreadcrumbList).
func linkedCrumbs(p page, way []crumb) map[string]any {
	items := make([]map[string]any, len(way))
	for i, c := range way {
		items[i] = map[string]any{"@type": "ListItem", "position": i + 1, "name": c.Name, "item": p.Origin + c.Path}
	}
	return map[string]any{"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}
}

// Way leads from the shop's first page to the product.
func (c choice) Way(p page) []crumb {
	way := []crumb{{p.Shop.Name, "/"}, {"All products", "/products"}}
	if c.Category != nil {
		way = append(way, wayTo(*c.Category)...)
	}
	return append(way, crumb{c.Title, productPath(c.Slug)})
}

// wayTo leads through the categories to one of them.
func wayTo(c catalog.Category) (way []crumb) {
	for _, one := range append(slices.Clone(c.Above), c) {
		way = append(way, crumb{one.Name, categoryPath(one.Slug)})
	}
	return way
}

// Way leads from the shop's first page to the listing.
func (l list) Way(p page) []crumb {
	way := []crumb{{p.Shop.Name, "/"}, {"All products", "/products"}}
	if l.Category.Slug != "" {
		way = append(way, wayTo(l.Category)...)
	}
	return way
}

// linkedShop is the shop for search engines (https://schema.org/OnlineStore), with the way to search it.
func linkedShop(p page) map[string]any {
	shop := map[string]any{
		"@context": "https://schema.org", "@type": "OnlineStore", "name": p.Shop.Name, "url": p.Origin + "/",
		"potentialAction": map[string]any{
			"@type": "SearchAction", "target": p.Origin + "/products?q={query}", "query-input": "required name=query",
		},
	}
	for name, value := range map[string]string{"description": p.Shop.Tagline, "email": p.Shop.Email, "logo": absolute(p.Origin, p.Shop.LogoURL)} {
		if value != "" {
			shop[name] = value
		}
	}
	return shop
}
