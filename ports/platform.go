package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
)

// NewTenant is all that provisioning needs.
type NewTenant struct {
	Tenant   tenant.Tenant
	Hosts    []string           // host names that lead to the shop, besides slug.<base domain>
	Owner    account.Account    // inserted with the tenant when its id is not yet known
	Accounts []provider.Account // enabled from the first moment
}

// Registry knows all tenants. It is read by tenants.Resolver, which caches it.
type Registry interface {
	// Tenant returns one tenant. Errors: tenant.ErrUnknownHost.
	Tenant(ctx context.Context, id tenant.ID) (tenant.Tenant, error)
	// TenantByHost looks up an own domain or, below the base domain, a slug. host is normalised. Errors as Tenant.
	TenantByHost(ctx context.Context, host string) (tenant.Tenant, error)
	// TenantByKey looks up a publishable key. Errors as Tenant.
	TenantByKey(ctx context.Context, key string) (tenant.Tenant, error)
	// Tenants lists all, by slug.
	Tenants(ctx context.Context) ([]tenant.Tenant, error)
	// Hosts lists the host names that lead to a tenant, without ports: for the socket's Origin check and for cookies.
	Hosts(ctx context.Context, id tenant.ID) ([]string, error)
}

// Provisioner makes and changes tenants.
type Provisioner interface {
	// Provision makes schema, role, baseline tables, registry row, owner and provider accounts in one transaction; the
	// tenant is usable when it returns. Errors: tenant.ErrSlugTaken, account.ErrEmailTaken.
	Provision(ctx context.Context, n NewTenant) error
	// SaveShop replaces what the vendor shows of itself.
	SaveShop(ctx context.Context, id tenant.ID, s tenant.Shop) error
	// SetStatus suspends or reopens a shop.
	SetStatus(ctx context.Context, id tenant.ID, s tenant.Status) error
}

// Staff holds the accounts of vendor staff, which belong to the platform, and their sessions.
type Staff interface {
	// StaffByEmail expects a cleaned address. Errors: account.ErrNotFound.
	StaffByEmail(ctx context.Context, email string) (account.Account, error)
	// StaffAccount returns an account by id. Errors: account.ErrNotFound.
	StaffAccount(ctx context.Context, id string) (account.Account, error)
	// Membership returns the role at one shop. Errors: identity.ErrForbidden.
	Membership(ctx context.Context, staff string, t tenant.ID) (identity.Role, error)
	// SavePassword replaces the hash and ends all sessions of the account, in one transaction.
	SavePassword(ctx context.Context, staff, hash string, at time.Time) error
	// StaffEmails lists the addresses of a shop's owners and managers, for order mail.
	StaffEmails(ctx context.Context, t tenant.ID) ([]string, error)
}

// StaffSessions holds refresh-token families and password resets of staff.
type StaffSessions interface {
	InsertStaffSession(ctx context.Context, s account.Session) error
	// UpdateStaffSession loads a session locked, runs fn and saves it, also when fn fails with account.ErrReuse (so
	// that the revocation is kept). Errors: account.ErrSession when there is none, those of fn.
	UpdateStaffSession(ctx context.Context, id string, fn func(*account.Session) error) error
	// StaffSession reads without locking. Errors: account.ErrSession.
	StaffSession(ctx context.Context, id string) (account.Session, error)
	SaveStaffReset(ctx context.Context, staff string, tokenHash []byte, expires time.Time) error
	// TakeStaffReset uses a token up. Errors: account.ErrResetToken.
	TakeStaffReset(ctx context.Context, tokenHash []byte, at time.Time) (staff string, err error)
}

// Routes says which reactions follow an event kind. core/app/reactions provides it, Emit uses it.
type Routes func(kind string) []event.Reaction

// SigningKeys stores the platform's token signing keys, sealed by the adapter above it.
type SigningKeys interface {
	// SigningKeys lists all that still verify, newest first; the first one signs.
	SigningKeys(ctx context.Context) ([]SigningKey, error)
	// AddSigningKey stores a key unless one was added since the caller looked; the caller reads again afterwards.
	AddSigningKey(ctx context.Context, k SigningKey) error
	// ResealSigningKey replaces the encrypted seed of a key.
	ResealSigningKey(ctx context.Context, k SigningKey) error
}

// SigningKey is an Ed25519 key. Sealed is the encrypted seed.
type SigningKey struct {
	KID       string
	Public    []byte
	Sealed    []byte
	CreatedAt time.Time
}

// Sealer encrypts small secrets at rest, bound to a context that must be the same when they are opened.
type Sealer interface {
	Seal(plain, boundTo []byte) ([]byte, error)
	Open(sealed, boundTo []byte) ([]byte, error)
}

// ReactionJob is the argument of the job that runs one reaction to one event. It carries no data of the tenant.
type ReactionJob struct {
	Tenant   tenant.ID `json:"tenant"`
	Event    event.ID  `json:"event"`
	Reaction string    `json:"reaction"`
}

// Kind names the job in the queue.
func (ReactionJob) Kind() string { return "reaction" }

// ReconcileJob is the argument of the job that compares one shop's payments with the providers' truth.
type ReconcileJob struct {
	Tenant tenant.ID `json:"tenant"`
}

// Kind names the job in the queue.
func (ReconcileJob) Kind() string { return "reconcile" }
