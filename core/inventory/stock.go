// Package inventory owns quantities: on hand, reserved by orders, available. Available is never sold below zero unless
// the vendor lets a variant go on backorder. The conditional decrement itself is one SQL statement in the adapter.
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

// Shortage says that less is available than a line asks for.
type Shortage struct {
	Variant   catalog.VariantID
	Wanted    int64
	Available int64
}

// ErrOutOfStock is answered with one field per short line.
var ErrOutOfStock = fault.New(fault.Conflict, "out_of_stock", "not enough of something in your cart is left")
