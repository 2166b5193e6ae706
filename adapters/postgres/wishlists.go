package postgres

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/wishlist"
)

const (
	selectWishlists = `select w.id, w.customer_id, w.token_hash, w.name, w.share, w.products, w.variants, w.added, w.seen, w.currency, w.stocked,
			w.created_at, w.updated_at
		from wishlists w `

	saveWishlists = `insert into wishlists (id, customer_id, token_hash, name, share, products, variants, added, seen, currency, stocked, created_at, updated_at)
		select x.id, x.customer_id, decode(x.token_hash, 'hex'), x.name, x.share, x.products, x.variants, x.added, x.seen, x.currency, x.stocked,
			x.created_at, x.updated_at
		from jsonb_to_recordset($1) as x (id text, customer_id text, token_hash text, name text, share text, products text[], variants text[],
			added timestamptz[], seen bigint[], currency text, stocked boolean[], created_at timestamptz, updated_at timestamptz) order by x.id
		on conflict (id) do update set customer_id = excluded.customer_id, token_hash = excluded.token_hash, name = excluded.name,
			share = excluded.share, products = excluded.products, variants = excluded.variants, added = excluded.added, seen = excluded.seen,
			currency = excluded.currency, stocked = excluded.stocked, updated_at = excluded.updated_at`
)

// Holds pass, and are no news to an owner. Owners are told of what everybody pays.
var selectOffering = `select ` + offerColumns + ` p.status = 'active', false, p.currency, v.price, v.sale_price, ` + tiers("p.currency", "'{}'") + `,
		` + policyColumns + `0::bigint, ` + partsOf("0") + `
	from products p join variants v on v.product_id = p.id join stock s on s.variant_id = v.id
	where p.id = any($1) and v.product_id = any($1) order by p.id, v.position`

// Wishlists implements ports.WishlistView.
func (s *session) Wishlists(ctx context.Context, of wishlist.Owner) ([]wishlist.List, error) {
	if of.Customer != "" {
		return s.wishlists(ctx, `where w.customer_id = $1 and w.customer_id <> '' order by w.created_at, w.id`, of.Customer)
	}
	return s.wishlists(ctx, `where w.token_hash = $1 and w.token_hash <> '' order by w.created_at, w.id`, bytesOf(of.Hash))
}

// SharedWishlist implements ports.WishlistView.
func (s *session) SharedWishlist(ctx context.Context, share string) (wishlist.List, error) {
	all, err := s.wishlists(ctx, `where w.share = $1 and w.share <> ''`, share)
	if err != nil {
		return wishlist.List{}, err
	}
	if len(all) == 0 {
		return wishlist.List{}, wishlist.ErrNotFound
	}
	return all[0], nil
}

// WishlistsWith implements ports.WishlistView.
func (s *session) WishlistsWith(ctx context.Context, products []catalog.ProductID, after wishlist.ID, limit int) ([]wishlist.List, error) {
	return s.wishlists(ctx, `where w.products && $1::text[] and w.customer_id <> '' and w.id > $2 order by w.id limit $3`, products, after, limit)
}

func (s *session) wishlists(ctx context.Context, where string, args ...any) ([]wishlist.List, error) {
	rows, err := s.db.Query(ctx, selectWishlists+where+s.forUpdate("w"), args...)
	if err != nil {
		return nil, fault(err, "read wishlists")
	}
	all, err := pgx.CollectRows(rows, scanWishlist)
	return all, fault(err, "read wishlists")
}

func scanWishlist(row pgx.CollectableRow) (l wishlist.List, err error) {
	var products []catalog.ProductID
	var variants []catalog.VariantID
	var added []time.Time
	var seen []int64
	var stocked []bool
	var currency money.Currency
	err = row.Scan(&l.ID, &l.Owner.Customer, &l.Owner.Hash, &l.Name, &l.Share, &products, &variants, &added, &seen, &currency, &stocked,
		&l.CreatedAt, &l.UpdatedAt)
	for i, p := range products {
		l.Items = append(l.Items, wishlist.Item{
			Product: p, Variant: variants[i], AddedAt: added[i], Seen: money.New(seen[i], currency), InStock: stocked[i],
		})
	}
	return l, err
}

// wishlistRow is how a list is sent to the database.
type wishlistRow struct {
	ID         wishlist.ID         `json:"id"`
	CustomerID string              `json:"customer_id"`
	TokenHash  string              `json:"token_hash"`
	Name       string              `json:"name"`
	Share      string              `json:"share"`
	Products   []catalog.ProductID `json:"products"`
	Variants   []catalog.VariantID `json:"variants"`
	Added      []time.Time         `json:"added"`
	Seen       []int64             `json:"seen"`
	Currency   money.Currency      `json:"currency"`
	Stocked    []bool              `json:"stocked"`
	CreatedAt  time.Time           `json:"created_at"`
	UpdatedAt  time.Time           `json:"updated_at"`
}

func toWishlistRow(l wishlist.List) wishlistRow {
	r := wishlistRow{
		ID: l.ID, CustomerID: l.Owner.Customer, TokenHash: hex.EncodeToString(l.Owner.Hash), Name: l.Name, Share: l.Share,
		Products: []catalog.ProductID{}, Variants: []catalog.VariantID{}, Added: []time.Time{}, Seen: []int64{}, Stocked: []bool{},
		CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt,
	}
	for _, i := range l.Items {
		r.Products, r.Variants = append(r.Products, i.Product), append(r.Variants, i.Variant)
		r.Added, r.Seen, r.Stocked = append(r.Added, i.AddedAt), append(r.Seen, i.Seen.Amount), append(r.Stocked, i.InStock)
		r.Currency = i.Seen.Currency
	}
	return r
}

// SaveWishlists implements ports.WishlistTx.
func (s *session) SaveWishlists(ctx context.Context, all ...wishlist.List) error {
	rows := make([]wishlistRow, len(all))
	for i, l := range all {
		rows[i] = toWishlistRow(l)
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return corefault.Wrap(err, "encode wishlists")
	}
	_, err = s.db.Exec(ctx, saveWishlists, text)
	return fault(err, "save wishlists")
}

// DeleteWishlist implements ports.WishlistTx.
func (s *session) DeleteWishlist(ctx context.Context, id wishlist.ID) error {
	_, err := s.db.Exec(ctx, `delete from wishlists where id = $1`, id)
	return fault(err, "delete a wishlist")
}

// Offering implements ports.WishlistView.
func (s *session) Offering(ctx context.Context, products []catalog.ProductID) (map[catalog.ProductID][]catalog.Offer, error) {
	found := map[catalog.ProductID][]catalog.Offer{}
	if len(products) == 0 {
		return found, nil
	}
	rows, err := s.db.Query(ctx, selectOffering, products)
	if err != nil {
		return nil, fault(err, "read what is offered")
	}
	defer rows.Close()
	for rows.Next() {
		o, err := scanOffer(rows)
		if err != nil {
			return nil, fault(err, "read what is offered")
		}
		found[o.Product] = append(found[o.Product], o)
	}
	return found, fault(rows.Err(), "read what is offered")
}
