// Package seal encrypts small secrets at rest: signing keys, credentials of provider accounts.
//
// It owns the master key in memory and refuses to open anything that was sealed for another context. Sealed values name
// the key that made them, so that a new master key can be introduced while the old ones still open what they sealed.
// A Sealer has the keys it was given; a Keyring has a data key per tenant, wrapped by a Sealer.
package seal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/aead/xchacha20poly1305"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

// KeySize is the length of a master key in bytes.
const KeySize = 32

// ErrSealed says that a value does not open: it was sealed with another key, for another context, or was changed.
var ErrSealed = fault.New(fault.Internal, "sealed_value_unreadable", "a stored secret cannot be opened with this master key")

// Sealer is XChaCha20-Poly1305 under one or more master keys. It may be used from many goroutines.
type Sealer struct {
	primitive tink.AEAD
	id        uint32 // of the key that seals
}

// New seals with master and opens what master or one of the older keys has sealed. A key for one tenant's data, sealed
// here, makes a Sealer of its own.
func New(master []byte, older ...[]byte) (*Sealer, error) {
	keys := keyset.NewManager()
	for i, k := range append([][]byte{master}, older...) {
		id, err := add(keys, k)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			continue
		}
		if err := keys.SetPrimary(id); err != nil {
			return nil, fmt.Errorf("master key: %w", err)
		}
	}
	handle, err := keys.Handle()
	if err != nil {
		return nil, fmt.Errorf("master keys: %w", err)
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("master keys: %w", err)
	}
	return &Sealer{primitive: primitive, id: keyID(master)}, nil
}

func add(keys *keyset.Manager, raw []byte) (uint32, error) {
	if len(raw) != KeySize {
		return 0, fmt.Errorf("a master key has %d bytes, not %d", KeySize, len(raw))
	}
	params, err := xchacha20poly1305.NewParameters(xchacha20poly1305.VariantTink)
	if err != nil {
		return 0, fmt.Errorf("master key: %w", err)
	}
	key, err := xchacha20poly1305.NewKey(secretdata.NewBytesFromData(raw, insecuresecretdataaccess.Token{}), keyID(raw), params)
	if err != nil {
		return 0, fmt.Errorf("master key: %w", err)
	}
	id, err := keys.AddKey(key)
	if err != nil {
		return 0, fmt.Errorf("master key (is one given twice?): %w", err)
	}
	return id, nil
}

// keyID is the same on every node and tells nothing about the key.
func keyID(raw []byte) uint32 {
	sum := sha256.Sum256(append([]byte("halum master key id\x00"), raw...))
	return binary.BigEndian.Uint32(sum[:]) | 1 // zero is not an id
}

// Seal encrypts plain so that it opens only together with the same boundTo. Two results for the same input differ.
func (s *Sealer) Seal(plain, boundTo []byte) ([]byte, error) {
	sealed, err := s.primitive.Encrypt(plain, boundTo)
	return sealed, fault.Wrap(err, "seal a secret")
}

// Open reverses Seal. Errors: ErrSealed.
func (s *Sealer) Open(sealed, boundTo []byte) ([]byte, error) {
	plain, err := s.primitive.Decrypt(sealed, boundTo)
	if err != nil {
		return nil, ErrSealed.With(err)
	}
	return plain, nil
}

// Current reports whether the key that seals now has sealed a value, rather than an older one.
func (s *Sealer) Current(sealed []byte) bool {
	id, ok := sealedBy(sealed)
	return ok && id == s.id
}

// ParseKey reads a master key as the configuration holds it: 32 bytes in base64, standard or URL alphabet, with or
// without padding. The text never appears in the error.
func ParseKey(text string) ([]byte, error) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(strings.TrimSpace(text), "="))
	key, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(key) != KeySize {
		return nil, errors.New("a master key is 32 bytes in base64: make one with `openssl rand -base64 32`")
	}
	return key, nil
}

var _ ports.Sealer = (*Sealer)(nil)
