package token

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/ports"
)

const (
	keysFreshFor = 5 * time.Minute // then they are read again, so that every node learns of new and retired keys
	reloadPause  = 5 * time.Second // between two reads for a key nobody knows, or after a failure
)

// keySet is what was stored at one moment; it never changes.
type keySet struct {
	kid      string
	private  ed25519.PrivateKey
	public   map[string]ed25519.PublicKey
	document []byte // JWKS
	readAt   time.Time
}

// keyring caches the signing keys. Requests read the pointer only; one of them at a time goes to the store.
type keyring struct {
	store  ports.SigningKeys
	sealer ports.Sealer
	now    func() time.Time

	current  atomic.Pointer[keySet]
	loading  sync.Mutex
	nextLoad time.Time // guarded by loading
}

// signing returns a set to sign with. A stale one is better than none while the store is away.
func (r *keyring) signing(ctx context.Context) (*keySet, error) {
	set := r.current.Load()
	if set != nil && r.now().Sub(set.readAt) < keysFreshFor {
		return set, nil
	}
	if set != nil && !r.loading.TryLock() {
		return set, nil
	} else if set == nil {
		r.loading.Lock()
	}
	defer r.loading.Unlock()
	if again := r.current.Load(); again != set {
		return again, nil
	}
	if set != nil && r.now().Before(r.nextLoad) {
		return set, nil
	}
	fresh, err := r.load(ctx)
	if err != nil && set != nil {
		return set, nil
	}
	return fresh, err
}

// verifying returns the public key named kid, or nil. A name nobody knows makes the ring read the store, at most once
// per reloadPause, so that made-up names cost nothing.
func (r *keyring) verifying(ctx context.Context, kid string) (ed25519.PublicKey, error) {
	set, err := r.signing(ctx)
	if err != nil {
		return nil, err
	}
	if key := set.public[kid]; key != nil {
		return key, nil
	}
	r.loading.Lock()
	defer r.loading.Unlock()
	if !r.now().Before(r.nextLoad) {
		if _, err := r.load(ctx); err != nil {
			return nil, err
		}
	}
	return r.current.Load().public[kid], nil
}

// load reads the store, and makes the first key if there is none. The caller holds loading.
func (r *keyring) load(ctx context.Context) (*keySet, error) {
	r.nextLoad = r.now().Add(reloadPause)
	stored, err := r.store.SigningKeys(ctx)
	if err == nil && len(stored) == 0 {
		stored, err = r.create(ctx)
	}
	if err != nil {
		return nil, fault.Wrap(err, "read the signing keys")
	}
	set, err := r.open(stored)
	if err != nil {
		return nil, err
	}
	r.current.Store(set)
	return set, nil
}

// create adds a key and reads what is stored: when several nodes start at once, all use the one that won.
func (r *keyring) create(ctx context.Context) ([]ports.SigningKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fault.Wrap(err, "make a signing key")
	}
	kid := id.New("key", r.now())
	sealed, err := r.sealer.Seal(private.Seed(), boundTo(kid))
	if err != nil {
		return nil, err
	}
	key := ports.SigningKey{KID: kid, Public: public, Sealed: sealed, CreatedAt: r.now()}
	if err := r.store.AddSigningKey(ctx, key); err != nil {
		return nil, err
	}
	return r.store.SigningKeys(ctx)
}

func (r *keyring) open(stored []ports.SigningKey) (*keySet, error) {
	if len(stored) == 0 {
		return nil, fault.New(fault.Internal, "no_signing_key", "no signing key was stored")
	}
	first := stored[0]
	seed, err := r.sealer.Open(first.Sealed, boundTo(first.KID))
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fault.New(fault.Internal, "bad_signing_key", "a stored signing key is damaged")
	}
	set := &keySet{kid: first.KID, private: ed25519.NewKeyFromSeed(seed), public: map[string]ed25519.PublicKey{}, readAt: r.now()}
	for _, k := range stored {
		if len(k.Public) != ed25519.PublicKeySize {
			return nil, fault.New(fault.Internal, "bad_signing_key", "a stored signing key is damaged")
		}
		set.public[k.KID] = k.Public
	}
	if !set.public[first.KID].Equal(set.private.Public()) {
		return nil, fault.New(fault.Internal, "bad_signing_key", "a stored signing key does not fit its public half")
	}
	set.document, err = jwks(stored)
	return set, err
}

// reseal seals the stored keys anew with the present master key. Of those that only verify, one that no longer opens is
// left as it is.
func (r *keyring) reseal(ctx context.Context) error {
	stored, err := r.store.SigningKeys(ctx)
	if err != nil {
		return err
	}
	for i, k := range stored {
		seed, err := r.sealer.Open(k.Sealed, boundTo(k.KID))
		if err != nil && i > 0 {
			continue
		}
		if err == nil {
			k.Sealed, err = r.sealer.Seal(seed, boundTo(k.KID))
		}
		if err == nil {
			err = r.store.ResealSigningKey(ctx, k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func boundTo(kid string) []byte { return []byte("signing_keys/" + kid) }

// jwk is a public key as RFC 8037 writes it.
type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	KID       string `json:"kid"`
	X         string `json:"x"`
}

func jwks(stored []ports.SigningKey) ([]byte, error) {
	var doc struct {
		Keys []jwk `json:"keys"`
	}
	for _, k := range stored {
		doc.Keys = append(doc.Keys, jwk{
			Type: "OKP", Curve: "Ed25519", Use: "sig", Algorithm: "EdDSA", KID: k.KID,
			X: base64.RawURLEncoding.EncodeToString(k.Public),
		})
	}
	out, err := json.Marshal(doc)
	return out, fault.Wrap(err, "write the key document")
}
