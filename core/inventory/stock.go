// Package inventory owns quantities: what lies on hand at which location, what orders have reserved of it and carts hold,
// and the ledger of movements that explains every quantity on hand. No quantity is ever below zero; more than is on hand
// is sold only as far as the vendor lets a variant go on backorder or pre-order.
//
// Read movement.go for what staff may book, and state.go for what follows from a change. Taking for an order is one
// SQL statement in the adapter, since shoppers race for the last piece.
package inventory

import (
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// Line asks for a quantity of one variant. Lines are sorted by variant before they are locked, so that two orders
// cannot deadlock.
type Line struct {
	Variant  catalog.VariantID
	Quantity int64
}

// Reservation asks for stock for an order. Each variant is named once.
type Reservation struct {
	Reference string // the order's id, by which it is released or shipped
	Cart      string // whose hold becomes part of the reservation; "" for none
	Lines     []Line
}

// Shortage says that less is available than a line asks for.
type Shortage struct {
	Variant   catalog.VariantID
	Wanted    int64
	Available int64
}

// Faults of this package.
var (
	// ErrOutOfStock is answered with one field per short line.
	ErrOutOfStock = fault.New(fault.Conflict, "out_of_stock", "not enough of something in your cart is left")
	// ErrInvalid is answered with one field per thing that is wrong.
	ErrInvalid   = fault.New(fault.Invalid, "invalid_request", "something about this stock cannot be")
	ErrVariant   = fault.New(fault.NotFound, "variant_not_found", "there is no such variant in this shop")
	ErrLocation  = fault.New(fault.NotFound, "location_not_found", "there is no such location")
	ErrInactive  = fault.New(fault.Conflict, "location_inactive", "this location takes no goods: activate it first")
	ErrCodeTaken = fault.New(fault.Conflict, "location_code_taken", "another location has this code")
	ErrHasStock  = fault.New(fault.Conflict, "location_has_stock", "something lies at this location: transfer it first")
	ErrMain      = fault.New(fault.Conflict, "main_location", "the main location stays active: goods come there when nobody says where to")
	ErrTooFew    = fault.New(fault.Conflict, "not_on_hand", "so many do not lie there, or orders have reserved them")
	ErrChanged   = fault.New(fault.Conflict, "on_hand_changed", "the quantity on hand is no longer what you counted from")
	ErrTooMany   = fault.New(fault.Invalid, "too_many", "more than a thousand million of a variant cannot be kept")
	ErrOversold  = fault.New(fault.Conflict, "oversold", "more is already sold than this would allow")
	ErrRows      = fault.New(fault.Conflict, "rows_failed", "some rows cannot be booked, so none was")
	ErrLocations = fault.New(fault.Conflict, "too_many_locations", "a shop has at most 200 locations")
	ErrRevision  = fault.New(fault.Conflict, "revision_mismatch", "somebody else has changed it meanwhile: read it again")
	ErrSignup    = fault.New(fault.NotFound, "signup_not_found", "there is no such sign-up")
	ErrAvailable = fault.New(fault.Conflict, "in_stock", "this can be bought right now")
)
