package postgres_test

import (
	"context"
	"sync"
	"testing"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/ports"
)

// TestNewTenantsAreServedWhileOthersAreMade enters each new tenant at once over many connections, while others grant
// themselves rights: see enter for what Postgres makes of that.
func TestNewTenantsAreServedWhileOthersAreMade(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t, func(o *postgres.Options) { o.MaxConns = 12 })
	var makers sync.WaitGroup
	for range 10 {
		makers.Go(func() {
			for range 20 {
				of := pgtest.Tenant(t, db)
				var readers sync.WaitGroup
				for range 4 {
					readers.Go(func() {
						err := db.View(t.Context(), of.ID, func(ctx context.Context, v ports.View) error {
							_, err := v.Categories(ctx)
							return err
						})
						if err != nil {
							t.Errorf("%s: %v", of.ID, err)
						}
					})
				}
				readers.Wait()
			}
		})
	}
	makers.Wait()
}
