package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
)

type tenantProviderCmd struct {
	Tenant     string        `required:"" help:"Slug of the shop."`
	Kind       string        `required:"" enum:"payment,shipping" help:"payment or shipping."`
	Plugin     string        `required:"" help:"Name of the plugin, such as manual."`
	Mode       string        `default:"live" enum:"test,live" help:"test or live; each has settings and credentials of its own."`
	Settings   string        `placeholder:"FILE" help:"Settings as a JSON object, in place of the present ones; - reads standard input."`
	Secrets    string        `placeholder:"FILE" help:"Credentials as a JSON object of texts; those left out stay, null removes one; - reads standard input."`
	KeepFormer time.Duration `default:"24h" help:"How long a credential that is replaced still checks webhooks."`
	Off        bool          `help:"Switch it off."`
}

// Run sets the provider's account up. Credentials come from a file or standard input: arguments can be seen by others.
func (c *tenantProviderCmd) Run(ctx context.Context, cfg config) error {
	if c.Settings == "-" && c.Secrets == "-" {
		return errors.New("only one of --settings and --secrets can be read from standard input")
	}
	return withRunning(ctx, cfg, func(p *parts) error {
		t, err := p.bySlug(ctx, c.Tenant)
		if err != nil {
			return err
		}
		ref := backoffice.AccountRef{Kind: provider.Kind(c.Kind), Plugin: c.Plugin, Mode: provider.Mode(c.Mode)}
		if c.Off {
			_, err := p.backoffice.Providers.Disable(ctx, identity.For(t.ID), ref, nil)
			return err
		}
		p.startPlugins(ctx)
		return c.save(ctx, p, t.ID, ref)
	})
}

func (c *tenantProviderCmd) save(ctx context.Context, p *parts, t tenant.ID, ref backoffice.AccountRef) error {
	providers, by := p.backoffice.Providers, identity.For(t)
	present, err := providers.Account(ctx, by, ref)
	if errors.Is(err, provider.ErrNotFound) {
		present, err = provider.Account{Config: []byte("{}")}, nil
	}
	if err != nil {
		return err
	}
	change := backoffice.AccountChange{
		AccountRef: ref, Revision: &present.Revision, Config: present.Config, Rules: present.Rules, KeepFormer: c.KeepFormer,
	}
	if c.Settings != "" {
		if change.Config, err = readInput(c.Settings); err != nil {
			return err
		}
	}
	if c.Secrets != "" {
		text, err := readInput(c.Secrets)
		if err != nil {
			return err
		}
		if json.Unmarshal(text, &change.Secrets) != nil { // the error would show a part of it
			return fmt.Errorf(`%s: write the credentials as {"name": "value"}`, c.Secrets)
		}
	}
	if _, err := providers.Save(ctx, by, change); err != nil {
		return err
	}
	_, err = providers.Enable(ctx, by, ref, nil)
	return err
}

// readInput reads a file; "-" is standard input.
func readInput(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	}
	return os.ReadFile(name)
}
