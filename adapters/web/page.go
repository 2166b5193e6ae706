package web

import (
	"context"
	_ "embed"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/bojanz/currency"
	"github.com/microcosm-cc/bluemonday"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
)

// page is what the layout shows around every page.
type page struct {
	Shop               tenant.Shop
	Title, Description string
	Canonical, Image   string // absolute; "" leaves the tag out
	Path               string
	Locale             string         // BCP 47, of the reader; "" is the shop's
	Languages          []string       // to choose from
	Currency           money.Currency // of prices; "" is the shop's
	Query              string         // the search words
	Nonce, CSRF        string
	Origin             string // the shop's address, without a slash at its end
	StripeJS           string // the script for payments by Stripe.js
	CSS, JS            string
	Categories         []catalog.Category // at the top of the tree
	tree               *catalog.Tree
	CartCount          int64
	SignedIn           bool
	Hidden             bool   // not for search engines
	Notice             string // something good that just happened
	Staff              string // name of the staff at the desk
}

// signs are the currency signs that people know better than CLDR's choice for an English locale.
var signs = map[string]string{"BDT": "৳", "USD": "$", "INR": "₹", "EUR": "€", "GBP": "£"}

// Money writes an amount the way the shop's country does, without the minor digits of whole amounts.
func (p page) Money(m money.Money) string {
	digits := uint8(m.Currency.Exponent()) // 0 to 3
	number := m.Decimal()
	if whole, ok := strings.CutSuffix(number, "."+strings.Repeat("0", m.Currency.Exponent())); ok {
		number, digits = whole, 0
	}
	amount, err := currency.NewAmount(number, string(m.Currency))
	if err != nil {
		return m.String()
	}
	locale := currency.NewLocale(p.Language())
	f := currency.NewFormatter(locale)
	f.MinDigits, f.MaxDigits = digits, digits
	if sign, ok := signs[string(m.Currency)]; ok && (m.Currency != "USD" || locale.Territory == "" || locale.Territory == "US") {
		f.SymbolMap[string(m.Currency)] = sign
	}
	return f.Format(amount)
}

// Range writes one price, or "from" the lowest.
func (p page) Range(ctx context.Context, s catalog.Summary) string {
	if s.Unpriced {
		return t(ctx, "Not sold in %s", string(p.chosen()))
	}
	if s.MaxPrice.Amount > s.MinPrice.Amount {
		return t(ctx, "from %s", p.Money(s.MinPrice))
	}
	return p.Money(s.MinPrice)
}

// When writes a time for people.
func (p page) When(at time.Time) string { return tongueOf(p.Locale).when(at) }

// Day writes a date for people.
func (p page) Day(at time.Time) string { return tongueOf(p.Locale).day(at) }

// Language is the page's language for the browser.
func (p page) Language() string {
	switch {
	case p.Locale != "":
		return p.Locale
	case p.Shop.Locale != "" && p.Staff == "":
		return p.Shop.Locale
	}
	return "en"
}

// Heading is the text of the title element.
func (p page) Heading() string {
	if p.Title == "" {
		return strings.TrimSuffix(p.Shop.Name+" · "+p.Shop.Tagline, " · ")
	}
	return p.Title + " · " + p.Shop.Name
}

func productPath(slug string) string { return "/p/" + url.PathEscape(slug) }

func categoryPath(slug string) string { return "/c/" + url.PathEscape(slug) }

func orderPath(number int64, secret string) string {
	path := "/orders/" + strconv.FormatInt(number, 10)
	if secret != "" {
		path += "?secret=" + url.QueryEscape(secret)
	}
	return path
}

func deskPath(number int64) string { return "/vendor/orders/" + strconv.FormatInt(number, 10) }

func itoa[T int | int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// descriptionPolicy lets the text of a description through and nothing that runs, frames or styles.
func descriptionPolicy() *bluemonday.Policy {
	p := bluemonday.UGCPolicy()
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

var blockEnds = strings.NewReplacer("</p>", "</p> ", "</li>", "</li> ", "</div>", "</div> ", "<br", " <br", "&nbsp;", " ")

// excerpt is the beginning of a description as plain text, for search engines.
func excerpt(html string, limit int) string {
	spaced := blockEnds.Replace(html)
	text := strings.Join(strings.Fields(bluemonday.StrictPolicy().Sanitize(spaced)), " ")
	runes := []rune(strings.NewReplacer("&amp;", "&", "&#39;", "'", "&#34;", `"`, "&lt;", "<", "&gt;", ">").Replace(text))
	if len(runes) <= limit {
		return string(runes)
	}
	return strings.TrimRight(string(runes[:limit]), " ,.;") + "…"
}

// absolute makes a picture's address usable outside the shop.
func absolute(origin, address string) string {
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return origin + address
	}
	return address
}

//go:embed assets/countries.txt
var countrySource string

// country is one choice of an address form.
type country struct{ Code, Name string }

var countries = parseCountries(countrySource)

func parseCountries(s string) []country {
	var all []country
	for line := range strings.Lines(s) {
		if code, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			all = append(all, country{code, name})
		}
	}
	return all
}

func countryName(code string) string {
	for _, c := range countries {
		if c.Code == code {
			return c.Name
		}
	}
	return code
}
