package sdk

import "log/slog"

// Account is the vendor a request is made for.
type Account struct {
	Tenant   string            // opaque: a key for caches and journals, nothing more
	Settings map[string]string // the vendor's configuration, not secret
	Revision int64             // grows with every change of the settings
}

// Amount is money in minor units (paisa, cents) of an ISO 4217 currency.
type Amount struct {
	Minor    int64
	Currency string
}

// Fields are the inputs of a shopper. They may hold a card number, so they print as their names only.
type Fields map[string]string

// String hides the values.
func (f Fields) String() string { return "[redacted fields]" }

// GoString hides the values.
func (f Fields) GoString() string { return f.String() }

// LogValue hides the values.
func (f Fields) LogValue() slog.Value { return slog.StringValue(f.String()) }
