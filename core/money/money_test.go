package money_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/money"
)

func TestAdd(t *testing.T) {
	usd := func(n int64) money.Money { return money.New(n, "USD") }
	for name, c := range map[string]struct {
		a, b, want money.Money
		err        error
	}{
		"plain":                 {usd(1990), usd(10), usd(2000), nil},
		"negative":              {usd(10), usd(-30), usd(-20), nil},
		"zero value on left":    {money.Money{}, usd(5), usd(5), nil},
		"zero value on right":   {usd(5), money.Money{}, usd(5), nil},
		"two currencies":        {usd(5), money.New(5, "BDT"), money.Money{}, money.ErrMismatch},
		"up to the top":         {usd(math.MaxInt64 - 1), usd(1), usd(math.MaxInt64), nil},
		"over the top":          {usd(math.MaxInt64), usd(1), money.Money{}, money.ErrOverflow},
		"under the bottom":      {usd(math.MinInt64), usd(-1), money.Money{}, money.ErrOverflow},
		"both ends":             {usd(math.MaxInt64), usd(math.MinInt64), usd(-1), nil},
		"mismatch of zero cash": {usd(0), money.Zero("BDT"), money.Money{}, money.ErrMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.a.Add(c.b)
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestArithmeticAgreesWithBigNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		x, y := money.New(a, "BDT"), money.New(b, "BDT")
		sum, err := x.Add(y)
		agrees(t, new(big.Int).Add(big.NewInt(a), big.NewInt(b)), sum, err)
		diff, err := x.Sub(y)
		if b != math.MinInt64 { // its negation does not exist: always refused
			agrees(t, new(big.Int).Sub(big.NewInt(a), big.NewInt(b)), diff, err)
		} else {
			require.ErrorIs(t, err, money.ErrOverflow)
		}
		product, err := x.Times(b)
		if b < 0 || a == math.MinInt64 {
			require.ErrorIs(t, err, money.ErrOverflow)
			return
		}
		exact := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		if exact.Cmp(big.NewInt(math.MinInt64)) == 0 {
			return // one short of what fits: may be refused
		}
		agrees(t, exact, product, err)
	})
}

func agrees(t *rapid.T, exact *big.Int, got money.Money, err error) {
	if !exact.IsInt64() {
		require.ErrorIs(t, err, money.ErrOverflow)
		require.Zero(t, got)
		return
	}
	require.NoError(t, err)
	require.Equal(t, money.New(exact.Int64(), "BDT"), got)
}

func TestSum(t *testing.T) {
	got, err := money.Sum("BDT")
	require.NoError(t, err)
	require.Equal(t, money.Zero("BDT"), got)
	got, err = money.Sum("BDT", money.New(1, "BDT"), money.New(2, "BDT"))
	require.NoError(t, err)
	require.Equal(t, money.New(3, "BDT"), got)
	_, err = money.Sum("BDT", money.New(1, "USD"))
	require.ErrorIs(t, err, money.ErrMismatch)
	_, err = money.Sum("BDT", money.New(math.MaxInt64, "BDT"), money.New(1, "BDT"))
	require.ErrorIs(t, err, money.ErrOverflow)
}

func TestAllocateNeverLosesAUnit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, math.MaxInt64).Draw(t, "amount")
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/64), 1, 40).Draw(t, "weights")
		total := new(big.Int)
		for _, w := range weights {
			total.Add(total, big.NewInt(w))
		}
		parts, err := money.New(amount, "USD").Allocate(weights...)
		if total.Sign() == 0 {
			require.ErrorIs(t, err, money.ErrOverflow)
			return
		}
		require.NoError(t, err)
		require.Len(t, parts, len(weights))
		sum, err := money.Sum("USD", parts...)
		require.NoError(t, err)
		require.Equal(t, amount, sum.Amount)
		for i, p := range parts {
			// Every part is its exact share, rounded down or up.
			share := new(big.Int).Mul(big.NewInt(amount), big.NewInt(weights[i]))
			floor := share.Div(share, total).Int64()
			require.GreaterOrEqual(t, p.Amount, floor)
			require.LessOrEqual(t, p.Amount-floor, int64(1))
			if weights[i] == 0 {
				require.Zero(t, p.Amount, "no weight, no money")
			}
		}
	})
}

func TestAllocate(t *testing.T) {
	for name, c := range map[string]struct {
		amount  int64
		weights []int64
		want    []int64
	}{
		"even":                     {100, []int64{1, 1}, []int64{50, 50}},
		"first gets the odd unit":  {100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		"largest remainder first":  {10, []int64{1, 2, 4}, []int64{1, 3, 6}},
		"nothing":                  {0, []int64{3, 5}, []int64{0, 0}},
		"huge":                     {math.MaxInt64, []int64{1}, []int64{math.MaxInt64}},
		"weightless get nothing":   {7, []int64{0, 3, 0}, []int64{0, 7, 0}},
		"negative amount":          {-1, []int64{1}, nil},
		"negative weight":          {1, []int64{2, -1}, nil},
		"no weights":               {1, nil, nil},
		"weights that do not fit":  {1, []int64{math.MaxInt64, 1}, nil},
		"nothing to weigh against": {1, []int64{0, 0}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			parts, err := money.New(c.amount, "USD").Allocate(c.weights...)
			if c.want == nil {
				require.ErrorIs(t, err, money.ErrOverflow)
				return
			}
			require.NoError(t, err)
			for i, p := range parts {
				require.Equal(t, money.New(c.want[i], "USD"), p)
			}
		})
	}
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		in       string
		currency money.Currency
		want     int64
		err      error
	}{
		{"19.90", "USD", 1990, nil},
		{"19.9", "USD", 1990, nil},
		{"19", "USD", 1900, nil},
		{" 19.90 ", "USD", 1990, nil},
		{"0", "USD", 0, nil},
		{"0.01", "USD", 1, nil},
		{"00012.50", "USD", 1250, nil},
		{"19.9000", "USD", 1990, nil},
		{"19.901", "USD", 0, money.ErrSyntax},
		{"1990", "JPY", 1990, nil},
		{"1990.0", "JPY", 1990, nil},
		{"1990.5", "JPY", 0, money.ErrSyntax},
		{"1.234", "KWD", 1234, nil},
		{"1.2", "KWD", 1200, nil},
		{"92233720368547758.07", "USD", math.MaxInt64, nil},
		{"92233720368547758.08", "USD", 0, money.ErrOverflow},
		{strings.Repeat("9", 400), "USD", 0, money.ErrOverflow},
		{"", "USD", 0, money.ErrSyntax},
		{".", "USD", 0, money.ErrSyntax},
		{".5", "USD", 0, money.ErrSyntax},
		{"5.", "USD", 0, money.ErrSyntax},
		{"-5", "USD", 0, money.ErrSyntax},
		{"+5", "USD", 0, money.ErrSyntax},
		{"1e3", "USD", 0, money.ErrSyntax},
		{"1,999.00", "USD", 0, money.ErrSyntax},
		{"1.2.3", "USD", 0, money.ErrSyntax},
		{"$5", "USD", 0, money.ErrSyntax},
		{"৫", "BDT", 0, money.ErrSyntax},
		{"NaN", "USD", 0, money.ErrSyntax},
		{"0x10", "USD", 0, money.ErrSyntax},
	} {
		got, err := money.ParseDecimal(c.in, c.currency)
		require.ErrorIs(t, err, c.err, "%q %s", c.in, c.currency)
		if c.err == nil {
			require.Equal(t, money.New(c.want, c.currency), got, "%q %s", c.in, c.currency)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency money.Currency
		want     string
	}{
		{1990, "USD", "19.90"},
		{5, "USD", "0.05"},
		{0, "USD", "0.00"},
		{-5, "USD", "-0.05"},
		{-1990, "USD", "-19.90"},
		{1990, "JPY", "1990"},
		{1, "KWD", "0.001"},
		{12345, "KWD", "12.345"},
		{math.MaxInt64, "USD", "92233720368547758.07"},
		{math.MinInt64, "USD", "-92233720368547758.08"},
	} {
		require.Equal(t, c.want, money.New(c.amount, c.currency).Decimal())
	}
	require.Equal(t, "19.90 USD", money.New(1990, "USD").String())
}

// One currency of every exponent.
var exponents = map[money.Currency]int{"JPY": 0, "BDT": 2, "KWD": 3}

func TestDecimalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom([]money.Currency{"JPY", "BDT", "KWD"}).Draw(t, "currency")
		m := money.New(rapid.Int64Range(0, math.MaxInt64).Draw(t, "minor"), c)
		got, err := money.ParseDecimal(m.Decimal(), c)
		require.NoError(t, err)
		require.Equal(t, m, got)
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"19.90", "", ".", "0", "999999999999999999999", "1.23456", "-1", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for c, exp := range exponents {
			m, err := money.ParseDecimal(s, c)
			if err != nil {
				require.Zero(t, m)
				continue
			}
			// What was accepted is the same rational number as what is held.
			want, ok := new(big.Rat).SetString(strings.TrimSpace(s))
			require.True(t, ok, s)
			scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil)
			require.Zero(t, want.Cmp(new(big.Rat).SetFrac(big.NewInt(m.Amount), scale)), s)
		}
	})
}

func TestCurrency(t *testing.T) {
	for s, ok := range map[string]bool{"BDT": true, "JPY": true, "bdt": false, "": false, "XXX": false, "BDT ": false} {
		_, err := money.ParseCurrency(s)
		require.Equal(t, ok, err == nil, s)
	}
	for c, want := range exponents {
		require.Equal(t, want, c.Exponent())
	}
	require.Equal(t, 2, money.Currency("???").Exponent())
}
