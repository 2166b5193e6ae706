package main

import (
	"math"
	"sort"

	"github.com/halum-hut/halum/plugins/sdk"
)

const gramsPerKilogram = 1000

// rates prices what the zone offers, in the vendor's order. Errors: Invalid when a price would be beyond int64.
func (z *zone) rates(p sdk.Parcel) ([]sdk.Rate, error) {
	out := make([]sdk.Rate, 0, len(z.services)+len(z.pickups))
	for i := range z.services {
		s := &z.services[i]
		b, takes := s.bandOf(p)
		if !takes {
			continue
		}
		price, ok := s.price(b, p)
		if !ok {
			return nil, sdk.Invalid("parcel", "is too large to be priced")
		}
		out = append(out, sdk.Rate{
			Service: s.code, Name: s.name, Price: sdk.Amount{Minor: price, Currency: p.Subtotal.Currency}, MinDays: s.minDays, MaxDays: s.maxDays,
		})
	}
	for _, at := range z.pickups {
		out = append(out, sdk.Rate{
			Service: at.code, Name: at.name, Price: sdk.Amount{Minor: at.price, Currency: p.Subtotal.Currency},
			MinDays: at.minDays, MaxDays: at.maxDays, Pickup: true,
		})
	}
	return out, nil
}

// bandOf is the band of a parcel. It is false when the service does not take the parcel.
func (s *service) bandOf(p sdk.Parcel) (band, bool) {
	if s.maxGrams > 0 && p.Grams > s.maxGrams {
		return band{}, false
	}
	n := p.Grams
	switch s.by {
	case byWeight:
	case byPrice:
		n = p.Subtotal.Minor
	case byItems:
		n = p.Items
	}
	i := sort.Search(len(s.bands), func(i int) bool { return s.bands[i].to >= n })
	if i == len(s.bands) {
		return band{}, false
	}
	return s.bands[i], true
}

// price is false when it would be beyond int64.
func (s *service) price(b band, p sdk.Parcel) (int64, bool) {
	if s.freeOver > 0 && p.Subtotal.Minor >= s.freeOver {
		return 0, true
	}
	total, ok := addTimes(b.price, s.perItem.price, max(0, p.Items-s.perItem.above))
	if !ok {
		return 0, false
	}
	return addTimes(total, s.perKilogram.price, started(max(0, p.Grams-s.perKilogram.above)))
}

// started is the number of kilograms that have begun.
func started(grams int64) int64 {
	kilograms := grams / gramsPerKilogram
	if grams%gramsPerKilogram > 0 {
		kilograms++
	}
	return kilograms
}

// addTimes is sum + each × n for numbers that are not negative. It is false when that is beyond int64.
func addTimes(sum, each, n int64) (int64, bool) {
	if each > 0 && n > (math.MaxInt64-sum)/each {
		return 0, false
	}
	return sum + each*n, true
}
