// Package token makes and checks what proves identity: access tokens and password hashes.
//
// Access tokens are JWTs signed with Ed25519, for one tenant, for ten minutes. The package refuses every other
// algorithm, token type, issuer and tenant with the same ErrToken. Read token.go, then keys.go for where keys live.
package token

import (
	"context"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	tokenType = "at+jwt" // RFC 9068: an ID token or a token of another service must not pass as ours
	maxLength = 2048     // ours have about 500 bytes
)

// claims is the content of a token.
type claims struct {
	Kind    string `json:"kind"`
	Role    string `json:"role,omitempty"`
	Session string `json:"sid,omitempty"`
	jwt.RegisteredClaims
}

// Tokens is ports.Tokens. It may be used from many goroutines.
type Tokens struct {
	issuer string
	now    func() time.Time
	keys   keyring
}

// New returns tokens of an issuer (the platform's address). Keys are read when first needed, or by Load.
func New(keys ports.SigningKeys, sealer ports.Sealer, issuer string, now func() time.Time) *Tokens {
	return &Tokens{issuer: issuer, now: now, keys: keyring{store: keys, sealer: sealer, now: now}}
}

// Load reads the keys, and makes the first one on a new platform. Serving starts with it, so that a wrong master key
// is found at once and JWKS has an answer.
func (s *Tokens) Load(ctx context.Context) error {
	_, err := s.keys.signing(ctx)
	return err
}

// Reseal seals the keys anew with the present master key, so that an older one is not needed for them any more. Errors:
// the sealer's when the key that signs does not open.
func (s *Tokens) Reseal(ctx context.Context) error { return s.keys.reseal(ctx) }

// JWKS is the RFC 7517 document of all keys that verify; it has no keys before the first Load, Sign or Verify.
func (s *Tokens) JWKS() []byte {
	if set := s.keys.current.Load(); set != nil {
		return set.document
	}
	return []byte(`{"keys":[]}`)
}

// Sign returns a token for a customer or a member of staff. Guests and the system get none: Internal.
func (s *Tokens) Sign(ctx context.Context, a identity.Actor) (string, time.Time, error) {
	kind := kindName(a.Kind)
	if kind == "" || a.ID == "" || a.Tenant == "" {
		return "", time.Time{}, fault.New(fault.Internal, "unsignable_actor", "a token is made for a signed-in person only")
	}
	set, err := s.keys.signing(ctx)
	if err != nil {
		return "", time.Time{}, err
	}
	at := s.now().Truncate(time.Second)
	expires := at.Add(ports.AccessTokenLifetime)
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		Kind: kind, Role: string(a.Role), Session: a.Session,
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: s.issuer, Subject: a.ID, Audience: jwt.ClaimStrings{string(a.Tenant)}, ID: id.Secret(),
			IssuedAt: jwt.NewNumericDate(at), ExpiresAt: jwt.NewNumericDate(expires),
		},
	})
	t.Header["kid"], t.Header["typ"] = set.kid, tokenType
	text, err := t.SignedString(set.private)
	return text, expires, fault.Wrap(err, "sign a token")
}

// Verify returns the actor of a token made for t. Errors: ports.ErrToken; Unavailable while no keys can be read.
func (s *Tokens) Verify(ctx context.Context, text string, t tenant.ID) (identity.Actor, error) {
	// The size and the number of dots are checked before any decoding, so that garbage costs nothing.
	if len(text) > maxLength || strings.Count(text, ".") != 2 || t == "" {
		return identity.Actor{}, ports.ErrToken
	}
	var c claims
	var unreadable error
	_, err := s.parser(t).ParseWithClaims(text, &c, func(j *jwt.Token) (any, error) {
		kid, ok := acceptable(j.Header)
		if !ok {
			return nil, ports.ErrToken
		}
		key, err := s.keys.verifying(ctx, kid)
		if err != nil {
			unreadable = err
			return nil, err
		}
		if key == nil {
			return nil, ports.ErrToken
		}
		return key, nil
	})
	if unreadable != nil {
		return identity.Actor{}, unreadable
	}
	if err != nil {
		return identity.Actor{}, ports.ErrToken.With(err)
	}
	return c.actor(t)
}

func (s *Tokens) parser(t tenant.ID) *jwt.Parser {
	return jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(s.issuer), jwt.WithAudience(string(t)),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now), jwt.WithStrictDecoding(),
	)
}

// acceptable refuses other token types and headers that demand something we do not do (RFC 7515 §4.1.11).
func acceptable(header map[string]any) (kid string, ok bool) {
	if header["typ"] != tokenType || header["crit"] != nil {
		return "", false
	}
	kid, ok = header["kid"].(string)
	return kid, ok && id.Check("key", kid) == nil
}

func (c claims) actor(t tenant.ID) (identity.Actor, error) {
	a := identity.Actor{Tenant: t, ID: c.Subject, Session: c.Session}
	switch {
	case len(c.Audience) != 1 || c.Subject == "":
		return identity.Actor{}, ports.ErrToken
	case c.Kind == kindName(identity.Customer) && c.Role == "":
		a.Kind = identity.Customer
	case c.Kind == kindName(identity.Staff):
		role, err := identity.ParseRole(c.Role)
		if err != nil {
			return identity.Actor{}, ports.ErrToken.With(err)
		}
		a.Kind, a.Role = identity.Staff, role
	default:
		return identity.Actor{}, ports.ErrToken
	}
	return a, nil
}

func kindName(k identity.Kind) string {
	switch k {
	case identity.Customer:
		return "customer"
	case identity.Staff:
		return "staff"
	case identity.Guest, identity.System:
	}
	return ""
}

var _ ports.Tokens = (*Tokens)(nil)
