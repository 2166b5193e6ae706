package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
)

// AccessTokenLifetime is how long an access token is accepted.
const AccessTokenLifetime = 10 * time.Minute

// Tokens signs and verifies access tokens: JWT, EdDSA, audience = tenant.
type Tokens interface {
	// Sign returns a token for the actor that ends at AccessTokenLifetime from now.
	Sign(ctx context.Context, a identity.Actor) (token string, expires time.Time, err error)
	// Verify returns the actor of a token that was made for tenant t. Errors: ErrToken for everything else.
	Verify(ctx context.Context, token string, t tenant.ID) (identity.Actor, error)
}

// Passwords hashes with argon2id. Both calls take tens of milliseconds and 19 MiB, and wait while too many are at work.
type Passwords interface {
	Hash(ctx context.Context, password string) (string, error)
	// Verify reports a match. An empty hash costs the same time and never matches, so that unknown emails cannot be
	// told from wrong passwords.
	Verify(ctx context.Context, password, hash string) (bool, error)
}
