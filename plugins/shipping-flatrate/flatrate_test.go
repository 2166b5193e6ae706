package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

func shop(config string) sdk.Account {
	return sdk.Account{Tenant: "t_shop", Mode: sdk.Live, Config: json.RawMessage(config)}
}

func parcel(subtotal int64, country string) sdk.Parcel {
	return sdk.Parcel{Items: 1, Subtotal: sdk.Amount{Minor: subtotal, Currency: "BDT"}, To: sdk.Address{Country: country}}
}

const services = `{"services":[
	{"service":"standard","name":"Standard","price":6000,"min_days":2,"max_days":4,"countries":["BD"],"free_over":200000},
	{"service":"world","name":"World","price":90000,"min_days":7,"max_days":20}]}`

func TestQuote(t *testing.T) {
	taka := func(minor int64) sdk.Amount { return sdk.Amount{Minor: minor, Currency: "BDT"} }
	world := sdk.Rate{Service: "world", Name: "World", Price: taka(90000), MinDays: 7, MaxDays: 20}
	for _, c := range []struct {
		name   string
		parcel sdk.Parcel
		rates  []sdk.Rate
	}{
		{"at home", parcel(199999, "BD"), []sdk.Rate{{Service: "standard", Name: "Standard", Price: taka(6000), MinDays: 2, MaxDays: 4}, world}},
		{"free", parcel(200000, "BD"), []sdk.Rate{{Service: "standard", Name: "Standard", Price: taka(0), MinDays: 2, MaxDays: 4}, world}},
		{"abroad", parcel(200000, "DE"), []sdk.Rate{world}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rates, err := flatrate{}.Quote(t.Context(), sdk.Quote{Account: shop(services), Parcel: c.parcel})
			require.NoError(t, err)
			require.Equal(t, c.rates, rates)
		})
	}
}

func TestDescribeNamesTheServices(t *testing.T) {
	d, err := flatrate{}.Describe(t.Context(), shop(services))
	require.NoError(t, err)
	require.Equal(t, []sdk.Service{{Code: "standard", Name: "Standard"}, {Code: "world", Name: "World"}}, d.Services)
	d, err = flatrate{}.Describe(t.Context(), sdk.Account{})
	require.NoError(t, err)
	require.Empty(t, d.Services)
}

func TestBadSettingsNameTheField(t *testing.T) {
	for _, c := range []struct{ name, config, field string }{
		{"nothing", ``, "services"},
		{"empty", `{}`, "services"},
		{"no object", `[]`, "config"},
		{"no list", `{"services":{}}`, "services"},
		{"text", `{"services":"[]"}`, "services"},
		{"empty list", `{"services":[]}`, "services"},
		{"unknown key", `{"services":[{"service":"a","name":"A","price":1,"prize":2}]}`, "prize"},
		{"no price", `{"services":[{"service":"a","name":"A"}]}`, "services[0].price"},
		{"negative", `{"services":[{"service":"a","name":"A","price":-1}]}`, "services[0].price"},
		{"fraction", `{"services":[{"service":"a","name":"A","price":1.5}]}`, "services.price"},
		{"code", `{"services":[{"service":"A b","name":"A","price":1}]}`, "services[0].service"},
		{"twice", `{"services":[{"service":"a","name":"A","price":1},{"service":"a","name":"B","price":1}]}`, "services[1].service"},
		{"name", `{"services":[{"service":"a","name":" ","price":1}]}`, "services[0].name"},
		{"days", `{"services":[{"service":"a","name":"A","price":1,"min_days":3,"max_days":2}]}`, "services[0].max_days"},
		{"country", `{"services":[{"service":"a","name":"A","price":1,"countries":["bd"]}]}`, "services[0].countries"},
		{"free", `{"services":[{"service":"a","name":"A","price":1,"free_over":-1}]}`, "services[0].free_over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := flatrate{}.Quote(t.Context(), sdk.Quote{Account: shop(c.config), Parcel: parcel(1, "BD")})
			var f *sdk.Fault
			require.ErrorAs(t, err, &f)
			require.Equal(t, sdk.FaultMisconfigured, f.Kind)
			require.Equal(t, c.field, f.Fields[0].Path)
			require.Equal(t, err, flatrate{}.ValidateConfig(t.Context(), shop(c.config)))
		})
	}
}

// The real program, started as the platform does.
func TestConformance(t *testing.T) {
	report, err := conformance.Verify(t.Context(), ".", conformance.Options{Done: func(r conformance.Result) {
		t.Logf("%-4s %-24s %s", r.Status, r.Check, r.Reason)
	}})
	require.NoError(t, err)
	require.Empty(t, report.Failures())
}
