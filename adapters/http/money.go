package httpapi

import (
	"strings"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
)

// Money is an amount in minor units: 1999 BDT is ৳19.99.
type Money struct {
	Amount   int64  `json:"amount" example:"1999" doc:"Minor units (paisa, cents)"`
	Currency string `json:"currency" example:"BDT" minLength:"3" maxLength:"3" doc:"ISO 4217"`
}

func moneyToJSON(m money.Money) Money { return Money{m.Amount, string(m.Currency)} }

// optionalMoney leaves out an amount that is not set.
func optionalMoney(m money.Money) *Money {
	if m.IsZero() {
		return nil
	}
	out := moneyToJSON(m)
	return &out
}

// Time is RFC 3339 in UTC.
func timeToJSON(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// Image is a picture by URL.
type Image struct {
	URL string `json:"url" doc:"Absolute, or a path on the shop's own host"`
	Alt string `json:"alt" doc:"What it shows, in words"`

	FocalX int `json:"focal_x,omitempty" minimum:"0" maximum:"100" doc:"What stays in sight when it is cropped: percent from the left, 0 for the middle"`
	FocalY int `json:"focal_y,omitempty" minimum:"0" maximum:"100" doc:"Percent from the top, 0 for the middle"`
}

func imageToJSON(i catalog.Image) *Image {
	if i.URL == "" {
		return nil
	}
	out := Image(i)
	return &out
}

// Address is where an order goes.
type Address struct {
	Name       string `json:"name" maxLength:"120" example:"Ayesha Rahman"`
	Line1      string `json:"line1" maxLength:"200" example:"12 Lake Road"`
	Line2      string `json:"line2,omitempty" maxLength:"200"`
	City       string `json:"city" maxLength:"120" example:"Dhaka"`
	Region     string `json:"region,omitempty" maxLength:"200"`
	PostalCode string `json:"postal_code,omitempty" maxLength:"200" example:"1212"`
	Country    string `json:"country" maxLength:"2" example:"BD" doc:"ISO 3166-1 alpha-2"`
	Phone      string `json:"phone,omitempty" maxLength:"200"`
}

func addressToJSON(a shipping.Address) *Address {
	if a == (shipping.Address{}) {
		return nil
	}
	out := Address(a)
	return &out
}

// core returns the address for the use cases; nil is no address.
func (a *Address) core() shipping.Address {
	if a == nil {
		return shipping.Address{}
	}
	return shipping.Address(*a)
}

// Shop is what a vendor shows of itself.
type Shop struct {
	Name       string   `json:"name" example:"Matir Ghor"`
	Tagline    string   `json:"tagline"`
	About      string   `json:"about"`
	Email      string   `json:"email" doc:"Where customers can write to"`
	Currency   string   `json:"currency" example:"BDT" doc:"Of all prices, unless another one is asked for; it never changes"`
	Currencies []string `json:"currencies" doc:"Further ones that shoppers may choose"`
	Locale     string   `json:"locale" example:"en-BD" doc:"BCP 47"`
	Languages  []string `json:"languages" doc:"Further ones that shoppers may choose, BCP 47"`
	Country    string   `json:"country" example:"BD" doc:"Where the shop ships from"`
	LogoURL    string   `json:"logo_url"`
	HeroURL    string   `json:"hero_url"`
	FaviconURL string   `json:"favicon_url"`
	Colours    Colours  `json:"colours"`
}

// Colours are CSS hex colours; empty ones fall back to the platform's.
type Colours struct {
	Primary   string `json:"primary" maxLength:"7" example:"#1f3a93"`
	OnPrimary string `json:"on_primary" maxLength:"7" example:"#ffffff"`
	Accent    string `json:"accent" maxLength:"7"`
	Tint      string `json:"tint" maxLength:"7"`
}

func shopToJSON(s tenant.Shop) Shop {
	return Shop{
		Name: s.Name, Tagline: s.Tagline, About: s.About, Email: s.Email, Currency: string(s.Currency), Currencies: mapped(s.CurrencyList(), func(c money.Currency) string { return string(c) }),
		Locale: s.Locale, Languages: s.LanguageList(),
		Country: s.Country, LogoURL: s.LogoURL, HeroURL: s.HeroURL, FaviconURL: s.FaviconURL, Colours: Colours(s.Colours),
	}
}

// body is an answer with nothing but a body.
type body[T any] struct{ Body T }

// none is the input of operations that take nothing.
type none struct{}

func mapped[A, B any](all []A, f func(A) B) []B {
	out := make([]B, len(all))
	for i, a := range all {
		out[i] = f(a)
	}
	return out
}

// copied never is nil, so that lists are never null.
func copied(all []string) []string { return mapped(all, strings.Clone) }
