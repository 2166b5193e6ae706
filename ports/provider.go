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
	Books        bool           // of shipping plugins: it books, cancels, prints labels and tracks
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

// ConfigForms reads the JSON Schemas by which plugins describe their settings.
type ConfigForms interface {
	// Form reads a schema; an empty one has no fields. Errors: fault.Unavailable when the schema cannot be used.
	Form(schema []byte) (ConfigForm, error)
}

// ConfigForm is a plugin's description of its settings.
type ConfigForm interface {
	// Secrets lists the fields that are secret, by name.
	Secrets() []string
	// Check holds settings, a JSON object, and opened secrets against the schema. Errors: fault.Invalid with every wrong
	// field as "config.<path>" or "secrets.<name>"; no message repeats a value.
	Check(config []byte, secrets map[string]string) error
}

// Keyring seals a tenant's secrets with a data key of that tenant, bound to the tenant and the field's name: a sealed
// value opens for no other tenant and in no other field. Fields of accounts are named by provider.Account.SecretName.
type Keyring interface {
	SealFor(ctx context.Context, t tenant.ID, field string, plain []byte) ([]byte, error)
	OpenFor(ctx context.Context, t tenant.ID, field string, sealed []byte) ([]byte, error)
}

// TenantKey is one version of a tenant's data key.
type TenantKey struct {
	Tenant    tenant.ID
	Version   int64 // from 1; the highest one seals, all of them open
	Wrapped   []byte
	CreatedAt time.Time
}

// TenantKeys stores data keys, wrapped by the adapter above it.
type TenantKeys interface {
	// TenantKeys lists a tenant's keys, the highest version first.
	TenantKeys(ctx context.Context, t tenant.ID) ([]TenantKey, error)
	// AddTenantKey stores a version that is not there yet; otherwise it changes nothing, and the caller reads again.
	AddTenantKey(ctx context.Context, k TenantKey) error
	// AllTenantKeys lists the keys of all tenants after one, by tenant and version; the zero key begins.
	AllTenantKeys(ctx context.Context, after TenantKey, limit int) ([]TenantKey, error)
	// RewrapTenantKey replaces how a version is wrapped, unless that is no longer as in former.
	RewrapTenantKey(ctx context.Context, k TenantKey, former []byte) error
}
