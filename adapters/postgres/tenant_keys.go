package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const selectTenantKeys = `select tenant_id, version, wrapped, created_at from platform.tenant_keys `

// TenantKeys implements ports.TenantKeys.
func (d *DB) TenantKeys(ctx context.Context, t tenant.ID) ([]ports.TenantKey, error) {
	return d.tenantKeys(ctx, `where tenant_id = $1 order by version desc`, t)
}

// AllTenantKeys implements ports.TenantKeys.
func (d *DB) AllTenantKeys(ctx context.Context, after ports.TenantKey, limit int) ([]ports.TenantKey, error) {
	return d.tenantKeys(ctx, `where (tenant_id, version) > ($1, $2) order by tenant_id, version limit $3`, after.Tenant, after.Version, limit)
}

func (d *DB) tenantKeys(ctx context.Context, which string, args ...any) ([]ports.TenantKey, error) {
	rows, err := d.pool.Query(ctx, selectTenantKeys+which, args...)
	if err != nil {
		return nil, fault(err, "read tenant keys")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (k ports.TenantKey, err error) {
		return k, row.Scan(&k.Tenant, &k.Version, &k.Wrapped, &k.CreatedAt)
	})
	return all, fault(err, "read tenant keys")
}

// AddTenantKey implements ports.TenantKeys.
func (d *DB) AddTenantKey(ctx context.Context, k ports.TenantKey) error {
	_, err := d.pool.Exec(ctx, `insert into platform.tenant_keys (tenant_id, version, wrapped, created_at) values ($1, $2, $3, $4)
		on conflict (tenant_id, version) do nothing`, k.Tenant, k.Version, k.Wrapped, k.CreatedAt)
	return fault(err, "store a tenant key")
}

// RewrapTenantKey implements ports.TenantKeys.
func (d *DB) RewrapTenantKey(ctx context.Context, k ports.TenantKey, former []byte) error {
	_, err := d.pool.Exec(ctx, `update platform.tenant_keys set wrapped = $3 where tenant_id = $1 and version = $2 and wrapped = $4`,
		k.Tenant, k.Version, k.Wrapped, former)
	return fault(err, "wrap a tenant key anew")
}

var _ ports.TenantKeys = (*DB)(nil)
