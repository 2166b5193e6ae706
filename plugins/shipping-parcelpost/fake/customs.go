package fake

import (
	"fmt"
	"strings"
)

// customsForm says what is in a parcel that crosses a border, after the model of the form CN 22.
func customsForm(s shipment) ([]byte, error) {
	p := newPage(labelWidth, labelHeight, "Customs declaration "+s.Tracking, s.Booked)
	inner := labelWidth - 2*margin
	p.SetLineWidth(0.3)
	p.Rect(margin, margin, inner, labelHeight-2*margin, "D")
	p.line(margin+2, 12, inner/2, 11, "B", "CUSTOMS DECLARATION")
	p.line(margin+2, 17, inner-4, 7, "", "Sale of goods · "+s.Tracking)
	p.line(margin+2, 24, inner/2-4, 6.5, "B", "SENDER")
	p.lines(margin+2, 28, inner/2-4, 6.5, s.Order.From.lines()...)
	p.line(margin+inner/2, 24, inner/2-4, 6.5, "B", "RECIPIENT")
	p.lines(margin+inner/2, 28, inner/2-4, 6.5, s.Order.To.lines()...)
	p.contents(s, inner)
	p.line(margin+2, 139, inner-4, 6.5, "", "Declared on "+s.Booked.Format("2006-01-02")+" by "+s.Order.From.Name)
	return p.bytes()
}

const shown = 16 // lines that have room

func (p *page) contents(s shipment, inner float64) {
	columns := []float64{margin + 2, margin + 60, margin + 70}
	y := 54.0
	p.Line(margin, y-5, margin+inner, y-5)
	for i, head := range []string{"CONTENTS", "QTY", "EACH"} {
		p.line(columns[i], y, 25, 6.5, "B", head)
	}
	p.Line(margin, y+2, margin+inner, y+2)
	y += 1.2
	for i, l := range s.Order.Lines {
		y += 4.6
		if i == shown {
			p.line(columns[0], y, 55, 7.5, "", fmt.Sprintf("and %d more", len(s.Order.Lines)-shown))
			break
		}
		for column, text := range []string{l.Title, fmt.Sprint(l.Quantity), money(l.Price)} {
			p.line(columns[column], y, []float64{56, 9, 23}[column], 7.5, "", text)
		}
	}
	p.Line(margin, 130, margin+inner, 130)
	p.line(columns[0], 134, 56, 8, "B", fmt.Sprintf("TOTAL  %d g", s.Order.Grams))
	p.line(columns[2], 134, 23, 8, "B", money(s.Order.Value))
}

// money is for people: the currencies that the carrier takes have two decimals, but for the yen.
func money(a amount) string {
	if a.Currency == "JPY" {
		return fmt.Sprintf("%d %s", a.Amount, a.Currency)
	}
	return strings.TrimSpace(fmt.Sprintf("%d.%02d %s", a.Amount/100, a.Amount%100, a.Currency))
}
