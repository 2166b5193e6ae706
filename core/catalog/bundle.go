package catalog

import "time"

// Part is one of the variants that a bundle is put together from.
type Part struct {
	Variant      VariantID
	Product      ProductID
	Slug         string
	Title        string // of the product
	VariantTitle string
	SKU          string
	Quantity     int64       // in one bundle, 1 or more
	Stock        StockPolicy // of the part
}

// MaxParts is how many different parts a bundle may have.
const MaxParts = 50

// Supply is how the variant can be sold: by its own stock, or for a bundle by that of its parts.
func (v Variant) Supply() StockPolicy {
	if v.Parts == nil {
		return v.Stock
	}
	return Together(v.Parts)
}

// Together is the stock of a bundle: there are as many of it as its scarcest part allows. It ships when the last of its
// parts does.
func Together(parts []Part) StockPolicy {
	available, shelf, ships := Unlimited, Unlimited, time.Time{}
	for _, p := range parts {
		if n := p.Stock.Available(); n < Unlimited {
			available = min(available, n/p.Quantity)
		}
		if n := p.Stock.Shelf(); n < Unlimited {
			shelf = min(shelf, n/p.Quantity)
		}
		if p.Stock.Continue && p.Stock.ShipsAt.After(ships) {
			ships = p.Stock.ShipsAt
		}
	}
	switch {
	case shelf == Unlimited:
		return StockPolicy{}
	case available == Unlimited:
		return StockPolicy{Tracked: true, OnHand: shelf, Continue: true, ShipsAt: ships}
	case available > shelf:
		more := available - shelf
		return StockPolicy{Tracked: true, OnHand: shelf, Continue: true, Cap: &more, ShipsAt: ships}
	}
	return StockPolicy{Tracked: true, OnHand: available}
}
