// Package digital owns files that are sold: which belong to a variant, and who may download them how often. It knows nothing
// of storing them.
package digital

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
)

// FileID is "dig_" and 26 characters.
type FileID string

// File is something that whoever buys a variant may download.
type File struct {
	ID        FileID
	Variant   catalog.VariantID
	Name      string // under which it is saved
	Bytes     int64
	CreatedAt time.Time
	RemovedAt time.Time // later orders do not have it; zero while it is sold
}

// Limits of files.
const (
	MaxBytes     = 1 << 30
	MaxFiles     = 20 // of a variant
	MaxDownloads = 30 // of a file by an order
	maxName      = 150
)

// LinkLife is how long a link works. Whoever may open the order gets another one.
const LinkLife = 24 * time.Hour

// Faults of this package.
var (
	ErrNotFound  = fault.New(fault.NotFound, "file_not_found", "there is no such file")
	ErrName      = fault.InvalidField("name", "use a plain name of at most 150 bytes, without slashes, such as guide.pdf")
	ErrEmpty     = fault.New(fault.Invalid, "empty_file", "this file is empty: send it as the body of the request")
	ErrTooLarge  = fault.New(fault.Invalid, "file_too_large", "a file has at most 1 GB: split it, or make it smaller")
	ErrCut       = fault.New(fault.Invalid, "file_incomplete", "the file did not come to its end: send it again")
	ErrTooMany   = fault.New(fault.Conflict, "too_many_files", "a variant has at most 20 files: remove one first")
	ErrLink      = fault.New(fault.NotFound, "download_not_found", "this link does not work, or works no longer: open your order and use the link there")
	ErrRange     = fault.New(fault.Invalid, "range_not_satisfiable", "the file ends before the byte you ask for")
	ErrExhausted = fault.New(fault.Conflict, "too_many_downloads", "this was downloaded very often: ask the shop for another copy")
)

// New returns a file with a checked name. Errors: ErrName.
func New(id FileID, v catalog.VariantID, name string, at time.Time) (File, error) {
	name = strings.TrimSpace(name)
	unfit := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`/\<>:"|?*`, r) }
	if name == "" || len(name) > maxName || !utf8.ValidString(name) || name[0] == '.' || strings.ContainsFunc(name, unfit) {
		return File{}, ErrName
	}
	return File{ID: id, Variant: v, Name: name, CreatedAt: at}, nil
}

// Sold reports whether an order lets its shopper download a file: it is paid, and the file was sold when it was placed.
// A newer file of what was bought belongs to it too.
func (f File) Sold(o order.Order) bool {
	if o.Status == order.Pending || o.Status == order.Cancelled || o.Payment != order.Paid && o.Payment != order.PartlyRefunded {
		return false
	}
	if !f.RemovedAt.IsZero() && f.RemovedAt.Before(o.PlacedAt) {
		return false
	}
	for _, v := range Bought(o) {
		if v == f.Variant {
			return true
		}
	}
	return false
}

// Delivers reports whether files are all that a confirmed order is about: nothing of it is shipped, and there is a file for
// every line, or for every part of its bundle.
func Delivers(files []File, o order.Order) bool {
	if o.Status != order.Confirmed || o.Ships() {
		return false
	}
	given := map[catalog.VariantID]bool{}
	for _, f := range files {
		given[f.Variant] = given[f.Variant] || f.Sold(o)
	}
	for _, l := range o.Lines {
		all := len(l.Parts) > 0
		for _, p := range l.Parts {
			all = all && given[p.Variant]
		}
		if !all && !given[l.Variant] {
			return false
		}
	}
	return true
}

// Bought are the variants of an order, with the parts of its bundles.
func Bought(o order.Order) (all []catalog.VariantID) {
	for _, l := range o.Lines {
		all = append(all, l.Variant)
		for _, p := range l.Parts {
			all = append(all, p.Variant)
		}
	}
	return all
}
