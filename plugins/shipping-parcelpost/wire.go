package main

import (
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// What the carrier's API says, as in API.md.

type amount struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type address struct {
	Name       string `json:"name,omitempty"`
	Line1      string `json:"line1,omitempty"`
	Line2      string `json:"line2,omitempty"`
	City       string `json:"city,omitempty"`
	Region     string `json:"region,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country"`
	Phone      string `json:"phone,omitempty"`
}

type goods struct {
	From  address `json:"from"`
	To    address `json:"to"`
	Items int64   `json:"items"`
	Grams int64   `json:"grams"`
	Value amount  `json:"value"`
}

type line struct {
	Title    string `json:"title"`
	SKU      string `json:"sku,omitempty"`
	Quantity int64  `json:"quantity"`
	Price    amount `json:"price"`
}

type order struct {
	goods
	Reference   string `json:"reference"`
	OrderNumber string `json:"order_number,omitempty"`
	Service     string `json:"service"`
	RateID      string `json:"rate_id,omitempty"`
	Return      bool   `json:"return,omitempty"`
	Lines       []line `json:"lines,omitempty"`
}

type shipment struct {
	ID             string `json:"id"`
	Mode           string `json:"mode"`
	Reference      string `json:"reference"`
	State          string `json:"state"`
	TrackingNumber string `json:"tracking_number"`
	TrackingURL    string `json:"tracking_url"`
	Charge         amount `json:"charge"`
	Decline        struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"decline"`
	Events []struct {
		At     time.Time `json:"at"`
		Status string    `json:"status"`
		Place  string    `json:"place"`
		Text   string    `json:"text"`
	} `json:"events"`
}

func amountToJSON(a sdk.Amount) amount { return amount{a.Minor, a.Currency} }

func addressToJSON(a sdk.Address) address {
	return address{
		Name: a.Name, Line1: a.Line1, Line2: a.Line2, City: a.City, Region: a.Region, PostalCode: a.PostalCode, Country: a.Country, Phone: a.Phone,
	}
}

// goodsToJSON fills the end that is the vendor's from the settings, when the platform knows no more than its country. It
// returns which end that was, if any.
func goodsToJSON(p sdk.Parcel, sender *address, isReturn bool) (g goods, own string) {
	g = goods{
		From: addressToJSON(p.From), To: addressToJSON(p.To), Items: p.Items, Grams: p.Grams, Value: amountToJSON(p.Subtotal),
	}
	own, mine := "from", &g.From
	if isReturn {
		own, mine = "to", &g.To
	}
	if sender == nil || strings.TrimSpace(mine.Line1) != "" {
		return g, ""
	}
	*mine = *sender
	return g, own
}

func linesToJSON(all []sdk.ParcelLine) []line {
	var out []line
	for _, l := range all {
		out = append(out, line{Title: l.Title, SKU: l.SKU, Quantity: l.Quantity, Price: amountToJSON(l.Price)})
	}
	return out
}

// possible refuses parcels that cannot be, ahead of asking.
func possible(p sdk.Parcel) error {
	switch {
	case p.Items < 0:
		return sdk.Invalid("parcel.items", "must be zero or more")
	case p.Grams < 0:
		return sdk.Invalid("parcel.grams", "must be zero or more")
	case p.Subtotal.Minor < 0:
		return sdk.Invalid("parcel.subtotal.minor", "must be zero or more")
	case !moneyPattern.MatchString(p.Subtotal.Currency):
		return sdk.Invalid("parcel.subtotal.currency", "must be a currency of ISO 4217")
	case !countryPattern.MatchString(p.To.Country):
		return sdk.Invalid("parcel.to.country", "must be a country of ISO 3166-1 alpha-2")
	}
	return nil
}
