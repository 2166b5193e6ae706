package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
)

// Faults of providers.
var (
	// ErrForged refuses a webhook that does not come from the provider, is too old, or belongs to the other mode.
	ErrForged = fault.New(fault.Denied, "webhook_forged", "this webhook is not signed by the provider for this account")
	// ErrUnsupported is the answer to an operation that the plugin does not offer.
	ErrUnsupported = fault.New(fault.Invalid, "not_supported", "this provider does not offer that")
)

// Webhook is a request of a provider, as it came.
type Webhook struct {
	Method     string
	URL        string            // as the provider called it
	Header     map[string]string // names in lower case; several values of one name are joined by ", "
	Body       []byte            // at most 256 KB
	ReceivedAt time.Time
}

// WebhookReply is what the provider is answered once all is stored.
type WebhookReply struct {
	Status      int // 200 to 299
	ContentType string
	Body        []byte
}

// Webhooks reads what providers send by themselves.
type Webhooks interface {
	// ParsePaymentWebhook checks where a webhook comes from and says what it means: nothing, one or several events.
	// Errors: ErrForged, ErrUnsupported, fault.Unavailable when the plugin cannot be asked.
	ParsePaymentWebhook(ctx context.Context, account provider.Account, in Webhook) ([]payment.Event, WebhookReply, error)
}

// ProviderInfo is what a plugin says of itself, for the admin.
type ProviderInfo struct {
	Plugin       string
	Version      string
	ConfigSchema []byte         // JSON Schema (2020-12) of an object; "writeOnly": true marks a secret
	Validates    bool           // offers to check a configuration
	Traits       payment.Traits // of payment plugins
	Running      bool
}

// ProviderCatalog knows the plugins that vendors may use.
type ProviderCatalog interface {
	// Providers lists the plugins of a kind by name.
	Providers(ctx context.Context, kind provider.Kind) ([]ProviderInfo, error)
	// ValidateConfig lets the plugin check an account's settings and credentials; nil too when it does not offer that.
	// Errors: fault.Invalid with the fields that are wrong, fault.Unavailable.
	ValidateConfig(ctx context.Context, account provider.Account) error
}

// Keyring seals a tenant's secrets with a data key of that tenant, bound to the tenant and the field's name: a sealed
// value opens for no other tenant and in no other field.
type Keyring interface {
	SealFor(ctx context.Context, t tenant.ID, field string, plain []byte) ([]byte, error)
	OpenFor(ctx context.Context, t tenant.ID, field string, sealed []byte) ([]byte, error)
}
