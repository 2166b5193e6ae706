// Package provider owns a vendor's use of payment and shipping plugins: which are on, in which mode, with which settings
// and sealed credentials, and for which purchases they are offered. What the plugins do is core/payment and
// core/shipping.
package provider

import (
	"slices"
	"strconv"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
)

// Kind tells payment accounts from shipping accounts.
type Kind string

// The kinds of provider.
const (
	Payment  Kind = "payment"
	Shipping Kind = "shipping"
)

// Mode says whether real money moves.
type Mode string

// The modes. An account has credentials of its own for each.
const (
	Test Mode = "test"
	Live Mode = "live"
)

// Account is a vendor's account with one plugin in one mode. A payment remembers plugin and mode, so that it is settled
// with the credentials it began with, also after the vendor went live or switched the plugin off.
type Account struct {
	Tenant   tenant.ID
	Kind     Kind
	Plugin   string // plugin name, such as "sandbox"
	Mode     Mode
	Config   []byte            // a JSON object as the plugin's schema describes it, without the secret fields
	Secrets  map[string]Secret // by field name, sealed
	Revision int64             // grows with every change, so that a plugin may cache by it
	Disabled bool              // no longer offered; payments that began with it are still settled
	Rules    Rules
}

// Rules say for which purchases a payment account is offered, and when its money is taken. The zero value allows all and
// takes it at once.
type Rules struct {
	Countries  []string         `json:"countries,omitempty"`  // of the shopper, ISO 3166-1 alpha-2
	Currencies []money.Currency `json:"currencies,omitempty"` // ISO 4217
	Min        int64            `json:"min,omitempty"`        // minor units of the shop's currency, included
	Max        int64            `json:"max,omitempty"`        // minor units of the shop's currency, included; 0 means no bound
	// CaptureLater asks for promises only, which staff captures; a provider that cannot promise takes the money at once.
	CaptureLater bool `json:"capture_later,omitempty"`
}

// Allow reports whether the account is offered for a total that goes to a country; an empty country passes.
func (r Rules) Allow(country string, total money.Money) bool {
	return (len(r.Countries) == 0 || country == "" || slices.Contains(r.Countries, country)) &&
		(len(r.Currencies) == 0 || slices.Contains(r.Currencies, total.Currency)) &&
		total.Amount >= r.Min && (r.Max == 0 || total.Amount <= r.Max)
}

// Faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "provider_account_not_found", "this shop has no such provider account: list them to see which there are")
	ErrUnknown  = fault.New(fault.NotFound, "provider_not_found", "no such provider is installed: list the providers to see which there are")
	ErrChanged  = fault.New(fault.Conflict, "revision_mismatch", "somebody else has changed this provider account: read it again")
	ErrKind     = fault.InvalidField("kind", "use payment or shipping")
	ErrMode     = fault.InvalidField("mode", "use test or live")
)

// Check refuses an account that cannot be stored. Errors: Invalid.
func (a Account) Check() error {
	switch {
	case a.Kind != Payment && a.Kind != Shipping:
		return ErrKind
	case a.Mode != Test && a.Mode != Live:
		return ErrMode
	case a.Plugin == "":
		return fault.InvalidField("plugin", "name the plugin, such as manual")
	}
	return a.Rules.check()
}

func (r Rules) check() error {
	if r.Min < 0 {
		return fault.InvalidField("rules.min", "must not be negative")
	}
	if r.Max < 0 || r.Max != 0 && r.Max < r.Min {
		return fault.InvalidField("rules.max", "must not be below min; 0 means no bound")
	}
	for i, c := range r.Countries {
		if len(c) != 2 || c[0] < 'A' || c[0] > 'Z' || c[1] < 'A' || c[1] > 'Z' || slices.Contains(r.Countries[:i], c) {
			return fault.InvalidField("rules.countries["+strconv.Itoa(i)+"]", "use a two-letter code in upper case, such as BD, and each once")
		}
	}
	for i, c := range r.Currencies {
		if known, err := money.ParseCurrency(string(c)); err != nil || known != c || slices.Contains(r.Currencies[:i], c) {
			return fault.InvalidField("rules.currencies["+strconv.Itoa(i)+"]", "use a code of ISO 4217 in upper case, such as BDT, and each once")
		}
	}
	return nil
}

// Find returns the account of a plugin in a mode. One that the vendor has since removed still names whom to ask, with
// nothing to ask with.
func Find(all []Account, t tenant.ID, kind Kind, plugin string, mode Mode) Account {
	for _, a := range all {
		if a.Plugin == plugin && a.Mode == mode {
			return a
		}
	}
	return Account{Tenant: t, Kind: kind, Plugin: plugin, Mode: mode, Disabled: true}
}
