package money

// Currency is an ISO 4217 alphabetic code in upper case, such as "BDT".
type Currency string

// exponents lists the currencies the platform accepts with their number of minor digits (ISO 4217, list one).
var exponents = map[Currency]int{
	"AED": 2, "AUD": 2, "BDT": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "CZK": 2, "DKK": 2,
	"EGP": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "IQD": 3, "ISK": 0, "JOD": 3,
	"JPY": 0, "KES": 2, "KRW": 0, "KWD": 3, "LKR": 2, "MAD": 2, "MXN": 2, "MYR": 2, "NGN": 2, "NOK": 2, "NPR": 2,
	"NZD": 2, "OMR": 3, "PHP": 2, "PKR": 2, "PLN": 2, "QAR": 2, "RON": 2, "SAR": 2, "SEK": 2, "SGD": 2, "THB": 2,
	"TND": 3, "TRY": 2, "TWD": 2, "UAH": 2, "UGX": 0, "USD": 2, "VND": 0, "XAF": 0, "XOF": 0, "ZAR": 2,
}

// ParseCurrency accepts a known code in upper case. Errors: ErrCurrency.
func ParseCurrency(s string) (Currency, error) {
	if _, ok := exponents[Currency(s)]; !ok {
		return "", ErrCurrency.Saying("%q is not a currency this platform knows: use an ISO 4217 code, such as BDT", s)
	}
	return Currency(s), nil
}

// Exponent returns the number of minor digits: 2 for BDT, 0 for JPY, 3 for KWD. Unknown codes count as 2.
func (c Currency) Exponent() int {
	if e, ok := exponents[c]; ok {
		return e
	}
	return 2
}
