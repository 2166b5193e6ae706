package inventory

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/fault"
)

// LocationID is "loc_" and 26 characters.
type LocationID string

// Main is the location that every shop has. Goods come there when nobody says where to.
const Main LocationID = "loc_00000000000000000000000000"

// MaxLocations is how many locations a shop may have.
const MaxLocations = 200

const maxPosition = 9999

// LocationEdit says what changes of a location; nil stays as it is.
type LocationEdit struct {
	Name, Code, Country *string
	Position            *int
	Active              *bool
}

// Apply returns the location as edited and checked. Errors: ErrInvalid with the offending fields, ErrMain.
func (e LocationEdit) Apply(l Location) (Location, error) {
	set(&l.Name, e.Name)
	set(&l.Code, e.Code)
	set(&l.Country, e.Country)
	set(&l.Position, e.Position)
	set(&l.Active, e.Active)
	return l.Checked()
}

func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}

// Location is a place where goods lie. Goods of an order are taken from one place if all of a line lies there, and from
// the first ones first.
type Location struct {
	ID        LocationID
	Name      string
	Code      string // short and unique, as on shelves and in files
	Country   string // ISO 3166-1 alpha-2; "" when nobody said
	Position  int
	Active    bool // an inactive one has no goods and takes none
	Revision  int64
	CreatedAt time.Time
}

var (
	codePattern    = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$`)
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
)

// Checked returns the location as it is kept: spaces around go, the code is in lower and the country in upper case.
// Errors: ErrInvalid with the offending fields, ErrMain.
func (l Location) Checked() (Location, error) {
	l.Name, l.Code, l.Country = strings.TrimSpace(l.Name), strings.ToLower(strings.TrimSpace(l.Code)), strings.ToUpper(strings.TrimSpace(l.Country))
	return l, l.check()
}

func (l Location) check() error {
	var bad []fault.Field
	if l.Name == "" || utf8.RuneCountInString(l.Name) > 80 || !utf8.ValidString(l.Name) || strings.ContainsRune(l.Name, 0) {
		bad = append(bad, fault.Field{Path: "name", Message: "use 1 to 80 characters"})
	}
	if !codePattern.MatchString(l.Code) {
		bad = append(bad, fault.Field{Path: "code", Message: "use 1 to 32 letters, digits, hyphens or underscores"})
	}
	if l.Position < 0 || l.Position > maxPosition {
		bad = append(bad, fault.Field{Path: "position", Message: "use 0 to 9999"})
	}
	if l.Country != "" && !countryPattern.MatchString(l.Country) {
		bad = append(bad, fault.Field{Path: "country", Message: "use a country code of two letters, such as BD"})
	}
	switch {
	case bad != nil:
		return ErrInvalid.At(bad...)
	case l.ID == Main && !l.Active:
		return ErrMain
	}
	return nil
}
