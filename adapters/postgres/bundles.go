package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
)

const (
	// bundlesWith are the bundles that a variant in stock is a part of.
	bundlesWith = `(select jsonb_agg(jsonb_build_object('product', o.product_id, 'quantity', b.quantity))
		from bundle_parts b join stock o on o.variant_id = b.bundle_id where b.part_id = s.variant_id)`

	// allParts says that there are enough of all parts of one bundle. "bundle" is a column around it, and so is not hidden by
	// the parts' own rows.
	allParts = `not exists (select from bundle_parts b join stock s on s.variant_id = b.part_id
		where b.bundle_id = bundle and not (` + unlimited + ` or ` + limited + ` - ` + held + ` >= b.quantity))`

	// sellable says of a row of allStock that somebody could buy it now.
	sellable = `case when s.bundled then ` + allParts + ` else ` + unlimited + ` or ` + limited + ` > ` + held + ` end`
	allStock = `(select variant_id as bundle, * from stock) s`

	saveParts = `with gone as (
			delete from bundle_parts where bundle_id = $1 and part_id <> all($4)
		), kept as (
			insert into bundle_parts (bundle_id, part_id, quantity, position)
			select $1, p.part_id, p.quantity, p.n from unnest($4::text[], $5::bigint[]) with ordinality as p (part_id, quantity, n)
			on conflict (bundle_id, part_id) do update set quantity = excluded.quantity, position = excluded.position
		)
		update stock set bundled = $2, revision = $3 where variant_id = $1`
)

var selectParts = `select v.id, ` + partsOf("0") + ` from stock s join variants v on v.id = s.variant_id where s.variant_id = any($1) and s.bundled`

// partsOf reads the parts of the variant v as JSON, with what carts hold of them; null when v has stock of its own.
func partsOf(held string) string {
	return `case when s.bundled then (select jsonb_agg(jsonb_build_object('variant', b.part_id, 'product', pp.id, 'slug', pp.slug, 'title', pp.title,
			'variant_title', array_to_string(pv.option_values, ' / '), 'sku', pv.sku, 'quantity', b.quantity, 'tracked', s.tracked, 'backorder', s.backorder,
			'cap', s.backorder_cap, 'ships_at', s.ships_at, 'on_hand', s.on_hand, 'reserved', s.reserved, 'held', ` + held + `) order by b.position)
		from bundle_parts b join stock s on s.variant_id = b.part_id join variants pv on pv.id = b.part_id join products pp on pp.id = pv.product_id
		where b.bundle_id = v.id) end`
}

type partRow struct {
	Variant      catalog.VariantID `json:"variant"`
	Product      catalog.ProductID `json:"product"`
	Slug         string            `json:"slug"`
	Title        string            `json:"title"`
	VariantTitle string            `json:"variant_title"`
	SKU          string            `json:"sku"`
	Quantity     int64             `json:"quantity"`
	Tracked      bool              `json:"tracked"`
	Backorder    bool              `json:"backorder"`
	Cap          *int64            `json:"cap"`
	ShipsAt      *time.Time        `json:"ships_at"`
	OnHand       int64             `json:"on_hand"`
	Reserved     int64             `json:"reserved"`
	Held         int64             `json:"held"`
}

func partsFromRows(rows []partRow) (all []catalog.Part) {
	for _, r := range rows {
		p := catalog.Part{
			Variant: r.Variant, Product: r.Product, Slug: r.Slug, Title: r.Title, VariantTitle: r.VariantTitle, SKU: r.SKU, Quantity: r.Quantity,
			Stock: catalog.StockPolicy{Tracked: r.Tracked, Continue: r.Backorder, Cap: r.Cap, OnHand: r.OnHand, Reserved: r.Reserved, Held: r.Held},
		}
		if r.ShipsAt != nil {
			p.Stock.ShipsAt = *r.ShipsAt
		}
		all = append(all, p)
	}
	return all
}

// SaveParts implements ports.StockBookTx.
func (s *session) SaveParts(ctx context.Context, bundle inventory.State, parts []inventory.Line) error {
	variants, quantities := split(parts)
	_, err := s.db.Exec(ctx, saveParts, bundle.Variant, bundle.Bundled, bundle.Revision, variants, quantities)
	return fault(err, "save the parts of a bundle")
}

// Parts implements ports.StockView.
func (s *session) Parts(ctx context.Context, variants []catalog.VariantID) (map[catalog.VariantID][]catalog.Part, error) {
	rows, err := s.db.Query(ctx, selectParts, variants)
	if err != nil {
		return nil, fault(err, "read the parts of bundles")
	}
	found := map[catalog.VariantID][]catalog.Part{}
	var bundle catalog.VariantID
	var parts []partRow
	_, err = pgx.ForEachRow(rows, []any{&bundle, &parts}, func() error {
		found[bundle], parts = partsFromRows(parts), nil
		return nil
	})
	return found, fault(err, "read the parts of bundles")
}
