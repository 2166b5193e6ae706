package backoffice

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

// Enable offers an account from now on, after the plugin has accepted it as it is stored. The plugin's other mode is
// disabled in the same step. Permission settings:manage. Errors: provider.ErrNotFound, Invalid with the fields that are
// wrong, provider.ErrChanged when it is not the given revision, fault.Unavailable.
func (p *Providers) Enable(ctx context.Context, by identity.Actor, ref AccountRef, revision *int64) (provider.Account, error) {
	a, err := p.Account(ctx, by, ref)
	if err != nil {
		return a, err
	}
	if revision != nil && *revision != a.Revision {
		return provider.Account{}, provider.ErrChanged
	}
	if !a.Disabled {
		return a, nil
	}
	d, err := p.open(ctx, a)
	if err == nil {
		err = p.accepts(ctx, d)
	}
	if err != nil {
		return provider.Account{}, err
	}
	d.account.Disabled, d.changed = false, []string{fieldEnabled}
	return p.store(ctx, by, a.Revision, d)
}

const fieldEnabled = "enabled"

// Disable offers an account no longer; payments that began with it are still settled with it. The plugin is not asked,
// so that one that fails can be switched off. Permission settings:manage. Errors as Enable.
func (p *Providers) Disable(ctx context.Context, by identity.Actor, ref AccountRef, revision *int64) (provider.Account, error) {
	a, err := p.Account(ctx, by, ref)
	if err != nil {
		return a, err
	}
	if revision != nil && *revision != a.Revision {
		return provider.Account{}, provider.ErrChanged
	}
	if a.Disabled {
		return a, nil
	}
	was := a.Revision
	a.Disabled = true
	return p.store(ctx, by, was, draft{account: a, changed: []string{fieldEnabled}})
}

// Test lets the schema and the plugin check an account as it is stored. Permission settings:manage. Errors:
// provider.ErrNotFound, Invalid with the fields that are wrong, fault.Unavailable.
func (p *Providers) Test(ctx context.Context, by identity.Actor, ref AccountRef) error {
	a, err := p.Account(ctx, by, ref)
	if err != nil {
		return err
	}
	d, err := p.open(ctx, a)
	if err != nil {
		return err
	}
	return p.accepts(ctx, d)
}

// accepts asks the schema, then the plugin. The plugin sees a revision that no other draft and no stored account ever
// has, so that nothing it keeps by revision outlives the question.
func (p *Providers) accepts(ctx context.Context, d draft) error {
	if err := d.form.Check(d.account.Config, d.opened); err != nil {
		return err
	}
	d.account.Revision = -p.d.Now().UnixNano()
	return d.named(p.d.Providers.ValidateConfig(ctx, d.account))
}

// named writes the fields that a plugin found wrong as the API names them.
func (d draft) named(err error) error {
	f := (*fault.Error)(nil)
	if !errors.As(err, &f) || len(f.Fields) == 0 {
		return err
	}
	named := *f
	named.Fields = slices.Clone(f.Fields)
	for i, field := range named.Fields {
		named.Fields[i].Path = d.pathOf(field.Path)
	}
	return &named
}

func (d draft) pathOf(path string) string {
	for _, prefix := range []string{"config.", "secrets.", "settings."} {
		path = strings.TrimPrefix(path, prefix)
	}
	if slices.Contains(d.form.Secrets(), path) {
		return "secrets." + path
	}
	return strings.TrimSuffix("config."+path, ".")
}

// store writes a draft unless somebody else has changed the account since it was read at a revision (0: was not there).
func (p *Providers) store(ctx context.Context, by identity.Actor, revision int64, d draft) (stored provider.Account, err error) {
	ref := refOf(d.account)
	err = p.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		if err := tx.LockProviderAccounts(ctx); err != nil {
			return err
		}
		switch now, err := accountIn(ctx, tx, ref); {
		case errors.Is(err, provider.ErrNotFound) && revision == 0:
		case err != nil:
			return err
		case now.Revision != revision:
			return provider.ErrChanged
		}
		if !d.account.Disabled {
			if err := disableOther(ctx, tx, by, ref); err != nil {
				return err
			}
		}
		if err := tx.SaveProviderAccount(ctx, d.account); err != nil {
			return err
		}
		tx.Emit(by.Who(), changedFact(ref, d.changed...))
		stored, err = accountIn(ctx, tx, ref)
		return err
	})
	return stored, err
}

// disableOther makes room for a mode: one at a time is offered.
func disableOther(ctx context.Context, tx ports.Tx, by identity.Actor, ref AccountRef) error {
	other := ref
	if other.Mode = provider.Live; ref.Mode == provider.Live {
		other.Mode = provider.Test
	}
	a, err := accountIn(ctx, tx, other)
	if errors.Is(err, provider.ErrNotFound) || err == nil && a.Disabled {
		return nil
	}
	if err != nil {
		return err
	}
	a.Disabled = true
	tx.Emit(by.Who(), changedFact(other, fieldEnabled))
	return tx.SaveProviderAccount(ctx, a)
}

func changedFact(of AccountRef, fields ...string) provider.Changed {
	return provider.Changed{Of: of.Kind, Plugin: of.Plugin, Mode: of.Mode, Fields: fields}
}
