package main

import (
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

func account(config string) sdk.Account {
	return sdk.Account{Tenant: "t_1", Mode: sdk.Test, Config: []byte(config), Revision: 1}
}

func parcel(to sdk.Address) sdk.Parcel {
	return sdk.Parcel{Items: 1, Grams: 500, Subtotal: sdk.Amount{Minor: 50000, Currency: "BDT"}, To: to}
}

func TestQuote(t *testing.T) {
	dhaka := sdk.Address{Country: "BD", Region: "Dhaka", PostalCode: "1209"}
	sylhet := sdk.Address{Country: "BD", Region: "Sylhet", PostalCode: "3100"}
	for name, c := range map[string]struct {
		to   sdk.Address
		with func(*sdk.Parcel)
		want []string
	}{
		"city":                      {dhaka, nil, []string{"standard 6000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"end of a band":             {dhaka, func(p *sdk.Parcel) { p.Grams = 1000 }, []string{"standard 6000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"begin of the next":         {dhaka, func(p *sdk.Parcel) { p.Grams = 1001 }, []string{"standard 9000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"5 kg, no surcharge":        {dhaka, func(p *sdk.Parcel) { p.Grams = 5000 }, []string{"standard 9000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"one kilogram has begun":    {dhaka, func(p *sdk.Parcel) { p.Grams = 5001 }, []string{"standard 10500", "express 15000", "shop-dhanmondi 0 pickup"}},
		"two have":                  {dhaka, func(p *sdk.Parcel) { p.Grams = 6200 }, []string{"standard 12000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"too heavy for express":     {dhaka, func(p *sdk.Parcel) { p.Grams = 10001 }, []string{"standard 18000", "shop-dhanmondi 0 pickup"}},
		"items above two":           {dhaka, func(p *sdk.Parcel) { p.Items = 5 }, []string{"standard 6000", "express 18000", "shop-dhanmondi 0 pickup"}},
		"too many items":            {dhaka, func(p *sdk.Parcel) { p.Items = 11 }, []string{"standard 6000", "shop-dhanmondi 0 pickup"}},
		"nearly free":               {dhaka, func(p *sdk.Parcel) { p.Subtotal.Minor = 199999 }, []string{"standard 6000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"free":                      {dhaka, func(p *sdk.Parcel) { p.Subtotal.Minor = 200000 }, []string{"standard 0", "express 15000", "shop-dhanmondi 0 pickup"}},
		"prefix":                    {sdk.Address{Country: "BD", PostalCode: "14 60"}, nil, []string{"standard 6000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"country by value":          {sylhet, nil, []string{"standard 12000"}},
		"next value band":           {sylhet, func(p *sdk.Parcel) { p.Subtotal.Minor = 100000 }, []string{"standard 8000"}},
		"last value band":           {sylhet, func(p *sdk.Parcel) { p.Subtotal.Minor = math.MaxInt64 }, []string{"standard 0"}},
		"too heavy":                 {sylhet, func(p *sdk.Parcel) { p.Grams = 30001 }, nil},
		"region without services":   {sdk.Address{Country: "BD", Region: " rangamati"}, nil, nil},
		"no postal code":            {sdk.Address{Country: "BD"}, nil, []string{"standard 12000"}},
		"neighbour":                 {sdk.Address{Country: "NP"}, nil, []string{"air 90000"}},
		"neighbour, heavy":          {sdk.Address{Country: "NP"}, func(p *sdk.Parcel) { p.Grams = 2500 }, []string{"air 200000"}},
		"neighbour, beyond":         {sdk.Address{Country: "NP"}, func(p *sdk.Parcel) { p.Grams = 20001 }, nil},
		"elsewhere":                 {sdk.Address{Country: "DE", PostalCode: "10115"}, nil, []string{"air 250000"}},
		"another currency":          {dhaka, func(p *sdk.Parcel) { p.Subtotal.Currency = "EUR" }, nil},
		"nothing in it":             {dhaka, func(p *sdk.Parcel) { p.Items, p.Grams, p.Subtotal.Minor = 0, 0, 0 }, []string{"standard 6000", "express 15000", "shop-dhanmondi 0 pickup"}},
		"heavier than is plausible": {dhaka, func(p *sdk.Parcel) { p.Grams = 1_000_000_000 }, []string{"standard 1500001500", "shop-dhanmondi 0 pickup"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := parcel(c.to)
			if c.with != nil {
				c.with(&p)
			}
			rates, err := newPlugin().Quote(t.Context(), sdk.Quote{Account: account(example(t)), Parcel: p})
			require.NoError(t, err)
			require.NotNil(t, rates)
			var got []string
			for _, r := range rates {
				line := fmt.Sprintf("%s %d", r.Service, r.Price.Minor)
				if r.Pickup {
					line += " pickup"
				}
				got = append(got, line)
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestQuoteRefusesImpossibleParcels(t *testing.T) {
	for field, spoil := range map[string]func(*sdk.Parcel){
		"parcel.items":             func(p *sdk.Parcel) { p.Items = -1 },
		"parcel.grams":             func(p *sdk.Parcel) { p.Grams = -1 },
		"parcel.subtotal.minor":    func(p *sdk.Parcel) { p.Subtotal.Minor = -1 },
		"parcel.subtotal.currency": func(p *sdk.Parcel) { p.Subtotal.Currency = "" },
		"parcel.to.country":        func(p *sdk.Parcel) { p.To.Country = "Bangladesh" },
	} {
		p := parcel(sdk.Address{Country: "BD"})
		spoil(&p)
		_, err := newPlugin().Quote(t.Context(), sdk.Quote{Account: account(small), Parcel: p})
		f := (*sdk.Fault)(nil)
		require.ErrorAs(t, err, &f)
		require.Equal(t, sdk.FaultInvalid, f.Kind)
		require.Equal(t, field, f.Fields[0].Path)
	}
}

func TestPriceBeyondInt64IsRefused(t *testing.T) {
	const config = `{"currency":"BDT","zones":[{"name":"All","rest_of_world":true,"services":[{"code":"a","name":"A","by":"price",
		"bands":[{"from":0,"price":1000000000000}],"per_item":{"price":1000000000000},"per_kilogram":{"price":1000000000000},"min_days":0,"max_days":0}]}]}`
	for _, spoil := range []func(*sdk.Parcel){
		func(p *sdk.Parcel) { p.Items = math.MaxInt64 },
		func(p *sdk.Parcel) { p.Grams = math.MaxInt64 },
		func(p *sdk.Parcel) { p.Items, p.Grams = 9_000_000, 9_000_000_000 },
	} {
		p := parcel(sdk.Address{Country: "BD"})
		spoil(&p)
		_, err := newPlugin().Quote(t.Context(), sdk.Quote{Account: account(config), Parcel: p})
		f := (*sdk.Fault)(nil)
		require.ErrorAs(t, err, &f)
		require.Equal(t, "parcel", f.Fields[0].Path)
	}
}

func TestDescribeNamesWhatTheTableOffers(t *testing.T) {
	d, err := newPlugin().Describe(t.Context(), sdk.Account{})
	require.NoError(t, err)
	require.Empty(t, d.Services)
	d, err = newPlugin().Describe(t.Context(), account(example(t)))
	require.NoError(t, err)
	require.Len(t, d.Services, 4)
	require.Empty(t, d.Countries, "the rest of the world is any country")
	require.Equal(t, []string{"BDT"}, d.Currencies)

	d, err = newPlugin().Describe(t.Context(), account(small))
	require.NoError(t, err)
	require.Equal(t, []string{"BD"}, d.Countries, "the rest has no services here")
	_, err = newPlugin().Describe(t.Context(), account(`{}`))
	require.Error(t, err)
}

func TestPostalCodesAndRegions(t *testing.T) {
	a := area{postal: []span{{"SW1", "SW1"}, {"10000", "10999"}}}
	for code, want := range map[string]bool{
		"sw1a 1aa": true, "SW2 1AA": false, "SW": false, "10001-1234": true, "10 999": true, "11000": false, "1099": false, "": false,
	} {
		require.Equal(t, want, a.holds("", plainCode(code)), code)
	}
	require.Equal(t, plainRegion("BD-13", "BD"), plainRegion("13", "BD"))
	require.Equal(t, plainRegion("cox's  bazar ", "BD"), plainRegion("COX'S BAZAR", "BD"))
}

func TestCacheIsBoundedAndNeverMixesSettings(t *testing.T) {
	c := newCache()
	first, err := c.of(account(small))
	require.NoError(t, err)
	again, err := c.of(account(small))
	require.NoError(t, err)
	require.Same(t, first, again)
	other, err := c.of(account(example(t))) // the same revision with other settings
	require.NoError(t, err)
	require.NotSame(t, first, other)

	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range maxTables {
				a := account(example(t))
				a.Tenant = fmt.Sprint("t_", worker, "_", i)
				if _, err := c.of(a); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	require.LessOrEqual(t, len(c.kept), maxTables)
	require.LessOrEqual(t, c.bytes, maxTableBytes)
	sum := 0
	for _, e := range c.kept {
		sum += len(e.config)
	}
	require.Equal(t, sum, c.bytes)
}
