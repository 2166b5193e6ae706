package inventory

import "github.com/halum-hut/halum/core/catalog"

// Recount returns the movement at the main location after which a quantity is on hand over all locations, and the state
// with it, for a variant that is to be sold by a policy from then on. It stays above what is reserved: what is sold
// cannot be written off. The movement's quantity is zero when nothing changes, and of bundles nothing is on hand.
func (s Shelf) Recount(onHand int64, tracked, continues bool) (Movement, State) {
	after := s.State
	if s.Bundled {
		return Movement{}, after
	}
	after.Stock.Tracked, after.Stock.Continue = tracked, continues
	placed := int64(0)
	for _, l := range s.Levels {
		placed += l.Reserved
	}
	main := s.Levels[Main]
	goal := max(onHand, placed, least(s.Stock), least(after.Stock))
	delta := max(goal-s.Stock.OnHand, main.Reserved-main.OnHand)
	after.Stock.OnHand += delta
	if tracked != s.Stock.Tracked || continues != s.Stock.Continue {
		after.Revision++
	}
	return Movement{Variant: s.Variant, Location: Main, Kind: Import, Quantity: delta}, after
}

// least is how many must be on hand for what is reserved.
func least(p catalog.StockPolicy) int64 {
	left, limited := p.Left()
	if !limited {
		return 0
	}
	return max(p.OnHand-left, 0)
}
