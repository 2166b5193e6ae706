package importing

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/app/pictures"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/ports"
)

// flush does what was collected. Products that the store refuses do not keep the others of their batch out.
func (w *work) flush(ctx context.Context) error {
	products := w.batch
	w.batch = nil
	err := w.apply(ctx, products)
	if !refused(err) {
		return err
	}
	for i := range products {
		err := w.apply(ctx, products[i:i+1])
		if refused(err) {
			products[i].Errors = []catalog.RowError{{Line: products[i].Line, Message: refusal(err)}}
			err = w.apply(ctx, products[i:i+1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refused recognises what is wrong with products, and would be so again: not what is wrong with the store.
func refused(err error) bool {
	return err != nil && !errors.Is(err, errLost) && !errors.Is(err, catalog.ErrImportNotFound) && fault.KindOf(err) != fault.Unavailable
}

// refusal says why, without what only we should know.
func refusal(err error) string {
	if fault.KindOf(err) == fault.Internal {
		return "the database refuses this product: look for letters that are none, and tell us when there are none"
	}
	return messageOf(err)
}

// apply does some products in one transaction: what they change, what is said about it, and how far the import is then.
func (w *work) apply(ctx context.Context, products []ports.SourceProduct) error {
	if len(products) == 0 {
		return nil
	}
	wrote := false
	err := w.change(ctx, func(ctx context.Context, tx ports.Tx, i *catalog.Import) error {
		have, err := w.present(ctx, tx, products)
		if err != nil {
			return err
		}
		known, err := w.ownPictures(ctx, tx, products)
		if err != nil {
			return err
		}
		var rows []catalog.ImportRow
		var changed []catalog.Product
		for _, p := range products {
			p.Product = pictures.Replace(p.Product, known)
			next, row := w.compare(p, have)
			i.Read, i.Rows, i.Products = p.End, i.Rows+p.Rows, i.Products+1
			row.Number = i.Products
			if row.Outcome == catalog.ImportCreates || row.Outcome == catalog.ImportUpdates {
				changed = append(changed, next)
			}
			if count(i, row) {
				rows = append(rows, row)
			}
		}
		if err := tx.AddImportRows(ctx, i.ID, rows); err != nil {
			return err
		}
		wrote = len(changed) > 0 && !i.Checking && !i.DryRun
		if !wrote {
			return nil
		}
		tx.Emit(i.By, catalog.Changed{Products: idsOf(changed)})
		if elsewhere := withRemote(changed); len(elsewhere) > 0 && !i.Leave {
			tx.Emit(i.By, catalog.PicturesWanted{Import: i.ID, Products: elsewhere})
		}
		return tx.SaveProducts(ctx, changed)
	})
	w.wrote = w.wrote || err == nil && wrote
	return err
}

// count counts a row and tells whether it is worth keeping: of a check only what is wrong, of an import not what stays
// as it is.
func count(i *catalog.Import, row catalog.ImportRow) bool {
	switch row.Outcome {
	case catalog.ImportFailsRow:
		i.Failed++
		return true
	case catalog.ImportCreates:
		if !i.Checking {
			i.Created++
		}
	case catalog.ImportUpdates:
		if !i.Checking {
			i.Updated++
		}
	case catalog.ImportLeaves:
		if !i.Checking {
			i.Unchanged++
		}
		return !i.Checking && (i.DryRun || len(row.Notes) > 0)
	}
	return !i.Checking
}

// ownPictures returns which of the pictures that a file names were fetched before: they are the same pictures.
func (w *work) ownPictures(ctx context.Context, v ports.MediaView, products []ports.SourceProduct) (map[string]string, error) {
	if w.now.Checking || w.now.Leave {
		return nil, nil //nolint:nilnil // none are looked for
	}
	all := make([]catalog.Product, len(products))
	for i, p := range products {
		all[i] = p.Product
	}
	return pictures.Known(ctx, v, w.t.ID, pictures.Remote(all...))
}

// withRemote lists products that show pictures that lie elsewhere.
func withRemote(products []catalog.Product) (ids []catalog.ProductID) {
	for _, p := range products {
		if len(pictures.Remote(p)) > 0 {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

func idsOf(all []catalog.Product) []catalog.ProductID {
	ids := make([]catalog.ProductID, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	return ids
}

// present returns those of the products that the shop has, by slug, locked when they are going to be written.
func (w *work) present(ctx context.Context, tx ports.Tx, products []ports.SourceProduct) (map[string]catalog.Product, error) {
	if w.now.Checking {
		return nil, nil //nolint:nilnil // a check does not compare
	}
	var slugs []string
	for _, p := range products {
		if len(p.Errors) == 0 {
			slugs = append(slugs, p.Product.Slug)
		}
	}
	have, err := tx.ProductsBySlug(ctx, slugs)
	if err != nil || len(have) == 0 || w.now.DryRun {
		return have, err
	}
	var ids []catalog.ProductID
	for _, p := range have {
		ids = append(ids, p.ID)
	}
	locked, err := tx.ProductsByID(ctx, ids)
	if err != nil {
		return nil, err
	}
	have = make(map[string]catalog.Product, len(locked))
	for _, p := range locked {
		have[p.Slug] = p
	}
	return have, nil
}

// compare makes what a product will be, and says what that means.
func (w *work) compare(p ports.SourceProduct, have map[string]catalog.Product) (catalog.Product, catalog.ImportRow) {
	row := catalog.ImportRow{Line: p.Line, Slug: strings.ReplaceAll(p.Product.Slug, "\x00", ""), Errors: p.Errors, Notes: p.Notes}
	if len(row.Slug) > 255 {
		row.Slug = strings.ToValidUTF8(row.Slug[:255], "")
	}
	old, known := have[p.Product.Slug]
	next := w.merge(p.Product, old)
	switch {
	case len(p.Errors) > 0:
		row.Outcome = catalog.ImportFailsRow
	case !known:
		row.Outcome = catalog.ImportCreates
	case next.SameAs(old):
		row.Outcome = catalog.ImportLeaves
	default:
		row.Outcome, row.Changes = catalog.ImportUpdates, catalog.Changes(old, next)
	}
	return next, row
}

// merge gives a product from a file the identity it already has in the shop: variants are matched by their option
// values, so that carts keep pointing at them. What files do not speak of stays.
func (w *work) merge(p, old catalog.Product) catalog.Product {
	now := w.x.d.Now()
	next := old
	next.Slug, next.Title, next.Description, next.Brand, next.Category = p.Slug, p.Title, p.Description, p.Brand, p.Category
	next.Tags, next.Status, next.Options, next.Images, next.UpdatedAt = p.Tags, p.Status, p.Options, p.Images, now
	next.SEO.Title, next.SEO.Description = cmp.Or(p.SEO.Title, old.SEO.Title), cmp.Or(p.SEO.Description, old.SEO.Description)
	if next.Status != catalog.Draft {
		next.PublishAt = time.Time{} // it is decided already
	}
	if next.ID == "" {
		next.ID, next.CreatedAt = catalog.ProductID(id.New("prod", now)), now
	}
	for i, image := range next.Images {
		if k := slices.IndexFunc(old.Images, func(o catalog.Image) bool { return o.URL == image.URL }); k >= 0 && image.FocalX+image.FocalY == 0 {
			next.Images[i].FocalX, next.Images[i].FocalY = old.Images[k].FocalX, old.Images[k].FocalY // most files say nothing of it
		}
	}
	known := map[string]catalog.Variant{}
	for _, v := range old.Variants {
		known[strings.Join(v.Values, "\x00")] = v
	}
	next.Variants = make([]catalog.Variant, len(p.Variants))
	for i, v := range p.Variants {
		was := known[strings.Join(v.Values, "\x00")]
		if was.ID == "" {
			was.ID = catalog.VariantID(id.New("var", now))
		}
		was.SKU, was.Barcode, was.Values, was.Price, was.CompareAt = v.SKU, v.Barcode, v.Values, v.Price, v.CompareAt
		was.Grams, was.ImageURL, was.RequiresShipping, was.Taxable = v.Grams, v.ImageURL, v.RequiresShipping, v.Taxable
		was.Stock.Tracked, was.Stock.Continue, was.Stock.OnHand = v.Stock.Tracked, v.Stock.Continue, max(v.Stock.OnHand, 0)
		if v.Stock.Tracked && !v.Stock.Continue {
			was.Stock.OnHand = max(was.Stock.OnHand, was.Stock.Reserved) // what is sold is still on the shelf until it is sent
		}
		next.Variants[i] = was
	}
	return next
}
