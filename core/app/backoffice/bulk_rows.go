package backoffice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// What may be wrong with a row among others.
var (
	errRowTwice = fault.InvalidField("id", "an earlier row is about the same product")
	errRowNew   = fault.InvalidField("revision", "a new product has none yet: name the product by its id to change it")
	errRowSlug  = catalog.ErrSlugTaken.Saying("another product has this slug, or an earlier row asks for it")
)

// fieldOf says which part of a row an error without fields is about.
var fieldOf = map[string]string{
	catalog.ErrNotFound.Code: "id", catalog.ErrChanged.Code: "revision", ErrRevision.Code: "revision",
	catalog.ErrSlugTaken.Code: "slug", inventory.ErrPart.Code: "variants",
}

// item is a row while it is judged.
type item struct {
	Row
	old    catalog.Product // with a revision when the shop has it
	next   catalog.Product
	status RowStatus
	wrong  *fault.Error
}

// refuse makes the row fail when something is wrong with it. Errors: those that are no fault of the row.
func (i *item) refuse(err error) error {
	if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.Unavailable || !errors.As(err, &i.wrong) {
		return err
	}
	i.status = RowFailed
	return nil
}

// writes reports whether there is something to store.
func (i *item) writes() bool { return i.status == RowCreated || i.status == RowChanged }

// done is what the answer says of the row.
func (i *item) done(n int) RowDone {
	shown := i.old
	if i.writes() {
		shown = i.next
		shown.Revision = i.old.Revision + 1
	}
	d := RowDone{ID: cmp.Or(shown.ID, i.ID), Slug: shown.Slug, Revision: shown.Revision, Status: i.status}
	if i.wrong == nil {
		return d
	}
	wrong := i.wrong
	if field := fieldOf[wrong.Code]; field != "" && len(wrong.Fields) == 0 {
		wrong = wrong.At(fault.Field{Path: field, Message: wrong.Message})
	}
	fields := wrong.Under(fmt.Sprintf("%s[%d]", rowsField, n))
	d.Wrong = &Refusal{wrong.Code, wrong.Message, fields[:min(len(fields), maxRowProblems)]}
	return d
}

// judged locks the products that rows name and finds out what becomes of each row.
func (c *Catalog) judged(ctx context.Context, tx ports.Tx, rows []Row, currency money.Currency) ([]*item, error) {
	items := make([]*item, len(rows))
	edits := make([]*catalog.Edit, len(rows))
	var ids []catalog.ProductID
	for i, row := range rows {
		items[i] = &item{Row: row} // a copy: what the edit names is completed anew each time
		edits[i] = &items[i].Edit
		if row.ID != "" && askable(row.ID) {
			ids = append(ids, row.ID)
		}
	}
	have := map[catalog.ProductID]catalog.Product{}
	if len(ids) > 0 {
		var err error
		if have, err = tx.ProductsByID(ctx, ids); err != nil {
			return nil, err
		}
	}
	n, err := look(ctx, tx, edits...)
	if err != nil {
		return nil, err
	}
	seen := map[catalog.ProductID]bool{}
	for _, i := range items {
		i.old = have[i.ID]
		var wrong error = errRowTwice
		if i.ID == "" || !seen[i.ID] {
			wrong = c.judge(i, n, currency)
		}
		seen[i.ID] = true
		if err := i.refuse(wrong); err != nil {
			return nil, err
		}
	}
	if err := keepParts(ctx, tx, items); err != nil {
		return nil, err
	}
	return items, giveSlugs(ctx, tx, items)
}

// judge decides what a row means by itself. Errors: what is wrong with it.
func (c *Catalog) judge(i *item, n named, currency money.Currency) error {
	switch {
	case i.ID == "":
		return c.judgeNew(i, n, currency)
	case i.Revision == nil:
		return errProductRevision
	case i.old.ID == "":
		return catalog.ErrNotFound
	}
	err := n.complete(&i.Edit)
	if err == nil {
		i.next, err = i.Edit.Apply(i.old, currency, c.d.Now())
	}
	changed, err := differs(i.old, i.next, *i.Revision, err)
	if i.status = RowUnchanged; changed {
		i.status = RowChanged
	}
	return err
}

func (c *Catalog) judgeNew(i *item, n named, currency money.Currency) (err error) {
	if i.Revision != nil {
		return errRowNew
	}
	if err := n.complete(&i.Edit); err != nil {
		return err
	}
	edit := i.Edit
	if !i.asksForSlug() {
		slug := catalog.SlugFor(valueOf(edit.Title)) // a free one like it is given in the end
		edit.Slug = &slug
	}
	i.status = RowCreated
	i.next, err = catalog.Create(edit, currency, c.d.Now())
	return err
}

func valueOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// asksForSlug reports whether the row names a slug.
func (i *item) asksForSlug() bool { return valueOf(i.Edit.Slug) != "" }

// keepParts refuses rows that take variants away which bundles have. The database would do so too, but not say of which row.
func keepParts(ctx context.Context, tx ports.Tx, items []*item) error {
	var gone []catalog.VariantID
	for _, i := range items {
		gone = append(gone, i.gone()...)
	}
	if len(gone) == 0 {
		return nil
	}
	shelves, err := tx.Shelves(ctx, gone)
	if err != nil {
		return err
	}
	for _, i := range items {
		if slices.ContainsFunc(i.gone(), func(v catalog.VariantID) bool { return len(shelves[v].Uses) > 0 }) {
			if err := i.refuse(inventory.ErrPart); err != nil {
				return err
			}
		}
	}
	return nil
}

// gone lists the variants that the row takes away.
func (i *item) gone() (all []catalog.VariantID) {
	if i.status != RowChanged {
		return nil
	}
	stays := map[catalog.VariantID]bool{}
	for _, v := range i.next.Variants {
		stays[v.ID] = true
	}
	for _, v := range i.old.Variants {
		if !stays[v.ID] {
			all = append(all, v.ID)
		}
	}
	return all
}

// giveSlugs refuses rows that ask for a slug which another product or an earlier row has, and then gives new products that
// ask for none the first one like their title that is free.
func giveSlugs(ctx context.Context, tx ports.Tx, items []*item) error {
	var asked []*item
	var names, titles []string
	var untold []*item
	for _, i := range items {
		switch {
		case !i.writes() || i.next.Slug == i.old.Slug:
		case i.asksForSlug():
			asked, names = append(asked, i), append(names, i.next.Slug)
		default:
			untold, titles = append(untold, i), append(titles, i.next.Slug)
		}
	}
	taken := map[string]bool{}
	if len(names) > 0 {
		held, err := tx.ProductsBySlug(ctx, names)
		if err != nil {
			return err
		}
		for slug := range held {
			taken[slug] = true
		}
	}
	for _, i := range asked {
		if taken[i.next.Slug] {
			if err := i.refuse(errRowSlug); err != nil {
				return err
			}
		}
		taken[i.next.Slug] = true
	}
	free, err := freeSlugs(ctx, tx, titles, taken)
	for k, slug := range free {
		untold[k].next.Slug = slug
	}
	return err
}
