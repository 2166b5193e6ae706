package inventory

import (
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
)

// State is the stock of one variant over all locations, at one moment.
type State struct {
	Variant  catalog.VariantID
	Product  catalog.ProductID
	Stock    catalog.StockPolicy
	LowAt    *int64 // its own threshold, or else the shop's; nil tells nobody
	OwnLowAt *int64
	Revision int64 // of the policy and the parts
	Bundled  bool  // it has parts instead of stock
	Uses     []Use // the bundles it is a part of
}

// left is what is neither sent nor reserved: below zero while more is sold than is on hand.
func (s State) left() int64 { return s.Stock.OnHand - s.Stock.Reserved }

// sellable reports whether anybody could buy it, holds of carts aside, which pass.
func (s State) sellable() bool { return s.sells(1) }

func (s State) sells(quantity int64) bool {
	left, limited := s.Stock.Left()
	return !limited || left >= quantity
}

func (s State) low() bool { return s.Stock.Tracked && s.LowAt != nil && s.left() <= *s.LowAt }

// Follow says what follows from changes of stock: that something became low, and which products can or cannot be bought
// by now. Each crossing is told once, since changes of a variant come one after the other.
// A variant that was not there before tells nothing.
func Follow(before, after []State) (facts []event.Fact) {
	was := map[catalog.VariantID]State{}
	for _, s := range before {
		was[s.Variant] = s
	}
	var low Low
	var changed catalog.Changed
	for _, now := range after {
		old, known := was[now.Variant]
		if !known {
			continue
		}
		if now.low() && !old.low() {
			low.Items = append(low.Items, Left{now.Variant, now.left()})
		}
		if now.sellable() != old.sellable() {
			changed.Products = appendNew(changed.Products, now.Product)
		}
		for _, u := range now.Uses {
			if now.sells(u.Quantity) != old.sells(u.Quantity) {
				changed.Products = appendNew(changed.Products, u.Product)
			}
		}
	}
	if low.Items != nil {
		facts = append(facts, low)
	}
	if changed.Products != nil {
		facts = append(facts, changed)
	}
	return facts
}

// Decided is Follow for another policy, which the product's page shows whether or not it can still be bought.
func Decided(before, after State) []event.Fact {
	var facts []event.Fact
	for _, f := range Follow([]State{before}, []State{after}) {
		if _, ok := f.(catalog.Changed); !ok {
			facts = append(facts, f)
		}
	}
	return append(facts, catalog.Changed{Products: []catalog.ProductID{after.Product}})
}

func appendNew(all []catalog.ProductID, p catalog.ProductID) []catalog.ProductID {
	for _, have := range all {
		if have == p {
			return all
		}
	}
	return append(all, p)
}
