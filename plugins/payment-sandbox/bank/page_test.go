package bank

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAmountText(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{{199900, "BDT", "BDT 1999.00"}, {5, "USD", "USD 0.05"}, {1500, "JPY", "JPY 1500"}, {12345, "KWD", "KWD 12.345"}} {
		require.Equal(t, c.want, amountText(c.minor, c.currency))
	}
}
