package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/halum-hut/halum/core/tenant"
)

type keysCmd struct {
	Rewrap keysRewrapCmd `cmd:"" help:"Seal with the present master key what an older one has sealed; the older one can go afterwards."`
	Rotate keysRotateCmd `cmd:"" help:"Give a shop, or all, a new data key; what the present one has sealed still opens."`
}

type keysRewrapCmd struct{}

// Run seals keys anew. It may run while everything else does.
func (keysRewrapCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		n, err := p.keyring.Rewrap(ctx)
		fmt.Printf("%d data keys wrapped anew\n", n)
		if err != nil {
			return err
		}
		if err := p.tokens.Reseal(ctx); err != nil {
			return err
		}
		fmt.Println("signing keys sealed anew: once all processes run with the new HALUM_MASTER_KEY, HALUM_MASTER_KEY_OLD can go")
		return nil
	})
}

type keysRotateCmd struct {
	Tenant string `help:"Slug of the shop."`
	All    bool   `help:"All shops."`
}

// Run makes new data keys.
func (c *keysRotateCmd) Run(ctx context.Context, cfg config) error {
	if (c.Tenant != "") == c.All {
		return errors.New("say which shop with --tenant, or --all")
	}
	return withRunning(ctx, cfg, func(p *parts) error {
		all, err := c.shops(ctx, p)
		if err != nil {
			return err
		}
		for _, t := range all {
			if err := p.keyring.Rotate(ctx, t.ID); err != nil {
				return fmt.Errorf("%s: %w", t.Slug, err)
			}
		}
		fmt.Printf("%d shops have a new data key\n", len(all))
		return nil
	})
}

func (c *keysRotateCmd) shops(ctx context.Context, p *parts) ([]tenant.Tenant, error) {
	if c.All {
		return p.db.Tenants(ctx)
	}
	one, err := p.bySlug(ctx, c.Tenant)
	return []tenant.Tenant{one}, err
}
