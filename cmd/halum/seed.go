package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/halum-hut/halum/cmd/halum/demo"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/platform"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
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
			Name: s.Name, Tagline: s.Tagline, About: s.About, Email: s.OwnerEmail, Currency: money.Currency(s.Currency), Locale: s.Locale,
			Country: "BD", LogoURL: s.LogoPath, HeroURL: s.HeroPath, FaviconURL: s.FaviconPath,
			Colours: tenant.Colours{Primary: s.Colours.Primary, OnPrimary: s.Colours.OnPrimary, Accent: s.Colours.Accent, Tint: s.Colours.Tint},
		},
	})
	if err != nil {
		return err
	}
	report, err := p.backoffice.Catalog.Import(ctx, identity.For(t.ID), backoffice.Import{File: bytes.NewReader(s.CatalogCSV)})
	if err != nil {
		return err
	}
	if report.Failed > 0 {
		return fmt.Errorf("%d demo products are not right: %v", report.Failed, report.Errors)
	}
	return nil
}
