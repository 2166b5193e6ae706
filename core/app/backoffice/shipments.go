package backoffice

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

// Shipments is how the vendor's staff sends orders with carriers, and fetches goods back.
type Shipments struct{ d Deps }

// maxGrams is more than any carrier takes.
const maxGrams = 10_000_000

// Book sends an order, or fetches it back, as dispatch.Book has it. Permission orders:fulfil.
func (s *Shipments) Book(ctx context.Context, by identity.Actor, in dispatch.Send, once *app.Once) (shipping.Booking, error) {
	if err := by.May(identity.FulfilOrders); err != nil {
		return shipping.Booking{}, err
	}
	if in.Grams < 0 || in.Grams > maxGrams {
		return shipping.Booking{}, fault.InvalidField("grams", "use the weight in grams, up to ten tonnes")
	}
	in.By = by.Who()
	return s.d.Dispatch.Book(ctx, by.Tenant, in, once)
}

// List returns an order's shipments and returns, oldest first. Permission orders:read. Errors: order.ErrNotFound.
func (s *Shipments) List(ctx context.Context, by identity.Actor, number int64) ([]shipping.Booking, error) {
	if err := by.May(identity.ReadOrders); err != nil {
		return nil, err
	}
	return s.d.Dispatch.Shipments(ctx, by.Tenant, number)
}

// Cancel gives a shipment up, as dispatch.Cancel has it. Permission orders:fulfil.
func (s *Shipments) Cancel(ctx context.Context, by identity.Actor, id shipping.BookingID) (shipping.Booking, error) {
	if err := by.May(identity.FulfilOrders); err != nil {
		return shipping.Booking{}, err
	}
	return s.d.Dispatch.Cancel(ctx, by.Tenant, id, by.Who())
}

// Document fetches a label or form, as dispatch.Document has it. Permission orders:fulfil.
func (s *Shipments) Document(ctx context.Context, by identity.Actor, id shipping.BookingID, kind string) (shipping.Document, error) {
	if err := by.May(identity.FulfilOrders); err != nil {
		return shipping.Document{}, err
	}
	return s.d.Dispatch.Document(ctx, by.Tenant, id, kind)
}

// Carriers lists the shop's shipping accounts that orders can be sent with, in the order in which they are offered.
// Permission orders:fulfil.
func (s *Shipments) Carriers(ctx context.Context, by identity.Actor) (all []provider.Account, err error) {
	if err := by.May(identity.FulfilOrders); err != nil {
		return nil, err
	}
	plugins, err := s.d.Providers.Providers(ctx, provider.Shipping)
	if err != nil {
		return nil, err
	}
	err = s.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err = v.ProviderAccounts(ctx, provider.Shipping)
		return err
	})
	return slices.DeleteFunc(all, func(a provider.Account) bool {
		return a.Disabled || !slices.ContainsFunc(plugins, func(i ports.ProviderInfo) bool { return i.Plugin == a.Plugin && i.Books })
	}), err
}
