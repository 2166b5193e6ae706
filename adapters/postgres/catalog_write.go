package postgres

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
)

const (
	saveCategories = `insert into categories (id, slug, name, path)
		select x.id, x.slug, x.name, array[x.id] from jsonb_to_recordset($1) as x (id text, slug text, name text) order by x.slug
		on conflict (slug) do nothing`

	// Whoever wants the same slugs in the same moment asks for them in the same order, so that nobody waits in a circle.
	saveProducts = `insert into products as p (id, slug, title, description, brand, category_id, category_slug, tags, status, options, images,
			image_url, image_alt, image_x, image_y, currency, min_price, max_price, compare_at, variant_count, only_variant, search, created_at, updated_at, revision,
			publish_at, seo_title, seo_description, related, attributes)
		select x.id, x.slug, x.title, x.description, x.brand, c.id, x.category_slug, x.tags, x.status, x.options, x.images,
			x.image_url, x.image_alt, x.image_x, x.image_y, x.currency, x.min_price, x.max_price, x.compare_at, x.variant_count, x.only_variant,
			to_tsvector('simple', x.search), x.created_at, x.updated_at, 1, x.publish_at, x.seo_title, x.seo_description, x.related, x.attributes
		from jsonb_to_recordset($1) as x (id text, slug text, title text, description text, brand text, category_slug text, tags text[],
			status text, options jsonb, images jsonb, image_url text, image_alt text, image_x smallint, image_y smallint, currency text, min_price bigint, max_price bigint,
			compare_at bigint, variant_count integer, only_variant text, search text, created_at timestamptz, updated_at timestamptz,
			publish_at timestamptz, seo_title text, seo_description text, related text[], attributes jsonb)
		left join categories c on c.slug = x.category_slug order by x.slug
		on conflict (id) do update set slug = excluded.slug, title = excluded.title, description = excluded.description,
			brand = excluded.brand, category_id = excluded.category_id, category_slug = excluded.category_slug, tags = excluded.tags,
			status = excluded.status, options = excluded.options, images = excluded.images, image_url = excluded.image_url,
			image_alt = excluded.image_alt, image_x = excluded.image_x, image_y = excluded.image_y, currency = excluded.currency, min_price = excluded.min_price, max_price = excluded.max_price,
			compare_at = excluded.compare_at, variant_count = excluded.variant_count, only_variant = excluded.only_variant,
			search = excluded.search, updated_at = excluded.updated_at, revision = p.revision + 1,
			publish_at = excluded.publish_at, seo_title = excluded.seo_title, seo_description = excluded.seo_description,
			related = excluded.related, attributes = excluded.attributes`

	publishDue = `update products set status = 'active', publish_at = null, updated_at = $2, revision = revision + 1
		where id = $1 and status = 'draft' and publish_at <= $2`

	dropVariants = `delete from variants where product_id = any($1) and id <> all($2)`

	saveVariants = `insert into variants (id, product_id, position, sku, barcode, option_values, price, compare_at, grams, image_url,
			requires_shipping, taxable)
		select x.id, x.product_id, x.position, x.sku, x.barcode, x.option_values, x.price, x.compare_at, x.grams, x.image_url,
			x.requires_shipping, x.taxable
		from jsonb_to_recordset($1) as x (id text, product_id text, position integer, sku text, barcode text, option_values text[],
			price bigint, compare_at bigint, grams bigint, image_url text, requires_shipping boolean, taxable boolean) order by x.id
		on conflict (id) do update set position = excluded.position, sku = excluded.sku, barcode = excluded.barcode,
			option_values = excluded.option_values, price = excluded.price, compare_at = excluded.compare_at, grams = excluded.grams,
			image_url = excluded.image_url, requires_shipping = excluded.requires_shipping, taxable = excluded.taxable`

	insertStock = `insert into stock (variant_id, product_id, tracked, backorder, backorder_cap, ships_at)
		select x.id, x.product_id, x.tracked, x.backorder, x.backorder_cap, x.ships_at
		from jsonb_to_recordset($1) as x (id text, product_id text, tracked boolean, backorder boolean, backorder_cap bigint, ships_at timestamptz) order by x.id
		on conflict (variant_id) do nothing returning variant_id`

	resellStock = `update stock s set tracked = x.tracked, backorder = x.backorder, revision = s.revision + 1
		from jsonb_to_recordset($1) as x (id text, tracked boolean, backorder boolean)
		where s.variant_id = x.id and (s.tracked, s.backorder) is distinct from (x.tracked, x.backorder)`
)

var deleteProduct = `with gone as (delete from products p where p.id = $1 and not exists (select 1 from order_lines l where l.product_id = p.id) returning p.id),
			texts as (delete from translations t using gone g where t.subject = g.id), slugs as (` + slugsOfProducts.forget() + `)
		select g.id from gone g`

type productRow struct {
	ID           catalog.ProductID `json:"id"`
	Slug         string            `json:"slug"`
	Title        string            `json:"title"`
	Description  string            `json:"description"`
	Brand        string            `json:"brand"`
	CategorySlug string            `json:"category_slug"`
	Tags         []string          `json:"tags"`
	Status       catalog.Status    `json:"status"`
	Options      []optionRow       `json:"options"`
	Images       []imageRow        `json:"images"`
	ImageURL     string            `json:"image_url"`
	ImageAlt     string            `json:"image_alt"`
	ImageX       int               `json:"image_x"`
	ImageY       int               `json:"image_y"`
	Currency     string            `json:"currency"`
	MinPrice     int64             `json:"min_price"`
	MaxPrice     int64             `json:"max_price"`
	CompareAt    int64             `json:"compare_at"`
	VariantCount int               `json:"variant_count"`
	OnlyVariant  catalog.VariantID `json:"only_variant"`
	Search       string            `json:"search"`
	CreatedAt    time.Time         `json:"created_at"`
	UpdatedAt    time.Time         `json:"updated_at"`

	PublishAt      *time.Time          `json:"publish_at"`
	SEOTitle       string              `json:"seo_title"`
	SEODescription string              `json:"seo_description"`
	Related        []catalog.ProductID `json:"related"`
	Attributes     map[string]string   `json:"attributes"`
}

type variantRow struct {
	ID               catalog.VariantID `json:"id"`
	ProductID        catalog.ProductID `json:"product_id"`
	Position         int               `json:"position"`
	SKU              string            `json:"sku"`
	Barcode          string            `json:"barcode"`
	OptionValues     []string          `json:"option_values"`
	Price            int64             `json:"price"`
	CompareAt        int64             `json:"compare_at"`
	Grams            int64             `json:"grams"`
	ImageURL         string            `json:"image_url"`
	RequiresShipping bool              `json:"requires_shipping"`
	Taxable          bool              `json:"taxable"`
	Tracked          bool              `json:"tracked"`
	Backorder        bool              `json:"backorder"`
	BackorderCap     *int64            `json:"backorder_cap"`
	ShipsAt          *time.Time        `json:"ships_at"`
}

type categoryRow struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

// SaveProducts implements ports.CatalogTx: a fixed number of statements in two round trips, however many products there are.
func (s *session) SaveProducts(ctx context.Context, products []catalog.Product) error {
	if len(products) == 0 {
		return nil
	}
	var (
		categories []categoryRow
		rows       = make([]productRow, len(products))
		variants   []variantRow
		ids        = make([]catalog.ProductID, len(products))
		kept       []catalog.VariantID
	)
	for i, p := range products {
		ids[i], rows[i] = p.ID, toProductRow(p)
		if p.Category != nil {
			categories = append(categories, categoryRow{id.New("cat", s.d.o.Now()), p.Category.Slug, p.Category.Name})
		}
		for n, v := range p.Variants {
			variants, kept = append(variants, toVariantRow(p.ID, n, v)), append(kept, v.ID)
		}
	}
	var encoded [3][]byte
	for i, v := range []any{categories, rows, variants} {
		var err error
		if encoded[i], err = json.Marshal(v); err != nil {
			return corefault.Wrap(err, "encode products")
		}
	}
	var b pgx.Batch
	if len(categories) > 0 {
		b.Queue(saveCategories, encoded[0])
	}
	b.Queue(slugsOfProducts.keep(), encoded[1])
	b.Queue(saveProducts, encoded[1])
	b.Queue(slugsOfProducts.drop(), encoded[1])
	b.Queue(dropVariants, ids, kept)
	b.Queue(saveVariants, encoded[2])
	b.Queue(agreePrices, ids)
	if err := s.db.SendBatch(ctx, &b).Close(); err != nil {
		return fault(err, "save products")
	}
	return s.saveStock(ctx, products, kept, encoded[2])
}

// PublishDue implements ports.CatalogTx.
func (s *session) PublishDue(ctx context.Context, id catalog.ProductID, at time.Time) (bool, error) {
	tag, err := s.db.Exec(ctx, publishDue, id, at)
	return tag.RowsAffected() > 0, fault(err, "publish a product")
}

// DeleteProduct implements ports.CatalogTx.
func (s *session) DeleteProduct(ctx context.Context, id catalog.ProductID) error {
	tag, err := s.db.Exec(ctx, deleteProduct, id)
	if err == nil && tag.RowsAffected() == 0 {
		return catalog.ErrKept
	}
	return fault(err, "delete a product")
}

func toProductRow(p catalog.Product) productRow {
	r := productRow{
		ID: p.ID, Slug: p.Slug, Title: p.Title, Description: p.Description, Brand: p.Brand, Tags: p.Tags, Status: p.Status,
		Options: []optionRow{}, Images: []imageRow{}, VariantCount: len(p.Variants), CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		Search:   strings.Join(append([]string{p.Title, p.Brand}, p.Tags...), " "),
		SEOTitle: p.SEO.Title, SEODescription: p.SEO.Description, Related: append([]catalog.ProductID{}, p.Related...),
	}
	r.Attributes = map[string]string{}
	for _, v := range p.Attributes {
		r.Attributes[v.Key] = v.Value
	}
	if !p.PublishAt.IsZero() {
		r.PublishAt = &p.PublishAt
	}
	if r.Tags == nil {
		r.Tags = []string{}
	}
	if p.Category != nil {
		r.CategorySlug = p.Category.Slug
	}
	for _, o := range p.Options {
		r.Options = append(r.Options, optionRow(o))
	}
	for _, i := range p.Images {
		r.Images = append(r.Images, imageRow(i))
	}
	cover := p.Cover()
	r.ImageURL, r.ImageAlt, r.ImageX, r.ImageY = cover.URL, cover.Alt, cover.FocalX, cover.FocalY
	for i, v := range p.Variants {
		if i == 0 || v.Price.Amount < r.MinPrice {
			r.MinPrice, r.CompareAt = v.Price.Amount, v.CompareAt.Amount
		}
		r.MaxPrice, r.Currency = max(r.MaxPrice, v.Price.Amount), string(v.Price.Currency)
	}
	if len(p.Variants) == 1 {
		r.OnlyVariant = p.Variants[0].ID
	}
	return r
}

func toVariantRow(product catalog.ProductID, position int, v catalog.Variant) variantRow {
	r := variantRow{
		ID: v.ID, ProductID: product, Position: position, SKU: v.SKU, Barcode: v.Barcode, OptionValues: v.Values, Price: v.Price.Amount,
		CompareAt: v.CompareAt.Amount, Grams: v.Grams, ImageURL: v.ImageURL, RequiresShipping: v.RequiresShipping, Taxable: v.Taxable,
		Tracked: v.Stock.Tracked, Backorder: v.Stock.Continue, BackorderCap: v.Stock.Cap, ShipsAt: timeOrNull(v.Stock.ShipsAt),
	}
	if r.OptionValues == nil {
		r.OptionValues = []string{}
	}
	return r
}
