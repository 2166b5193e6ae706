package backoffice

import (
	"context"
	"errors"
	"fmt"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Limits of one bulk request.
const (
	MaxRows         = 200
	maxRowsVariants = 10_000 // of all products that are written: more do not fit into the time of a request
	maxRowProblems  = 20     // that the answer names of one row
	rowsField       = "products"
)

// Faults of bulk requests.
var (
	ErrRows         = fault.New(fault.Invalid, "rows_failed", "some of the products cannot be written, so none was")
	ErrManyVariants = fault.Newf(fault.Invalid, "too_many_variants", "these products have more than %d variants together: send fewer at once", maxRowsVariants)
	errSlugsTaken   = catalog.ErrSlugTaken.Saying("others went on taking slugs of these products, so none was written: send them again")
)

// Row is what staff want of one product among several: with an id the change of that product, otherwise a new one.
type Row struct {
	ID       catalog.ProductID
	Revision *int64 // from which the change was made
	Edit     catalog.Edit
}

// RowStatus says what became of a row.
type RowStatus string

// The statuses.
const (
	RowCreated   RowStatus = "created"
	RowChanged   RowStatus = "changed"
	RowUnchanged RowStatus = "unchanged"
	RowFailed    RowStatus = "failed"
)

// Written is what became of the rows, in their order.
type Written struct{ Rows []RowDone }

// RowDone is what became of one row: the product as it is now, as far as there is one.
type RowDone struct {
	ID       catalog.ProductID
	Slug     string
	Revision int64
	Status   RowStatus
	Wrong    *Refusal // of a row that failed
}

// Refusal says why a row failed. It is stored with the answer, which a fault cannot be.
type Refusal struct {
	Code    string
	Message string
	Fields  []fault.Field // by their place in the request
}

// Count returns how many rows have a status.
func (w Written) Count(s RowStatus) (n int) {
	for _, r := range w.Rows {
		if r.Status == s {
			n++
		}
	}
	return n
}

// Write makes and changes several products in one transaction, in a number of statements that does not depend on how many
// they are. Each row is judged as Create or Change would, with what the shop was before the request: a row cannot take a
// slug that another one gives up. By the policy a row that fails keeps all others out, or only itself. Permission
// catalog:manage. Errors: ErrRows with what is wrong of each row, ErrManyVariants, catalog.ErrSlugTaken when others went on
// taking slugs in the same moment.
func (c *Catalog) Write(ctx context.Context, by identity.Actor, rows []Row, policy catalog.ImportPolicy, once *app.Once) (out Written, err error) {
	edits := make([]*catalog.Edit, len(rows))
	for i := range rows {
		edits[i] = &rows[i].Edit
	}
	currency, err := c.editing(ctx, by, edits...)
	if err != nil {
		return out, err
	}
	if len(rows) == 0 || len(rows) > MaxRows {
		return out, fault.InvalidField(rowsField, fmt.Sprintf("send 1 to %d at once", MaxRows))
	}
	if err := policy.Check(); err != nil {
		return out, err
	}
	for range slugTries {
		out, err = app.Update(ctx, c.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (Written, error) {
			items, err := c.judged(ctx, tx, rows, currency)
			if err != nil {
				return Written{}, err
			}
			return written(ctx, tx, by, items, policy)
		})
		if !errors.Is(err, catalog.ErrSlugTaken) { // somebody was faster: what they took is seen the next time
			break
		}
	}
	if errors.Is(err, catalog.ErrSlugTaken) {
		err = errSlugsTaken.With(err)
	}
	if out.Count(RowCreated)+out.Count(RowChanged) > 0 {
		c.forget(ctx, by, err)
	}
	return out, err
}

// written stores what is to be stored and says what became of the rows. Errors: ErrRows by the policy, ErrManyVariants.
func written(ctx context.Context, tx ports.Tx, by identity.Actor, items []*item, policy catalog.ImportPolicy) (out Written, err error) {
	var products []catalog.Product
	var wrong []fault.Field
	variants := 0
	for n, i := range items {
		done := i.done(n)
		out.Rows = append(out.Rows, done)
		if i.writes() {
			products = append(products, i.next)
			variants += len(i.next.Variants)
		}
		if done.Wrong != nil {
			wrong = append(wrong, done.Wrong.Fields...)
		}
	}
	switch {
	case wrong != nil && policy == catalog.RejectAll:
		return Written{}, ErrRows.At(wrong...)
	case variants > maxRowsVariants:
		return Written{}, ErrManyVariants
	}
	return out, saveAll(ctx, tx, by, products)
}
