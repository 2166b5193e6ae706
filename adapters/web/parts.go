package web

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/a-h/templ"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/ports"
)

// inputField describes a text field of a form.
type inputField struct {
	Name, Label, Type  string // Type "" is text
	Autocomplete, Mode string
	Hint, Example      string
	Class              string
	Required           bool
	Sometimes          bool // required or not, as the rest of the form says
	Blank              bool // what was typed is never sent back
}

func (i inputField) id() string {
	return "f-" + strings.NewReplacer(".", "-", "/", "-", " ", "-").Replace(i.Name)
}

func (i inputField) kind() string {
	if i.Type == "" {
		return "text"
	}
	return i.Type
}

func current(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}

func accountLabel(ctx context.Context, p page) string {
	if p.SignedIn {
		return t(ctx, "Account")
	}
	return t(ctx, "Sign in")
}

func quantityOr1(f form) string {
	if q := f.Value("quantity"); q != "" {
		return q
	}
	return "1"
}

// payInput is a provider's own field. Secrets are never sent back, and the browser is told what each is.
func payInput(m ports.PaymentMethod, f ports.PaymentField, at int) inputField {
	in := inputField{Name: payField(m, f), Label: f.Label, Autocomplete: f.Autocomplete, Example: f.Example, Blank: f.Secret, Required: true}
	if f.Secret || strings.HasPrefix(f.Autocomplete, "cc-exp") || strings.HasPrefix(f.Autocomplete, "cc-csc") {
		in.Mode = "numeric"
	}
	if at == 0 {
		in.Class = "full"
	}
	return in
}

// days says how long a delivery takes.
func days(ctx context.Context, r shipping.Rate) string {
	switch {
	case r.MaxDays <= 0:
		return ""
	case r.MinDays <= 0, r.MinDays == r.MaxDays:
		return counted(ctx, int64(r.MaxDays), "%d day", "%d days")
	}
	return t(ctx, "%d to %d days", r.MinDays, r.MaxDays)
}

func addressLine(a shipping.Address) string {
	var parts []string
	for _, s := range []string{a.Name, a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), a.Region} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) > 0 {
		parts = append(parts, countryName(a.Country))
	}
	return strings.Join(parts, ", ")
}

func addressLines(a shipping.Address) []string {
	var lines []string
	for _, s := range []string{a.Name, a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), a.Region, countryName(a.Country), a.Phone} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	return lines
}

func withQuery(path, key, value string) string { return path + "?" + url.Values{key: {value}}.Encode() }

func withNext(path string, f form) string {
	if f.Value("next") == "" {
		return path
	}
	return withQuery(path, "next", f.Value("next"))
}

func escape(s string) string { return url.QueryEscape(s) }

func shopperOf(o order.Order) string {
	if o.Address.Name != "" {
		return o.Address.Name
	}
	return o.Email
}

func pathEscape(s string) string { return url.PathEscape(s) }

// doorStyle colours the shops on the platform's page; withDefaults lets only hex colours through.
func doorStyle(l Landing) string {
	var b strings.Builder
	for i, s := range l.Shops {
		c := withDefaults(s.Shop.Colours)
		b.WriteString(".door-" + itoa(i) + "{--primary:" + c.Primary + ";--on-primary:" + c.OnPrimary + ";--tint:" + c.Tint + "}")
	}
	return b.String()
}

// textPart is a piece of plain text, or an address in it that can be followed.
type textPart struct {
	Text string
	Link bool
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+`)

func linked(text string) []textPart {
	var parts []textPart
	at := 0
	for _, span := range webAddress.FindAllStringIndex(text, -1) {
		parts = append(parts, textPart{Text: text[at:span[0]]}, textPart{text[span[0]:span[1]], true})
		at = span[1]
	}
	return append(parts, textPart{Text: text[at:]})
}

// focus are the classes that keep the focal point of a picture in sight, in tenths: styles of elements are not allowed.
func focus(i catalog.Image) string {
	if i.FocalX == 0 && i.FocalY == 0 {
		return ""
	}
	tenth := func(percent int) string {
		if percent == 0 {
			percent = 50
		}
		return itoa((percent + 5) / 10)
	}
	return "fx" + tenth(i.FocalX) + " fy" + tenth(i.FocalY)
}

// unsaid is a picture beside which its name stands already.
func unsaid(i catalog.Image) catalog.Image {
	i.Alt = ""
	return i
}
