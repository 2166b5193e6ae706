package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

func TestEveryTestCardPassesItsOwnCheck(t *testing.T) {
	for number := range cards {
		require.True(t, luhn(number), number)
	}
}

func TestExpiry(t *testing.T) {
	now := time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)
	for s, ok := range map[string]bool{
		"11/26": true, "11 / 26": true, "11/2026": true, "12/99": true,
		"10/26": false, "13/30": false, "0/30": false, "": false, "1130": false, "aa/bb": false, "-1/30": false,
	} {
		require.Equal(t, ok, validExpiry(s, now), s)
	}
}

func TestAmountText(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{{199900, "BDT", "BDT 1999.00"}, {5, "USD", "USD 0.05"}, {1500, "JPY", "JPY 1500"}, {12345, "KWD", "KWD 12.345"}} {
		require.Equal(t, c.want, amountText(journal.Record{Amount: c.minor, Currency: c.currency}))
	}
}
