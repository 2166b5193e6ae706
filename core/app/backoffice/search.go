package backoffice

import (
	"context"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// Search is what staff say about the shop's search.
type Search struct{ d Deps }

// Settings returns the synonyms with their version. Permission catalog:read.
func (s *Search) Settings(ctx context.Context, by identity.Actor) (out search.Settings, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return out, err
	}
	err = s.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		out, err = v.SearchSettings(ctx)
		return err
	})
	return out, err
}

// Change replaces the synonyms; in.Version is the version they were read with. Every node uses them at once. Permission
// catalog:manage. Errors: Invalid, search.ErrSettingsChanged.
func (s *Search) Change(ctx context.Context, by identity.Actor, in search.Settings) (search.Settings, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return in, err
	}
	if err := in.Check(); err != nil {
		return in, err
	}
	in.Version++
	err := s.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		if err := tx.SaveSearchSettings(ctx, in); err != nil {
			return err
		}
		tx.Emit(by.Who(), search.Configured{Version: in.Version})
		return nil
	})
	if err == nil {
		_ = s.d.Forget.Forget(ctx, "catalog:"+string(by.Tenant)) // the event's reaction does it too
	}
	return in, err
}

// Rebuild asks for a rebuild of the index, which then runs in parts in the background. Permission catalog:manage.
func (s *Search) Rebuild(ctx context.Context, by identity.Actor, once *app.Once) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	_, err := app.Update(ctx, s.d.Store, by.Tenant, once, func(_ context.Context, tx ports.Tx) (bool, error) {
		tx.Emit(by.Who(), indexing.Wanted{})
		return true, nil
	})
	return err
}
