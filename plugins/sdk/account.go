package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// Mode says whether real money moves.
type Mode string

// The modes. A vendor has credentials of its own for each.
const (
	Test Mode = "test"
	Live Mode = "live"
)

// Account is a vendor's use of the plugin: who a request is made for, and with which settings and credentials.
type Account struct {
	Tenant   string // opaque: a key for caches and journals, nothing more
	Mode     Mode
	Config   json.RawMessage // a JSON object as the plugin's ConfigSchema describes it, without the secret fields
	Secrets  Secrets         // the secret fields of the ConfigSchema, by name
	Former   Secrets         // those before the last rotation, for a while: good for checking a webhook, not for calling
	Revision int64           // grows with every change of the above, so that a plugin may cache by (Tenant, Mode, Revision)
}

// Decode reads the settings into a struct with json tags. A field the struct does not have is refused, so that a typing
// error of the vendor is told and not ignored. Errors: Misconfigured.
func (a Account) Decode(into any) error {
	if len(bytes.TrimSpace(a.Config)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(a.Config))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && wrong.Field != "" {
		return Misconfigured(wrong.Field, "must be "+wrong.Type.String()+", not "+wrong.Value)
	}
	if err != nil {
		field := strings.TrimPrefix(err.Error(), "json: unknown field ")
		if field != err.Error() {
			return Misconfigured(strings.Trim(field, `"`), "is not a setting of this provider")
		}
		return Misconfigured("config", "is not a JSON object as the provider's schema describes it")
	}
	return nil
}

// Amount is money in minor units (paisa, cents) of an ISO 4217 currency.
type Amount struct {
	Minor    int64
	Currency string
}

// Secrets are credentials by field name. They print as their names only.
type Secrets map[string]string

// String hides the values.
func (s Secrets) String() string {
	return "[redacted " + strings.Join(slices.Sorted(maps.Keys(s)), " ") + "]"
}

// GoString hides the values.
func (s Secrets) GoString() string { return s.String() }

// LogValue hides the values.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON hides the values: a secret that was encoded by mistake is not one that leaked.
func (s Secrets) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Fields are the inputs of a shopper. They may hold a card number, so they print as their names only.
type Fields map[string]string

// String hides the values.
func (f Fields) String() string { return "[redacted fields]" }

// GoString hides the values.
func (f Fields) GoString() string { return f.String() }

// LogValue hides the values.
func (f Fields) LogValue() slog.Value { return slog.StringValue(f.String()) }

// Address is where somebody lives or a parcel goes.
type Address struct {
	Name, Line1, Line2, City, Region, PostalCode string
	Country                                      string // ISO 3166-1 alpha-2
	Phone                                        string
}
