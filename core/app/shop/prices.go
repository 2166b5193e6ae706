package shop

import (
	"cmp"
	"context"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Prices returns what a shopper is asked for the variants of active products, in the order of ids, in a currency of the
// shop, its own for "". Errors: tenant.ErrNotSold.
func (c *Catalog) Prices(ctx context.Context, t tenant.Tenant, by identity.Actor, currency string, ids []catalog.ProductID) (all []catalog.VariantQuote, in money.Currency, err error) {
	to := catalog.Buyer{}
	if to.Currency, err = t.Shop.Asks(currency); err != nil || len(ids) == 0 {
		return nil, "", err
	}
	if by.Kind == identity.Customer {
		to.Customer = by.ID
	}
	err = c.d.Store.View(ctx, t.ID, func(ctx context.Context, v ports.View) error {
		all, err = v.Quotes(ctx, to, ids)
		return err
	})
	slices.SortStableFunc(all, func(a, b catalog.VariantQuote) int {
		return cmp.Compare(slices.Index(ids, a.Product), slices.Index(ids, b.Product))
	})
	return all, cmp.Or(to.Currency, t.Shop.Currency), err
}

func quotesOf(all []catalog.VariantQuote) map[catalog.ProductID]map[catalog.VariantID]catalog.Quote {
	found := map[catalog.ProductID]map[catalog.VariantID]catalog.Quote{}
	for _, q := range all {
		if found[q.Product] == nil {
			found[q.Product] = map[catalog.VariantID]catalog.Quote{}
		}
		found[q.Product][q.Variant] = q.Quote
	}
	return found
}

// Quoted returns products with the prices of a shopper. For guests in the shop's own currency they have them already, and
// it costs nothing.
func (c *Catalog) Quoted(ctx context.Context, t tenant.Tenant, by identity.Actor, currency string, p catalog.Product) (catalog.Product, error) {
	if by.Kind != identity.Customer && currency == "" {
		return p, nil
	}
	found, _, err := c.Prices(ctx, t, by, currency, []catalog.ProductID{p.ID})
	return p.Quoted(quotesOf(found)[p.ID]), err
}

// QuotedSummaries is Quoted for listings. What is not sold in the currency has a price of zero in it and is not in stock.
func (c *Catalog) QuotedSummaries(ctx context.Context, t tenant.Tenant, by identity.Actor, currency string, all []catalog.Summary) ([]catalog.Summary, error) {
	if by.Kind != identity.Customer && currency == "" || len(all) == 0 {
		return all, nil
	}
	ids := make([]catalog.ProductID, len(all))
	for i, s := range all {
		ids[i] = s.ID
	}
	quotes, in, err := c.Prices(ctx, t, by, currency, ids)
	if err != nil {
		return nil, err
	}
	found := quotesOf(quotes)
	out := make([]catalog.Summary, len(all))
	for i, s := range all {
		out[i] = s.Quoted(found[s.ID], in)
	}
	return out, nil
}
