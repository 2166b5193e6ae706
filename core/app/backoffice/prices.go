package backoffice

import (
	"context"
	"fmt"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// Prices is what staff ask for variants beside their usual prices.
type Prices struct{ d Deps }

// errPriceListRevision asks for the revision that a change was made from.
var errPriceListRevision = ErrRevision.Saying("read this price list first and say which revision you change")

// Lists returns all price lists, the newest first. Permission catalog:read.
func (p *Prices) Lists(ctx context.Context, by identity.Actor) (all []catalog.PriceList, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return nil, err
	}
	err = p.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err = v.PriceLists(ctx)
		return err
	})
	return all, err
}

// List returns one. Permission catalog:read. Errors: catalog.ErrNoPriceList.
func (p *Prices) List(ctx context.Context, by identity.Actor, id catalog.PriceListID) (l catalog.PriceList, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return l, err
	}
	err = p.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		l, err = v.PriceList(ctx, id)
		return err
	})
	return l, err
}

// Create makes a list without prices. Permission catalog:manage. Errors: Invalid, catalog.ErrTooManyPriceLists.
func (p *Prices) Create(ctx context.Context, by identity.Actor, e catalog.PriceListEdit, once *app.Once) (catalog.PriceList, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return catalog.PriceList{}, err
	}
	return app.Update(ctx, p.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (catalog.PriceList, error) {
		l, err := catalog.CreatePriceList(e, p.d.Now())
		if err != nil {
			return l, err
		}
		all, err := tx.PriceLists(ctx)
		switch {
		case err != nil:
			return l, err
		case len(all) >= catalog.MaxPriceLists:
			return l, catalog.ErrTooManyPriceLists
		}
		return l, p.save(ctx, tx, by, l)
	})
}

// Change edits one. An edit that changes nothing is fine whatever the revision. Permission catalog:manage.
// Errors: ErrRevision without a revision, catalog.ErrPriceListChanged when it is not the present one,
// catalog.ErrNoPriceList, Invalid.
func (p *Prices) Change(ctx context.Context, by identity.Actor, id catalog.PriceListID, revision *int64, e catalog.PriceListEdit) (out catalog.PriceList, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return out, err
	}
	if revision == nil {
		return out, errPriceListRevision
	}
	err = p.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		old, err := tx.PriceList(ctx, id)
		if err != nil {
			return err
		}
		out, err = e.Apply(old, p.d.Now())
		switch {
		case err == nil && out.SameAs(old):
			out = old
			return nil
		case old.Revision != *revision:
			return catalog.ErrPriceListChanged
		case err != nil:
			return err
		}
		return p.save(ctx, tx, by, out)
	})
	return out, err
}

func (p *Prices) save(ctx context.Context, tx ports.Tx, by identity.Actor, l catalog.PriceList) error {
	tx.Emit(by.Who(), catalog.PricesTurn{List: l.ID, Revision: l.Revision, At: p.d.Now()})
	return tx.SavePriceList(ctx, l)
}

// Delete ends a list and forgets it with its prices; revision may be nil. Carts see it at once, listings within seconds.
// Permission catalog:manage. Errors: catalog.ErrNoPriceList, ErrPriceListChanged.
func (p *Prices) Delete(ctx context.Context, by identity.Actor, id catalog.PriceListID, revision *int64) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	return p.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		l, err := tx.PriceList(ctx, id)
		switch {
		case err != nil:
			return err
		case revision != nil && *revision != l.Revision:
			return catalog.ErrPriceListChanged
		}
		tx.Emit(by.Who(), catalog.PricesTurn{List: id, Revision: l.Revision, At: p.d.Now()})
		return tx.HidePriceList(ctx, id, p.d.Now())
	})
}

// Page returns prices of a list, or with list "" those in further currencies. Permission catalog:read. Errors:
// catalog.ErrNoPriceList, ErrCursor.
func (p *Prices) Page(ctx context.Context, by identity.Actor, q ports.PriceQuery) (page ports.PricePage, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return page, err
	}
	err = p.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		if q.List != "" {
			if _, err := v.PriceList(ctx, q.List); err != nil {
				return err
			}
		}
		page, err = v.Prices(ctx, q)
		return err
	})
	return page, err
}

// PriceEdit is one price that staff want: of a variant by its id or, when only one has it, by its SKU.
type PriceEdit struct {
	Variant   string // id or SKU
	From      int64
	Price     money.Money
	CompareAt money.Money
	Remove    bool // there shall be no such price
}

// Put sets and removes prices of a list, or with list "" in further currencies: all of them or none. Shoppers see them at
// once. Permission catalog:manage. Errors: catalog.ErrNoPriceList, ErrPrices naming each that is wrong.
func (p *Prices) Put(ctx context.Context, by identity.Actor, list catalog.PriceListID, edits []PriceEdit) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	t, err := p.d.Registry.Tenant(ctx, by.Tenant)
	if err != nil {
		return err
	}
	allowed := t.Shop.CurrencyList()
	if list != "" {
		allowed = append([]money.Currency{t.Shop.Currency}, allowed...)
	}
	names := make([]string, len(edits))
	for i, e := range edits {
		names[i] = e.Variant
	}
	err = p.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		if list != "" {
			if _, err := tx.PriceList(ctx, list); err != nil {
				return err
			}
		}
		known, err := tx.VariantsOf(ctx, names)
		if err != nil {
			return err
		}
		put, drop, err := sorted(list, edits, known, allowed)
		if err != nil {
			return err
		}
		if err := tx.DropPrices(ctx, drop); err != nil {
			return err
		}
		if err := tx.PutPrices(ctx, put); err != nil {
			return err
		}
		return p.apply(ctx, tx, by, variantsIn(append(put, drop...)))
	})
	p.forget(ctx, by, err)
	return err
}

// sorted tells prices to set from those to remove. Errors: catalog.ErrPrices.
func sorted(list catalog.PriceListID, edits []PriceEdit, known map[string]catalog.VariantID, allowed []money.Currency) (put, drop []catalog.ListPrice, err error) {
	var bad []fault.Field
	seen := map[catalog.ListPrice]bool{}
	for i, e := range edits {
		one := catalog.ListPrice{Variant: known[e.Variant], List: list, From: e.From, Price: e.Price, CompareAt: e.CompareAt}
		key := catalog.ListPrice{Variant: one.Variant, From: e.From, Price: money.Zero(e.Price.Currency)}
		problem := one.Problem(allowed)
		switch {
		case one.Variant == "":
			problem = "no variant has this id or, alone, this SKU"
		case seen[key]:
			problem = "this price is named twice"
		}
		if seen[key] = true; problem != "" {
			bad = append(bad, fault.Field{Path: fmt.Sprintf("prices[%d]", i), Message: problem})
		}
		if e.Remove {
			drop = append(drop, one)
		} else {
			put = append(put, one)
		}
	}
	if bad != nil {
		return nil, nil, catalog.ErrPrices.At(bad[:min(len(bad), maxProblems)]...)
	}
	return put, drop, nil
}

// maxProblems is how many wrong prices an answer names.
const maxProblems = 100

func variantsIn(prices []catalog.ListPrice) []catalog.VariantID {
	all := make([]catalog.VariantID, len(prices))
	for i, p := range prices {
		all[i] = p.Variant
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Discount puts a part off the usual prices into a list, in all currencies. Later changes of the usual prices do not
// change it. It returns how many variants there are. Permission catalog:manage. Errors: catalog.ErrNoPriceList,
// ErrTooManyDiscounts, Invalid.
func (p *Prices) Discount(ctx context.Context, by identity.Actor, list catalog.PriceListID, d ports.Discount) (n int, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return 0, err
	}
	if d.BasisPoints < 1 || d.BasisPoints > 10_000 {
		return 0, fault.InvalidField("basis_points", "use 1 to 10000, such as 1500 for 15 % off")
	}
	err = p.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		if _, err := tx.PriceList(ctx, list); err != nil {
			return err
		}
		variants, err := tx.PutDiscount(ctx, list, d)
		if err != nil {
			return err
		}
		n = len(variants)
		return p.apply(ctx, tx, by, variants)
	})
	p.forget(ctx, by, err)
	return n, err
}

// toldAtOnce is how many products one event names.
const toldAtOnce = 250

func (p *Prices) apply(ctx context.Context, tx ports.Tx, by identity.Actor, variants []catalog.VariantID) error {
	if len(variants) == 0 {
		return nil
	}
	products, err := tx.ApplySales(ctx, variants, p.d.Now())
	if err != nil {
		return err
	}
	for some := range slices.Chunk(products, toldAtOnce) {
		tx.Emit(by.Who(), catalog.Changed{Products: some})
	}
	return nil
}

// forget is a hint: the events do the same, and answers expire.
func (p *Prices) forget(ctx context.Context, by identity.Actor, failed error) {
	if failed == nil {
		_ = p.d.Forget.Forget(ctx, "catalog:"+string(by.Tenant))
	}
}
