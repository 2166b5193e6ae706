package backoffice

import (
	"context"
	"io"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Export writes all products, whatever their status, in one of our own formats: as they are at one moment, in the order
// of their slugs, holding only a few at a time. A shop that imports the file exports the same bytes. Permission
// catalog:read. Errors: Invalid for a format that is only read; those of w.
func (c *Catalog) Export(ctx context.Context, by identity.Actor, as catalog.FileFormat, w io.Writer) error {
	if err := by.May(identity.ReadCatalog); err != nil {
		return err
	}
	out, err := c.d.Sink.Writer(w, as)
	if err != nil {
		return err
	}
	begun := false
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		if begun {
			return ports.ErrDatabase // a second run would write everything twice
		}
		return v.EachProduct(ctx, func(products []catalog.Product) error {
			begun = true
			for _, p := range products {
				if err := out.Write(p); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return out.Close()
}
