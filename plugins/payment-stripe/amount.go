package main

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// unit is how Stripe counts a currency, compared with ISO 4217. Source: https://docs.stripe.com/currencies, sections
// "Zero-decimal currencies", "Three-decimal currencies" and "Special cases".
type unit uint8

const (
	// same: Stripe's unit is ISO's. That holds for all currencies with two decimals and for those without any, but the
	// ones below. (HUF and TWD are special in payouts only.)
	same unit = iota
	// hundredfold: ISO has no minor unit, Stripe counts hundredths for the sake of old integrations, and they must be
	// whole: ISK, UGX.
	hundredfold
	// hundredth: ISO has two decimals, Stripe has none: MGA.
	hundredth
	// tens: three decimals for both, but Stripe's partners only know two, so that the last one must be zero.
	tens
)

// presentment are the currencies in which Stripe charges cards. How it counts any other one is not known here, so those
// are refused.
var presentment = func() map[string]unit {
	all := map[string]unit{
		"ISK": hundredfold, "UGX": hundredfold, "MGA": hundredth,
		"BHD": tens, "JOD": tens, "KWD": tens, "OMR": tens, "TND": tens,
	}
	for code := range strings.FieldsSeq(`
		AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
		CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD JPY KES KGS KHR
		KMF KRW KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK
		PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TOP TRY TTD TWD TZS UAH USD UYU UZS
		VND VUV WST XAF XCD XOF XPF YER ZAR ZMW`) {
		all[code] = same
	}
	return all
}()

func currencies() []string { return slices.Sorted(maps.Keys(presentment)) }

// toStripe converts an amount exactly. Errors: Invalid.
func toStripe(a sdk.Amount) (int64, error) {
	u, known := presentment[a.Currency]
	switch {
	case !known:
		return 0, sdk.Invalid("currency", "Stripe does not take "+a.Currency)
	case a.Minor <= 0:
		return 0, sdk.Invalid("amount", "must be above zero")
	case u == hundredfold && a.Minor > math.MaxInt64/100:
		return 0, sdk.Invalid("amount", "is too large")
	case u == hundredfold:
		return a.Minor * 100, nil
	case u == hundredth && a.Minor%100 != 0:
		return 0, sdk.Invalid("amount", "Stripe takes whole "+a.Currency+" only")
	case u == hundredth:
		return a.Minor / 100, nil
	case u == tens && a.Minor%10 != 0:
		return 0, sdk.Invalid("amount", "Stripe takes "+a.Currency+" with two decimals only: the third one must be zero")
	}
	return a.Minor, nil
}

// fromStripe converts an amount exactly; it is false when that cannot be done.
func fromStripe(amount int64, currency string) (sdk.Amount, bool) {
	code := strings.ToUpper(currency)
	u, known := presentment[code]
	switch {
	case !known, amount < 0, u == hundredfold && amount%100 != 0, u == hundredth && amount > math.MaxInt64/100:
		return sdk.Amount{}, false
	case u == hundredfold:
		amount /= 100
	case u == hundredth:
		amount *= 100
	}
	return sdk.Amount{Minor: amount, Currency: code}, true
}
