package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

const (
	selectProducts = `select p.id, p.slug, p.title, p.description, p.brand, c.id, c.slug, c.name, p.tags, p.status, p.options, p.images,
			p.currency, p.stars, p.created_at, p.updated_at, p.revision, p.publish_at, p.seo_title, p.seo_description, p.related,
			` + above + `, p.attributes
		from products p left join categories c on c.id = p.category_id where `

	inVariantOrder = ` order by v.product_id, v.position`

	bySlug = `p.slug = any($1)`
	byID   = `p.id = any($1)`

	// Each statement sees what was committed before it began, so what is read after the locks is the newest.
	lockProducts     = `select p.id from products p where p.id = any($1) order by p.id for update`
	lockProductStock = `select s.variant_id from stock s where s.product_id = any($1) order by s.variant_id for update`

	productsMissing  = `select x.id from unnest($1::text[]) as x (id) where not exists (select 1 from products p where p.id = x.id)`
	categoriesBySlug = `select c.id, c.slug, c.name from categories c where c.slug = any($1)`

	// policyColumns are those of catalog.StockPolicy.
	policyColumns = `s.tracked, s.backorder, s.backorder_cap, s.ships_at, s.on_hand, s.reserved, `
)

var (
	byFormerSlug = `p.id in (` + slugsOfProducts.find() + `)`
	takenSlugs   = `select p.slug from products p where p.slug = any($1)
		union all select f.slug from former_slugs f where f.kind = 'product' and f.slug = any($1)`

	selectVariants = `select p.id, v.id, v.sku, v.barcode, v.option_values, v.price, v.compare_at, v.sale_price, ` + tiers("p.currency", "'{}'") + `,
			` + lowest("p.currency") + `, v.grams, v.image_url, v.requires_shipping, v.taxable, ` + policyColumns + held + `, ` + partsOf(held) + `
		from products p join variants v on v.product_id = p.id join stock s on s.variant_id = v.id where `

	// The ids are given to both tables: otherwise a planner that thinks random reads dear scans all stock for a few rows.
	selectOffers = `select ` + offerColumns + ` p.status = 'active' and asked.price is not null, asked.currency <> p.currency, asked.currency, asked.price, asked.sale,
			` + tiers("asked.currency", groupsOf(3)) + `, ` + policyColumns + heldByOthers + `, ` + partsOf(heldByOthers) + `
		from variants v join products p on p.id = v.product_id join stock s on s.variant_id = v.id` + askedIn(4) + `
		where v.id = any($1) and s.variant_id = any($1)`
)

// offerColumns are what an offer says of its product.
const offerColumns = `v.id, p.id, p.slug, p.title, array_to_string(v.option_values, ' / '), v.sku, v.image_url, p.image_url, p.image_alt,
		v.grams, v.requires_shipping, `

// optionRow and imageRow are how options and images are stored.
type (
	optionRow struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	}
	imageRow struct {
		URL    string `json:"url"`
		Alt    string `json:"alt"`
		FocalX int    `json:"focal_x,omitempty"`
		FocalY int    `json:"focal_y,omitempty"`
	}
)

// ProductBySlug implements ports.CatalogView.
func (s *session) ProductBySlug(ctx context.Context, slug string) (catalog.Product, error) {
	for _, where := range []string{bySlug, byFormerSlug} {
		found, err := s.products(ctx, where, []string{slug}, false)
		if err != nil {
			return catalog.Product{}, err
		}
		for _, p := range found {
			return p, nil
		}
	}
	return catalog.Product{}, catalog.ErrNotFound
}

// ProductsBySlug implements ports.CatalogView: products and variants in one round trip.
func (s *session) ProductsBySlug(ctx context.Context, slugs []string) (map[string]catalog.Product, error) {
	byID, err := s.products(ctx, bySlug, slugs, false)
	if err != nil {
		return nil, err
	}
	found := make(map[string]catalog.Product, len(byID))
	for _, p := range byID {
		found[p.Slug] = p
	}
	return found, nil
}

// ProductsByID implements ports.CatalogView.
func (s *session) ProductsByID(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error) {
	return s.products(ctx, byID, ids, s.locks)
}

// products reads those for which a condition on $1 holds, in one round trip. Only products named by id can be locked.
func (s *session) products(ctx context.Context, where string, names any, lock bool) (map[catalog.ProductID]catalog.Product, error) {
	var b pgx.Batch
	if lock {
		b.Queue(lockProducts, names)
		b.Queue(lockProductStock, names)
	}
	b.Queue(selectAttributes)
	b.Queue(selectProducts+where, names)
	b.Queue(selectVariants+where+inVariantOrder, names)
	results := s.db.SendBatch(ctx, &b)
	if lock {
		for range 2 {
			_, _ = results.Exec() // an error comes again with what follows
		}
	}
	found, err := collectProducts(results)
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return found, fault(err, "read products")
}

func collectProducts(results pgx.BatchResults) (map[catalog.ProductID]catalog.Product, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, err
	}
	definitions, err := collectAttributes(rows)
	if err != nil {
		return nil, err
	}
	if rows, err = results.Query(); err != nil {
		return nil, err
	}
	found := map[catalog.ProductID]catalog.Product{}
	currencies := map[catalog.ProductID]money.Currency{}
	for rows.Next() {
		p, currency, err := scanProduct(rows, definitions)
		if err != nil {
			rows.Close()
			return nil, err
		}
		found[p.ID], currencies[p.ID] = p, currency
	}
	if rows.Err() != nil {
		return nil, rows.Err()
	}
	if rows, err = results.Query(); err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		id, v, err := scanVariant(rows, currencies)
		if err != nil {
			return nil, err
		}
		p := found[id]
		p.Variants = append(p.Variants, v)
		found[id] = p
	}
	return found, rows.Err()
}

// TakenSlugs implements ports.CatalogView.
func (s *session) TakenSlugs(ctx context.Context, slugs []string) ([]string, error) {
	rows, err := s.db.Query(ctx, takenSlugs, slugs)
	if err != nil {
		return nil, fault(err, "look for slugs")
	}
	taken, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return taken, fault(err, "look for slugs")
}

// ProductsMissing implements ports.CatalogView.
func (s *session) ProductsMissing(ctx context.Context, ids []catalog.ProductID) ([]catalog.ProductID, error) {
	rows, err := s.db.Query(ctx, productsMissing, ids)
	if err != nil {
		return nil, fault(err, "look for products")
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[catalog.ProductID])
	return missing, fault(err, "look for products")
}

// CategoriesBySlug implements ports.CatalogView.
func (s *session) CategoriesBySlug(ctx context.Context, slugs []string) (map[string]catalog.Category, error) {
	rows, err := s.db.Query(ctx, categoriesBySlug, slugs)
	if err != nil {
		return nil, fault(err, "read categories")
	}
	found := map[string]catalog.Category{}
	var c catalog.Category
	_, err = pgx.ForEachRow(rows, []any{&c.ID, &c.Slug, &c.Name}, func() error {
		found[c.Slug] = c
		return nil
	})
	return found, fault(err, "read categories")
}

func scanProduct(row pgx.Row, definitions []catalog.Attribute) (p catalog.Product, currency money.Currency, err error) {
	var options []optionRow
	var images []imageRow
	var id, slug, name *string
	var publishAt *time.Time
	var above []categoryRow
	var values map[string]string
	var stars []int64
	err = row.Scan(&p.ID, &p.Slug, &p.Title, &p.Description, &p.Brand, &id, &slug, &name, &p.Tags, &p.Status, &options, &images,
		&currency, &stars, &p.CreatedAt, &p.UpdatedAt, &p.Revision, &publishAt, &p.SEO.Title, &p.SEO.Description, &p.Related, &above, &values)
	copy(p.Rating[:], stars)
	if err != nil {
		return p, currency, err
	}
	p.Attributes = valuesOf(values, definitions)
	if publishAt != nil {
		p.PublishAt = publishAt.UTC()
	}
	if id != nil {
		p.Category = &catalog.Category{ID: catalog.CategoryID(*id), Slug: *slug, Name: *name}
		for _, c := range above {
			p.Category.Above = append(p.Category.Above, catalog.Category{ID: catalog.CategoryID(c.ID), Slug: c.Slug, Name: c.Name})
		}
	}
	for _, o := range options {
		p.Options = append(p.Options, catalog.Option(o))
	}
	for _, i := range images {
		p.Images = append(p.Images, catalog.Image(i))
	}
	return p, currency, nil
}

func scanVariant(row pgx.Row, currencies map[catalog.ProductID]money.Currency) (product catalog.ProductID, v catalog.Variant, err error) {
	var asked askedRow
	var shipsAt *time.Time
	var parts []partRow
	err = row.Scan(&product, &v.ID, &v.SKU, &v.Barcode, &v.Values, &asked.price, &asked.was, &asked.sale, &asked.tiers, &asked.low,
		&v.Grams, &v.ImageURL, &v.RequiresShipping, &v.Taxable,
		&v.Stock.Tracked, &v.Stock.Continue, &v.Stock.Cap, &shipsAt, &v.Stock.OnHand, &v.Stock.Reserved, &v.Stock.Held, &parts)
	v.Parts = partsFromRows(parts)
	if shipsAt != nil {
		v.Stock.ShipsAt = *shipsAt
	}
	return product, v.Quoted(asked.fromRow(currencies[product])), err
}

// Addresses implements ports.CatalogView.
func (s *session) Addresses(ctx context.Context, offset, limit int) ([]catalog.Address, error) {
	rows, err := s.db.Query(ctx, `select slug, updated_at from products where status = 'active' order by id offset $1 limit $2`, offset, limit)
	if err != nil {
		return nil, fault(err, "list addresses")
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Address])
	return all, fault(err, "list addresses")
}

// CountAddresses implements ports.CatalogView.
func (s *session) CountAddresses(ctx context.Context) (n int, err error) {
	err = s.db.QueryRow(ctx, `select count(*) from products where status = 'active'`).Scan(&n)
	return n, fault(err, "count addresses")
}

// Offers implements ports.CatalogView.
func (s *session) Offers(ctx context.Context, variants []catalog.VariantID) (map[catalog.VariantID]catalog.Offer, error) {
	return s.OffersTo(ctx, catalog.Buyer{}, variants)
}

// OffersTo implements ports.StockView.
func (s *session) OffersTo(ctx context.Context, to catalog.Buyer, variants []catalog.VariantID) (map[catalog.VariantID]catalog.Offer, error) {
	if len(variants) == 0 {
		return map[catalog.VariantID]catalog.Offer{}, nil
	}
	rows, err := s.db.Query(ctx, selectOffers, variants, to.Holder, to.Customer, to.Currency)
	if err != nil {
		return nil, fault(err, "read offers")
	}
	offers := make(map[catalog.VariantID]catalog.Offer, len(variants))
	for rows.Next() {
		o, err := scanOffer(rows)
		if err != nil {
			rows.Close()
			return nil, fault(err, "read offers")
		}
		offers[o.Variant] = o
	}
	return offers, fault(rows.Err(), "read offers")
}

func scanOffer(row pgx.Row) (o catalog.Offer, err error) {
	var own string
	var currency money.Currency
	var asked askedRow
	var shipsAt *time.Time
	var parts []partRow
	stock := &o.Stock
	err = row.Scan(&o.Variant, &o.Product, &o.Slug, &o.Title, &o.VariantTitle, &o.SKU, &own, &o.Image.URL, &o.Image.Alt, &o.Grams, &o.RequiresShipping,
		&o.Active, &o.Further, &currency, &asked.price, &asked.sale, &asked.tiers,
		&stock.Tracked, &stock.Continue, &stock.Cap, &shipsAt, &stock.OnHand, &stock.Reserved, &stock.Held, &parts)
	if shipsAt != nil {
		stock.ShipsAt = *shipsAt
	}
	if o.Parts = partsFromRows(parts); o.Parts != nil {
		*stock = catalog.Together(o.Parts)
	}
	if own != "" {
		o.Image.URL = own
	}
	quote := asked.fromRow(currency)
	o.Price, o.Tiers, o.Available = quote.For(1), quote.Tiers, stock.Available()
	return o, err
}
