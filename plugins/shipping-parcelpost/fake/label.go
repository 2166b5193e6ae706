package fake

import (
	"fmt"
	"image/color"
	"strings"
)

func dark(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}

// label is the sticker of a shipment, on a sheet of its own size or in a corner of an A4 sheet.
func label(s shipment, size string) ([]byte, error) {
	width, height := labelWidth, labelHeight
	if size == "a4" {
		width, height = 210, 297
	}
	p := newPage(width, height, "Label "+s.Tracking, s.Booked)
	inner := labelWidth - 2*margin
	p.SetLineWidth(0.4)
	p.Rect(margin, margin, inner, labelHeight-2*margin, "D")
	p.header(s, inner)

	p.line(margin+2, 28, 40, 6.5, "B", "FROM")
	p.lines(margin+2, 31.4, inner-4, 7.5, s.Order.From.lines()...)
	p.Line(margin, 51, margin+inner, 51)
	p.line(margin+2, 55, 40, 6.5, "B", "TO")
	p.lines(margin+2, 61, inner-4, 12, s.Order.To.lines()...)
	p.Line(margin, 93, margin+inner, 93)

	p.facts(s, inner)
	p.Line(margin, 105, margin+inner, 105)
	if err := p.bars(margin+8, 109, inner-16, 20, s.Tracking); err != nil {
		return nil, err
	}
	p.centred(margin, 134.5, inner, 12, "B", s.Tracking)
	p.centred(margin, 139.5, inner, 6.5, "", "Ref. "+s.Order.Reference)
	return p.bytes()
}

// header is the carrier's name, and the service in white on black.
func (p *page) header(s shipment, inner float64) {
	p.line(margin+2, 14, 42, 15, "B", "PARCELPOST")
	note := "Fake carrier, no postage"
	if s.Order.Return {
		note = "RETURN · " + note
	}
	p.line(margin+2, 19.5, 42, 7, "", note)
	p.SetFillColor(0, 0, 0)
	p.Rect(margin+inner-48, margin, 48, 18, "F")
	p.SetTextColor(255, 255, 255)
	p.centred(margin+inner-47, 16, 46, 15, "B", strings.ToUpper(s.Order.Service))
	p.SetTextColor(0, 0, 0)
	p.Line(margin, 23, margin+inner, 23)
}

func (p *page) facts(s shipment, inner float64) {
	column := inner / 3
	for i, fact := range [][2]string{
		{"WEIGHT", fmt.Sprintf("%d.%03d kg", s.Order.Grams/gramsPerKilogram, s.Order.Grams%gramsPerKilogram)},
		{"ITEMS", fmt.Sprint(s.Order.Items)},
		{"ORDER", s.Order.OrderNumber},
	} {
		x := margin + 2 + float64(i)*column
		p.line(x, 97, column-3, 6.5, "B", fact[0])
		p.line(x, 102.5, column-3, 10, "", fact[1])
	}
}

// lines are an address as it stands on a parcel: the country last, in capitals.
func (a address) lines() []string {
	return []string{
		a.Name, a.Line1, a.Line2, strings.TrimSpace(a.PostalCode + " " + a.City), a.Region, strings.ToUpper(country(a.Country)), a.Phone,
	}
}

var countryNames = map[string]string{
	"BD": "Bangladesh", "DE": "Germany", "FR": "France", "GB": "United Kingdom", "IN": "India", "JP": "Japan", "LK": "Sri Lanka",
	"NP": "Nepal", "US": "United States",
}

func country(code string) string {
	if name, ok := countryNames[code]; ok {
		return name
	}
	return code
}
