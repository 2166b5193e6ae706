package backoffice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

// AccountChange is what an account shall be. Settings and rules are replaced as a whole; of the secrets, only those that
// are given change, and nil removes one.
type AccountChange struct {
	AccountRef
	Revision *int64 // that the change was made from; nil or 0 for an account that is new
	Config   []byte // a JSON object
	Secrets  map[string]*string
	Rules    provider.Rules
	// KeepFormer is how long the former value of a changed secret stays good for checking webhooks.
	KeepFormer time.Duration
}

// maxConfig bounds settings in bytes.
const maxConfig = 64 << 10

// Save makes or changes an account after the plugin's schema and the plugin itself have accepted it. A new one is
// disabled. A change that is already made is no change, whatever its revision, so that a request may be sent again.
// Permission settings:manage. Errors: Invalid with the fields that are wrong, ErrRevision, provider.ErrChanged,
// provider.ErrUnknown, fault.Unavailable; then nothing is stored.
func (p *Providers) Save(ctx context.Context, by identity.Actor, c AccountChange) (provider.Account, error) {
	if err := by.May(identity.ManageSettings); err != nil {
		return provider.Account{}, err
	}
	if err := c.check(); err != nil {
		return provider.Account{}, err
	}
	present, err := p.find(ctx, by, c.AccountRef)
	if errors.Is(err, provider.ErrNotFound) {
		present, err = provider.Account{Tenant: by.Tenant, Kind: c.Kind, Plugin: c.Plugin, Mode: c.Mode, Disabled: true}, nil
	}
	if err != nil {
		return provider.Account{}, err
	}
	draft, err := p.draft(ctx, present, c)
	if err != nil {
		return provider.Account{}, err
	}
	if len(draft.changed) == 0 && present.Revision > 0 {
		return present, nil
	}
	if err := c.checkRevision(present.Revision); err != nil {
		return provider.Account{}, err
	}
	if err := p.accepts(ctx, draft); err != nil {
		return provider.Account{}, err
	}
	return p.store(ctx, by, present.Revision, draft)
}

func (c AccountChange) check() error {
	if err := (provider.Account{Kind: c.Kind, Plugin: c.Plugin, Mode: c.Mode, Rules: c.Rules}).Check(); err != nil {
		return err
	}
	if len(c.Config) > maxConfig || bytes.Contains(c.Config, []byte(`\u0000`)) {
		return fault.InvalidField("config", "is too long or holds a zero character")
	}
	if c.KeepFormer < 0 || c.KeepFormer > provider.MaxWindow {
		return fault.InvalidField("keep_former_hours", "must be between 0 and 720")
	}
	for name, value := range c.Secrets {
		if value != nil && (*value == "" || len(*value) > provider.MaxSecret) {
			return fault.InvalidField("secrets."+name, "must have 1 to 16384 bytes; send null to remove it")
		}
	}
	return nil
}

func (c AccountChange) checkRevision(present int64) error {
	switch {
	case c.Revision == nil && present > 0:
		return ErrRevision
	case c.Revision != nil && *c.Revision != present:
		return provider.ErrChanged
	}
	return nil
}

// draft is an account as it shall be, with the secrets opened for the schema's sake.
type draft struct {
	account provider.Account
	opened  map[string]string
	form    ports.ConfigForm
	changed []string // fields, never values
}

// open reads an account's secrets that its plugin knows, and the form they belong to.
func (p *Providers) open(ctx context.Context, a provider.Account) (draft, error) {
	d := draft{account: a, opened: map[string]string{}}
	d.account.Secrets = maps.Clone(a.Secrets)
	info, err := p.info(ctx, refOf(a))
	if err != nil {
		return d, err
	}
	if d.form, err = p.d.Forms.Form(info.ConfigSchema); err != nil {
		return d, err
	}
	for _, name := range d.form.Secrets() {
		s, ok := a.Secrets[name]
		if !ok {
			continue
		}
		plain, err := p.d.Keyring.OpenFor(ctx, a.Tenant, a.SecretName(name), s.Sealed)
		if err != nil {
			return d, err
		}
		d.opened[name] = string(plain)
	}
	return d, nil
}

// draft applies a change.
func (p *Providers) draft(ctx context.Context, present provider.Account, c AccountChange) (draft, error) {
	d, err := p.open(ctx, present)
	if err != nil {
		return d, err
	}
	d.account.Config, d.account.Rules = c.Config, c.Rules
	if d.changed, err = changedFields(present.Config, c.Config); err != nil {
		return d, err
	}
	if !reflect.DeepEqual(present.Rules, c.Rules) {
		d.changed = append(d.changed, "rules")
	}
	now := p.d.Now()
	for name, s := range d.account.Secrets {
		d.account.Secrets[name] = s.Lapsed(now)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		if err := p.change(ctx, &d, name, c.Secrets[name], c.KeepFormer, now); err != nil {
			return d, err
		}
	}
	return d, nil
}

// change puts a new value in a secret's place, or removes it.
func (p *Providers) change(ctx context.Context, d *draft, name string, value *string, keep time.Duration, now time.Time) error {
	present, known := d.account.Secrets[name]
	switch {
	case value == nil && !known, value != nil && known && d.opened[name] == *value:
		return nil
	case value != nil && !slices.Contains(d.form.Secrets(), name):
		return fault.InvalidField("secrets."+name, "is not a secret of this provider")
	}
	d.changed = append(d.changed, "secrets."+name)
	if value == nil {
		delete(d.account.Secrets, name)
		delete(d.opened, name)
		return nil
	}
	sealed, err := p.d.Keyring.SealFor(ctx, d.account.Tenant, d.account.SecretName(name), []byte(*value))
	if err != nil {
		return err
	}
	if d.account.Secrets == nil {
		d.account.Secrets = map[string]provider.Secret{}
	}
	d.account.Secrets[name] = present.Rotate(sealed, provider.HintOf(*value), keep, now)
	d.opened[name] = *value
	return nil
}

// changedFields names the settings that differ, as "config.<field>". Errors: Invalid when to is no object.
func changedFields(from, to []byte) (changed []string, err error) {
	before, after := map[string]any{}, map[string]any(nil)
	if len(from) > 0 {
		if err := decodeNumbers(from, &before); err != nil {
			return nil, fault.Wrap(err, "read stored settings")
		}
	}
	if err := decodeNumbers(to, &after); err != nil || after == nil {
		return nil, fault.InvalidField("config", "must be a JSON object")
	}
	for name, value := range after {
		if old, had := before[name]; !had || !reflect.DeepEqual(old, value) {
			changed = append(changed, "config."+name)
		}
	}
	for name := range before {
		if _, still := after[name]; !still {
			changed = append(changed, "config."+name)
		}
	}
	slices.Sort(changed)
	return changed, nil
}

func decodeNumbers(text []byte, into *map[string]any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}
