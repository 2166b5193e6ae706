// Package shipping owns addresses, parcels and the rates that providers quote.
package shipping

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
)

// Address is where an order goes. It is copied to the order and never changes there.
type Address struct {
	Name       string `json:"name"`
	Line1      string `json:"line1"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country"` // ISO 3166-1 alpha-2
	Phone      string `json:"phone,omitempty"`
}

// Rate is one quoted way of sending a parcel, frozen on the order when chosen.
type Rate struct {
	Provider string      `json:"provider"` // plugin name, such as "flatrate"
	Service  string      `json:"service"`  // the provider's code, such as "standard"
	Name     string      `json:"name"`
	Price    money.Money `json:"price"`
	MinDays  int         `json:"min_days"`
	MaxDays  int         `json:"max_days"`
	Pickup   bool        `json:"pickup,omitempty"` // the buyer fetches it
	Ref      string      `json:"-"`                // the provider's reference of this quote, for booking it
}

// Key names the rate in a checkout request: "flatrate/standard".
func (r Rate) Key() string { return r.Provider + "/" + r.Service }

// Parcel is what is to be sent.
type Parcel struct {
	Items    int64       // number of units
	Grams    int64       // total weight
	Subtotal money.Money // value of the goods, for free-over-X
	From     Address     // where the shop ships from; often no more than its name and country
	To       Address
}

// Faults of this package.
var (
	ErrUnknownRate = fault.New(fault.Invalid, "unknown_shipping_rate", "choose one of the shipping rates quoted for this address")
	ErrCurrency    = fault.New(fault.Conflict, "no_shipping_in_currency", "this shop does not ship at prices in this currency: choose another one")
	ErrNoRates     = fault.New(fault.Unavailable, "no_shipping_rates", "no shipping rate can be quoted right now: try again in a moment")
)

var countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)

// postal holds the patterns of countries whose codes shoppers mistype most; elsewhere any short text is accepted.
var postal = map[string]*regexp.Regexp{
	"BD": regexp.MustCompile(`^\d{4}$`),
	"US": regexp.MustCompile(`^\d{5}(-\d{4})?$`),
	"IN": regexp.MustCompile(`^\d{6}$`),
	"DE": regexp.MustCompile(`^\d{5}$`),
	"GB": regexp.MustCompile(`^(?i)[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}$`),
}

// Clean trims every field and upper-cases the country.
func (a Address) Clean() Address {
	for _, f := range []*string{&a.Name, &a.Line1, &a.Line2, &a.City, &a.Region, &a.PostalCode, &a.Country, &a.Phone} {
		*f = strings.TrimSpace(*f)
	}
	a.Country = strings.ToUpper(a.Country)
	return a
}

// Check validates a cleaned address and names every bad field under prefix, such as "shipping_address.city".
func (a Address) Check(prefix string) error {
	var bad []fault.Field
	require := func(path, value string, limit int) {
		switch {
		case value == "":
			bad = append(bad, fault.Field{Path: prefix + "." + path, Message: "is required"})
		case len(value) > limit, !oneLine(value):
			bad = append(bad, fault.Field{Path: prefix + "." + path, Message: "is too long or holds a line break"})
		}
	}
	require("name", a.Name, 120)
	require("line1", a.Line1, 200)
	require("city", a.City, 120)
	if !countryPattern.MatchString(a.Country) {
		bad = append(bad, fault.Field{Path: prefix + ".country", Message: "use a two-letter country code, such as BD"})
	}
	if p := postal[a.Country]; p != nil && !p.MatchString(a.PostalCode) {
		bad = append(bad, fault.Field{Path: prefix + ".postal_code", Message: "is not a postal code of " + a.Country})
	}
	for _, o := range []struct{ path, value string }{{"line2", a.Line2}, {"region", a.Region}, {"postal_code", a.PostalCode}, {"phone", a.Phone}} {
		if len(o.value) > 200 || !oneLine(o.value) {
			bad = append(bad, fault.Field{Path: prefix + "." + o.path, Message: "is too long or holds a line break"})
		}
	}
	if bad == nil {
		return nil
	}
	return fault.New(fault.Invalid, "invalid_address", "the address is not complete").At(bad...)
}

// oneLine reports whether s is text that fits on one line of a label.
func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
