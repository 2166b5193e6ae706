package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
)

func TestEveryTestCardPassesItsOwnCheck(t *testing.T) {
	for number := range bank.Cards {
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
