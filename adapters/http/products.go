package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

const productPath = "/products/{id}"

func (s *Server) mountProducts(api huma.API) {
	bad, missing := http.StatusUnprocessableEntity, http.StatusNotFound
	edits := []int{missing, http.StatusConflict, http.StatusPreconditionFailed, bad}
	huma.Register(api, get("/products", "list_products", "Catalogue", "Products of every status").signedIn().fails(bad).Operation, s.staffProducts)
	huma.Register(api, get(productPath, "get_product", "Catalogue", "One product of any status, with all that may be edited").
		signedIn().fails(missing, bad).Operation, s.staffProduct)
	huma.Register(api, large(post("/products", "create_product", "Catalogue", "Make a product").answers(http.StatusCreated).
		signedIn().fails(http.StatusConflict, bad).
		about("A draft, unless a status is given. Without a slug it gets one of its title that is free. HTML of the description is cleaned.")), s.createProduct)
	huma.Register(api, large(describe(http.MethodPatch, productPath, "change_product", "Catalogue", "Change a product").
		signedIn().fails(edits...).fails(http.StatusPreconditionRequired).
		about("Needs If-Match with the ETag it was read with. Fields that are left out stay as they are, lists that are given replace the "+
			"whole list. Variants are matched by id, or else by their values: their own fields that are left out stay too, and stock on hand "+
			"changes only when it is given. Variants that are not in the list are removed. "+idempotent)), s.changeProduct)
	huma.Register(api, describe(http.MethodDelete, productPath, "delete_product", "Catalogue", "Delete a draft that was never ordered").
		answers(http.StatusNoContent).signedIn().fails(edits...).about("All others can be archived. If-Match may be sent.").Operation, s.deleteProduct)
	huma.Register(api, post(productPath+"/duplicate", "duplicate_product", "Catalogue", "Make a draft like this product").answers(http.StatusCreated).
		signedIn().fails(missing, http.StatusConflict, bad).about("Without stock, SKUs and barcodes, which name one thing only.").Operation, s.duplicateProduct)
	huma.Register(api, post(productPath+"/variants/generate", "generate_variants", "Catalogue", "Make a variant of every combination of option values").
		signedIn().fails(edits...).fails(http.StatusPreconditionRequired).
		about("Needs If-Match. Combinations that exist keep their variant with its price and stock, those that are not wanted any more are "+
			"removed, new ones cost and weigh what the first variant does. What exists gets the first value of an option that is new. "+
			"At most 2,000 combinations. "+idempotent).Operation, s.generateVariants)
}

// large lets a product with all its variants in, or as much of others at once.
func large(o operation) huma.Operation {
	o.MaxBodyBytes = productBody
	return o.Operation
}

// isLarge reports an address to which large bodies are sent.
func isLarge(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	for _, large := range []string{"/products", "/translations", priceListsPath, "/prices"} {
		if rest, ok := strings.CutPrefix(path, adminPath+large); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// StaffProduct is one product with all that staff may edit.
type StaffProduct struct {
	ID          string         `json:"id" example:"prod_01jd3v4k2m0000000000000000"`
	Slug        string         `json:"slug" example:"indigo-shirt"`
	Title       string         `json:"title" example:"Indigo shirt"`
	Description string         `json:"description" doc:"HTML"`
	Brand       string         `json:"brand"`
	Category    *Category      `json:"category,omitempty"`
	Tags        []string       `json:"tags"`
	Status      string         `json:"status" enum:"draft,active,archived"`
	Options     []Option       `json:"options"`
	Variants    []StaffVariant `json:"variants"`
	Images      []Image        `json:"images"`
	PublishAt   *time.Time     `json:"publish_at,omitempty" doc:"When this draft becomes active by itself"`
	SEOTitle    string         `json:"seo_title"`
	SEOText     string         `json:"seo_description"`
	Related     []string       `json:"related" doc:"Ids of the products that staff chose to show with it"`
	Attributes  map[string]any `json:"attributes" doc:"By key; numbers, booleans, and texts for the others"`
	CreatedAt   time.Time      `json:"created_at"`
	UpdatedAt   time.Time      `json:"updated_at"`
	Revision    int64          `json:"revision" doc:"Grows with every change; the ETag names it"`
}

// StaffVariant is one variant with all that staff may edit.
type StaffVariant struct {
	ID               string       `json:"id" example:"var_01jd3v4k2m0000000000000000"`
	Title            string       `json:"title" example:"Large / Indigo"`
	Values           []string     `json:"values" doc:"One per option, in the same order"`
	SKU              string       `json:"sku"`
	Barcode          string       `json:"barcode"`
	Price            Money        `json:"price"`
	CompareAt        *Money       `json:"compare_at,omitempty" doc:"What it cost before"`
	Grams            int64        `json:"grams"`
	ImageURL         string       `json:"image_url"`
	RequiresShipping bool         `json:"requires_shipping"`
	Taxable          bool         `json:"taxable"`
	Stock            StaffStock   `json:"stock"`
	Parts            []BundlePart `json:"parts,omitempty" doc:"Of a bundle; changed with its stock"`
}

// StaffStock is how a variant is counted.
type StaffStock struct {
	Tracked   bool  `json:"tracked" doc:"False: always available"`
	Backorder bool  `json:"backorder" doc:"Sell on when none is left"`
	OnHand    int64 `json:"on_hand"`
	Reserved  int64 `json:"reserved" doc:"Sold and not sent yet"`
}

func staffProductToJSON(p catalog.Product) StaffProduct {
	out := StaffProduct{
		ID: string(p.ID), Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.Brand, Tags: copied(p.Tags), Status: string(p.Status),
		Options:   mapped(p.Options, func(o catalog.Option) Option { return Option{o.Name, copied(o.Values)} }),
		Variants:  mapped(p.Variants, staffVariantToJSON),
		Images:    mapped(p.Images, func(i catalog.Image) Image { return Image(i) }),
		CreatedAt: timeToJSON(p.CreatedAt), UpdatedAt: timeToJSON(p.UpdatedAt), Revision: p.Revision,
		SEOTitle: p.SEO.Title, SEOText: p.SEO.Description, Attributes: map[string]any{},
		Related: mapped(p.Related, func(id catalog.ProductID) string { return string(id) }),
	}
	for _, a := range p.Attributes {
		out.Attributes[a.Key] = valueToJSON(a)
	}
	if !p.PublishAt.IsZero() {
		at := timeToJSON(p.PublishAt)
		out.PublishAt = &at
	}
	if p.Category != nil {
		c := categoryToJSON(*p.Category)
		out.Category = &c
	}
	return out
}

func staffVariantToJSON(v catalog.Variant) StaffVariant {
	return StaffVariant{
		ID: string(v.ID), Title: v.Title(), Values: copied(v.Values), SKU: v.SKU, Barcode: v.Barcode, Price: moneyToJSON(v.Price),
		CompareAt: optionalMoney(v.CompareAt), Grams: v.Grams, ImageURL: v.ImageURL, RequiresShipping: v.RequiresShipping, Taxable: v.Taxable,
		Stock: StaffStock{Tracked: v.Stock.Tracked, Backorder: v.Stock.Continue, OnHand: v.Stock.OnHand, Reserved: v.Stock.Reserved},
		Parts: mapped(v.Parts, partToJSON),
	}
}

// ProductEdit is what staff change of a product. What is left out stays as it is.
type ProductEdit struct {
	Title       *string        `json:"title,omitempty" minLength:"1" maxLength:"255" example:"Indigo shirt"`
	Slug        *string        `json:"slug,omitempty" maxLength:"255" example:"indigo-shirt" doc:"Part of the address; letters, digits and single hyphens"`
	Description *string        `json:"description,omitempty" maxLength:"524288" doc:"HTML; what is not safe is taken out"`
	Brand       *string        `json:"brand,omitempty" maxLength:"255"`
	Category    *string        `json:"category,omitempty" maxLength:"255" example:"shirts" doc:"Slug of a category; empty for none"`
	Tags        []string       `json:"tags,omitempty" maxItems:"250"`
	Status      *string        `json:"status,omitempty" enum:"draft,active,archived"`
	Options     []Option       `json:"options,omitempty" maxItems:"3" doc:"Values that only variants name are added"`
	Variants    []VariantEdit  `json:"variants,omitempty" minItems:"1" maxItems:"2000" doc:"All variants there shall be, in display order"`
	Images      []Image        `json:"images,omitempty" maxItems:"250" doc:"The first one is shown in lists"`
	PublishAt   *string        `json:"publish_at,omitempty" maxLength:"40" example:"2027-01-01T00:00:00Z" doc:"When a draft becomes active by itself; empty for never"`
	Attributes  map[string]any `json:"attributes,omitempty" doc:"By key: a number, a boolean, or a text for the others (dates as 2026-12-31); null takes a value away, those not named stay"`
	SEOTitle    *string        `json:"seo_title,omitempty" maxLength:"255" doc:"For search engines, instead of the title"`
	SEOText     *string        `json:"seo_description,omitempty" maxLength:"1000" doc:"For search engines, instead of the beginning of the description"`
	Related     []string       `json:"related,omitempty" maxItems:"24" doc:"Ids of products to show with it, in this order; none for those of the same category"`
}

// VariantEdit is what staff change of a variant. What is left out stays as it is.
type VariantEdit struct {
	ID               *string    `json:"id,omitempty" maxLength:"60" doc:"Left out for a new one, or one that is known by its values"`
	Values           []string   `json:"values,omitempty" maxItems:"3" doc:"One per option, in the same order"`
	SKU              *string    `json:"sku,omitempty" maxLength:"255"`
	Barcode          *string    `json:"barcode,omitempty" maxLength:"255"`
	Price            *Money     `json:"price,omitempty" doc:"Needed for a new one"`
	CompareAt        *Money     `json:"compare_at,omitempty" doc:"What it cost before; an amount of 0 takes it away"`
	Grams            *int64     `json:"grams,omitempty" minimum:"0" maximum:"999999999"`
	ImageURL         *string    `json:"image_url,omitempty" maxLength:"2048"`
	RequiresShipping *bool      `json:"requires_shipping,omitempty" doc:"True for a new one"`
	Taxable          *bool      `json:"taxable,omitempty" doc:"True for a new one"`
	Stock            *StockEdit `json:"stock,omitempty"`
}

// StockEdit is what staff change of how a variant is counted.
type StockEdit struct {
	Tracked   *bool  `json:"tracked,omitempty" doc:"False: always available"`
	Backorder *bool  `json:"backorder,omitempty" doc:"Sell on when none is left"`
	OnHand    *int64 `json:"on_hand,omitempty" minimum:"-999999999" maximum:"999999999" doc:"What is sold and not sent yet is part of it"`
}

// core returns the edit for the use cases. The strings are copies, since the request's memory is used again.
// Errors: Invalid for a time that cannot be read.
func (e ProductEdit) core() (catalog.Edit, error) {
	out := catalog.Edit{
		Title: cloned(e.Title), Slug: cloned(e.Slug), Description: cloned(e.Description), Brand: cloned(e.Brand),
		SEOTitle: cloned(e.SEOTitle), SEOText: cloned(e.SEOText), Attributes: valuesToCore(e.Attributes),
	}
	if e.PublishAt != nil {
		at, err := timeToCore("publish_at", *e.PublishAt)
		if err != nil {
			return out, err
		}
		out.PublishAt = &at
	}
	if e.Related != nil {
		out.Related = productIDsToCore(e.Related)
	}
	if e.Category != nil {
		out.Category = &catalog.Category{Slug: strings.Clone(*e.Category)}
	}
	if e.Status != nil {
		status := catalog.Status(strings.Clone(*e.Status))
		out.Status = &status
	}
	if e.Tags != nil {
		out.Tags = copied(e.Tags)
	}
	if e.Options != nil {
		out.Options = optionsToCore(e.Options)
	}
	if e.Variants != nil {
		out.Variants = mapped(e.Variants, VariantEdit.core)
	}
	if e.Images != nil {
		out.Images = mapped(e.Images, func(i Image) catalog.Image {
			return catalog.Image{URL: strings.Clone(i.URL), Alt: strings.Clone(i.Alt), FocalX: i.FocalX, FocalY: i.FocalY}
		})
	}
	return out, nil
}

// timeToCore reads a time, zero for an empty text.
func timeToCore(field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 2000 || at.Year() > 9000 {
		return at, fault.InvalidField(field, "write a time such as 2027-01-01T00:00:00Z")
	}
	return at.UTC().Truncate(time.Microsecond), nil
}

func productIDsToCore(ids []string) []catalog.ProductID {
	return mapped(ids, func(id string) catalog.ProductID { return catalog.ProductID(strings.Clone(id)) })
}

func optionsToCore(all []Option) []catalog.Option {
	return mapped(all, func(o Option) catalog.Option {
		return catalog.Option{Name: strings.Clone(o.Name), Values: copied(o.Values)}
	})
}

func (e VariantEdit) core() catalog.VariantEdit {
	out := catalog.VariantEdit{
		SKU: cloned(e.SKU), Barcode: cloned(e.Barcode), Price: e.Price.core(), CompareAt: e.CompareAt.core(), Grams: e.Grams,
		ImageURL: cloned(e.ImageURL), RequiresShipping: e.RequiresShipping, Taxable: e.Taxable,
	}
	if e.ID != nil {
		out.ID = catalog.VariantID(strings.Clone(*e.ID))
	}
	if e.Values != nil {
		out.Values = copied(e.Values)
	}
	if e.Stock != nil {
		out.Tracked, out.Continue, out.OnHand = e.Stock.Tracked, e.Stock.Backorder, e.Stock.OnHand
	}
	return out
}

// core is nil for no amount.
func (m *Money) core() *money.Money {
	if m == nil {
		return nil
	}
	out := money.New(m.Amount, money.Currency(strings.Clone(m.Currency)))
	return &out
}

func cloned(s *string) *string {
	if s == nil {
		return nil
	}
	out := strings.Clone(*s)
	return &out
}

// ProductID names a product.
type ProductID struct {
	ID string `path:"id" maxLength:"60" example:"prod_01jd3v4k2m0000000000000000"`
}

func (p ProductID) core() catalog.ProductID { return catalog.ProductID(strings.Clone(p.ID)) }

// productAnswer is one product with its revision as ETag.
type productAnswer struct {
	Replayed
	ETag string `header:"ETag" doc:"For If-Match"`
	Body StaffProduct
}

func answerProduct(p catalog.Product, err error) (*productAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &productAnswer{ETag: `"` + strconv.FormatInt(p.Revision, 10) + `"`, Body: staffProductToJSON(p)}, nil
}

func (s *Server) staffProduct(ctx context.Context, in *ProductID) (*productAnswer, error) {
	return answerProduct(s.d.Backoffice.Catalog.Get(ctx, actorOf(ctx), in.core()))
}

func (s *Server) createProduct(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		ProductEdit
		// Said again, since a new product cannot do without them.
		Title    string        `json:"title" minLength:"1" maxLength:"255" example:"Indigo shirt"`
		Variants []VariantEdit `json:"variants" minItems:"1" maxItems:"2000" doc:"In display order"`
	}
},
) (*productAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /products", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	edit := in.Body.ProductEdit
	edit.Title, edit.Variants = &in.Body.Title, in.Body.Variants
	change, err := edit.core()
	if err != nil {
		return nil, err
	}
	out, err := answerProduct(s.d.Backoffice.Catalog.Create(ctx, by, change, once))
	if err == nil {
		out.Replayed = replayedOf(once)
	}
	return out, err
}

func (s *Server) changeProduct(ctx context.Context, in *struct {
	ProductID
	IfMatch
	Body ProductEdit
},
) (*productAnswer, error) {
	edit, err := in.Body.core()
	if err != nil {
		return nil, err
	}
	return answerProduct(s.d.Backoffice.Catalog.Change(ctx, actorOf(ctx), in.ProductID.core(), in.revision(), edit))
}

func (s *Server) generateVariants(ctx context.Context, in *struct {
	ProductID
	IfMatch
	Body struct {
		Options []Option `json:"options" minItems:"1" maxItems:"3"`
	}
},
) (*productAnswer, error) {
	return answerProduct(s.d.Backoffice.Catalog.Generate(ctx, actorOf(ctx), in.ProductID.core(), in.revision(), optionsToCore(in.Body.Options)))
}

func (s *Server) deleteProduct(ctx context.Context, in *struct {
	ProductID
	IfMatch
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Catalog.Delete(ctx, actorOf(ctx), in.core(), in.revision())
}

func (s *Server) duplicateProduct(ctx context.Context, in *struct {
	ProductID
	OnceHeader
},
) (*productAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /products/duplicate", by.Who(), in.ID)
	if err != nil {
		return nil, err
	}
	out, err := answerProduct(s.d.Backoffice.Catalog.Duplicate(ctx, by, in.core(), once))
	if err == nil {
		out.Replayed = replayedOf(once)
	}
	return out, err
}
