package account

import (
	"crypto/sha256"
	"crypto/subtle"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
)

// Session is one sign-in: a family of refresh tokens of which only the newest works. Presenting an older one means that
// it was stolen or copied, and ends the whole family (RFC 9700, section 4.14.2).
type Session struct {
	ID         string // "ses_…"
	Account    string
	Generation int64  // of the newest token
	SecretHash []byte // SHA-256 of the newest token's secret
	ExpiresAt  time.Time
	RevokedAt  time.Time
	CreatedAt  time.Time
}

// SessionLifetime is how long a session lives without being refreshed.
const SessionLifetime = 30 * 24 * time.Hour

// Faults of sessions.
var (
	ErrSession = fault.New(fault.Denied, "session_ended", "this session has ended: sign in again")
	ErrReuse   = fault.New(fault.Denied, "refresh_token_reused", "this refresh token was already used: the session was ended for safety, sign in again")
)

// StartSession opens a session and returns it with its first refresh token.
func StartSession(account string, at time.Time) (Session, string) {
	s := Session{ID: id.New("ses", at), Account: account, CreatedAt: at}
	return s, s.issue(at)
}

// Rotate exchanges the newest token for the next one. Errors: ErrSession for an ended session or a foreign token;
// ErrReuse for an older token, and then the session is revoked and must be saved.
func (s *Session) Rotate(token string, at time.Time) (string, error) {
	if err := s.Verify(token, at); err != nil {
		return "", err
	}
	return s.issue(at), nil
}

// Verify checks a token without using it up. Errors as Rotate.
func (s *Session) Verify(token string, at time.Time) error {
	_, generation, secret, ok := SplitToken(token)
	switch {
	case !ok, !s.RevokedAt.IsZero(), !at.Before(s.ExpiresAt), generation > s.Generation:
		return ErrSession
	case generation < s.Generation:
		s.RevokedAt = at
		return ErrReuse
	case subtle.ConstantTimeCompare(HashToken(secret), s.SecretHash) != 1:
		return ErrSession
	}
	return nil
}

// Revoke ends the session.
func (s *Session) Revoke(at time.Time) { s.RevokedAt = at }

func (s *Session) issue(at time.Time) string {
	secret := id.Secret()
	s.Generation++
	s.SecretHash, s.ExpiresAt = HashToken(secret), at.Add(SessionLifetime)
	return s.ID + "." + strconv.FormatInt(s.Generation, 10) + "." + secret
}

// SplitToken takes a refresh token "session.generation.secret" apart.
func SplitToken(token string) (session string, generation int64, secret string, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || id.Check("ses", parts[0]) != nil || parts[2] == "" {
		return "", 0, "", false
	}
	generation, err := strconv.ParseInt(parts[1], 10, 64)
	return parts[0], generation, parts[2], err == nil && generation > 0
}

// HashToken is how tokens of 128 random bits are stored: a plain SHA-256, since they cannot be guessed.
func HashToken(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}
