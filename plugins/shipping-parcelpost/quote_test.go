package main

import (
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
)

//go:embed README.md
var readme string

func TestQuote(t *testing.T) {
	for name, c := range map[string]struct {
		account sdk.Account
		with    func(*sdk.Parcel)
		want    map[string]int64
	}{
		"at home":          {account(), nil, map[string]int64{"economy": 10500, "express": 20000}},
		"one kilogram":     {account(), func(p *sdk.Parcel) { p.Grams = 1000 }, map[string]int64{"economy": 8000, "express": 16000}},
		"abroad":           {account(), func(p *sdk.Parcel) { p.To.Country = "DE" }, map[string]int64{"worldwide": 330000}},
		"one service":      {configured(`{"services":["economy"]}`), nil, map[string]int64{"economy": 10500}},
		"yen":              {account(), func(p *sdk.Parcel) { p.Subtotal.Currency = "JPY" }, map[string]int64{"economy": 780, "express": 1780}},
		"no such currency": {account(), func(p *sdk.Parcel) { p.Subtotal.Currency = "KWD" }, map[string]int64{}},
		"nowhere":          {account(), func(p *sdk.Parcel) { p.To.Country = "AQ" }, map[string]int64{}},
		"too heavy":        {account(), func(p *sdk.Parcel) { p.Grams = 30001 }, map[string]int64{}},
		"country only":     {account(), func(p *sdk.Parcel) { p.From = sdk.Address{Country: "BD"} }, map[string]int64{"economy": 10500, "express": 20000}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parcel()
			if c.with != nil {
				c.with(&p)
			}
			rates, err := newWorld(t).Quote(t.Context(), sdk.Quote{Account: c.account, Parcel: p})
			require.NoError(t, err)
			got := map[string]int64{}
			for _, r := range rates {
				require.Equal(t, p.Subtotal.Currency, r.Price.Currency)
				got[r.Service] = r.Price.Minor
			}
			require.Equal(t, c.want, got)
		})
	}
}

// The price of the rate that the shopper chose holds when the parcel turns out heavier.
func TestBookingKeepsTheQuotedPrice(t *testing.T) {
	w := newWorld(t)
	rates, err := w.Quote(t.Context(), sdk.Quote{Account: account(), Parcel: parcel()})
	require.NoError(t, err)
	b := bookOf(bookingID)
	b.Service, b.RateRef, b.Parcel.Grams = rates[1].Service, rates[1].Ref, 9000
	booked, err := w.Book(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, rates[1].Price, booked.Price)
}

func TestQuoteDoesNotHoldUpACheckout(t *testing.T) {
	for _, kind := range []fake.Kind{fake.HangBefore, fake.HangAfter, fake.ErrorBefore, fake.Garbage, fake.Huge, fake.Elsewhere, fake.RateLimit} {
		w := newWorld(t)
		w.carrier.Inject(fake.Fault{Method: "POST", Suffix: "/v1/rates", Kind: kind})
		since := time.Now()
		_, err := w.Quote(t.Context(), sdk.Quote{Account: account(), Parcel: parcel()})
		requireFault(t, err, sdk.FaultUnavailable, "")
		require.Less(t, time.Since(since), requestTimeout/2, "without a deadline of its own it would take %s", requestTimeout)
	}
}

func TestRatesThatCannotBeSoldAreLeftOut(t *testing.T) {
	good := rate{Service: "express", Name: "Express", Price: amount{100, "BDT"}, MinDays: 1, MaxDays: 2}
	spoilt := func(with func(*rate)) rate {
		r := good
		with(&r)
		return r
	}
	c := &client{}
	got := c.sellable(t.Context(), []rate{
		spoilt(func(r *rate) { r.Price.Amount = -1 }), spoilt(func(r *rate) { r.Price.Currency = "EUR" }), spoilt(func(r *rate) { r.Service = "A b" }),
		spoilt(func(r *rate) { r.Name = "" }), spoilt(func(r *rate) { r.MaxDays = 0 }), spoilt(func(r *rate) { r.MaxDays = 9999 }), good, good,
	}, "BDT")
	require.Equal(t, []sdk.Rate{{Service: "express", Name: "Express", Price: sdk.Amount{Minor: 100, Currency: "BDT"}, MinDays: 1, MaxDays: 2}}, got)
}

func TestValidateConfig(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.ValidateConfig(t.Context(), account()))
	require.NoError(t, w.ValidateConfig(t.Context(), sdk.Account{Mode: sdk.Test, Secrets: sdk.Secrets{apiKey: key}}))
	for name, c := range map[string]struct {
		config, key, secret, path string
	}{
		"unknown":       {`{"colour":1}`, key, secret, "colour"},
		"service":       {`{"services":["express","A b"]}`, key, secret, "services[1]"},
		"paper":         {`{"label_size":"a7"}`, key, secret, "label_size"},
		"sender":        {`{"sender":{"name":"A","line1":"B","city":" ","country":"BD"}}`, key, secret, "sender.city"},
		"country":       {`{"sender":{"name":"A","line1":"B","city":"C","country":"bd"}}`, key, secret, "sender.country"},
		"no key":        {`{}`, "", secret, apiKey},
		"live key":      {`{}`, "pp_live_acme_1", secret, apiKey},
		"header in key": {`{}`, "pp_test_acme_1\r\nX: y", secret, apiKey},
		"revoked":       {`{}`, "pp_test_acme_revoked", secret, apiKey},
		"secret":        {`{}`, key, "whsec_!", webhookSecret},
		"short secret":  {`{}`, key, "whsec_YQ==", webhookSecret},
		"other secret":  {`{}`, key, "secret", webhookSecret},
	} {
		t.Run(name, func(t *testing.T) {
			a := configured(c.config)
			a.Secrets = sdk.Secrets{apiKey: c.key, webhookSecret: c.secret}
			requireFault(t, w.ValidateConfig(t.Context(), a), sdk.FaultMisconfigured, c.path)
		})
	}
	w.carrier.Inject(fake.Fault{Method: "GET", Suffix: "/v1/account", Kind: fake.ErrorBefore})
	requireFault(t, w.ValidateConfig(t.Context(), account()), sdk.FaultUnavailable, "")
}

func TestOperatorSaysWhereTheCarrierIs(t *testing.T) {
	hosts, err := readFlags([]string{"--test-url", "http://127.0.0.1:9/", "--live-url", "https://api.carrier.example/v9/"})
	require.NoError(t, err)
	require.Equal(t, carriers{sdk.Test: "http://127.0.0.1:9", sdk.Live: "https://api.carrier.example/v9"}, hosts)
	for _, args := range [][]string{
		{"--live-url", "http://api.carrier.example"},
		{"--live-url", "http://127.0.0.1:9"},
		{"--test-url", "http://10.0.0.1"},
		{"--test-url", "carrier"},
		{"--test-url", "https://user:pass@carrier.example"},
		{"--test-url", "https://carrier.example?x=1"},
		{"--other"},
	} {
		_, err := readFlags(args)
		require.Error(t, err, args)
	}
}

func TestSettingsOfTheREADME(t *testing.T) {
	_, rest, _ := strings.Cut(readme, "```json\n")
	config, _, _ := strings.Cut(rest, "\n```")
	set, err := read(configured(config))
	require.NoError(t, err)
	require.NotEmpty(t, set.Sender.Region)
	require.NoError(t, newWorld(t).ValidateConfig(t.Context(), configured(config)))
}
