package token

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

// cost is what one argon2id hash takes; current is OWASP's recommendation.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

var current = cost{memory: 19 * 1024, time: 2, threads: 1}

const (
	saltSize  = 16
	hashSize  = 32
	maxMemory = 256 * 1024 // KiB: a damaged row must not take the machine down
)

var errHash = fault.New(fault.Internal, "bad_password_hash", "a stored password hash is damaged")

// Passwords is ports.Passwords. It may be used from many goroutines.
type Passwords struct{ slots chan struct{} }

// NewPasswords lets at most atOnce hashes run at a time, 0 meaning one per processor and at most four: each takes 19 MiB.
func NewPasswords(atOnce int) *Passwords {
	if atOnce < 1 {
		atOnce = min(runtime.GOMAXPROCS(0), 4)
	}
	return &Passwords{slots: make(chan struct{}, atOnce)}
}

// Hash returns a PHC string. Errors: Unavailable when ctx ends while it waits for its turn.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // crypto/rand.Read never fails since Go 1.24
	sum, err := p.derive(ctx, password, salt, current, hashSize)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		current.memory, current.time, current.threads, b64.EncodeToString(salt), b64.EncodeToString(sum)), nil
}

// Verify reports a match; see ports.Passwords for the empty hash. Errors: Unavailable as Hash, Internal for a hash that
// is not one of ours.
func (p *Passwords) Verify(ctx context.Context, password, hash string) (bool, error) {
	if hash == "" {
		_, err := p.derive(ctx, password, make([]byte, saltSize), current, hashSize)
		return false, err
	}
	c, salt, want, err := parse(hash)
	if err != nil {
		return false, err
	}
	got, err := p.derive(ctx, password, salt, c, uint32(len(want)))
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// NeedsRehash reports that a hash was made at another cost than today's: hash again at the next login.
func (p *Passwords) NeedsRehash(hash string) bool {
	c, salt, sum, err := parse(hash)
	return err != nil || c != current || len(salt) != saltSize || len(sum) != hashSize
}

func (p *Passwords) derive(ctx context.Context, password string, salt []byte, c cost, size uint32) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, ports.ErrTimeout.With(err)
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ports.ErrTimeout.With(ctx.Err())
	}
	return argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, size), nil
}

func parse(hash string) (c cost, salt, sum []byte, err error) {
	var version int
	var rest string
	n, err := fmt.Sscanf(hash, "$argon2id$v=%d$m=%d,t=%d,p=%d$%s", &version, &c.memory, &c.time, &c.threads, &rest)
	if err != nil || n != 5 || version != argon2.Version {
		return cost{}, nil, nil, errHash
	}
	if c.memory < 8 || c.memory > maxMemory || c.time < 1 || c.time > 16 || c.threads < 1 || c.threads > 16 {
		return cost{}, nil, nil, errHash
	}
	if salt, sum, err = parseTail(rest); err != nil {
		return cost{}, nil, nil, errHash
	}
	return c, salt, sum, nil
}

func parseTail(s string) (salt, sum []byte, err error) {
	first, second, _ := strings.Cut(s, "$")
	if salt, err = base64.RawStdEncoding.Strict().DecodeString(first); err != nil {
		return nil, nil, err
	}
	if sum, err = base64.RawStdEncoding.Strict().DecodeString(second); err != nil {
		return nil, nil, err
	}
	if len(salt) < 8 || len(sum) < 16 || len(sum) > 64 {
		return nil, nil, errHash
	}
	return salt, sum, nil
}

var _ ports.Passwords = (*Passwords)(nil)
