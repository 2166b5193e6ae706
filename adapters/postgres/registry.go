package postgres

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/jackc/pgx/v5"

	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
)

const (
	selectTenant = `select t.id, t.slug, t.schema_name, t.cell, t.status, t.publishable_key, t.shop, t.created_at from platform.tenants t `

	// A shop's own domain comes before a slug below the base domain.
	whereHost = `where t.id = coalesce((select h.tenant_id from platform.hosts h where h.host = $1), (select s.id from platform.tenants s where s.slug = $2))`

	insertAudit = `insert into platform.audit (actor, action, tenant_id, detail) values ($1, $2, $3, $4)`
)

// shopRow is how a tenant.Shop is stored.
type shopRow struct {
	Name       string `json:"name"`
	Tagline    string `json:"tagline"`
	About      string `json:"about"`
	Email      string `json:"email"`
	Currency   string `json:"currency"`
	Locale     string `json:"locale"`
	Languages  string `json:"languages,omitempty"`
	Currencies string `json:"currencies,omitempty"`
	Country    string `json:"country"`
	LogoURL    string `json:"logo_url"`
	HeroURL    string `json:"hero_url"`
	FaviconURL string `json:"favicon_url"`
	Primary    string `json:"primary"`
	OnPrimary  string `json:"on_primary"`
	Accent     string `json:"accent"`
	Tint       string `json:"tint"`
	HoldUnfit  bool   `json:"hold_unfit,omitempty"`
}

// Tenant implements ports.Registry.
func (d *DB) Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error) {
	return d.oneTenant(ctx, `where t.id = $1`, id)
}

// TenantByHost implements ports.Registry.
func (d *DB) TenantByHost(ctx context.Context, host string) (tenant.Tenant, error) {
	slug, below := strings.CutSuffix(host, "."+d.o.BaseDomain)
	if !below || d.o.BaseDomain == "" || strings.Contains(slug, ".") {
		slug = ""
	}
	return d.oneTenant(ctx, whereHost, host, slug)
}

// TenantByKey implements ports.Registry.
func (d *DB) TenantByKey(ctx context.Context, key string) (tenant.Tenant, error) {
	return d.oneTenant(ctx, `where t.publishable_key = $1`, key)
}

// Tenants implements ports.Registry.
func (d *DB) Tenants(ctx context.Context) ([]tenant.Tenant, error) {
	rows, err := d.pool.Query(ctx, selectTenant+`order by t.slug`)
	if err != nil {
		return nil, fault(err, "list tenants")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (tenant.Tenant, error) { return scanTenant(row) })
	return all, fault(err, "list tenants")
}

// Hosts implements ports.Registry: the own domains, and the slug below the base domain.
func (d *DB) Hosts(ctx context.Context, id tenant.ID) ([]string, error) {
	rows, err := d.pool.Query(ctx, `select coalesce(h.host, ''), t.slug from platform.tenants t left join platform.hosts h on h.tenant_id = t.id
		where t.id = $1 order by h.host`, id)
	if err != nil {
		return nil, fault(err, "list hosts")
	}
	var hosts []string
	var host, slug string
	_, err = pgx.ForEachRow(rows, []any{&host, &slug}, func() error {
		if host != "" {
			hosts = append(hosts, host)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, fault(err, "list hosts")
	case slug == "":
		return nil, tenant.ErrUnknownHost
	case d.o.BaseDomain != "":
		hosts = append(hosts, slug+"."+d.o.BaseDomain)
	}
	return hosts, nil
}

// SaveShop implements ports.Provisioner.
func (d *DB) SaveShop(ctx context.Context, id tenant.ID, s tenant.Shop) error {
	encoded, err := json.Marshal(toShopRow(s))
	if err != nil {
		return corefault.Wrap(err, "encode a shop")
	}
	return d.changeTenant(ctx, id, "shop.changed", `update platform.tenants set shop = $2 where id = $1`, encoded, encoded)
}

// SetStatus implements ports.Provisioner.
func (d *DB) SetStatus(ctx context.Context, id tenant.ID, s tenant.Status) error {
	detail, err := json.Marshal(map[string]tenant.Status{"status": s})
	if err != nil {
		return corefault.Wrap(err, "encode a status")
	}
	return d.changeTenant(ctx, id, "tenant.status", `update platform.tenants set status = $2 where id = $1`, s, detail)
}

// changeTenant updates a registry row and writes down that it did. Errors: tenant.ErrUnknownHost.
func (d *DB) changeTenant(ctx context.Context, id tenant.ID, action, sql string, value any, detail []byte) error {
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, sql, id, value)
		if err == nil && tag.RowsAffected() == 0 {
			return tenant.ErrUnknownHost
		}
		if err == nil {
			_, err = tx.Exec(ctx, insertAudit, "system", action, id, detail)
		}
		return err
	})
	return fault(err, "change a tenant")
}

func (d *DB) oneTenant(ctx context.Context, where string, args ...any) (tenant.Tenant, error) {
	t, err := scanTenant(d.pool.QueryRow(ctx, selectTenant+where, args...))
	return t, orMissing(err, tenant.ErrUnknownHost, "read a tenant")
}

func scanTenant(row pgx.Row) (t tenant.Tenant, err error) {
	var shop shopRow
	err = row.Scan(&t.ID, &t.Slug, &t.Schema, &t.Cell, &t.Status, &t.PublishableKey, &shop, &t.CreatedAt)
	t.Shop = shop.fromRow()
	return t, err
}

func toShopRow(s tenant.Shop) shopRow {
	return shopRow{
		Name: s.Name, Tagline: s.Tagline, About: s.About, Email: s.Email, Currency: string(s.Currency), Locale: s.Locale, Languages: s.Languages, Currencies: s.Currencies, Country: s.Country,
		LogoURL: s.LogoURL, HeroURL: s.HeroURL, FaviconURL: s.FaviconURL,
		Primary: s.Colours.Primary, OnPrimary: s.Colours.OnPrimary, Accent: s.Colours.Accent, Tint: s.Colours.Tint,
		HoldUnfit: s.HoldUnfit,
	}
}

func (r shopRow) fromRow() tenant.Shop {
	return tenant.Shop{
		Name: r.Name, Tagline: r.Tagline, About: r.About, Email: r.Email, Currency: money.Currency(r.Currency), Locale: r.Locale, Languages: r.Languages, Currencies: r.Currencies, Country: r.Country,
		LogoURL: r.LogoURL, HeroURL: r.HeroURL, FaviconURL: r.FaviconURL,
		Colours:   tenant.Colours{Primary: r.Primary, OnPrimary: r.OnPrimary, Accent: r.Accent, Tint: r.Tint},
		HoldUnfit: r.HoldUnfit,
	}
}
