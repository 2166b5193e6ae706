package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

func TestBadSettingsNameTheField(t *testing.T) {
	for _, c := range []struct{ name, services, field string }{
		{"empty", ``, "settings.services"},
		{"no list", `{}`, "settings.services"},
		{"empty list", `[]`, "settings.services"},
		{"trailing", `[] []`, "settings.services"},
		{"unknown key", `[{"service":"a","name":"A","price":1,"prize":2}]`, "settings.services"},
		{"no price", `[{"service":"a","name":"A"}]`, "settings.services[0].price"},
		{"negative", `[{"service":"a","name":"A","price":-1}]`, "settings.services[0].price"},
		{"fraction", `[{"service":"a","name":"A","price":1.5}]`, "settings.services"},
		{"code", `[{"service":"A b","name":"A","price":1}]`, "settings.services[0].service"},
		{"twice", `[{"service":"a","name":"A","price":1},{"service":"a","name":"B","price":1}]`, "settings.services[1].service"},
		{"name", `[{"service":"a","name":" ","price":1}]`, "settings.services[0].name"},
		{"days", `[{"service":"a","name":"A","price":1,"min_days":3,"max_days":2}]`, "settings.services[0].max_days"},
		{"country", `[{"service":"a","name":"A","price":1,"countries":["bd"]}]`, "settings.services[0].countries"},
		{"free", `[{"service":"a","name":"A","price":1,"free_over":-1}]`, "settings.services[0].free_over"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := flatrate{}.Quote(t.Context(), sdk.QuoteRequest{
				Account: sdk.Account{Settings: map[string]string{"services": c.services}},
				Parcel:  sdk.Parcel{Subtotal: sdk.Amount{Minor: 1, Currency: "BDT"}},
			})
			var f *sdk.Fault
			require.ErrorAs(t, err, &f)
			require.Equal(t, sdk.FaultMisconfigured, f.Kind)
			require.Equal(t, c.field, f.Fields[0].Path)
		})
	}
}
