package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

// Names of the form fields.
const (
	fieldNumber = "card_number"
	fieldExpiry = "card_expiry"
	fieldCVC    = "card_cvc"
)

var cardMethod = sdk.Method{
	Kind: "card", Name: "Card", Hint: "Test cards only: 4242 4242 4242 4242 is approved.",
	Fields: []sdk.Field{
		{Name: fieldNumber, Label: "Card number", Autocomplete: "cc-number", Example: "4242 4242 4242 4242", Secret: true},
		{Name: fieldExpiry, Label: "Expiry (MM/YY)", Autocomplete: "cc-exp", Example: "12/34"},
		{Name: fieldCVC, Label: "Security code", Autocomplete: "cc-csc", Example: "123", Secret: true},
	},
}

// card reads the form. What it cannot use it answers with a plan to decline, as a bank does.
func card(fields sdk.Fields, now time.Time) (number string, plan bank.Plan) {
	number = strings.NewReplacer(" ", "", "-", "").Replace(fields[fieldNumber])
	switch {
	case !luhn(number):
		return number, refuse("incorrect_number", "This is not a card number: check the digits.")
	case !validExpiry(fields[fieldExpiry], now):
		return number, refuse("invalid_expiry", "Give the card's expiry as MM/YY, not in the past.")
	case !validCVC(fields[fieldCVC]):
		return number, refuse("incorrect_cvc", "Give the three or four digits from the back of the card.")
	}
	plan, ok := bank.Cards[number]
	if !ok {
		return number, refuse("card_not_supported", "This shop takes test cards only, such as 4242 4242 4242 4242.")
	}
	return number, plan
}

func refuse(code, message string) bank.Plan {
	return bank.Plan{State: journal.Declined, Code: code, Message: message, Retryable: true}
}

func last4(number string) string {
	if !luhn(number) {
		return "" // not a card number: nothing of it is kept
	}
	return number[len(number)-4:]
}

func luhn(number string) bool {
	if len(number) < 12 || len(number) > 19 {
		return false
	}
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// validExpiry accepts MM/YY and MM/YYYY up to the end of that month.
func validExpiry(s string, now time.Time) bool {
	month, year, ok := strings.Cut(strings.ReplaceAll(s, " ", ""), "/")
	m, errM := strconv.Atoi(month)
	y, errY := strconv.Atoi(year)
	if !ok || errM != nil || errY != nil || m < 1 || m > 12 || y < 0 {
		return false
	}
	if len(year) == 2 {
		y += 2000
	}
	return time.Date(y, time.Month(m)+1, 1, 0, 0, 0, 0, time.UTC).After(now)
}

func validCVC(s string) bool {
	if len(s) < 3 || len(s) > 4 {
		return false
	}
	return strings.Trim(s, "0123456789") == ""
}
