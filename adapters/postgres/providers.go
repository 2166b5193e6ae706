package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

const (
	selectProviders = `select plugin, settings, revision, not enabled from provider_accounts where kind = $1 order by position, plugin`

	saveProvider = `insert into provider_accounts as a (kind, plugin, settings, revision, enabled, position)
		select $1, $2, $3, 1, $4, (select count(*) from provider_accounts where kind = $1)
		on conflict (kind, plugin) do update set settings = excluded.settings, enabled = excluded.enabled, revision = a.revision + 1`
)

// ProviderAccounts implements ports.ProviderAccountView.
func (s *session) ProviderAccounts(ctx context.Context, kind ports.ProviderKind) ([]ports.ProviderAccount, error) {
	rows, err := s.db.Query(ctx, selectProviders, kind)
	if err != nil {
		return nil, fault(err, "read provider accounts")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a ports.ProviderAccount, err error) {
		a.Tenant = s.tenant
		return a, row.Scan(&a.Plugin, &a.Settings, &a.Revision, &a.Disabled)
	})
	return all, fault(err, "read provider accounts")
}

// SaveProviderAccount implements ports.ProviderAccountTx. A new account comes last in the vendor's order.
func (s *session) SaveProviderAccount(ctx context.Context, kind ports.ProviderKind, a ports.ProviderAccount, enabled bool) error {
	settings := a.Settings
	if settings == nil {
		settings = map[string]string{}
	}
	encoded, err := json.Marshal(settings)
	if err != nil {
		return corefault.Wrap(err, "encode settings")
	}
	_, err = s.db.Exec(ctx, saveProvider, kind, a.Plugin, encoded, enabled)
	return fault(err, "save a provider account")
}
