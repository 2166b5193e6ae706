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
	Total    money.Money
	Notices  []Notice
}

// Priced is a cart at today's prices. Only lines that can be bought count in Subtotal, Items and Grams; Ready says that
// all of them can.
type Priced struct {
	ID       ID
	Currency money.Currency
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
	for _, l := range c.Lines {
		o, ok := offers[l.Variant]
		if !ok {
			o = catalog.Offer{Variant: l.Variant, Title: "Removed product", Price: l.Seen}
		}
		line := PricedLine{Offer: o, Quantity: l.Quantity, Notices: notices(l, o)}
		var err error
		if line.Total, err = o.Price.Times(l.Quantity); err != nil {
			return Priced{}, err
		}
		if o.Active && o.Available >= l.Quantity {
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

func notices(l Line, o catalog.Offer) []Notice {
	switch {
	case !o.Active:
		return []Notice{{NotForSale, "This item is no longer for sale. Remove it to go on."}}
	case o.Available == 0:
		return []Notice{{SoldOut, "This item is sold out. Remove it to go on."}}
	case o.Available < l.Quantity:
		return []Notice{{QuantityShort, "Fewer are left than you want. Lower the quantity to go on."}}
	case l.Seen != o.Price:
		return []Notice{{PriceChanged, "The price changed since you last looked. It was " + l.Seen.String() + "."}}
	}
	return nil
}
