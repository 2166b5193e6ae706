package backoffice

import (
	"context"
	"fmt"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Translations returns what a subject is called in other languages. Permission catalog:read.
func (c *Catalog) Translations(ctx context.Context, by identity.Actor, subject string) (all []catalog.Translation, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return nil, err
	}
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err = v.Translations(ctx, []string{subject}, nil)
		return err
	})
	return all, err
}

// Translate replaces what subjects are called in other languages, all or none; one that says nothing is
// removed. Idempotent. Permission catalog:manage. Errors: catalog.ErrTranslation, ErrSubject, with the fields.
func (c *Catalog) Translate(ctx context.Context, by identity.Actor, all []catalog.Translation) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	var bad []fault.Field
	var subjects []string
	said := map[[2]string]bool{}
	for i, t := range all {
		path := fmt.Sprintf("translations[%d]", i)
		if key := [2]string{t.Subject, t.Locale}; said[key] {
			bad = append(bad, fault.Field{Path: path, Message: "this one is said twice"})
		} else {
			said[key] = true
		}
		if bad = append(bad, t.Check(path)...); !slices.Contains(subjects, t.Subject) {
			subjects = append(subjects, t.Subject)
		}
		all[i].Description = c.d.Source.Sanitise(t.Description)
	}
	if bad != nil {
		return catalog.ErrTranslation.At(bad...)
	}
	err := c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		known, err := tx.Subjects(ctx, subjects)
		if err != nil {
			return err
		}
		if err := strangers(all, known); err != nil {
			return err
		}
		tx.Emit(by.Who(), translated(known))
		return tx.SaveTranslations(ctx, all)
	})
	c.forget(ctx, by, err)
	return err
}

func strangers(all []catalog.Translation, known []string) error {
	var bad []fault.Field
	for i, t := range all {
		if !slices.Contains(known, t.Subject) {
			bad = append(bad, fault.Field{Path: fmt.Sprintf("translations[%d].subject", i), Message: "use the id of a product, category or collection, attr_ and the key of an attribute, or options"})
		}
	}
	if bad == nil {
		return nil
	}
	return catalog.ErrSubject.At(bad...)
}

// translated is for the caches, which hold pages of all languages, and for the search, which finds products in all.
func translated(subjects []string) catalog.Changed {
	var changed catalog.Changed
	for _, s := range subjects {
		if catalog.IsProductID(s) {
			changed.Products = append(changed.Products, catalog.ProductID(s))
		}
	}
	return changed
}
