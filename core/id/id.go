// Package id makes and checks opaque identifiers: a short prefix that names the kind, and 26 characters of
// time-ordered randomness ("ord_01jd3v4k2m…"). Being ordered, they insert cheaply into an index; being guessable in
// their first half, they are never secrets: use Secret for those.
package id

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
)

// alphabet is Crockford's base32 in lower case: no i, l, o, u, and byte order equals text order.
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// New returns prefix + "_" + 26 characters: 48 bits of milliseconds, 80 bits of randomness (the ULID layout).
func New(prefix string, at time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(at.UnixMilli())<<16)
	_, _ = rand.Read(b[6:]) // crypto/rand.Read never fails since Go 1.24
	return prefix + "_" + encoding.EncodeToString(b[:])
}

// Secret returns 26 characters with 128 bits of randomness, for tokens and order secrets.
func Secret() string { return strings.ToLower(rand.Text()) }

// Check reports whether s is an id of that prefix. Errors: NotFound, since an id we never made names nothing.
func Check(prefix, s string) error {
	rest, ok := strings.CutPrefix(s, prefix+"_")
	if ok && len(rest) == 26 && strings.Trim(rest, "0123456789abcdefghjkmnpqrstvwxyz") == "" {
		return nil
	}
	return fault.Newf(fault.NotFound, "not_found", "there is no %s_ id like this", prefix)
}
