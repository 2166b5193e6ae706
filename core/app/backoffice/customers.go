package backoffice

import (
	"context"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Customers is the shoppers with an account.
type Customers struct{ d Deps }

// List returns a page of them, the newest first. Permission orders:read. Errors: catalog.ErrCursor.
func (c *Customers) List(ctx context.Context, by identity.Actor, q ports.CustomerQuery) (page ports.CustomerPage, err error) {
	if err := by.May(identity.ReadOrders); err != nil {
		return page, err
	}
	if q.Email != "" {
		if q.Email, err = account.CleanEmail(q.Email); err != nil {
			return page, err
		}
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		page, err = v.Customers(ctx, q)
		return err
	})
	return page, err
}

// SetGroups replaces the groups of a customer. Carts have their prices from the next look on. Permission orders:manage.
// Errors: account.ErrNotFound, catalog.ErrGroups.
func (c *Customers) SetGroups(ctx context.Context, by identity.Actor, id string, groups []string) (out ports.CustomerEntry, err error) {
	if err := by.May(identity.ManageOrders); err != nil {
		return out, err
	}
	if err := catalog.CheckGroups(groups); err != nil {
		return out, err
	}
	err = c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		out, err = tx.SaveGroups(ctx, id, groups)
		return err
	})
	return out, err
}
