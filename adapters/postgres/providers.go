package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/provider"
)

const (
	selectProviders = `select plugin, mode, config, secrets, rules, revision, not enabled
		from provider_accounts where kind = $1 order by position, plugin, mode`

	// saveProvider puts a new account beside the plugin's other mode, and a new plugin last.
	saveProvider = `insert into provider_accounts as a (kind, plugin, mode, config, secrets, rules, enabled, revision, position)
		select $1, $2, $3, $4, $5, $6, $7, 1, coalesce(min(position) filter (where plugin = $2), max(position) + 1, 0) from provider_accounts where kind = $1
		on conflict (kind, plugin, mode) do update set config = excluded.config, secrets = excluded.secrets, rules = excluded.rules,
			enabled = excluded.enabled, revision = a.revision + 1`

	orderProviders = `update provider_accounts a set position = o.n - 1
		from unnest($2::text[]) with ordinality as o (plugin, n) where a.kind = $1 and a.plugin = o.plugin`

	lockProviders = `select pg_advisory_xact_lock(hashtextextended(current_schema() || '/provider_accounts', 0))`
)

// secretRow is one entry of the column secrets.
type secretRow struct {
	Sealed      []byte     `json:"sealed"`
	Hint        string     `json:"hint"`
	Former      []byte     `json:"former,omitempty"`
	FormerUntil *time.Time `json:"former_until,omitempty"`
	ChangedAt   time.Time  `json:"changed_at"`
}

func toSecretRows(all map[string]provider.Secret) map[string]secretRow {
	rows := make(map[string]secretRow, len(all))
	for field, s := range all {
		rows[field] = secretRow{s.Sealed, s.Hint, s.Former, timeOrNull(s.FormerUntil), s.ChangedAt}
	}
	return rows
}

func fromSecretRows(rows map[string]secretRow) map[string]provider.Secret {
	if len(rows) == 0 {
		return nil
	}
	all := make(map[string]provider.Secret, len(rows))
	for field, r := range rows {
		s := provider.Secret{Sealed: r.Sealed, Hint: r.Hint, Former: r.Former, ChangedAt: r.ChangedAt}
		if r.FormerUntil != nil {
			s.FormerUntil = *r.FormerUntil
		}
		all[field] = s
	}
	return all
}

// ProviderAccounts implements ports.ProviderAccountView.
func (s *session) ProviderAccounts(ctx context.Context, kind provider.Kind) ([]provider.Account, error) {
	rows, err := s.db.Query(ctx, selectProviders, kind)
	if err != nil {
		return nil, fault(err, "read provider accounts")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (provider.Account, error) {
		a := provider.Account{Tenant: s.tenant, Kind: kind}
		var config json.RawMessage
		var secrets map[string]secretRow
		err := row.Scan(&a.Plugin, &a.Mode, &config, &secrets, &a.Rules, &a.Revision, &a.Disabled)
		a.Config, a.Secrets = config, fromSecretRows(secrets)
		return a, err
	})
	return all, fault(err, "read provider accounts")
}

// SaveProviderAccount implements ports.ProviderAccountTx.
func (s *session) SaveProviderAccount(ctx context.Context, a provider.Account) error {
	config := json.RawMessage(a.Config)
	if len(config) == 0 {
		config = json.RawMessage("{}")
	}
	secrets, err := json.Marshal(toSecretRows(a.Secrets))
	if err != nil {
		return corefault.Wrap(err, "encode secrets")
	}
	rules, err := json.Marshal(a.Rules)
	if err != nil {
		return corefault.Wrap(err, "encode rules")
	}
	_, err = s.db.Exec(ctx, saveProvider, a.Kind, a.Plugin, a.Mode, config, secrets, rules, !a.Disabled)
	return fault(err, "save a provider account")
}

// OrderProviders implements ports.ProviderAccountTx.
func (s *session) OrderProviders(ctx context.Context, kind provider.Kind, plugins []string) error {
	_, err := s.db.Exec(ctx, orderProviders, kind, plugins)
	return fault(err, "order providers")
}

// LockProviderAccounts implements ports.ProviderAccountTx.
func (s *session) LockProviderAccounts(ctx context.Context) error {
	_, err := s.db.Exec(ctx, lockProviders)
	return fault(err, "lock provider accounts")
}
