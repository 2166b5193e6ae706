package ports

import (
	"context"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
)

// ProviderAccount is a tenant's use of one provider plugin: what the plugin needs to act for this vendor.
type ProviderAccount struct {
	Tenant   tenant.ID
	Plugin   string            // plugin name, such as "sandbox"
	Settings map[string]string // the vendor's configuration, not secret
	Revision int64             // grows with every change, so that a plugin may cache by it
	Disabled bool              // no longer offered; payments that began with it are still settled
}

// PaymentProvider is one plugin acting for one tenant.
//
// No method may be called inside a transaction. Every call is idempotent by payment id: asked twice, the provider does
// it once. A timeout, a crash or a broken connection after the request left is Result{Outcome: Unknown} with a nil
// error; ask Get. An error means that the provider certainly did nothing: fault.Unavailable when the plugin cannot be
// reached, fault.Invalid when it refuses the request or the vendor's settings.
type PaymentProvider interface {
	Create(ctx context.Context, in CreatePayment) (payment.Result, error)
	Continue(ctx context.Context, in ContinuePayment) (payment.Result, error)
	Capture(ctx context.Context, id payment.ID, amount money.Money) (payment.Result, error)
	Void(ctx context.Context, id payment.ID) (payment.Result, error)
	// Get asks what became of a payment. NoSuchPayment is an answer and means that nothing was ever charged.
	Get(ctx context.Context, id payment.ID) (payment.Result, error)
}

// CreatePayment asks a provider to take or promise money.
type CreatePayment struct {
	ID          payment.ID
	Amount      money.Money
	Method      payment.Method
	OrderNumber string
	Email       string
	ReturnURL   string // where a redirect must bring the shopper back
}

// ContinuePayment goes on after the shopper came back from a redirect.
type ContinuePayment struct {
	ID     payment.ID
	Params map[string]string // the query the shopper came back with
}

// PaymentMethod is one way to pay as a checkout offers it.
type PaymentMethod struct {
	Provider string         `json:"provider"` // plugin name
	Kind     string         `json:"kind"`     // such as "card"
	Name     string         `json:"name"`     // such as "Cash on delivery"
	Hint     string         `json:"hint,omitempty"`
	Fields   []PaymentField `json:"fields"`
}

// PaymentField is an input the provider needs from the shopper.
type PaymentField struct {
	Name         string `json:"name"`
	Label        string `json:"label"`
	Autocomplete string `json:"autocomplete,omitempty"` // HTML autocomplete token, such as "cc-number"
	Example      string `json:"example,omitempty"`
	Secret       bool   `json:"secret"`
}

// PaymentProviders finds plugins. For never returns nil: a tenant without such a provider, or a plugin that is not
// running, gets one that refuses every call with fault.Unavailable and so never charges.
type PaymentProviders interface {
	For(account ProviderAccount) PaymentProvider
	// Methods lists the ways to pay of one provider account, in the plugin's order. The answer is cached by revision.
	Methods(ctx context.Context, account ProviderAccount) ([]PaymentMethod, error)
}

// ShippingProviders quotes rates. It is pure and may be cached for a short time.
type ShippingProviders interface {
	// Quote asks one account's plugin. Errors: fault.Unavailable.
	Quote(ctx context.Context, account ProviderAccount, parcel shipping.Parcel) ([]shipping.Rate, error)
}
