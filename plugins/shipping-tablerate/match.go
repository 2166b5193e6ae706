package main

import (
	"strings"
	"unicode"

	"github.com/halum-hut/halum/plugins/sdk"
)

// zoneOf is the first zone that holds the destination, or nil.
func (t *table) zoneOf(to sdk.Address) *zone {
	region, code := plainRegion(to.Region, to.Country), plainCode(to.PostalCode)
	for _, a := range t.areas[to.Country] {
		if a.holds(region, code) {
			return &t.zones[a.zone]
		}
	}
	if last := len(t.zones) - 1; last >= 0 && t.zones[last].rest {
		return &t.zones[last]
	}
	return nil
}

func (a area) holds(region, code string) bool {
	if len(a.regions) > 0 && !a.regions[region] {
		return false
	}
	if len(a.postal) == 0 {
		return true
	}
	for _, s := range a.postal {
		if s.holds(code) {
			return true
		}
	}
	return false
}

func (s span) holds(code string) bool {
	n := len(s.from)
	return len(code) >= n && s.from <= code[:n] && code[:n] <= s.to
}

// plainCode drops what people write differently in the same postal code: "sw1a 1aa" is SW1A1AA.
func plainCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToUpper(r); r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, code)
}

// plainRegion makes "bd-13", "13" and "Dhaka ", "DHAKA" the same, since ISO 3166-2 codes come with and without country.
func plainRegion(region, country string) string {
	plain := strings.ToUpper(strings.Join(strings.Fields(region), " "))
	return strings.TrimPrefix(plain, country+"-")
}
