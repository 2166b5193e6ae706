// Package identity says who acts: every use case takes an Actor, and asks it before doing anything.
package identity

import (
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/tenant"
)

// Kind is the sort of somebody who acts.
type Kind uint8

// The kinds of actor. A guest shopper is known by its cart token only.
const (
	Guest Kind = iota
	Customer
	Staff
	System // a job or the command line, acting for one tenant
)

// Role is what a member of a vendor's staff may do.
type Role string

// The roles, from most to least powerful.
const (
	Owner      Role = "owner"
	Manager    Role = "manager"
	Fulfilment Role = "fulfilment"
	ReadOnly   Role = "read_only"
)

// Permission is one thing staff may do.
type Permission string

// The permissions the use cases ask for.
const (
	ReadOrders      Permission = "orders:read"
	FulfilOrders    Permission = "orders:fulfil"
	ManageOrders    Permission = "orders:manage"
	ReadCatalog     Permission = "catalog:read"
	ManageCatalog   Permission = "catalog:manage"
	ManageStock     Permission = "stock:manage"
	ModerateReviews Permission = "reviews:moderate"
	ManageSettings  Permission = "settings:manage"
	ManageStaff     Permission = "staff:manage"
)

var granted = map[Role][]Permission{
	Owner:      {ReadOrders, FulfilOrders, ManageOrders, ReadCatalog, ManageCatalog, ManageStock, ModerateReviews, ManageSettings, ManageStaff},
	Manager:    {ReadOrders, FulfilOrders, ManageOrders, ReadCatalog, ManageCatalog, ManageStock, ModerateReviews, ManageSettings},
	Fulfilment: {ReadOrders, FulfilOrders, ReadCatalog, ManageStock},
	ReadOnly:   {ReadOrders, ReadCatalog},
}

// Faults of this package.
var (
	ErrSignIn    = fault.New(fault.Denied, "sign_in_required", "sign in first")
	ErrForbidden = fault.New(fault.Denied, "forbidden", "your role does not allow this")
)

// Actor is who acts, for which tenant. It is passed as a value and never kept.
type Actor struct {
	Tenant  tenant.ID
	Kind    Kind
	ID      string // customer or staff user id; "" for guests and the system
	Role    Role   // staff only
	Session string // the refresh-token family behind the access token, for log-out
}

// For returns the system acting for a tenant.
func For(t tenant.ID) Actor { return Actor{Tenant: t, Kind: System} }

// GuestOf returns somebody unknown at a tenant's shop.
func GuestOf(t tenant.ID) Actor { return Actor{Tenant: t, Kind: Guest} }

// May checks a staff permission. The system may do everything in its tenant. Errors: ErrSignIn, ErrForbidden.
func (a Actor) May(p Permission) error {
	switch a.Kind {
	case System:
		return nil
	case Staff:
		for _, g := range granted[a.Role] {
			if g == p {
				return nil
			}
		}
		return ErrForbidden
	case Customer:
		return ErrForbidden
	case Guest:
	}
	return ErrSignIn
}

// CustomerID returns the signed-in shopper. Errors: ErrSignIn, ErrForbidden for staff.
func (a Actor) CustomerID() (string, error) {
	switch a.Kind {
	case Customer:
		return a.ID, nil
	case Guest:
		return "", ErrSignIn
	case Staff, System:
	}
	return "", ErrForbidden
}

// Topic names the live channel of a signed-in actor: "staff" is shared by all staff of a tenant.
func (a Actor) Topic() string {
	switch a.Kind {
	case Staff, System:
		return "staff"
	case Customer:
		return "customer:" + a.ID
	case Guest:
	}
	return ""
}

// ParseRole accepts a role name. Errors: Invalid.
func ParseRole(s string) (Role, error) {
	if _, ok := granted[Role(s)]; ok {
		return Role(s), nil
	}
	return "", fault.InvalidField("role", "use owner, manager, fulfilment or read_only")
}

// Who names the actor in the audit trail: the account's id, "guest" or "system".
func (a Actor) Who() string {
	switch a.Kind {
	case Customer, Staff:
		return a.ID
	case System:
		return "system"
	case Guest:
	}
	return "guest"
}
