package backoffice

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

// Stock is what staff do with quantities.
type Stock struct{ d Deps }

var errStockRevision = ErrRevision.Saying("read this first and say which revision you change")

// List returns the stock of variants. Permission catalog:read. Errors: catalog.ErrCursor.
func (s *Stock) List(ctx context.Context, by identity.Actor, q ports.StockQuery) (page ports.StockPage, err error) {
	err = s.read(ctx, by, func(ctx context.Context, v ports.View) error {
		page, err = v.StockPage(ctx, q)
		return err
	})
	return page, err
}

// Get returns the stock of one variant. Permission catalog:read. Errors: inventory.ErrVariant.
func (s *Stock) Get(ctx context.Context, by identity.Actor, id catalog.VariantID) (item ports.StockItem, err error) {
	err = s.read(ctx, by, func(ctx context.Context, v ports.View) error {
		item, err = stockItem(ctx, v, id)
		return err
	})
	return item, err
}

func stockItem(ctx context.Context, v ports.StockView, id catalog.VariantID) (ports.StockItem, error) {
	page, err := v.StockPage(ctx, ports.StockQuery{Variant: id, Limit: 1})
	if err != nil {
		return ports.StockItem{}, err
	}
	if len(page.Items) == 0 {
		return ports.StockItem{}, inventory.ErrVariant
	}
	return page.Items[0], nil
}

// Movements returns the ledger, newest first. Permission catalog:read. Errors: catalog.ErrCursor.
func (s *Stock) Movements(ctx context.Context, by identity.Actor, q ports.MovementQuery) (page ports.MovementPage, err error) {
	err = s.read(ctx, by, func(ctx context.Context, v ports.View) error {
		page, err = v.Movements(ctx, q)
		return err
	})
	return page, err
}

// Locations returns all locations by position. Permission catalog:read.
func (s *Stock) Locations(ctx context.Context, by identity.Actor) (all []inventory.Location, err error) {
	err = s.read(ctx, by, func(ctx context.Context, v ports.View) error {
		all, err = v.Locations(ctx)
		return err
	})
	return all, err
}

// Settings returns how the shop handles its stock. Permission catalog:read.
func (s *Stock) Settings(ctx context.Context, by identity.Actor) (out inventory.Settings, err error) {
	err = s.read(ctx, by, func(ctx context.Context, v ports.View) error {
		out, err = v.StockSettings(ctx)
		return err
	})
	return out, err
}

func (s *Stock) read(ctx context.Context, by identity.Actor, fn func(context.Context, ports.View) error) error {
	if err := by.May(identity.ReadCatalog); err != nil {
		return err
	}
	return s.d.Store.View(ctx, by.Tenant, fn)
}

// Configure replaces the settings. Permission settings:manage. Errors: Invalid.
func (s *Stock) Configure(ctx context.Context, by identity.Actor, in inventory.Settings) error {
	if err := by.May(identity.ManageSettings); err != nil {
		return err
	}
	if err := in.Check(); err != nil {
		return err
	}
	return s.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error { return tx.SaveStockSettings(ctx, in) })
}

// Open makes a location, after all others unless a position is given. Permission settings:manage. Errors:
// inventory.ErrInvalid, ErrCodeTaken, ErrLocations.
func (s *Stock) Open(ctx context.Context, by identity.Actor, e inventory.LocationEdit, once *app.Once) (inventory.Location, error) {
	if err := by.May(identity.ManageSettings); err != nil {
		return inventory.Location{}, err
	}
	return app.Update(ctx, s.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (inventory.Location, error) {
		all, err := tx.Locations(ctx)
		if err != nil {
			return inventory.Location{}, err
		}
		if len(all) >= inventory.MaxLocations {
			return inventory.Location{}, inventory.ErrLocations
		}
		now := s.d.Now()
		l, err := e.Apply(inventory.Location{
			ID: inventory.LocationID(id.New("loc", now)), Position: all[len(all)-1].Position + 1, Active: true, Revision: 1, CreatedAt: now,
		})
		if err != nil {
			return l, err
		}
		return l, tx.SaveLocations(ctx, l)
	})
}

// ChangeLocation edits a location. An edit that changes nothing is fine whatever the revision, so that a request may be
// sent again. Permission settings:manage. Errors: ErrRevision without a revision, inventory.ErrRevision when it is not
// the present one, ErrLocation, ErrInvalid, ErrCodeTaken, ErrMain, ErrHasStock.
func (s *Stock) ChangeLocation(ctx context.Context, by identity.Actor, id inventory.LocationID, revision *int64, e inventory.LocationEdit,
) (out inventory.Location, err error) {
	if err := by.May(identity.ManageSettings); err != nil {
		return out, err
	}
	if revision == nil {
		return out, errStockRevision
	}
	err = s.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		all, err := tx.Locations(ctx)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(l inventory.Location) bool { return l.ID == id })
		if i < 0 {
			return inventory.ErrLocation
		}
		out, err = e.Apply(all[i])
		switch {
		case err == nil && out == all[i]:
			return nil
		case all[i].Revision != *revision:
			return inventory.ErrRevision
		case err != nil:
			return err
		}
		out.Revision++
		return tx.SaveLocations(ctx, out)
	})
	return out, err
}
