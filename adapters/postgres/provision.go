package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	provisionTenant  = `select platform.provision_tenant($1, $2, $3, $4, $5, $6, $7, $8)`
	insertUser       = `insert into platform.users (id, email, name, password_hash, created_at) values ($1, $2, $3, $4, $5) on conflict (id) do nothing`
	insertMembership = `insert into platform.memberships (user_id, tenant_id, role) values ($1, $2, $3)`
	insertHosts      = `insert into platform.hosts (host, tenant_id) select h, $2 from unnest($1::text[]) as h order by h`
	enterTenant      = `select set_config('search_path', $1, true), set_config('role', $1, true)`
)

// Provision implements ports.Provisioner. The app may make no schema itself: a function of the owner makes it from the
// baseline that the last migration stored.
func (d *DB) Provision(ctx context.Context, n ports.NewTenant) error {
	schema := tenant.SchemaFor(n.Tenant.ID)
	if err := tenant.CheckSchema(schema); err != nil {
		return err
	}
	hosts := make([]string, len(n.Hosts))
	for i, h := range n.Hosts {
		if hosts[i] = tenant.NormalHost(h); hosts[i] == "" {
			return corefault.InvalidField("hosts", "use host names, such as shop.example.com")
		}
	}
	shop, err := json.Marshal(toShopRow(n.Tenant.Shop))
	if err != nil {
		return corefault.Wrap(err, "encode a shop")
	}
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		var b pgx.Batch
		t := n.Tenant
		b.Queue(provisionTenant, t.ID, t.Slug, schema, t.Cell, t.Status, t.PublishableKey, shop, t.CreatedAt)
		b.Queue(insertUser, n.Owner.ID, n.Owner.Email, n.Owner.Name, n.Owner.PasswordHash, n.Owner.CreatedAt)
		b.Queue(insertMembership, n.Owner.ID, t.ID, identity.Owner)
		b.Queue(insertHosts, hosts, t.ID)
		b.Queue(insertAudit, n.Owner.ID, "tenant.provisioned", t.ID, shop)
		b.Queue(enterTenant, schema)
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		return d.defaults(ctx, tx, n)
	})
	return fault(err, "provision a tenant")
}

// defaults writes what a new tenant starts with, as the tenant itself.
func (d *DB) defaults(ctx context.Context, tx pgx.Tx, n ports.NewTenant) error {
	s := &session{db: tx, d: d, tenant: n.Tenant.ID}
	for _, a := range n.Accounts {
		if err := s.SaveProviderAccount(ctx, a); err != nil {
			return err
		}
	}
	return nil
}
