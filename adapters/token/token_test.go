package token_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/adapters/token"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	issuer           = "https://halum.test"
	shopA, shopB     = tenant.ID("ten_a"), tenant.ID("ten_b")
	staffID, session = "stf_1", "ses_1"
)

// store holds signing keys as the database does: one is added only when the caller saw all that are there.
type store struct {
	mu    sync.Mutex
	keys  []ports.SigningKey
	reads int
	down  bool
}

func (s *store) SigningKeys(context.Context) ([]ports.SigningKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.down {
		return nil, ports.ErrDatabase
	}
	return slices.Clone(s.keys), nil
}

func (s *store) AddSigningKey(_ context.Context, k ports.SigningKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) == 0 {
		s.keys = []ports.SigningKey{k}
	}
	return nil
}

func (s *store) ResealSigningKey(_ context.Context, k ports.SigningKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.keys {
		if s.keys[i].KID == k.KID {
			s.keys[i].Sealed = k.Sealed
		}
	}
	return nil
}

// clock is a settable time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

type bench struct {
	store  *store
	clock  *clock
	sealer *seal.Sealer
	tokens *token.Tokens
}

func setup(t *testing.T) bench {
	t.Helper()
	s, err := seal.New(bytes.Repeat([]byte{9}, seal.KeySize))
	require.NoError(t, err)
	b := bench{store: &store{}, clock: &clock{at: time.Date(2026, 11, 23, 12, 0, 0, 5e8, time.UTC)}, sealer: s}
	b.tokens = b.node()
	require.NoError(t, b.tokens.Load(t.Context()))
	return b
}

func (b bench) node() *token.Tokens { return token.New(b.store, b.sealer, issuer, b.clock.now) }

func (b bench) private(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	seed, err := b.sealer.Open(b.store.keys[0].Sealed, []byte("signing_keys/"+b.store.keys[0].KID))
	require.NoError(t, err)
	return ed25519.NewKeyFromSeed(seed)
}

// addKey rotates: the new key comes first.
func (b bench) addKey(t *testing.T) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	kid := id.New("key", b.clock.now())
	sealed, err := b.sealer.Seal(private.Seed(), []byte("signing_keys/"+kid))
	require.NoError(t, err)
	b.store.mu.Lock()
	defer b.store.mu.Unlock()
	b.store.keys = append([]ports.SigningKey{{KID: kid, Public: public, Sealed: sealed}}, b.store.keys...)
}

var (
	owner   = identity.Actor{Tenant: shopA, Kind: identity.Staff, ID: staffID, Role: identity.Owner, Session: session}
	shopper = identity.Actor{Tenant: shopA, Kind: identity.Customer, ID: "cus_1", Session: "ses_2"}
)

func TestSignAndVerify(t *testing.T) {
	b := setup(t)
	for name, actor := range map[string]identity.Actor{"staff": owner, "customer": shopper} {
		t.Run(name, func(t *testing.T) {
			text, expires, err := b.tokens.Sign(t.Context(), actor)
			require.NoError(t, err)
			require.Equal(t, time.Date(2026, 11, 23, 12, 10, 0, 0, time.UTC), expires)
			got, err := b.node().Verify(t.Context(), text, shopA)
			require.NoError(t, err)
			require.Equal(t, actor, got)

			_, err = b.tokens.Verify(t.Context(), text, shopB)
			require.ErrorIs(t, err, ports.ErrToken)
			_, err = b.tokens.Verify(t.Context(), text, "")
			require.ErrorIs(t, err, ports.ErrToken)
		})
	}
	for _, actor := range []identity.Actor{identity.For(shopA), identity.GuestOf(shopA), {Kind: identity.Staff, ID: "x"}, {Tenant: shopA, Kind: identity.Staff}} {
		_, _, err := b.tokens.Sign(t.Context(), actor)
		require.Equal(t, fault.Internal, fault.KindOf(err))
	}
}

func TestExpiry(t *testing.T) {
	b := setup(t)
	text, _, err := b.tokens.Sign(t.Context(), owner)
	require.NoError(t, err)
	b.clock.pass(ports.AccessTokenLifetime - time.Second)
	_, err = b.tokens.Verify(t.Context(), text, shopA)
	require.NoError(t, err)
	b.clock.pass(time.Second)
	_, err = b.tokens.Verify(t.Context(), text, shopA)
	require.ErrorIs(t, err, ports.ErrToken)
}

// TestForgeries signs with the platform's real key where that makes the forgery harder to see.
func TestForgeries(t *testing.T) {
	b := setup(t)
	kid := b.store.keys[0].KID
	good := func() (map[string]any, jwt.MapClaims) {
		now := b.clock.now()
		return map[string]any{"typ": "at+jwt", "kid": kid}, jwt.MapClaims{
			"iss": issuer, "aud": []string{string(shopA)}, "sub": staffID, "kind": "staff", "role": "owner", "sid": session,
			"exp": now.Add(time.Minute).Unix(), "iat": now.Unix(), "jti": "x",
		}
	}
	_, stranger, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)

	for _, tc := range []struct {
		name   string
		method jwt.SigningMethod
		key    any
		change func(header map[string]any, c jwt.MapClaims)
		ok     bool
	}{
		{name: "control", change: func(map[string]any, jwt.MapClaims) {}, ok: true},
		{name: "none", method: jwt.SigningMethodNone, key: jwt.UnsafeAllowNoneSignatureType},
		{name: "HS256 with the public key", method: jwt.SigningMethodHS256, key: b.store.keys[0].Public},
		{name: "RS256", method: jwt.SigningMethodRS256, key: rsaKey},
		{name: "a stranger's key", key: stranger},
		{name: "another issuer", change: func(_ map[string]any, c jwt.MapClaims) { c["iss"] = "https://evil.test" }},
		{name: "no issuer", change: func(_ map[string]any, c jwt.MapClaims) { delete(c, "iss") }},
		{name: "other shop", change: func(_ map[string]any, c jwt.MapClaims) { c["aud"] = string(shopB) }},
		{name: "two shops", change: func(_ map[string]any, c jwt.MapClaims) { c["aud"] = []string{string(shopB), string(shopA)} }},
		{name: "no audience", change: func(_ map[string]any, c jwt.MapClaims) { delete(c, "aud") }},
		{name: "expired", change: func(_ map[string]any, c jwt.MapClaims) { c["exp"] = b.clock.now().Add(-time.Second).Unix() }},
		{name: "never expires", change: func(_ map[string]any, c jwt.MapClaims) { delete(c, "exp") }},
		{name: "not yet", change: func(_ map[string]any, c jwt.MapClaims) { c["nbf"] = b.clock.now().Add(time.Hour).Unix() }},
		{name: "nobody", change: func(_ map[string]any, c jwt.MapClaims) { delete(c, "sub") }},
		{name: "system", change: func(_ map[string]any, c jwt.MapClaims) { c["kind"] = "system" }},
		{name: "no kind", change: func(_ map[string]any, c jwt.MapClaims) { delete(c, "kind") }},
		{name: "customer with a role", change: func(_ map[string]any, c jwt.MapClaims) { c["kind"] = "customer" }},
		{name: "unknown role", change: func(_ map[string]any, c jwt.MapClaims) { c["role"] = "god" }},
		{name: "other type", change: func(h map[string]any, _ jwt.MapClaims) { h["typ"] = "JWT" }},
		{name: "crit", change: func(h map[string]any, _ jwt.MapClaims) { h["crit"] = []string{"x"} }},
		{name: "kid is a path", change: func(h map[string]any, _ jwt.MapClaims) { h["kid"] = "../../etc/passwd" }},
		{name: "kid is SQL", change: func(h map[string]any, _ jwt.MapClaims) { h["kid"] = "x' OR '1'='1" }},
		{name: "kid is no text", change: func(h map[string]any, _ jwt.MapClaims) { h["kid"] = 1 }},
		{name: "no kid", change: func(h map[string]any, _ jwt.MapClaims) { delete(h, "kid") }},
		{name: "jku and jwk with a stranger's key", key: stranger, change: func(h map[string]any, _ jwt.MapClaims) {
			h["jku"], h["jwk"] = "https://evil.test/jwks.json", map[string]any{"kty": "OKP", "crv": "Ed25519", "x": "AA"}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			header, c := good()
			if tc.change != nil {
				tc.change(header, c)
			}
			if tc.method == nil {
				tc.method = jwt.SigningMethodEdDSA
			}
			if tc.key == nil {
				tc.key = b.private(t)
			}
			forged := jwt.NewWithClaims(tc.method, c)
			delete(forged.Header, "typ")
			for k, v := range header {
				forged.Header[k] = v
			}
			text, err := forged.SignedString(tc.key)
			require.NoError(t, err)
			actor, err := b.tokens.Verify(t.Context(), text, shopA)
			if tc.ok {
				require.NoError(t, err)
				require.Equal(t, owner, actor)
				return
			}
			require.ErrorIs(t, err, ports.ErrToken)
			require.Zero(t, actor)
		})
	}
}

func TestGarbageIsRefusedFast(t *testing.T) {
	b := setup(t)
	text, _, err := b.tokens.Sign(t.Context(), owner)
	require.NoError(t, err)
	parts := strings.Split(text, ".")
	reads := b.store.reads
	for name, garbage := range map[string]string{
		"empty": "", "dots": strings.Repeat(".", 1<<20), "letters": strings.Repeat("a", 1<<20), "two dots": "..",
		"words": "not.a.token", "no signature": parts[0] + "." + parts[1] + ".", "cut": text[:len(text)-2],
		"twice": text + "." + text, "spaces": " " + text, "padded": parts[0] + "." + parts[1] + "=." + parts[2],
		"huge claims": parts[0] + "." + strings.Repeat("A", 1<<20) + "." + parts[2],
		"swapped":     parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"stf_2"}`)) + "." + parts[2],
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			_, err := b.tokens.Verify(t.Context(), garbage, shopA)
			require.ErrorIs(t, err, ports.ErrToken)
			require.Less(t, time.Since(began), 50*time.Millisecond)
		})
	}
	require.Equal(t, reads, b.store.reads)
}

func TestNodesThatStartTogetherShareOneKey(t *testing.T) {
	b := setup(t)
	b.store.keys = nil
	nodes := make([]*token.Tokens, 8)
	var all sync.WaitGroup
	for i := range nodes {
		nodes[i] = b.node()
		all.Go(func() { _ = nodes[i].Load(t.Context()) })
	}
	all.Wait()
	require.Len(t, b.store.keys, 1)
	text, _, err := nodes[0].Sign(t.Context(), owner)
	require.NoError(t, err)
	for _, n := range nodes {
		_, err := n.Verify(t.Context(), text, shopA)
		require.NoError(t, err)
		require.JSONEq(t, string(nodes[0].JWKS()), string(n.JWKS()))
	}
}

func TestRotation(t *testing.T) {
	b := setup(t)
	old, _, err := b.tokens.Sign(t.Context(), owner)
	require.NoError(t, err)
	b.clock.pass(10 * time.Second)
	b.addKey(t)
	fresh, _, err := b.node().Sign(t.Context(), owner)
	require.NoError(t, err)

	for _, text := range []string{old, fresh} { // the new key is found although the cached ones are not old yet
		_, err = b.tokens.Verify(t.Context(), text, shopA)
		require.NoError(t, err)
	}
	b.store.keys = b.store.keys[:1]
	b.clock.pass(6 * time.Minute)
	_, err = b.tokens.Verify(t.Context(), fresh, shopA)
	require.NoError(t, err)
	_, err = b.tokens.Verify(t.Context(), old, shopA)
	require.ErrorIs(t, err, ports.ErrToken, "retired")
}

func TestUnknownKeysDoNotReachTheStore(t *testing.T) {
	b := setup(t)
	forged := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": issuer})
	forged.Header["typ"] = "at+jwt"
	b.clock.pass(time.Minute)
	reads := b.store.reads
	for range 1000 {
		forged.Header["kid"] = id.New("key", b.clock.now())
		text, err := forged.SignedString(b.private(t))
		require.NoError(t, err)
		_, err = b.tokens.Verify(t.Context(), text, shopA)
		require.ErrorIs(t, err, ports.ErrToken)
	}
	require.Equal(t, reads+1, b.store.reads)
}

func TestStoreAway(t *testing.T) {
	b := setup(t)
	text, _, err := b.tokens.Sign(t.Context(), owner)
	require.NoError(t, err)
	b.store.down = true
	b.clock.pass(9 * time.Minute)
	_, err = b.tokens.Verify(t.Context(), text, shopA)
	require.NoError(t, err, "known keys serve on")
	_, err = b.node().Verify(t.Context(), text, shopA)
	require.ErrorIs(t, err, ports.ErrDatabase, "a node without keys says so, and does not call the token bad")
	require.NotErrorIs(t, err, ports.ErrToken)
}

func TestWrongMasterKeyIsFoundAtStart(t *testing.T) {
	b := setup(t)
	other, err := seal.New(bytes.Repeat([]byte{8}, seal.KeySize))
	require.NoError(t, err)
	err = token.New(b.store, other, issuer, b.clock.now).Load(t.Context())
	require.ErrorIs(t, err, seal.ErrSealed)
}

func TestJWKSVerifiesWhatWeSign(t *testing.T) {
	b := setup(t)
	require.JSONEq(t, `{"keys":[]}`, string(b.node().JWKS()))
	var doc struct{ Keys []map[string]string }
	require.NoError(t, json.Unmarshal(b.tokens.JWKS(), &doc))
	require.Len(t, doc.Keys, 1)
	x, err := base64.RawURLEncoding.DecodeString(doc.Keys[0]["x"])
	require.NoError(t, err)
	delete(doc.Keys[0], "x")
	require.Equal(t, map[string]string{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": b.store.keys[0].KID}, doc.Keys[0])

	text, _, err := b.tokens.Sign(t.Context(), owner)
	require.NoError(t, err)
	dot := strings.LastIndexByte(text, '.')
	signature, err := base64.RawURLEncoding.DecodeString(text[dot+1:])
	require.NoError(t, err)
	require.True(t, ed25519.Verify(x, []byte(text[:dot]), signature))
	require.NotContains(t, string(b.tokens.JWKS()), base64.RawURLEncoding.EncodeToString(b.private(t).Seed()))
}

func TestResealNeedsTheOlderKeyOnce(t *testing.T) {
	b := setup(t)
	text, _, err := b.tokens.Sign(t.Context(), owner)
	require.NoError(t, err)
	older, next := bytes.Repeat([]byte{9}, seal.KeySize), bytes.Repeat([]byte{7}, seal.KeySize)
	alone, err := seal.New(next)
	require.NoError(t, err)
	require.ErrorIs(t, token.New(b.store, alone, issuer, b.clock.now).Reseal(t.Context()), seal.ErrSealed)
	both, err := seal.New(next, older)
	require.NoError(t, err)
	require.NoError(t, token.New(b.store, both, issuer, b.clock.now).Reseal(t.Context()))
	require.True(t, alone.Current(b.store.keys[0].Sealed))
	fresh := token.New(b.store, alone, issuer, b.clock.now)
	require.NoError(t, fresh.Load(t.Context()))
	got, err := fresh.Verify(t.Context(), text, shopA)
	require.NoError(t, err)
	require.Equal(t, owner.ID, got.ID)
}
