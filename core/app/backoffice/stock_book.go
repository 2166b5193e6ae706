package backoffice

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

// Booked is the outcome of a booking: the movements, without their numbers, and how much lies where it touched now.
type Booked struct {
	Movements []inventory.Movement
	Places    []Place
}

// Place is how much of a variant lies at a location.
type Place struct {
	Variant  catalog.VariantID
	Location inventory.LocationID
	inventory.Level
}

// Book books entries, all or none, in a number of statements that does not depend on how many there are. Permission
// stock:manage. Errors: those of inventory.Rejected.
func (s *Stock) Book(ctx context.Context, by identity.Actor, entries []inventory.Entry, once *app.Once) (Booked, error) {
	if err := by.May(identity.ManageStock); err != nil {
		return Booked{}, err
	}
	if len(entries) == 0 || len(entries) > inventory.MaxEntries {
		return Booked{}, fault.InvalidField("movements", "book 1 to 500 at once")
	}
	changed := false
	out, err := app.Update(ctx, s.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (out Booked, err error) {
		ledger, before, err := ledgerOf(ctx, tx, entries)
		if err != nil {
			return out, err
		}
		wrong, failed := ledger.BookAll(entries)
		if failed > 0 {
			return out, inventory.Rejected(wrong)
		}
		now := s.d.Now()
		for i := range ledger.Movements {
			ledger.Movements[i].Actor, ledger.Movements[i].At = by.Who(), now
		}
		out = Booked{ledger.Movements, places(ledger)}
		if err := tx.Move(ctx, ledger.Movements); err != nil {
			return out, err
		}
		changed = follow(tx, by, before, ledger.Shelves)
		return out, nil
	})
	if changed && err == nil {
		s.forget(ctx, by)
	}
	return out, err
}

// ledgerOf reads and locks what entries are booked on, and remembers how it was.
func ledgerOf(ctx context.Context, tx ports.Tx, entries []inventory.Entry) (*inventory.Ledger, []inventory.State, error) {
	locations, err := tx.Locations(ctx)
	if err != nil {
		return nil, nil, err
	}
	var variants []catalog.VariantID
	seen := map[catalog.VariantID]bool{}
	for _, e := range entries {
		if !seen[e.Variant] {
			variants, seen[e.Variant] = append(variants, e.Variant), true
		}
	}
	shelves, err := tx.Shelves(ctx, variants)
	if err != nil {
		return nil, nil, err
	}
	ledger := &inventory.Ledger{Shelves: shelves, Locations: map[inventory.LocationID]inventory.Location{}}
	for _, l := range locations {
		ledger.Locations[l.ID] = l
	}
	var before []inventory.State
	for _, v := range variants {
		if shelf, ok := shelves[v]; ok {
			before = append(before, shelf.State)
		}
	}
	return ledger, before, nil
}

// places says what lies where something was moved, each place once.
func places(l *inventory.Ledger) (all []Place) {
	type key struct {
		catalog.VariantID
		inventory.LocationID
	}
	seen := map[key]bool{}
	for _, m := range l.Movements {
		if k := (key{m.Variant, m.Location}); !seen[k] {
			seen[k] = true
			all = append(all, Place{m.Variant, m.Location, l.Shelves[m.Variant].Levels[m.Location]})
		}
	}
	return all
}

// follow emits what follows from a change of stock, and reports whether anything does.
func follow(tx ports.Tx, by identity.Actor, before []inventory.State, shelves map[catalog.VariantID]inventory.Shelf) bool {
	after := make([]inventory.State, len(before))
	for i, s := range before {
		after[i] = shelves[s.Variant].State
	}
	facts := inventory.Follow(before, after)
	tx.Emit(by.Who(), facts...)
	return len(facts) > 0
}

// Decide gives a variant another policy. A decision that changes nothing is fine whatever the revision. Permission
// catalog:manage. Errors: ErrRevision without a revision, inventory.ErrRevision when it is not the present one,
// ErrVariant, ErrInvalid, ErrOversold.
func (s *Stock) Decide(ctx context.Context, by identity.Actor, id catalog.VariantID, revision *int64, p inventory.Policy) (out ports.StockItem, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return out, err
	}
	if revision == nil {
		return out, errStockRevision
	}
	err = s.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		shelves, err := tx.Shelves(ctx, []catalog.VariantID{id})
		if err != nil {
			return err
		}
		old, ok := shelves[id]
		switch {
		case !ok:
			return inventory.ErrVariant
		case old.Policy().Equal(p):
			out, err = stockItem(ctx, tx, id)
			return err
		case old.Revision != *revision:
			return inventory.ErrRevision
		}
		if err := p.Check(s.d.Now()); err != nil {
			return err
		}
		now, err := old.Decide(p)
		if err != nil {
			return err
		}
		if err := tx.DecideStock(ctx, now); err != nil {
			return err
		}
		if out, err = stockItem(ctx, tx, id); err != nil {
			return err
		}
		tx.Emit(by.Who(), inventory.Decided(old.State, out.State)...)
		return nil
	})
	if err == nil {
		s.forget(ctx, by)
	}
	return out, err
}

// Compose makes a variant a bundle of the given parts, and without parts one with stock of its own again. What is on order
// stays as it was sold. Saying what is so already is fine whatever the revision. Permission catalog:manage. Errors:
// ErrRevision without a revision, inventory.ErrRevision when it is not the present one, ErrVariant, ErrInvalid, ErrStocked,
// ErrNested.
func (s *Stock) Compose(ctx context.Context, by identity.Actor, id catalog.VariantID, revision *int64, parts []inventory.Line) (out ports.StockItem, err error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return out, err
	}
	if revision == nil {
		return out, errStockRevision
	}
	err = s.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		involved := []catalog.VariantID{id}
		for _, p := range parts {
			involved = append(involved, p.Variant)
		}
		shelves, err := tx.Shelves(ctx, involved)
		if err != nil {
			return err
		}
		old, ok := shelves[id]
		if !ok {
			return inventory.ErrVariant
		}
		if out, err = stockItem(ctx, tx, id); err != nil {
			return err
		}
		switch {
		case slices.EqualFunc(out.Parts, parts, func(p catalog.Part, l inventory.Line) bool { return p.Variant == l.Variant && p.Quantity == l.Quantity }):
			return nil
		case old.Revision != *revision:
			return inventory.ErrRevision
		}
		now, err := old.Bundle(parts, shelves)
		if err != nil {
			return err
		}
		if err := tx.SaveParts(ctx, now, parts); err != nil {
			return err
		}
		tx.Emit(by.Who(), catalog.Changed{Products: []catalog.ProductID{old.Product}})
		out, err = stockItem(ctx, tx, id)
		return err
	})
	if err == nil {
		s.forget(ctx, by)
	}
	return out, err
}

// forget makes the nodes forget their answers. It is a hint: the events do the same, and answers expire.
func (s *Stock) forget(ctx context.Context, by identity.Actor) {
	_ = s.d.Forget.Forget(ctx, "catalog:"+string(by.Tenant))
}
