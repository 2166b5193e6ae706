package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/catalog"
)

func (s *Server) mountCatalog(api huma.API) {
	huma.Register(api, get("/shop", "get_shop", "Shop", "The shop's name, colours and currency").cached().Operation, s.getShop)
	huma.Register(api, get("/categories", "list_categories", "Catalogue", "Categories with something for sale in or below them").cached().
		about("Each comes before those below it, siblings in the order that staff gave them.").Operation, s.listCategories)
	huma.Register(api, get("/categories/{slug}", "get_category", "Catalogue", "One category with the way to it and what is right below it").cached().Operation, s.getCategory)
	s.mountCollections(api)
	list := get("/products", "list_products", "Catalogue", "Products for sale, filtered and sorted").cached().
		about("Answers carry an ETag: send it back in If-None-Match and an unchanged page costs nothing. Follow `next` with `after` for more.").
		fails(http.StatusUnprocessableEntity)
	list.RejectUnknownQueryParameters = true
	huma.Register(api, list.Operation, s.listProducts)
	huma.Register(api, get("/products/{slug}", "get_product", "Catalogue", "One product with its variants").cached().
		about("By a slug that the product had before it comes with its present one: that is its address.").Operation, s.getProduct)
	huma.Register(api, get("/products/{slug}/related", "list_related_products", "Catalogue", "What goes with a product").cached().
		about("Those that staff chose, or else the newest of the same category. Only products for sale.").Operation, s.listRelated)
}

func (s *Server) getShop(ctx context.Context, _ *Cacheable) (*body[Shop], error) {
	return &body[Shop]{shopToJSON(requestOf(ctx).tenant.Shop)}, nil
}

// Cacheable documents what clients may send with a catalogue read. The cache in front of it reads the header.
type Cacheable struct {
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag of an answer you have: 304 when it is still right"`
}

// Category is a shelf of the shop.
type Category struct {
	Slug string `json:"slug" example:"shirts"`
	Name string `json:"name" example:"Shirts"`
}

// PlacedCategory is a category in the tree.
type PlacedCategory struct {
	Category
	Parent string `json:"parent" doc:"Slug, empty at the top"`
	Depth  int    `json:"depth" doc:"How many categories are above it"`
}

// CategoryList is the tree of categories.
type CategoryList struct {
	Categories []PlacedCategory `json:"categories"`
}

// CategoryPage is a category with those around it.
type CategoryPage struct {
	Category
	Breadcrumbs []Category `json:"breadcrumbs" doc:"The categories above it, from the top"`
	Children    []Category `json:"children" doc:"Right below it, with something for sale"`
}

func (s *Server) listCategories(ctx context.Context, in *struct {
	Cacheable
	Spoken
},
) (*body[CategoryList], error) {
	tree, err := s.d.Shop.Catalog.Categories(ctx, requestOf(ctx).tenant, in.Locale)
	if err != nil {
		return nil, err
	}
	return &body[CategoryList]{CategoryList{mapped(tree.All(), func(c catalog.Category) PlacedCategory {
		parent, _ := tree.ByID(c.Parent)
		return PlacedCategory{categoryToJSON(c), parent.Slug, tree.Depth(c.ID)}
	})}}, nil
}

func (s *Server) getCategory(ctx context.Context, in *struct {
	Cacheable
	Spoken
	Slug string `path:"slug" maxLength:"1000" example:"shirts"`
},
) (*body[CategoryPage], error) {
	c, err := s.d.Shop.Catalog.Category(ctx, requestOf(ctx).tenant, in.Locale, in.Slug)
	return &body[CategoryPage]{CategoryPage{categoryToJSON(c.Category), mapped(c.Above, categoryToJSON), mapped(c.Children, categoryToJSON)}}, err
}

func categoryToJSON(c catalog.Category) Category { return Category{c.Slug, c.Name} }

// ProductQuery narrows and sorts a list of products.
type ProductQuery struct {
	Cacheable
	Category string `query:"category" maxLength:"255" doc:"Slug of a category; what is below it belongs to it"`
	MinPrice int64  `query:"min_price" minimum:"0" doc:"Minor units, inclusive"`
	MaxPrice int64  `query:"max_price" minimum:"0" doc:"Minor units, inclusive; 0 means no limit"`
	InStock  bool   `query:"in_stock" doc:"Only what can be bought now"`
	Sort     string `query:"sort" enum:"newest,price_asc,price_desc,title" default:"newest"`
	Text     string `query:"q" maxLength:"200" doc:"Search words; see also /search"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After    string `query:"after" maxLength:"1000" doc:"next of the previous page"`
}

func (q ProductQuery) core() catalog.Query {
	return catalog.Query{
		Text: q.Text, Category: q.Category, MinPrice: q.MinPrice, MaxPrice: q.MaxPrice, InStock: q.InStock,
		Sort: catalog.Sort(q.Sort), Limit: q.Limit, After: q.After,
	}
}

// ProductSummary is a product in a list.
type ProductSummary struct {
	ID        string `json:"id" example:"prod_01jd3v4k2m0000000000000000"`
	Slug      string `json:"slug" example:"indigo-shirt"`
	Title     string `json:"title" example:"Indigo shirt"`
	Brand     string `json:"brand"`
	Category  string `json:"category" doc:"Slug, empty when it has none"`
	Image     *Image `json:"image,omitempty"`
	MinPrice  Money  `json:"min_price" doc:"Of the cheapest variant"`
	MaxPrice  Money  `json:"max_price"`
	CompareAt *Money `json:"compare_at,omitempty" doc:"What the cheapest variant cost before"`
	InStock   bool   `json:"in_stock"`
	Rating    Rating `json:"rating"`
	Variants  int    `json:"variant_count"`
	VariantID string `json:"variant_id,omitempty" doc:"The only variant, when there is just one: it can be bought without choosing"`
	Status    string `json:"status,omitempty" enum:"draft,active,archived" doc:"Staff only"`
}

// ProductPage is a part of a list of products.
type ProductPage struct {
	Products []ProductSummary `json:"products"`
	Next     string           `json:"next,omitempty" doc:"Send it as after for more; missing on the last page"`
}

func summaryToJSON(p catalog.Summary) ProductSummary {
	return ProductSummary{
		ID: string(p.ID), Slug: p.Slug, Title: p.Title, Brand: p.Brand, Category: p.Category, Image: imageToJSON(p.Image),
		MinPrice: moneyToJSON(p.MinPrice), MaxPrice: moneyToJSON(p.MaxPrice), CompareAt: optionalMoney(p.CompareAt),
		InStock: p.InStock, Rating: ratingToJSON(p.Rating), Variants: p.Variants, VariantID: string(p.VariantID),
	}
}

func (s *Server) listProducts(ctx context.Context, in *struct {
	ProductQuery
	Spoken
},
) (*body[ProductPage], error) {
	page, err := s.d.Shop.Catalog.List(ctx, requestOf(ctx).tenant, in.core())
	if err != nil {
		return nil, err
	}
	all, err := s.summaries(ctx, in.Spoken, page.Products)
	return &body[ProductPage]{ProductPage{all, page.Next}}, err
}

// Product is one product with everything needed to choose a variant.
type Product struct {
	ID          string             `json:"id" example:"prod_01jd3v4k2m0000000000000000"`
	Slug        string             `json:"slug" example:"indigo-shirt"`
	Title       string             `json:"title" example:"Indigo shirt"`
	Description string             `json:"description" doc:"HTML from the vendor: clean it before you show it"`
	Brand       string             `json:"brand"`
	Category    *Category          `json:"category,omitempty"`
	Breadcrumbs []Category         `json:"breadcrumbs" doc:"The categories above its own, from the top"`
	Attributes  []ProductAttribute `json:"attributes" doc:"In display order"`
	Tags        []string           `json:"tags"`
	Options     []Option           `json:"options" doc:"Choices such as size; every variant has one value for each"`
	Variants    []Variant          `json:"variants"`
	Images      []Image            `json:"images"`
	InStock     bool               `json:"in_stock"`
	Rating      Rating             `json:"rating" doc:"Of its published reviews"`
	SEOTitle    string             `json:"seo_title" doc:"For the page's title; the product's own when nothing else was written"`
	SEOText     string             `json:"seo_description,omitempty" doc:"For search engines, when something was written"`
}

// Option is a choice with its values in display order.
type Option struct {
	Name   string   `json:"name" example:"Size"`
	Values []string `json:"values"`
}

// Variant is one buyable combination of option values.
type Variant struct {
	ID     string   `json:"id" example:"var_01jd3v4k2m0000000000000000"`
	SKU    string   `json:"sku"`
	Title  string   `json:"title" example:"Large / Indigo" doc:"Empty for a product without options"`
	Values []string `json:"values" doc:"One per option, in the same order"`
	Asked
	ImageURL  string `json:"image_url,omitempty"`
	InStock   bool   `json:"in_stock"`
	Available *int64 `json:"available,omitempty" doc:"How many are left; missing when stock is not counted"`
	Supply
	Parts []BundlePart `json:"parts,omitempty" doc:"Of a bundle, which is available as long as its parts are"`
}

// BundlePart is a variant that a bundle is put together from.
type BundlePart struct {
	VariantID    string `json:"variant_id"`
	ProductID    string `json:"product_id"`
	Slug         string `json:"slug" example:"olive-soap"`
	Title        string `json:"title" example:"Olive soap"`
	VariantTitle string `json:"variant_title" example:"100 g"`
	SKU          string `json:"sku"`
	Quantity     int64  `json:"quantity" doc:"In one bundle"`
}

func partToJSON(p catalog.Part) BundlePart {
	return BundlePart{string(p.Variant), string(p.Product), p.Slug, p.Title, p.VariantTitle, p.SKU, p.Quantity}
}

// Supply is when somebody gets what they buy.
type Supply struct {
	Availability string     `json:"availability" enum:"in_stock,backorder,preorder,out_of_stock" doc:"A backorder is sent when it comes in, a pre-order on ships_at"`
	ShipsAt      *time.Time `json:"ships_at,omitempty" doc:"Of pre-orders"`
}

func supplyToJSON(p catalog.StockPolicy, quantity int64) Supply {
	out := Supply{Availability: string(p.For(quantity))}
	if out.Availability == string(catalog.Preorder) {
		out.ShipsAt = optionalTime(p.ShipsAt)
	}
	return out
}

func (s *Server) getProduct(ctx context.Context, in *struct {
	Cacheable
	Spoken
	Slug string `path:"slug" maxLength:"1000" example:"indigo-shirt"`
},
) (*body[Product], error) {
	t := requestOf(ctx).tenant
	p, err := s.d.Shop.Catalog.Product(ctx, t.ID, in.Slug)
	if err != nil {
		return nil, err
	}
	said, err := s.d.Shop.Catalog.InLanguage(ctx, t, in.Locale, p.Subjects()...)
	return &body[Product]{productToJSON(said.Product(p))}, err
}

// RelatedProducts are shown with a product.
type RelatedProducts struct {
	Products []ProductSummary `json:"products"`
}

// maxListed is how many related products there are when nobody chose any.
const maxListed = 8

func (s *Server) listRelated(ctx context.Context, in *struct {
	Cacheable
	Spoken
	Slug string `path:"slug" maxLength:"1000" example:"indigo-shirt"`
},
) (*body[RelatedProducts], error) {
	t := requestOf(ctx).tenant
	p, err := s.d.Shop.Catalog.Product(ctx, t.ID, in.Slug)
	if err != nil {
		return nil, err
	}
	all, err := s.d.Shop.Catalog.Related(ctx, t, p, maxListed)
	if err != nil {
		return nil, err
	}
	summaries, err := s.summaries(ctx, in.Spoken, all)
	return &body[RelatedProducts]{RelatedProducts{summaries}}, err
}

func productToJSON(p catalog.Product) Product {
	out := Product{
		ID: string(p.ID), Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.Brand, Tags: copied(p.Tags),
		Breadcrumbs: []Category{}, Attributes: mapped(p.Attributes, productAttributeToJSON),
		Options:  mapped(p.Options, func(o catalog.Option) Option { return Option{o.Name, copied(o.Values)} }),
		Variants: mapped(p.Variants, variantToJSON),
		Images:   mapped(p.Images, func(i catalog.Image) Image { return Image(i) }), InStock: p.InStock(), Rating: ratingToJSON(p.Rating),
		SEOTitle: cmp.Or(p.SEO.Title, p.Title), SEOText: p.SEO.Description,
	}
	if p.Category != nil {
		c := categoryToJSON(*p.Category)
		out.Category, out.Breadcrumbs = &c, mapped(p.Category.Above, categoryToJSON)
	}
	return out
}

func variantToJSON(v catalog.Variant) Variant {
	out := Variant{
		ID: string(v.ID), SKU: v.SKU, Title: v.Title(), Values: copied(v.Values), Asked: askedToJSON(v.Quote()),
		ImageURL: v.ImageURL, InStock: v.Supply().Available() > 0, Supply: supplyToJSON(v.Supply(), 1),
		Parts: mapped(v.Parts, partToJSON),
	}
	if n := v.Supply().Available(); n < catalog.Unlimited {
		out.Available = &n
	}
	return out
}
