package web

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

const currencyLifetime = 365 * 24 * time.Hour

// price finds the currency that was chosen before; a shop may have ceased to sell in it.
func (v *visit) price() {
	if chosen := v.cookie(currencyCookie); chosen != "" && v.shop.ID != "" {
		v.currency, _ = v.shop.Shop.Asks(chosen)
	}
}

// chooseCurrency keeps the choice and has the cart follow it.
func chooseCurrency(v *visit) error {
	chosen, err := v.shop.Shop.Asks(v.form("currency"))
	if err != nil {
		return err
	}
	v.currency = chosen
	v.setCookie(currencyCookie, string(chosen), currencyLifetime)
	by, token, err := v.actor()
	if err != nil {
		return err
	}
	if by.ID != "" || token != "" {
		in := chosen
		if in == "" {
			in = v.shop.Shop.Currency
		}
		if _, err := v.web.d.Shop.Carts.Denominate(v.ctx, by, token, in); err != nil && !isGone(err) {
			return err
		}
	}
	return v.redirect(ownPath(v.form("next"), "/"))
}

// offered shows products to this reader: in their language, and at their prices.
func (v *visit) offered(all []catalog.Summary) []catalog.Summary {
	all = v.inLanguage(all)
	by, _, err := v.actor()
	if err == nil {
		var priced []catalog.Summary
		if priced, err = v.web.d.Shop.Catalog.QuotedSummaries(v.ctx, v.shop, by, string(v.currency), all); err == nil {
			return priced
		}
	}
	v.web.d.Log.WarnContext(v.ctx, "the page shows everybody's prices", "error", err)
	return all
}

// quoted is offered for one product.
func (v *visit) quoted(p catalog.Product) (catalog.Product, error) {
	by, _, err := v.actor()
	if err != nil {
		return p, err
	}
	return v.web.d.Shop.Catalog.Quoted(v.ctx, v.shop, by, string(v.currency), p)
}

// adding is what is put into the cart, in the currency that is shown.
func (v *visit) adding(variant catalog.VariantID, quantity int64) shop.Adding {
	return shop.Adding{Variant: variant, Quantity: quantity, Currency: v.currency}
}

// currencies are those to choose from; none where there is no choice.
func (p page) currencies() []money.Currency {
	if further := p.Shop.CurrencyList(); len(further) > 0 {
		return append([]money.Currency{p.Shop.Currency}, further...)
	}
	return nil
}

// chosen is the currency that prices are shown in.
func (p page) chosen() money.Currency {
	if p.Currency != "" {
		return p.Currency
	}
	return p.Shop.Currency
}

// Tiers says what each costs when more are bought: "3 or more: ৳180 each".
func (p page) Tiers(ctx context.Context, v catalog.Variant) (all []string) {
	for _, step := range v.Quote().Steps() {
		all = append(all, t(ctx, "%d or more: %s each", step.From, p.Money(step.Price)))
	}
	return all
}

// Lowest says what a reduced price was before; "" for others (Directive 98/6/EC, article 6a).
func (p page) Lowest(ctx context.Context, v catalog.Variant) string {
	if before := v.Before(); before.Amount > 0 {
		return t(ctx, "Lowest price of the 30 days before: %s", p.Money(before))
	}
	return ""
}
