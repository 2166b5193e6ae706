// Package indexing keeps the search index equal to the catalogue. A product that changed is read as it is now and put
// with a version that was claimed in the same transaction, so that however many do it at once, and however slow one of
// them is, the newest reading stays.
package indexing

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Deps is what indexing stands on.
type Deps struct {
	Store  ports.Store
	Index  ports.SearchIndex
	Forget ports.Invalidation
	Now    app.Clock
}

// Indexer writes search documents. It is safe for concurrent use, on any number of nodes.
type Indexer struct{ d Deps }

// New returns an Indexer.
func New(d Deps) *Indexer { return &Indexer{d} }

const (
	batch = 250 // products in one transaction

	// halfLife is after how long a sale counts half for popularity.
	halfLife = 30 * 24 * time.Hour
)

// Products brings the documents of products up to date: one that is not for sale any more, or is no more, is taken out.
// Idempotent. The answers that nodes keep of the shop are forgotten afterwards, so that none from before stays.
func (x *Indexer) Products(ctx context.Context, t tenant.Tenant, ids []catalog.ProductID) error {
	for at := 0; at < len(ids); at += batch {
		if err := x.index(ctx, t, ids[at:min(at+batch, len(ids))], nil); err != nil {
			return err
		}
	}
	return x.forget(ctx, t)
}

// Rebuild goes through all products of a shop in the order of their ids, after a given one, and brings documents and
// popularity up to date. It may run while the shop trades, be broken off, and go on with the last id that tell was
// called with. last is the id it ended at, "" when it has come to the end; a limit of 0 has none.
func (x *Indexer) Rebuild(ctx context.Context, t tenant.Tenant, after catalog.ProductID, limit int, tell func(done int, last catalog.ProductID)) (last catalog.ProductID, err error) {
	var sold map[catalog.ProductID]int64
	err = x.d.Store.View(ctx, t.ID, func(ctx context.Context, v ports.View) error {
		sold, err = v.UnitsSold(ctx, x.d.Now(), halfLife)
		return err
	})
	for done := 0; err == nil && (limit == 0 || done < limit); {
		var ids []catalog.ProductID
		err = x.d.Store.View(ctx, t.ID, func(ctx context.Context, v ports.View) error {
			ids, err = v.Searchable(ctx, after, batch)
			return err
		})
		if err != nil || len(ids) == 0 {
			after = ""
			break
		}
		if err = x.index(ctx, t, ids, sold); err != nil {
			break
		}
		after, done = ids[len(ids)-1], done+len(ids)
		if tell != nil {
			tell(done, after)
		}
	}
	if err != nil {
		return after, err
	}
	return after, x.forget(ctx, t)
}

// Count tells how many products Rebuild will go through.
func (x *Indexer) Count(ctx context.Context, t tenant.ID) (n int, err error) {
	err = x.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		n, err = v.CountSearchable(ctx)
		return err
	})
	return n, err
}

func (x *Indexer) index(ctx context.Context, t tenant.Tenant, ids []catalog.ProductID, sold map[catalog.ProductID]int64) error {
	var docs []search.Document
	err := x.d.Store.Update(ctx, t.ID, func(ctx context.Context, tx ports.Tx) error {
		claims, err := tx.ClaimDocuments(ctx, ids, sold)
		if err != nil {
			return err
		}
		products, err := tx.ClaimedProducts(ctx, ids)
		if err != nil {
			return err
		}
		also, err := tx.Translations(ctx, subjects(ids), nil)
		if err != nil {
			return err
		}
		said := catalog.InOrder(also, nil)
		docs = make([]search.Document, len(ids))
		for i, id := range ids {
			p, exists := products[id]
			if !exists {
				p = catalog.Product{ID: id, Status: catalog.Archived}
			}
			docs[i] = search.DocumentOf(p, search.Facts{Version: claims[id].Version, Popularity: claims[id].Sold, Also: said[string(id)]})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return x.d.Index.Put(ctx, ports.Shelf{Tenant: t.ID, Locale: t.Shop.Locale}, docs)
}

func subjects(ids []catalog.ProductID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = string(id)
	}
	return all
}

func (x *Indexer) forget(ctx context.Context, t tenant.Tenant) error {
	return x.d.Forget.Forget(ctx, "catalog:"+string(t.ID))
}

// Go on in parts: a job of the queue has half a minute, and an index may take a second for each batch.
const part = 2_500

// Wanted tells that a shop's index shall be rebuilt, from after a product on.
type Wanted struct {
	After catalog.ProductID `json:"after"`
}

// Kind returns "search.rebuild_wanted".
func (Wanted) Kind() string { return "search.rebuild_wanted" }

// Subject returns the product after which it goes on.
func (w Wanted) Subject() string { return string(w.After) }

// Part rebuilds a part of a shop and asks for the next one. Run again it does that part again.
func (x *Indexer) Part(ctx context.Context, t tenant.Tenant, w Wanted) error {
	last, err := x.Rebuild(ctx, t, w.After, part, nil)
	if err != nil || last == "" {
		return err
	}
	return x.d.Store.Update(ctx, t.ID, func(_ context.Context, tx ports.Tx) error {
		tx.Emit("", Wanted{After: last})
		return nil
	})
}
