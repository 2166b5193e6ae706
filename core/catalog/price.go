package catalog

import "github.com/halum-hut/halum/core/money"

// Buyer is who asks for prices. The zero value is everybody, in the shop's main currency.
type Buyer struct {
	Customer string         // whose groups count; "" for a guest
	Currency money.Currency // "" for the shop's main one
	Holder   string         // the cart to which what it holds is available; "" for none
}

// Tier is what a price list asks of a buyer for each one, when at least From are bought.
type Tier struct {
	From  int64
	Price money.Money
	Sale  bool // it is a reduction, and shown as one
}

// Quote is what a buyer is asked for a variant.
type Quote struct {
	Price     money.Money // the usual one
	CompareAt money.Money // what staff say that it cost before; zero when there is none
	Sale      money.Money // of everybody for a time; without a currency when there is none
	Tiers     []Tier      // of the price lists that apply, in no order
	Lowest    money.Money // in the 30 days before the present price; zero when it was not different
}

// VariantQuote is what a buyer is asked for one of a product's variants.
type VariantQuote struct {
	Product ProductID
	Variant VariantID
	Quote
}

// For is the price of each one when n are bought: the lowest of all that apply, so that nobody pays more for being known.
func (q Quote) For(n int64) money.Money {
	price, _ := q.best(n)
	return price
}

// best returns the lowest price and whether it is a reduction of the usual one.
func (q Quote) best(n int64) (price money.Money, reduced bool) {
	price = q.Price
	if q.Sale.Currency == price.Currency && q.Sale.Amount < price.Amount {
		price, reduced = q.Sale, true
	}
	for _, t := range q.Tiers {
		if t.From <= n && t.Price.Currency == price.Currency && t.Price.Amount < price.Amount {
			price, reduced = t.Price, t.Sale
		}
	}
	return price, reduced
}

// Was is what the price of one is compared with: the usual price while it is reduced, or else what staff say. It is zero
// when there is nothing to compare with, as for the price of a group.
func (q Quote) Was() money.Money {
	price, reduced := q.best(1)
	switch {
	case reduced:
		return q.Price
	case price == q.Price && q.CompareAt.Amount > price.Amount:
		return q.CompareAt
	}
	return money.Money{}
}

// Steps are the tiers that make more than one cheaper, each below the one before it.
func (q Quote) Steps() (all []Tier) {
	price := q.For(1)
	for from := int64(1); ; {
		next := int64(0)
		for _, t := range q.Tiers {
			if t.From > from && (next == 0 || t.From < next) {
				next = t.From
			}
		}
		if next == 0 {
			return all
		}
		from = next
		if now := q.For(from); now.Amount < price.Amount {
			price, all = now, append(all, Tier{From: from, Price: now})
		}
	}
}

// Quote is what the variant costs whoever it was read for.
func (v Variant) Quote() Quote {
	return Quote{Price: v.Price, CompareAt: v.CompareAt, Sale: v.Sale, Tiers: v.Tiers, Lowest: v.Lowest}
}

// Pays is the price of one. It is never above Price.
func (v Variant) Pays() money.Money { return v.Quote().For(1) }

// Was is what Pays is compared with; zero when there is nothing.
func (v Variant) Was() money.Money { return v.Quote().Was() }

// Before is the lowest price of the 30 days before a reduction; zero when the price is not reduced, or when nothing of
// that time is known.
func (v Variant) Before() money.Money {
	if v.Was().Amount == 0 {
		return money.Money{}
	}
	return v.Lowest
}

// For is the price of each one when n are bought.
func (o Offer) For(n int64) money.Money { return Quote{Price: o.Price, Tiers: o.Tiers}.For(n) }

// Quoted returns the product with the prices of a buyer. A variant without a quote is not for sale to them, and left out.
func (p Product) Quoted(quotes map[VariantID]Quote) Product {
	all := p.Variants
	p.Variants = make([]Variant, 0, len(all))
	for _, v := range all {
		if q, ok := quotes[v.ID]; ok {
			p.Variants = append(p.Variants, v.Quoted(q))
		}
	}
	return p
}

// Quoted returns the variant with the prices of a buyer.
func (v Variant) Quoted(q Quote) Variant {
	v.Price, v.CompareAt, v.Sale, v.Tiers, v.Lowest = q.Price, q.CompareAt, q.Sale, q.Tiers, q.Lowest
	return v
}

// Quoted returns the summary with the prices of a buyer. One without a quote is not for sale to them: it costs nothing in
// their currency, and is not in stock.
func (s Summary) Quoted(quotes map[VariantID]Quote, c money.Currency) Summary {
	s.MinPrice, s.MaxPrice, s.CompareAt = money.Zero(c), money.Zero(c), money.Money{}
	s.Unpriced, s.InStock = len(quotes) == 0, s.InStock && len(quotes) > 0
	first := true
	for _, q := range quotes {
		price, was := q.For(1), q.Was()
		if first || price.Amount < s.MinPrice.Amount || price == s.MinPrice && was.Amount > s.CompareAt.Amount {
			s.MinPrice, s.CompareAt = price, was
		}
		if first || price.Amount > s.MaxPrice.Amount {
			s.MaxPrice = price
		}
		first = false
	}
	return s
}
