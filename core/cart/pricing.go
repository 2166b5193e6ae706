package cart

import (
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

// Notice codes: what is different from what the shopper last saw.
const (
	PriceChanged  = "price_changed"
	SoldOut       = "sold_out"
	QuantityShort = "quantity_short"
	NotForSale    = "not_for_sale"
)

// Notice tells the shopper about one line.
type Notice struct {
	Code    string
	Message string
}

// PricedLine is a line at today's price.
type PricedLine struct {
	Offer    catalog.Offer
	Quantity int64
	Price    money.Money // of each, for that quantity
	Total    money.Money
	Notices  []Notice
}

// Priced is a cart at today's prices. Only lines that can be bought count in Subtotal, Items and Grams; Ready says that
// all of them can.
type Priced struct {
	ID       ID
	Currency money.Currency
	Further  bool // the currency is not the shop's main one
	Lines    []PricedLine
	Subtotal money.Money
	Items    int64
	Grams    int64
	Shipped  bool // something in it must be shipped
	Ready    bool
}

// Price values the cart with the given offers. Errors: money.ErrOverflow, money.ErrMismatch.
func (c Cart) Price(offers map[catalog.VariantID]catalog.Offer) (Priced, error) {
	p := Priced{ID: c.ID, Currency: c.Currency, Subtotal: money.Zero(c.Currency), Ready: len(c.Lines) > 0 && !c.Ordered}
	d := c.demand(offers)
	for _, l := range c.Lines {
		o, ok := offers[l.Variant]
		if !ok {
			o = catalog.Offer{Variant: l.Variant, Title: "Removed product", Price: l.Seen}
		}
		line := PricedLine{Offer: o, Quantity: l.Quantity, Price: o.For(l.Quantity), Notices: notices(l, o, d.short(l, o))}
		var err error
		if line.Total, err = line.Price.Times(l.Quantity); err != nil {
			return Priced{}, err
		}
		p.Further = p.Further || o.Further
		if o.Active && !d.short(l, o) {
			if p.Subtotal, err = p.Subtotal.Add(line.Total); err != nil {
				return Priced{}, err
			}
			p.Items += l.Quantity
			p.Grams += o.Grams * l.Quantity
			p.Shipped = p.Shipped || o.RequiresShipping
		} else {
			p.Ready = false
		}
		p.Lines = append(p.Lines, line)
	}
	return p, nil
}

// demand is what all lines together take of each variant that lies on a shelf, and what there is.
type demand struct{ wanted, available map[catalog.VariantID]int64 }

func (c Cart) demand(offers map[catalog.VariantID]catalog.Offer) demand {
	d := demand{map[catalog.VariantID]int64{}, map[catalog.VariantID]int64{}}
	for _, l := range c.Lines {
		o := offers[l.Variant]
		if !o.Active {
			continue
		}
		if o.Parts == nil {
			d.wanted[l.Variant] += l.Quantity
			d.available[l.Variant] = o.Available
		}
		for _, part := range o.Parts {
			d.wanted[part.Variant] += l.Quantity * part.Quantity
			d.available[part.Variant] = part.Stock.Available()
		}
	}
	return d
}

// short reports whether the cart takes more than there is of something in a line.
func (d demand) short(l Line, o catalog.Offer) bool {
	if o.Parts == nil {
		return d.wanted[l.Variant] > d.available[l.Variant]
	}
	for _, part := range o.Parts {
		if d.wanted[part.Variant] > d.available[part.Variant] {
			return true
		}
	}
	return false
}

func notices(l Line, o catalog.Offer, short bool) []Notice {
	switch {
	case !o.Active:
		return []Notice{{NotForSale, "This item is no longer for sale. Remove it to go on."}}
	case o.Available == 0:
		return []Notice{{SoldOut, "This item is sold out. Remove it to go on."}}
	case short:
		return []Notice{{QuantityShort, "Fewer are left than you want. Lower the quantity to go on."}}
	case l.Seen != o.For(l.Quantity):
		return []Notice{{PriceChanged, "The price changed since you last looked. It was " + l.Seen.String() + "."}}
	}
	return nil
}
