package ports

import (
	"context"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
)

// PaymentProvider is one plugin acting for one account of a tenant.
//
// No method may be called inside a transaction. Every call is idempotent by its id: asked twice, the provider does it
// once. A timeout, a crash or a broken connection after the request left is an Unknown outcome with a nil error; ask
// Payment or Refund, or send the same again. An error means that the provider certainly did nothing: fault.Unavailable
// when the plugin cannot be reached, fault.Invalid when it refuses the request or the vendor's settings.
type PaymentProvider interface {
	PaymentStarter
	PaymentMover
}

// PaymentStarter begins payments and asks about them.
type PaymentStarter interface {
	Create(ctx context.Context, in CreatePayment) (payment.Result, error)
	// Update asks for another amount, which is p's, while nothing is paid or promised. Errors: ErrUnsupported.
	Update(ctx context.Context, p payment.Payment, key string) (payment.Result, error)
	Continue(ctx context.Context, p payment.Payment, params map[string]string) (payment.Result, error)
	// Payment asks what became of a payment. NoSuchPayment is an answer and means that nothing was ever taken.
	Payment(ctx context.Context, p payment.Payment) (payment.Result, error)
}

// PaymentMover moves the money of a payment that exists.
type PaymentMover interface {
	// Capture takes m.Amount of what was promised. final says that no other capture follows.
	Capture(ctx context.Context, p payment.Payment, m payment.Move, final bool) (payment.Result, error)
	// Void gives up what was not taken. Captured is an answer: that money stays until it is refunded.
	Void(ctx context.Context, p payment.Payment) (payment.Result, error)
	Refund(ctx context.Context, p payment.Payment, m payment.Move) (payment.MoveResult, error)
	// RefundStatus asks what became of a refund. NoSuchPayment means that nothing was given back for it.
	RefundStatus(ctx context.Context, p payment.Payment, m payment.Move) (payment.MoveResult, error)
}

// CreatePayment asks a provider to take or promise money.
type CreatePayment struct {
	Payment         payment.Payment
	Method          payment.Method
	CaptureLater    bool // promise only
	OrderNumber     string
	Email           string
	ShippingAddress shipping.Address // the buyer's too, when there is no other
	Locale          string           // BCP 47
	ReturnURL       string           // where a redirect must bring the shopper back
	WebhookURL      string           // where the provider may send news; "" when it cannot reach the shop
}

// PaymentMethod is one way to pay as a checkout offers it.
type PaymentMethod struct {
	Provider string         `json:"provider"` // plugin name
	Kind     string         `json:"kind"`     // such as "card"
	Name     string         `json:"name"`     // such as "Cash on delivery"
	Hint     string         `json:"hint,omitempty"`
	Test     bool           `json:"test,omitempty"` // no real money moves
	Fields   []PaymentField `json:"fields"`
}

// PaymentField is an input the provider needs from the shopper.
type PaymentField struct {
	Name         string `json:"name"`
	Label        string `json:"label"`
	Autocomplete string `json:"autocomplete,omitempty"` // HTML autocomplete token, such as "cc-number"
	Example      string `json:"example,omitempty"`
	Secret       bool   `json:"secret"`
	ByLibrary    bool   `json:"by_library"` // filled in by the provider's own code in the browser
}

// PaymentProviders finds plugins. For never returns nil: a tenant without such a provider, or a plugin that is not
// running, gets one that refuses every call with fault.Unavailable and so never charges.
type PaymentProviders interface {
	For(account provider.Account) PaymentProvider
	// Methods lists the ways to pay of one account for a total that goes to a country, in the plugin's order; none when
	// the plugin does not take such a purchase. The plugin's answer is cached by revision.
	Methods(ctx context.Context, account provider.Account, country string, total money.Money) ([]PaymentMethod, error)
	// PaymentTraits says what the account's plugin can. Errors: fault.Unavailable.
	PaymentTraits(ctx context.Context, account provider.Account) (payment.Traits, error)
}

// ShippingProviders quotes rates. It is pure and may be cached for a short time.
type ShippingProviders interface {
	// Quote asks one account's plugin. Errors: fault.Unavailable.
	Quote(ctx context.Context, account provider.Account, parcel shipping.Parcel) ([]shipping.Rate, error)
}
