package backoffice

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

// Providers is which payment and shipping providers the vendor uses, and how. What it returns holds no opened secret.
type Providers struct{ d Deps }

// Faults of this area.
var (
	ErrProviderAway = fault.New(fault.Unavailable, "provider_unavailable", "this provider's program does not run at the moment: nothing was changed, try again")
	// ErrRevision asks for the revision that a change was made from, so that nobody overwrites what they have not seen.
	ErrRevision = fault.New(fault.Invalid, "revision_required", "this provider account exists: read it and say which revision you change")
)

// AccountRef names a provider account of a vendor.
type AccountRef struct {
	Kind   provider.Kind
	Plugin string
	Mode   provider.Mode
}

func refOf(a provider.Account) AccountRef { return AccountRef{a.Kind, a.Plugin, a.Mode} }

func (r AccountRef) check() error {
	return provider.Account{Kind: r.Kind, Plugin: r.Plugin, Mode: r.Mode}.Check()
}

// Available lists the providers of a kind that may be used, with the schemas of their settings. Permission
// settings:manage.
func (p *Providers) Available(ctx context.Context, by identity.Actor, kind provider.Kind) ([]ports.ProviderInfo, error) {
	if err := by.May(identity.ManageSettings); err != nil {
		return nil, err
	}
	if kind != provider.Payment && kind != provider.Shipping {
		return nil, provider.ErrKind
	}
	return p.d.Providers.Providers(ctx, kind)
}

// Accounts lists the vendor's accounts of both kinds, each in the order in which they are offered. Permission
// settings:manage.
func (p *Providers) Accounts(ctx context.Context, by identity.Actor) (all []provider.Account, err error) {
	if err := by.May(identity.ManageSettings); err != nil {
		return nil, err
	}
	err = p.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		payment, err := v.ProviderAccounts(ctx, provider.Payment)
		if err != nil {
			return err
		}
		shipping, err := v.ProviderAccounts(ctx, provider.Shipping)
		all = append(payment, shipping...)
		return err
	})
	return all, err
}

// Account returns one account. Permission settings:manage. Errors: provider.ErrNotFound.
func (p *Providers) Account(ctx context.Context, by identity.Actor, ref AccountRef) (provider.Account, error) {
	if err := by.May(identity.ManageSettings); err != nil {
		return provider.Account{}, err
	}
	if err := ref.check(); err != nil {
		return provider.Account{}, err
	}
	return p.find(ctx, by, ref)
}

func (p *Providers) find(ctx context.Context, by identity.Actor, ref AccountRef) (found provider.Account, err error) {
	err = p.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		found, err = accountIn(ctx, v, ref)
		return err
	})
	return found, err
}

// accountIn reads an account. Errors: provider.ErrNotFound.
func accountIn(ctx context.Context, v ports.View, ref AccountRef) (provider.Account, error) {
	all, err := v.ProviderAccounts(ctx, ref.Kind)
	if err != nil {
		return provider.Account{}, err
	}
	i := slices.IndexFunc(all, func(a provider.Account) bool { return refOf(a) == ref })
	if i < 0 {
		return provider.Account{}, provider.ErrNotFound
	}
	return all[i], nil
}

// info returns what a plugin says of itself, or said before: the calls that follow wait for one that is just being
// started again. Errors: provider.ErrUnknown, ErrProviderAway.
func (p *Providers) info(ctx context.Context, ref AccountRef) (ports.ProviderInfo, error) {
	all, err := p.d.Providers.Providers(ctx, ref.Kind)
	if err != nil {
		return ports.ProviderInfo{}, err
	}
	i := slices.IndexFunc(all, func(i ports.ProviderInfo) bool { return i.Plugin == ref.Plugin })
	switch {
	case i < 0:
		return ports.ProviderInfo{}, provider.ErrUnknown
	case !all[i].Running && len(all[i].ConfigSchema) == 0:
		return ports.ProviderInfo{}, ErrProviderAway
	}
	return all[i], nil
}

// Order sets the order in which the providers of a kind are offered. plugins names each plugin that the vendor has an
// account with once. Permission settings:manage. Errors: Invalid.
func (p *Providers) Order(ctx context.Context, by identity.Actor, kind provider.Kind, plugins []string) error {
	if err := by.May(identity.ManageSettings); err != nil {
		return err
	}
	if kind != provider.Payment && kind != provider.Shipping {
		return provider.ErrKind
	}
	return p.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		if err := tx.LockProviderAccounts(ctx); err != nil {
			return err
		}
		all, err := tx.ProviderAccounts(ctx, kind)
		if err != nil {
			return err
		}
		var present []string
		for _, a := range all {
			if !slices.Contains(present, a.Plugin) {
				present = append(present, a.Plugin)
			}
		}
		if slices.Equal(present, plugins) {
			return nil
		}
		if !slices.Equal(slices.Sorted(slices.Values(present)), slices.Sorted(slices.Values(plugins))) {
			return fault.InvalidField("plugins", "name each provider that the shop has an account with, once")
		}
		tx.Emit(by.Who(), provider.Reordered{Of: kind, Plugins: plugins})
		return tx.OrderProviders(ctx, kind, plugins)
	})
}
