// Package money holds amounts as whole minor units with an ISO 4217 currency.
//
// There is no float anywhere and no division without a stated rounding. Arithmetic is checked: an overflow or a mix of
// currencies is an error, never a wrong number. Formatting for people lives at the edges.
package money

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/fault"
)

// Faults of this package.
var (
	ErrOverflow = fault.New(fault.Invalid, "amount_too_large", "the amount is too large")
	ErrMismatch = fault.New(fault.Invalid, "currency_mismatch", "amounts of two currencies cannot be combined")
	ErrSyntax   = fault.New(fault.Invalid, "invalid_amount", "write the amount as a plain decimal number, such as 19.90")
	ErrCurrency = fault.New(fault.Invalid, "unknown_currency", "use an ISO 4217 currency code, such as BDT")
)

// Money is an amount in minor units (paisa, cents) of one currency. The zero value has no currency and adds to anything.
type Money struct {
	Amount   int64    `json:"amount"`
	Currency Currency `json:"currency"`
}

// New returns an amount of minor units.
func New(minor int64, c Currency) Money { return Money{minor, c} }

// Zero returns no money in c.
func Zero(c Currency) Money { return Money{0, c} }

// IsZero reports whether the amount is zero.
func (m Money) IsZero() bool { return m.Amount == 0 }

// Add returns m + o. Errors: ErrMismatch, ErrOverflow.
func (m Money) Add(o Money) (Money, error) {
	c, err := common(m, o)
	if err != nil {
		return Money{}, err
	}
	sum := m.Amount + o.Amount
	if (o.Amount > 0 && sum < m.Amount) || (o.Amount < 0 && sum > m.Amount) {
		return Money{}, ErrOverflow
	}
	return Money{sum, c}, nil
}

// Sub returns m - o. Errors: ErrMismatch, ErrOverflow.
func (m Money) Sub(o Money) (Money, error) {
	if o.Amount == math.MinInt64 {
		return Money{}, ErrOverflow
	}
	return m.Add(Money{-o.Amount, o.Currency})
}

// Times returns m × n for a quantity n ≥ 0. Errors: ErrOverflow, also for a negative n.
func (m Money) Times(n int64) (Money, error) {
	if n < 0 || m.Amount == math.MinInt64 {
		return Money{}, ErrOverflow
	}
	abs, neg := m.Amount, false
	if abs < 0 {
		abs, neg = -abs, true
	}
	hi, lo := bits.Mul64(uint64(abs), uint64(n))
	if hi != 0 || lo > math.MaxInt64 {
		return Money{}, ErrOverflow
	}
	if neg {
		return Money{-int64(lo), m.Currency}, nil
	}
	return Money{int64(lo), m.Currency}, nil
}

// Sum adds amounts of one currency. The sum of nothing is zero in c.
func Sum(c Currency, all ...Money) (Money, error) {
	total := Zero(c)
	for _, m := range all {
		var err error
		if total, err = total.Add(m); err != nil {
			return Money{}, err
		}
	}
	return total, nil
}

// Allocate splits m by weights so that the parts sum exactly to m: each part is rounded down and the units left over go
// to the largest remainders, earlier parts first. m must not be negative. Errors: ErrOverflow for no, negative or
// too large weights.
func (m Money) Allocate(weights ...int64) ([]Money, error) {
	var total int64
	for _, w := range weights {
		if w < 0 || total > math.MaxInt64-w {
			return nil, ErrOverflow
		}
		total += w
	}
	if total == 0 || m.Amount < 0 {
		return nil, ErrOverflow
	}
	parts := make([]Money, len(weights))
	remainders := make([]uint64, len(weights))
	left := m.Amount
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(m.Amount), uint64(w))
		quo, rem := bits.Div64(hi, lo, uint64(total))
		parts[i], remainders[i] = Money{int64(quo), m.Currency}, rem
		left -= int64(quo)
	}
	for ; left > 0; left-- {
		best := 0
		for i := range remainders {
			if remainders[i] > remainders[best] {
				best = i
			}
		}
		parts[best].Amount++
		remainders[best] = 0
	}
	return parts, nil
}

// Decimal returns the amount in major units without grouping, such as "19.90" for 1990 USD and "1990" for 1990 JPY.
func (m Money) Decimal() string {
	exp := m.Currency.Exponent()
	s := strconv.FormatInt(m.Amount, 10)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	if exp == 0 {
		return sign + s
	}
	for len(s) <= exp {
		s = "0" + s
	}
	return sign + s[:len(s)-exp] + "." + s[len(s)-exp:]
}

// String returns the decimal amount and the currency, such as "19.90 USD", for logs.
func (m Money) String() string { return m.Decimal() + " " + string(m.Currency) }

// ParseDecimal reads a non-negative decimal number of major units, such as "19.9" in USD = 1990. More fraction digits
// than the currency has are accepted only when they are zeros. Errors: ErrSyntax, ErrOverflow.
func ParseDecimal(s string, c Currency) (Money, error) {
	whole, frac, dotted := strings.Cut(strings.TrimSpace(s), ".")
	if whole == "" || (dotted && frac == "") || !digits(whole) || !digits(frac) {
		return Money{}, ErrSyntax
	}
	exp := c.Exponent()
	if len(frac) > exp {
		if strings.Trim(frac[exp:], "0") != "" {
			return Money{}, ErrSyntax.Saying("%s has %d decimal places, %q has more", c, exp, s)
		}
		frac = frac[:exp]
	}
	frac += strings.Repeat("0", exp-len(frac))
	minor, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return Money{}, ErrOverflow
	}
	return Money{minor, c}, nil
}

func common(a, b Money) (Currency, error) {
	switch {
	case a.Currency == b.Currency, b.Currency == "":
		return a.Currency, nil
	case a.Currency == "":
		return b.Currency, nil
	}
	return "", ErrMismatch
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
