// Package backoffice holds what a vendor's staff do: follow and fulfil orders, import and look at the catalogue, change
// the shop's face, choose providers. Every method asks the actor for a permission first.
package backoffice

import (
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/importing"
	"github.com/halum-hut/halum/core/app/pictures"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/ports"
)

// Deps is what the staff's use cases stand on.
type Deps struct {
	Store       ports.Store
	Registry    ports.Registry
	Provisioner ports.Provisioner
	Staff       ports.Staff
	Sessions    ports.StaffSessions
	Settler     *settle.Settler
	Dispatch    *dispatch.Dispatcher
	Providers   ports.ProviderCatalog
	Forms       ports.ConfigForms
	Keyring     ports.Keyring
	Source      ports.CatalogSource
	Importer    *importing.Importer
	Pictures    *pictures.Keeper
	Blobs       ports.Blobs
	Sink        ports.CatalogSink
	Tokens      ports.Tokens
	Passwords   ports.Passwords
	Mailer      ports.Mailer
	Tickets     ports.Tickets
	Forget      ports.Invalidation
	Now         app.Clock
}

// Backoffice is the use cases by area.
type Backoffice struct {
	Orders    *Orders
	Shipments *Shipments
	Catalog   *Catalog
	Imports   *Imports
	Stock     *Stock
	Prices    *Prices
	Customers *Customers
	Media     *Media
	Digital   *Digital
	Search    *Search
	Reviews   *Reviews
	Accounts  *Accounts
	Settings  *Settings
	Providers *Providers
	Live      *Live
}

// New builds them.
func New(d Deps) *Backoffice {
	return &Backoffice{&Orders{d}, &Shipments{d}, &Catalog{d}, &Imports{d}, &Stock{d}, &Prices{d}, &Customers{d}, &Media{d}, &Digital{d}, &Search{d}, &Reviews{d}, &Accounts{d}, &Settings{d}, &Providers{d}, &Live{d}}
}
