// Package tenant names the vendors. A tenant is one vendor's shop: an id, a slug for its address, a Postgres schema
// and role of its own, and the branding its pages carry.
package tenant

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/locale"
	"github.com/halum-hut/halum/core/money"
)

// ID is "ten_" and 26 characters; the schema and role are derived from it when the tenant is provisioned.
type ID string

// Status says whether a tenant's shop answers.
type Status string

// Active shops serve everyone; suspended ones answer 503 to shoppers and let staff read.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
)

// Tenant is one row of the registry.
type Tenant struct {
	ID             ID
	Slug           string // first label of the shop's default host
	Schema         string // Postgres schema and role name, ^t_[a-z0-9]{8,26}$
	Cell           string // which database cluster holds the schema; "main" until there are several
	Status         Status
	PublishableKey string // "pk_…": names the tenant on the shared API host; not a secret
	Shop           Shop
	CreatedAt      time.Time
}

// Shop is what a vendor shows of itself, and how it sells.
type Shop struct {
	Name       string
	Tagline    string
	About      string
	Email      string // where order mail is answered
	Currency   money.Currency
	Locale     string // BCP 47, such as "en-BD"
	Languages  string // further ones that shoppers may choose, BCP 47 with commas between, such as "bn,hi"
	Currencies string // further ones that shoppers may choose, ISO 4217 with commas between, such as "EUR,USD"
	Country    string // ISO 3166-1 alpha-2, where the shop ships from
	LogoURL    string
	HeroURL    string
	FaviconURL string
	Colours    Colours
	HoldUnfit  bool // money that cannot be for its order waits for staff instead of going back by itself
}

// Colours are CSS hex colours ("#1f3a93"). Empty ones fall back to the platform's.
type Colours struct {
	Primary   string
	OnPrimary string
	Accent    string
	Tint      string
}

// Faults of this package.
var (
	ErrUnknownHost  = fault.New(fault.NotFound, "unknown_host", "no shop answers at this address")
	ErrSuspended    = fault.New(fault.Unavailable, "shop_suspended", "this shop is closed at the moment")
	ErrSlugTaken    = fault.New(fault.Conflict, "slug_taken", "this address is taken: choose another slug")
	ErrSlugReserved = fault.New(fault.Invalid, "slug_reserved", "this address is reserved: choose another slug")
	ErrSlugSyntax   = fault.New(fault.Invalid, "invalid_slug", "a slug has 3 to 30 lower-case letters, digits or hyphens, and starts with a letter")
	ErrNotSold      = fault.InvalidField("currency", "this shop does not sell in this currency: its own and the further ones are named by GET /shop")
	ErrCurrency     = fault.InvalidField("currencies", "write at most 10 further currencies, each once, such as EUR, and not the shop's own")
	ErrLanguage     = fault.InvalidField("languages", "write each further language once, such as bn or en-GB, and not the shop's own")
	ErrColour       = fault.New(fault.Invalid, "invalid_colour", "write colours as #rrggbb")
)

var (
	slugPattern   = regexp.MustCompile(`^[a-z](?:-?[a-z0-9])*$`)
	schemaPattern = regexp.MustCompile(`^t_[a-z0-9]{8,26}$`)
	colourPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	hostPattern   = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$`)
	portPattern   = regexp.MustCompile(`:[0-9]{0,5}$`)
)

// reserved are host labels that the platform, mail and certificate authorities use, or that would mislead shoppers.
var reserved = map[string]bool{}

func init() {
	for _, s := range strings.Fields(`admin administrator api app apps assets auth autoconfig autodiscover billing blog
		cdn checkout console dashboard demo dev docs email ftp halum help host hostmaster hut imap internal localhost
		login logout mail media metrics mx news ns ns1 ns2 official openapi pay payment payments platform pop
		postmaster public root sales security shop shops smtp ssl staff staging static status store stores support
		system test vendor vendors webmaster webmail wiki www`) {
		reserved[s] = true
	}
}

// CheckSlug accepts a slug a vendor may choose. Errors: ErrSlugSyntax, ErrSlugReserved.
func CheckSlug(s string) error {
	switch {
	case len(s) < 3, len(s) > 30, !slugPattern.MatchString(s):
		return ErrSlugSyntax
	case reserved[s], strings.HasPrefix(s, "xn--"):
		return ErrSlugReserved
	}
	return nil
}

// CheckSchema reports whether s may be used as a schema name. Everything that reaches SQL passes here.
func CheckSchema(s string) error {
	if !schemaPattern.MatchString(s) {
		return fault.New(fault.Internal, "invalid_schema", "the registry holds a schema name that is not allowed")
	}
	return nil
}

// SchemaFor derives the schema and role name from the id.
func SchemaFor(id ID) string { return "t_" + strings.TrimPrefix(string(id), "ten_") }

// JoinLanguages checks the further languages of a shop whose own is given, and writes them as Shop.Languages holds them.
// Errors: ErrLanguage.
func JoinLanguages(all []string, own string) (string, error) {
	for i, l := range all {
		if !locale.Valid(l) || l == own || slices.Contains(all[:i], l) {
			return "", ErrLanguage
		}
	}
	return strings.Join(all, ","), nil
}

// LanguageList returns the further languages, never nil.
func (s Shop) LanguageList() []string {
	if s.Languages == "" {
		return []string{}
	}
	return strings.Split(s.Languages, ",")
}

// JoinCurrencies checks the further currencies of a shop whose own is given, and writes them as Shop.Currencies holds
// them. Errors: ErrCurrency.
func JoinCurrencies(all []string, own money.Currency) (string, error) {
	for i, c := range all {
		if known, err := money.ParseCurrency(c); err != nil || string(known) != c || known == own || slices.Contains(all[:i], c) || i >= maxCurrencies {
			return "", ErrCurrency
		}
	}
	return strings.Join(all, ","), nil
}

const maxCurrencies = 10

// CurrencyList returns the further currencies.
func (s Shop) CurrencyList() []money.Currency {
	if s.Currencies == "" {
		return nil
	}
	parts := strings.Split(s.Currencies, ",")
	all := make([]money.Currency, len(parts))
	for i, c := range parts {
		all[i] = money.Currency(c)
	}
	return all
}

// Asks returns the currency in which prices are asked for, as a buyer names it: "" for the shop's own. Errors:
// ErrNotSold for one that the shop does not sell in.
func (s Shop) Asks(c string) (money.Currency, error) {
	switch {
	case c == "" || c == string(s.Currency):
		return "", nil
	case slices.Contains(s.CurrencyList(), money.Currency(c)):
		return money.Currency(c), nil
	}
	return "", ErrNotSold
}

// Check validates the colours. Errors: ErrColour.
func (c Colours) Check() error {
	for _, s := range []string{c.Primary, c.OnPrimary, c.Accent, c.Tint} {
		if s != "" && !colourPattern.MatchString(s) {
			return ErrColour
		}
	}
	return nil
}

// NormalHost brings a Host header to the form the registry holds: lower case, no port, no trailing dot. It returns ""
// for anything that cannot be a host name (RFC 1123: ASCII, so an international name comes as punycode), and for IPv6.
func NormalHost(h string) string {
	for i := range len(h) {
		if h[i] >= 0x80 {
			return "" // before lower-casing, which turns the Kelvin sign into a k
		}
	}
	h = portPattern.ReplaceAllString(strings.ToLower(strings.TrimSpace(h)), "")
	h = strings.TrimSuffix(h, ".")
	if len(h) > 253 || !hostPattern.MatchString(h) {
		return ""
	}
	return h
}
