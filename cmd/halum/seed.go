package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/halum-hut/halum/cmd/halum/demo"
	"github.com/halum-hut/halum/core/app/platform"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// demoPassword opens both demo shops. They exist in the development mode only.
const demoPassword = "demo-password"

// seed opens the demo shops that are not there yet, the way any vendor would: sign-up, then a product import.
func (p *parts) seed(ctx context.Context) error {
	for _, s := range demo.Shops {
		_, err := p.db.TenantByHost(ctx, s.Slug+"."+p.cfg.baseHost())
		if err == nil {
			continue
		}
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		if err := p.seedShop(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.Slug, err)
		}
	}
	return nil
}

func (p *parts) seedShop(ctx context.Context, s demo.Shop) error {
	t, err := p.vendors.SignUp(ctx, platform.SignUp{
		Slug: s.Slug, OwnerName: s.OwnerName, Email: s.OwnerEmail, Password: demoPassword,
		Shop: tenant.Shop{
			Name: s.Name, Tagline: s.Tagline, About: s.About, Email: s.OwnerEmail, Currency: money.Currency(s.Currency), Locale: s.Locale, Languages: bengali,
			Country: "BD", LogoURL: s.LogoPath, HeroURL: s.HeroPath, FaviconURL: s.FaviconPath,
			Colours: tenant.Colours{Primary: s.Colours.Primary, OnPrimary: s.Colours.OnPrimary, Accent: s.Colours.Accent, Tint: s.Colours.Tint},
		},
	})
	if err != nil {
		return err
	}
	by := identity.For(t.ID)
	i, err := p.backoffice.Imports.Begin(ctx, by, catalog.Import{Name: s.Slug + ".csv", Policy: catalog.RejectAll}, bytes.NewReader(s.CatalogCSV))
	if err == nil {
		i, err = p.backoffice.Imports.Finish(ctx, by, i.ID, nil)
	}
	if err == nil && i.Status != catalog.ImportDone {
		err = fmt.Errorf("%d demo products are not right: %s", i.Failed, i.Message)
	}
	if err != nil {
		return err
	}
	if err := p.reduce(ctx, by, s.OnSale); err != nil {
		return err
	}
	return p.translate(ctx, t, s.Slug)
}

// reduce begins a sale of a category.
func (p *parts) reduce(ctx context.Context, by identity.Actor, category string) error {
	name := "Opening sale"
	list, err := p.backoffice.Prices.Create(ctx, by, catalog.PriceListEdit{Name: &name}, nil)
	if err != nil {
		return err
	}
	var found map[string]catalog.Category
	err = p.db.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		found, err = v.CategoriesBySlug(ctx, []string{category})
		return err
	})
	if err != nil {
		return err
	}
	n, err := p.backoffice.Prices.Discount(ctx, by, list.ID, ports.Discount{BasisPoints: 1500, Categories: []catalog.CategoryID{found[category].ID}})
	if err == nil && n == 0 {
		err = fmt.Errorf("nothing is in the category %q that is on sale", category)
	}
	return err
}

// translate adds the shop's texts in Bengali.
func (p *parts) translate(ctx context.Context, t tenant.Tenant, slug string) error {
	said, err := demo.Bengali()
	if err != nil {
		return err
	}
	shared := catalog.Translation{Subject: catalog.OptionsSubject, Locale: bengali} // for filters, which are not of one product
	for _, option := range slices.Sorted(maps.Keys(said[slug].Options)) {
		names := said[slug].Options[option]
		shared.Options = append(shared.Options, catalog.OptionNames{Option: option, Name: names.Name, Values: names.Values})
	}
	var all []catalog.Translation
	err = p.db.View(ctx, t.ID, func(ctx context.Context, v ports.View) error {
		all = []catalog.Translation{shared}
		categories, err := v.Categories(ctx)
		if err != nil {
			return err
		}
		for _, c := range categories {
			all = append(all, catalog.Translation{Subject: string(c.ID), Locale: bengali, Title: said[slug].Categories[c.Name]})
		}
		products, err := v.ProductsBySlug(ctx, slices.Sorted(maps.Keys(said[slug].Products)))
		for _, found := range products {
			all = append(all, inBengali(found, said[slug]))
		}
		return err
	})
	if err != nil {
		return err
	}
	return p.backoffice.Catalog.Translate(ctx, identity.For(t.ID), all)
}

const bengali = "bn"

func inBengali(p catalog.Product, said demo.Texts) catalog.Translation {
	texts := said.Products[p.Slug]
	t := catalog.Translation{Subject: string(p.ID), Locale: bengali, Title: texts[0], Description: "<p>" + texts[1] + "</p>"}
	for _, o := range p.Options {
		names := catalog.OptionNames{Option: o.Name, Name: said.Options[o.Name].Name, Values: map[string]string{}}
		for _, value := range o.Values {
			if name := said.Options[o.Name].Values[value]; name != "" {
				names.Values[value] = name
			}
		}
		t.Options = append(t.Options, names)
	}
	return t
}
