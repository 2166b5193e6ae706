package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/plugins/sdk"
)

type object = map[string]any

// ascending says that dearer bands follow cheaper ones.
func bandsOf(t *rapid.T, ascending bool) []object {
	n := rapid.IntRange(1, 5).Draw(t, "bands")
	var all []object
	from := int64(0)
	prices := rapid.SliceOfN(rapid.Int64Range(0, 50_000), n, n).Draw(t, "prices")
	if ascending {
		slices.Sort(prices)
	}
	for i := range n {
		b := object{"from": from, "price": prices[i]}
		to := from + rapid.Int64Range(0, 4000).Draw(t, "width")
		if i < n-1 || rapid.Bool().Draw(t, "ends") {
			b["to"] = to
		}
		from = to + 1
		all = append(all, b)
	}
	return all
}

func serviceOf(t *rapid.T, code string, ascending bool) object {
	s := object{
		"code": code, "name": code, "by": rapid.SampledFrom([]string{"weight", "price", "items"}).Draw(t, "by"),
		"bands": bandsOf(t, ascending), "min_days": 0, "max_days": rapid.IntRange(0, 365).Draw(t, "days"),
	}
	for name, value := range map[string]object{
		"per_item":     {"price": rapid.Int64Range(0, 900).Draw(t, "per item"), "above": rapid.Int64Range(0, 5).Draw(t, "above")},
		"per_kilogram": {"price": rapid.Int64Range(0, 900).Draw(t, "per kg"), "above_grams": rapid.Int64Range(0, 5000).Draw(t, "above")},
	} {
		if rapid.Bool().Draw(t, name) {
			s[name] = value
		}
	}
	if rapid.Bool().Draw(t, "free") {
		s["free_over"] = rapid.Int64Range(1, 9000).Draw(t, "free over")
	}
	if rapid.Bool().Draw(t, "limited") {
		s["max_grams"] = rapid.Int64Range(1, 9000).Draw(t, "heaviest")
	}
	return s
}

var someCountries = []string{"BD", "IN", "NP", "DE", "GB"}

func configOf(t *rapid.T, ascending bool) object {
	var zones []object
	for i := range rapid.IntRange(0, 3).Draw(t, "zones") {
		country := rapid.SampledFrom(someCountries).Draw(t, "country")
		zones = append(zones, object{
			"name":         fmt.Sprint("zone ", i),
			"destinations": []object{{"countries": []string{country}, "postal_codes": []object{{"prefix": rapid.StringMatching(`[0-9]{1,2}`).Draw(t, "prefix")}}}},
			"services":     servicesOf(t, ascending),
		})
	}
	zones = append(zones, object{"name": "rest", "rest_of_world": true, "services": servicesOf(t, ascending)})
	return object{"currency": "BDT", "zones": zones}
}

func servicesOf(t *rapid.T, ascending bool) []object {
	all := []object{}
	for i := range rapid.IntRange(0, 3).Draw(t, "services") {
		all = append(all, serviceOf(t, fmt.Sprint("s", i), ascending))
	}
	return all
}

func accountOf(t *rapid.T, config object) sdk.Account {
	text, err := json.Marshal(config)
	require.NoError(t, err)
	return account(string(text))
}

func parcelOf(t *rapid.T) sdk.Parcel {
	return sdk.Parcel{
		Items: rapid.Int64Range(0, 12).Draw(t, "items"), Grams: rapid.Int64Range(0, 12_000).Draw(t, "grams"),
		Subtotal: sdk.Amount{Minor: rapid.Int64Range(0, 12_000).Draw(t, "subtotal"), Currency: "BDT"},
		To:       sdk.Address{Country: rapid.SampledFrom(someCountries).Draw(t, "to"), PostalCode: rapid.StringMatching(`[0-9]{4}`).Draw(t, "code")},
	}
}

func quoted(t *rapid.T, a sdk.Account, p sdk.Parcel) map[string]sdk.Rate {
	rates, err := newPlugin().Quote(t.Context(), sdk.Quote{Account: a, Parcel: p})
	require.NoError(t, err)
	all := map[string]sdk.Rate{}
	for _, r := range rates {
		require.NotContains(t, all, r.Service)
		all[r.Service] = r
	}
	return all
}

func TestPricesAreNeverNegativeNorInAnotherCurrency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := parcelOf(t)
		for _, n := range []*int64{&p.Items, &p.Grams, &p.Subtotal.Minor} {
			*n = rapid.OneOf(rapid.Just(*n), rapid.Int64Min(0)).Draw(t, "any size")
		}
		a := accountOf(t, configOf(t, false))
		rates, err := newPlugin().Quote(t.Context(), sdk.Quote{Account: a, Parcel: p})
		if err != nil {
			f := (*sdk.Fault)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, sdk.FaultInvalid, f.Kind)
		}
		for _, r := range rates {
			require.GreaterOrEqual(t, r.Price.Minor, int64(0))
			require.Equal(t, "BDT", r.Price.Currency)
			require.LessOrEqual(t, r.MinDays, r.MaxDays)
		}
		p.Subtotal.Currency = "EUR"
		rates, err = newPlugin().Quote(t.Context(), sdk.Quote{Account: a, Parcel: p})
		require.NoError(t, err)
		require.Empty(t, rates)
	})
}

// Where the bands of a service become dearer, a parcel with more in it never becomes cheaper, as long as its value stays:
// more value may make it free.
func TestMoreNeverCostsLessWhereBandsAscend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, light := accountOf(t, configOf(t, true)), parcelOf(t)
		heavy := light
		heavy.Items += rapid.Int64Range(0, 12).Draw(t, "more items")
		heavy.Grams += rapid.Int64Range(0, 12_000).Draw(t, "more grams")
		before, after := quoted(t, a, light), quoted(t, a, heavy)
		for code, r := range after {
			require.Contains(t, before, code, "a service that takes the larger parcel takes the smaller one, too")
			require.GreaterOrEqual(t, r.Price.Minor, before[code].Price.Minor)
		}
	})
}

func TestFreeStaysFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := serviceOf(t, "s", false)
		s["free_over"], s["by"] = rapid.Int64Range(1, 9000).Draw(t, "free over"), "weight"
		p := parcelOf(t)
		a := accountOf(t, object{"currency": "BDT", "zones": []object{{"name": "all", "rest_of_world": true, "services": []object{s}}}})
		for _, r := range quoted(t, a, p) {
			if p.Subtotal.Minor >= s["free_over"].(int64) {
				require.Zero(t, r.Price.Minor)
			}
		}
	})
}

// The first zone that holds the destination decides: zones behind it may be anything.
func TestFirstZoneWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config, p := configOf(t, false), parcelOf(t)
		first := object{
			"name": "first", "services": servicesOf(t, false),
			"destinations": []object{{"countries": []string{p.To.Country}, "postal_codes": []object{{"prefix": p.To.PostalCode}}}},
		}
		alone := object{"currency": "BDT", "zones": []object{first}}
		config["zones"] = append([]object{first}, config["zones"].([]object)...)
		require.Equal(t, quoted(t, accountOf(t, alone), p), quoted(t, accountOf(t, config), p))
	})
}
