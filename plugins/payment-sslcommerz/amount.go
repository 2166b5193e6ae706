package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// currency is the one that SSLCommerz settles and gives back in. Others it would convert at a rate of its own.
const currency = "BDT"

// SSLCommerz takes from 10.00 to 500000.00 BDT at once.
const minAmount, maxAmount = 10_00, 500_000_00

// toDecimal writes taka with two decimals. Errors: Invalid.
func toDecimal(a sdk.Amount) (string, error) {
	switch {
	case a.Currency != currency:
		return "", sdk.Invalid("currency", "this plugin takes BDT only")
	case a.Minor <= 0:
		return "", sdk.Invalid("amount", "must be above zero")
	}
	return fmt.Sprintf("%d.%02d", a.Minor/100, a.Minor%100), nil
}

// fromDecimal reads "15", "15.5" and "15.5000" exactly; it is false for anything that is not a whole number of paisa.
func fromDecimal(amount string) (int64, bool) {
	whole, part, _ := strings.Cut(strings.TrimSpace(amount), ".")
	part = strings.TrimRight(part, "0")
	if len(part) > 2 || whole == "" || len(whole) > 12 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+part+strings.Repeat("0", 2-len(part)), 10, 64)
	return minor, err == nil
}

func taka(minor int64) sdk.Amount { return sdk.Amount{Minor: minor, Currency: currency} }
