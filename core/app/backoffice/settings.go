package backoffice

import (
	"context"
	"strings"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
)

// Settings is what a vendor shows of itself.
type Settings struct{ d Deps }

// ShopChange holds the fields to change; nil leaves a field as it is. The currency never changes: prices depend on it.
type ShopChange struct {
	Name, Tagline, About, Email, LogoURL, HeroURL *string
	Languages                                     []string // further ones that shoppers may choose; nil leaves them
	Currencies                                    []string // further ones that shoppers may choose; nil leaves them
	Colours                                       *tenant.Colours
	HoldUnfit                                     *bool // keep money that cannot be for its order until staff decides
}

// Shop returns the shop's face. Permission catalog:read.
func (s *Settings) Shop(ctx context.Context, by identity.Actor) (tenant.Shop, error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return tenant.Shop{}, err
	}
	t, err := s.d.Registry.Tenant(ctx, by.Tenant)
	return t.Shop, err
}

// Change edits the shop's face; all nodes show it within a second. Permission settings:manage. Errors: Invalid.
func (s *Settings) Change(ctx context.Context, by identity.Actor, c ShopChange) (tenant.Shop, error) {
	if err := by.May(identity.ManageSettings); err != nil {
		return tenant.Shop{}, err
	}
	t, err := s.d.Registry.Tenant(ctx, by.Tenant)
	if err != nil {
		return tenant.Shop{}, err
	}
	shop := t.Shop
	for _, f := range []struct {
		path  string
		value *string
		into  *string
		limit int
	}{
		{"name", c.Name, &shop.Name, 120},
		{"tagline", c.Tagline, &shop.Tagline, 200},
		{"about", c.About, &shop.About, 2000},
		{"email", c.Email, &shop.Email, 254},
		{"logo_url", c.LogoURL, &shop.LogoURL, 500},
		{"hero_url", c.HeroURL, &shop.HeroURL, 500},
	} {
		if f.value == nil {
			continue
		}
		if *f.into = strings.TrimSpace(*f.value); len(*f.into) > f.limit || strings.ContainsAny(*f.into, "\r\x00") {
			return tenant.Shop{}, fault.InvalidField(f.path, "is too long or holds control characters")
		}
	}
	if shop.Name == "" {
		return tenant.Shop{}, fault.InvalidField("name", "is required")
	}
	if c.Languages != nil {
		if shop.Languages, err = tenant.JoinLanguages(c.Languages, shop.Locale); err != nil {
			return tenant.Shop{}, err
		}
	}
	if c.Currencies != nil {
		if shop.Currencies, err = tenant.JoinCurrencies(c.Currencies, shop.Currency); err != nil {
			return tenant.Shop{}, err
		}
	}
	if c.Colours != nil {
		if err := c.Colours.Check(); err != nil {
			return tenant.Shop{}, err
		}
		shop.Colours = *c.Colours
	}
	if c.HoldUnfit != nil {
		shop.HoldUnfit = *c.HoldUnfit
	}
	if err := s.d.Provisioner.SaveShop(ctx, by.Tenant, shop); err != nil {
		return tenant.Shop{}, err
	}
	_ = s.d.Forget.Forget(ctx, "tenant:"+string(by.Tenant)) // a hint: entries also expire
	return shop, nil
}
