package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/tenant"
)

type searchCmd struct {
	Reindex reindexCmd `cmd:"" help:"Go through all products of a shop and bring what the search knows of them up to date. The shop may trade meanwhile."`
}

type reindexCmd struct {
	Tenant string `help:"Slug of one shop." xor:"which"`
	All    bool   `help:"All shops." xor:"which"`
	After  string `help:"Go on after this product, where an earlier run was broken off."`
}

// Run goes through the shops. Broken off, it says where to go on.
func (c *reindexCmd) Run(ctx context.Context, cfg config) error {
	if c.Tenant == "" && !c.All {
		return errors.New("which shop? Use --tenant SLUG or --all")
	}
	if c.After != "" && c.All {
		return errors.New("--after belongs to one shop: use it with --tenant")
	}
	return withRunning(ctx, cfg, func(p *parts) error {
		all, err := p.chosen(ctx, c.Tenant)
		if err != nil {
			return err
		}
		for _, t := range all {
			if err := c.one(ctx, p, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *reindexCmd) one(ctx context.Context, p *parts, t tenant.Tenant) error {
	total, err := p.indexer.Count(ctx, t.ID)
	if err != nil {
		return err
	}
	began, count, last := time.Now(), 0, catalog.ProductID(c.After)
	step, done := newSteps(os.Stderr, t.Slug, int64(total))
	_, err = p.indexer.Rebuild(ctx, t, last, 0, func(n int, at catalog.ProductID) {
		step(int64(n - count))
		count, last = n, at
	})
	done()
	if err != nil {
		return fmt.Errorf("%s: %d of %d products were done; go on with --tenant %s --after %s: %w", t.Slug, count, total, t.Slug, last, err)
	}
	fmt.Printf("%s: %d products in %s\n", t.Slug, count, time.Since(began).Round(time.Millisecond))
	return nil
}
