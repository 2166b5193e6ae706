package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

func TestAmountsAreExactOrRefused(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		stripe   int64 // 0: refused
	}{
		{199900, "BDT", 199900},
		{500, "JPY", 500},     // zero-decimal for both
		{5, "UGX", 500},       // zero-decimal in ISO 4217, hundredths at Stripe
		{5, "ISK", 500},       //
		{1045, "HUF", 1045},   // special in payouts only
		{80045, "TWD", 80045}, //
		{1200, "MGA", 12},     // two decimals in ISO 4217, none at Stripe
		{1250, "MGA", 0},
		{5120, "KWD", 5120}, // the third decimal must be zero
		{5124, "KWD", 0},
		{5124, "TND", 0},
		{5124, "IQD", 0}, // not taken by Stripe
		{100, "bdt", 0},
		{100, "", 0},
		{0, "BDT", 0},
		{-1, "BDT", 0},
		{1 << 62, "UGX", 0},
	} {
		got, err := toStripe(sdk.Amount{Minor: c.minor, Currency: c.currency})
		if c.stripe == 0 {
			requireFault(t, err, sdk.FaultInvalid, "")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.stripe, got, c.currency)
		back, exact := fromStripe(got, c.currency)
		require.True(t, exact)
		require.Equal(t, sdk.Amount{Minor: c.minor, Currency: c.currency}, back)
	}
	for amount, currency := range map[int64]string{550: "isk", 1 << 62: "mga", -5: "usd", 7: "xxx"} {
		_, exact := fromStripe(amount, currency)
		require.False(t, exact, currency)
	}
	require.Contains(t, currencies(), "BDT")
	require.IsIncreasing(t, currencies())
}
