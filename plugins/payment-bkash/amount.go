package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// toBkash writes an amount in taka with two decimals, as bKash counts. Errors: Invalid.
func toBkash(a sdk.Amount) (string, error) {
	switch {
	case a.Currency != currency:
		return "", sdk.Invalid("currency", "bKash takes BDT only")
	case a.Minor <= 0:
		return "", sdk.Invalid("amount", "must be above zero")
	}
	return fmt.Sprintf("%d.%02d", a.Minor/100, a.Minor%100), nil
}

// fromBkash reads "15", "15.5" and "15.50" exactly; it is false for anything that is not a whole number of paisa.
func fromBkash(amount string) (int64, bool) {
	whole, part, _ := strings.Cut(strings.TrimSpace(amount), ".")
	part = strings.TrimRight(part, "0")
	if len(part) > 2 || whole == "" || len(whole) > 15 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+part+strings.Repeat("0", 2-len(part)), 10, 64)
	return minor, err == nil
}

func taka(minor int64) sdk.Amount { return sdk.Amount{Minor: minor, Currency: currency} }
