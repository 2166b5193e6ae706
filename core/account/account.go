// Package account owns who can sign in: vendor staff (known to the whole platform) and shoppers (known to one shop), and
// their sessions. Passwords arrive here only as hashes. Read session.go for refresh tokens.
package account

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
)

// Account is somebody with an email address and a password: "usr_…" for staff, "cus_…" for shoppers.
type Account struct {
	ID           string
	Email        string // normalised by CleanEmail, unique among its kind
	Name         string
	PasswordHash string // argon2id, PHC string format
	CreatedAt    time.Time
}

// Membership gives a staff account a role at one shop.
type Membership struct {
	Account string
	Tenant  tenant.ID
	Role    identity.Role
}

// Faults of this package. ErrCredentials never says which half was wrong.
var (
	ErrCredentials = fault.New(fault.Denied, "wrong_credentials", "email or password is wrong")
	ErrEmailTaken  = fault.New(fault.Conflict, "email_taken", "there is already an account with this email: sign in instead")
	ErrEmail       = fault.InvalidField("email", "enter an email address, such as name@example.com")
	ErrPassword    = fault.InvalidField("password", "use 10 to 200 characters")
	ErrName        = fault.InvalidField("name", "use 1 to 120 characters")
	ErrResetToken  = fault.New(fault.Invalid, "invalid_reset_token", "this link was used or is too old: ask for a new one")
	ErrNotFound    = fault.New(fault.NotFound, "account_not_found", "there is no such account")
)

// CleanEmail normalises an address and checks its form. Errors: ErrEmail.
func CleanEmail(s string) (string, error) {
	if !oneLine(s) || strings.ContainsAny(s, lookAlike) {
		return "", ErrEmail
	}
	s = strings.ToLower(strings.TrimSpace(s))
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(s) > 254 || !strings.Contains(domain, ".") && domain != "localhost" ||
		strings.ContainsAny(s, " <>,;:\"()[]\\") || strings.Contains(domain, "@") ||
		strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return "", ErrEmail
	}
	return s, nil
}

// CheckPassword refuses passwords that are too short or absurdly long (NIST SP 800-63B: length, not composition).
func CheckPassword(s string) error {
	if n := len([]rune(s)); n < 10 || n > 200 {
		return ErrPassword
	}
	return nil
}

// CleanName trims a person's name. Errors: ErrName.
func CleanName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 120 || !oneLine(s) {
		return "", ErrName
	}
	return s, nil
}

// lookAlike holds the Kelvin and the Ångström sign: lower-casing would make another person's letters of them.
const lookAlike = "\u212a\u212b"

// oneLine reports whether s is text without line breaks or other control characters, which a mail header or the
// database would choke on.
func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// ResetRequested asks for a password-reset mail. It carries no token: the reaction makes one.
type ResetRequested struct {
	Account string `json:"account_id"`
}

// KindResetRequested is the event kind of ResetRequested.
const KindResetRequested = "account.reset_requested"

// Kind returns "account.reset_requested".
func (ResetRequested) Kind() string { return KindResetRequested }

// Subject returns the account's id.
func (f ResetRequested) Subject() string { return f.Account }
