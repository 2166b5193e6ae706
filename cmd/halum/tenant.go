package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/halum-hut/halum/core/app/platform"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/tenants"
)

type tenantCmd struct {
	Create   tenantCreateCmd   `cmd:"" help:"Open a shop with its owner."`
	List     tenantListCmd     `cmd:"" help:"List all shops."`
	Migrate  tenantMigrateCmd  `cmd:"" help:"Bring all tenants' schemas to this version."`
	Suspend  tenantSuspendCmd  `cmd:"" help:"Close a shop to shoppers; nothing is lost."`
	Reopen   tenantReopenCmd   `cmd:"" help:"Open a suspended shop again."`
	Provider tenantProviderCmd `cmd:"" help:"Set a provider up for a shop and switch it on or off."`
}

type tenantCreateCmd struct {
	Slug     string   `required:"" help:"First label of the shop's address."`
	Name     string   `required:"" help:"Name of the shop."`
	Currency string   `required:"" help:"ISO 4217 code of its prices, such as BDT."`
	Owner    string   `default:"Owner" help:"Name of the owner."`
	Email    string   `required:"" help:"Email of the owner; an existing account needs its password."`
	Password string   `required:"" env:"HALUM_OWNER_PASSWORD" help:"Password of the owner, at least 10 characters."`
	Country  string   `default:"" help:"ISO 3166 code of the country the shop ships from."`
	Host     []string `help:"Own domain that leads to the shop; may be repeated."`
}

// Run opens the shop.
func (c *tenantCreateCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		t, err := p.vendors.SignUp(ctx, platform.SignUp{
			Slug: c.Slug, Shop: tenant.Shop{Name: c.Name, Currency: money.Currency(strings.ToUpper(c.Currency)), Country: strings.ToUpper(c.Country)},
			OwnerName: c.Owner, Email: c.Email, Password: c.Password, Hosts: c.Host,
		})
		if err != nil {
			return err
		}
		fmt.Printf("%s is open at %s (vendor page: %s/vendor)\n", t.Shop.Name, p.shopURL(t), p.shopURL(t))
		return nil
	})
}

type tenantListCmd struct{}

// Run lists the shops.
func (tenantListCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		all, err := p.db.Tenants(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "SLUG\tNAME\tCURRENCY\tSTATUS\tSCHEMA\tADDRESS")
		for _, t := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.Slug, t.Shop.Name, t.Shop.Currency, t.Status, t.Schema, p.shopURL(t))
		}
		return w.Flush()
	})
}

type tenantSuspendCmd struct {
	Slug string `arg:""`
}

// Run suspends the shop.
func (c *tenantSuspendCmd) Run(ctx context.Context, cfg config) error {
	return turn(ctx, cfg, c.Slug, (*tenants.Lifecycle).Suspend)
}

type tenantReopenCmd struct {
	Slug string `arg:""`
}

// Run opens the shop again.
func (c *tenantReopenCmd) Run(ctx context.Context, cfg config) error {
	return turn(ctx, cfg, c.Slug, (*tenants.Lifecycle).Reopen)
}

func turn(ctx context.Context, cfg config, slug string, what func(*tenants.Lifecycle, context.Context, tenant.ID) error) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		t, err := p.bySlug(ctx, slug)
		if err != nil {
			return err
		}
		return what(tenants.NewLifecycle(p.db, p.forget), ctx, t.ID)
	})
}

// with assembles the parts for one command.
func with(ctx context.Context, cfg config, fn func(*parts) error) error {
	if err := cfg.requireServers(); err != nil {
		return err
	}
	p, err := assemble(ctx, cfg)
	if err != nil {
		return err
	}
	defer p.Close()
	return fn(p)
}

// bySlug finds a tenant. Errors: tenant.ErrUnknownHost, naming the slug.
func (p *parts) bySlug(ctx context.Context, slug string) (tenant.Tenant, error) {
	t, err := p.db.TenantByHost(ctx, slug+"."+p.cfg.baseHost())
	if err != nil {
		return t, fmt.Errorf("no shop has the slug %q: see `halum tenant list`: %w", slug, err)
	}
	return t, nil
}
