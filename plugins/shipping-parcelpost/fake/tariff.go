package fake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// offer is one way of sending a parcel.
type offer struct {
	Service string `json:"service"`
	Name    string `json:"name"`
	Price   amount `json:"price"`
	MinDays int    `json:"min_days"`
	MaxDays int    `json:"max_days"`
	RateID  string `json:"rate_id"`
}

// tariff is what a service costs in one currency: for the first kilogram, and for each more that has begun.
type tariff struct{ first, more int64 }

var services = []struct {
	code, name       string
	minDays, maxDays int
	abroad           bool
	tariffs          map[string]tariff
}{
	{"economy", "Economy", 3, 6, false, map[string]tariff{"BDT": {8000, 2500}, "EUR": {390, 120}, "USD": {420, 130}, "JPY": {600, 180}}},
	{"express", "Express", 1, 1, false, map[string]tariff{"BDT": {16000, 4000}, "EUR": {890, 250}, "USD": {950, 270}, "JPY": {1400, 380}}},
	{"worldwide", "Worldwide Priority", 4, 9, true, map[string]tariff{"BDT": {240000, 90000}, "EUR": {1990, 750}, "USD": {2150, 800}, "JPY": {3200, 1200}}},
}

const (
	maxGrams         = 30_000
	gramsPerKilogram = 1000
)

var reached = []string{"BD", "DE", "FR", "GB", "IN", "JP", "LK", "NP", "US"}

func (s *Server) rates(c *call) (answer, *problem) {
	var g goods
	if p := decode(c.body, &g); p != nil {
		return answer{}, p
	}
	offers, p := g.offers()
	if p != nil {
		return answer{}, p
	}
	return ok(map[string]any{"rates": offers})
}

// offers are none where the carrier does not go, for parcels that are too heavy and in currencies it does not take.
func (g goods) offers() ([]offer, *problem) {
	switch {
	case g.Items < 0:
		return nil, lacking("items")
	case g.Grams < 0:
		return nil, lacking("grams")
	case g.Value.Amount < 0 || g.Value.Currency == "":
		return nil, lacking("value")
	case g.To.Country == "":
		return nil, lacking("to.country")
	case g.From.Country == "":
		return nil, lacking("from.country")
	}
	all := []offer{}
	if !slices.Contains(reached, g.To.Country) || !slices.Contains(reached, g.From.Country) || g.Grams > maxGrams {
		return all, nil
	}
	for _, service := range services {
		price, taken := service.tariffs[g.Value.Currency]
		if !taken || service.abroad != (g.From.Country != g.To.Country) {
			continue
		}
		more := max(0, (g.Grams-1)/gramsPerKilogram)
		o := offer{
			Service: service.code, Name: service.name, MinDays: service.minDays, MaxDays: service.maxDays,
			Price: amount{price.first + more*price.more, g.Value.Currency},
		}
		o.RateID = rateID(o.Service, o.Price)
		all = append(all, o)
	}
	return all, nil
}

// rateID promises a price: it names service, amount and currency, and a seal that only the carrier can make.
func rateID(service string, price amount) string {
	promise := fmt.Sprintf("%s.%d.%s", service, price.Amount, price.Currency)
	seal := hmac.New(sha256.New, []byte("the fake carrier's rates"))
	seal.Write([]byte(promise))
	return promise + "." + hex.EncodeToString(seal.Sum(nil)[:8])
}

// promised is the price of a rate, which holds whatever the tariff says today.
func promised(o order) (amount, *problem) {
	unknown := &problem{http.StatusUnprocessableEntity, "invalid", "rate_id", "There is no such rate for this service."}
	parts := strings.Split(o.RateID, ".")
	if len(parts) != 4 || parts[0] != o.Service {
		return amount{}, unknown
	}
	minor, err := strconv.ParseInt(parts[1], 10, 64)
	price := amount{minor, parts[2]}
	if err != nil || !hmac.Equal([]byte(rateID(o.Service, price)), []byte(o.RateID)) {
		return amount{}, unknown
	}
	return price, nil
}

// trackingNumber is one of the kind S10 of the Universal Postal Union: two letters, eight digits with a check digit, and
// the country.
func trackingNumber(serial int, country string) string {
	digits, sum := fmt.Sprintf("%08d", serial%100_000_000), 0
	for i, weight := range []int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += int(digits[i]-'0') * weight
	}
	check := 11 - sum%11
	switch check {
	case 10:
		check = 0
	case 11:
		check = 5
	}
	return fmt.Sprintf("PP%s%d%s", digits, check, country)
}
