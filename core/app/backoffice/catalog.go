package backoffice

import (
	"cmp"
	"context"
	"io"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Catalog is the vendor's products.
type Catalog struct{ d Deps }

// List returns products of every status. Permission catalog:read. Errors: Invalid for a bad query.
func (c *Catalog) List(ctx context.Context, by identity.Actor, q catalog.Query) (page catalog.Page, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return page, err
	}
	q.Drafts = true
	if q, err = q.Check(); err != nil {
		return page, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		page, err = v.Products(ctx, q)
		return err
	})
	return page, err
}

// Import is a request to import a file.
type Import struct {
	File     io.Reader
	DryRun   bool           // report what would happen and change nothing
	Progress func(rows int) // called now and then with the rows read so far; may be nil
}

// ImportReport says what an import did, or would do.
type ImportReport struct {
	Rows, Products              int
	Created, Updated, Unchanged int
	Failed                      int // products with errors; the others are imported
	Errors                      []ports.RowError
	DryRun                      bool
}

const (
	importBatch     = 100
	maxImportErrors = 200 // more are counted, not listed
)

// Import takes products from a file, matched by slug: new ones are created, changed ones updated, equal ones left
// alone, so that running it twice changes nothing. Products with errors are skipped and listed. Each batch is a
// transaction: what a broken connection leaves behind is finished by running it again. Permission catalog:manage.
// Errors: Invalid for a file that cannot be read at all.
func (c *Catalog) Import(ctx context.Context, by identity.Actor, in Import) (ImportReport, error) {
	report := ImportReport{DryRun: in.DryRun}
	if err := by.May(identity.ManageCatalog); err != nil {
		return report, err
	}
	t, err := c.d.Registry.Tenant(ctx, by.Tenant)
	if err != nil {
		return report, err
	}
	var batch []ports.SourceProduct
	flush := func() error {
		err := c.apply(ctx, by, batch, &report)
		batch = batch[:0]
		if in.Progress != nil {
			in.Progress(report.Rows)
		}
		return err
	}
	err = c.d.Source.Read(in.File, t.Shop.Currency, func(p ports.SourceProduct) error {
		report.Rows += p.Rows
		report.Products++
		if invalid(&p, &report) {
			return nil
		}
		if batch = append(batch, p); len(batch) < importBatch {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	if err == nil && !in.DryRun && report.Created+report.Updated > 0 {
		_ = c.d.Forget.Forget(ctx, "catalog:"+string(by.Tenant)) // a hint: listings also expire
	}
	return report, err
}

// invalid counts and lists what is wrong with a product.
func invalid(p *ports.SourceProduct, report *ImportReport) bool {
	if len(p.Errors) == 0 {
		if err := p.Product.Check(); err != nil {
			p.Errors = append(p.Errors, ports.RowError{Line: p.Line, Message: err.Error()})
		}
	}
	if len(p.Errors) == 0 {
		return false
	}
	report.Failed++
	if room := maxImportErrors - len(report.Errors); room > 0 {
		report.Errors = append(report.Errors, p.Errors[:min(room, len(p.Errors))]...)
	}
	return true
}

func (c *Catalog) apply(ctx context.Context, by identity.Actor, batch []ports.SourceProduct, report *ImportReport) error {
	if len(batch) == 0 {
		return nil
	}
	slugs := make([]string, len(batch))
	for i, p := range batch {
		slugs[i] = p.Product.Slug
	}
	var created, updated, unchanged int
	work := func(ctx context.Context, v ports.CatalogView) ([]catalog.Product, error) {
		created, updated, unchanged = 0, 0, 0
		have, err := v.ProductsBySlug(ctx, slugs)
		if err != nil {
			return nil, err
		}
		var changed []catalog.Product
		for _, p := range batch {
			old, known := have[p.Product.Slug]
			next := c.withIDs(p.Product, old)
			switch {
			case !known:
				created++
			case next.SameAs(old):
				unchanged++
				continue
			default:
				updated++
			}
			changed = append(changed, next)
		}
		return changed, nil
	}
	err := c.write(ctx, by, report.DryRun, work)
	report.Created, report.Updated, report.Unchanged = report.Created+created, report.Updated+updated, report.Unchanged+unchanged
	return err
}

func (c *Catalog) write(ctx context.Context, by identity.Actor, dry bool,
	work func(context.Context, ports.CatalogView) ([]catalog.Product, error),
) error {
	if dry {
		return c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
			_, err := work(ctx, v)
			return err
		})
	}
	return c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		changed, err := work(ctx, tx)
		if err != nil || len(changed) == 0 {
			return err
		}
		if err := tx.SaveProducts(ctx, changed); err != nil {
			return err
		}
		ids := make([]catalog.ProductID, len(changed))
		for i, p := range changed {
			ids[i] = p.ID
		}
		tx.Emit(by.Who(), catalog.Changed{Products: ids})
		return nil
	})
}

// withIDs gives a product from a file the identity it already has in the shop: variants are matched by their option
// values, so that carts keep pointing at them.
func (c *Catalog) withIDs(p, old catalog.Product) catalog.Product {
	now := c.d.Now()
	p.ID, p.CreatedAt, p.UpdatedAt = old.ID, old.CreatedAt, now
	p.Related, p.Attributes = old.Related, old.Attributes // files say nothing of these
	if p.Status == catalog.Draft {
		p.PublishAt = old.PublishAt
	}
	p.SEO.Title, p.SEO.Description = cmp.Or(p.SEO.Title, old.SEO.Title), cmp.Or(p.SEO.Description, old.SEO.Description)
	if p.ID == "" {
		p.ID, p.CreatedAt = catalog.ProductID(id.New("prod", now)), now
	}
	known := map[string]catalog.Variant{}
	for _, v := range old.Variants {
		known[v.Title()] = v
	}
	variants := make([]catalog.Variant, len(p.Variants))
	for i, v := range p.Variants {
		was := known[v.Title()]
		v.ID, v.Stock.Reserved = was.ID, was.Stock.Reserved
		if v.Stock.Tracked && !v.Stock.Continue {
			v.Stock.OnHand = max(v.Stock.OnHand, v.Stock.Reserved) // what is sold is still on the shelf until it is sent
		}
		if v.ID == "" {
			v.ID = catalog.VariantID(id.New("var", now))
		}
		variants[i] = v
	}
	p.Variants = variants
	return p
}
