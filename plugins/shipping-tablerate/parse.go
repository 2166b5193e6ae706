package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"

	"github.com/bojanz/currency"
)

// Bounds of a table. What is beyond them is a mistake, or would make quoting slow.
const (
	maxZones        = 200
	maxDestinations = 300
	maxRegions      = 500
	maxPostalCodes  = 2000
	maxServices     = 40
	maxPickups      = 40
	maxBands        = 200
	maxPrice        = 1_000_000_000_000 // minor units
	maxWeight       = 100_000_000       // grams
	maxDays         = 365
	maxName         = 120
)

var codePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// parser reads one table.
type parser struct {
	reader
	table *table
	whole map[string]int // countries that a zone holds without exception, with the zone
}

// parse reads and checks an account's settings. Errors: Misconfigured, with each mistake.
func parse(config []byte) (*table, error) {
	config = bytes.TrimSpace(config)
	if len(config) == 0 {
		config = []byte("{}")
	}
	p := &parser{table: &table{areas: map[string][]area{}}, whole: map[string]int{}}
	if !json.Valid(config) {
		p.wrong("config", "is not JSON")
		return nil, p.fault()
	}
	var zones []string // their paths
	p.object("", config, map[string]field{
		"currency": must(p.currency),
		"zones": must(p.list(maxZones, func(path string, value json.RawMessage) {
			zones = append(zones, path)
			p.zone(path, value)
		})),
	})
	p.order(zones)
	if err := p.fault(); err != nil {
		return nil, err
	}
	return p.table, nil
}

func (p *parser) currency(path string, value json.RawMessage) {
	p.text(&p.table.currency, 3)(path, value)
	if code := p.table.currency; code != "" && !currency.IsValid(code) {
		p.wrong(path, "is not a currency of ISO 4217, such as BDT")
	}
}

// order sees that there are zones and that the rest of the world comes last, as nothing after it would ever be reached.
func (p *parser) order(paths []string) {
	if len(p.problems) == 0 && len(paths) == 0 {
		p.wrong("zones", "must have at least one zone")
	}
	for i, z := range p.table.zones {
		if z.rest && i < len(p.table.zones)-1 {
			p.wrong(paths[i]+".rest_of_world", "must be the last zone: those after it would never be reached")
		}
	}
}

func (p *parser) zone(path string, value json.RawMessage) {
	z, somewhere := zone{}, false
	codes := map[string]bool{}
	p.object(path, value, map[string]field{
		"name": must(p.text(&z.name, maxName)),
		"destinations": may(func(path string, value json.RawMessage) {
			somewhere = true
			p.list(maxDestinations, p.destination)(path, value)
		}),
		"rest_of_world": may(p.flag(&z.rest)),
		"services": must(p.list(maxServices, func(path string, value json.RawMessage) {
			z.services = append(z.services, p.service(path, value, codes))
		})),
		"pickup_locations": may(p.list(maxPickups, func(path string, value json.RawMessage) {
			z.pickups = append(z.pickups, p.pickup(path, value, codes))
		})),
	})
	switch {
	case z.rest && somewhere:
		p.wrong(path+".destinations", "must be left out where rest_of_world is true")
	case !z.rest && !somewhere:
		p.wrong(path+".destinations", "is required, unless rest_of_world is true")
	}
	p.table.zones = append(p.table.zones, z)
}

func (p *parser) code(into *string, taken map[string]bool) read {
	return func(path string, value json.RawMessage) {
		p.text(into, 40)(path, value)
		switch code := *into; {
		case code == "":
		case !codePattern.MatchString(code):
			p.wrong(path, "must be of lower-case letters, digits, - and _")
		case taken[code]:
			p.wrong(path, fmt.Sprintf("is there twice in this zone: %s", code))
		}
		taken[*into] = true
	}
}

func (p *parser) price(into *int64) read { return p.number(into, 0, maxPrice) }

// days reads into an int what is between two bounds of days.
func (p *parser) days(into *int) read {
	return func(path string, value json.RawMessage) {
		var n int64
		p.number(&n, 0, maxDays)(path, value)
		*into = int(n)
	}
}

func (p *parser) service(path string, value json.RawMessage, codes map[string]bool) service {
	s, known := service{}, len(p.problems)
	p.object(path, value, map[string]field{
		"code":         must(p.code(&s.code, codes)),
		"name":         must(p.text(&s.name, maxName)),
		"by":           must(p.measure(&s.by)),
		"bands":        must(p.bands(&s.bands)),
		"per_item":     may(p.surcharge(&s.perItem, "above")),
		"per_kilogram": may(p.surcharge(&s.perKilogram, "above_grams")),
		"free_over":    may(p.number(&s.freeOver, 1, maxPrice)),
		"max_grams":    may(p.number(&s.maxGrams, 1, maxWeight)),
		"min_days":     must(p.days(&s.minDays)),
		"max_days":     must(p.days(&s.maxDays)),
	})
	p.daysInOrder(path, s.minDays, s.maxDays, known)
	return s
}

// daysInOrder says nothing when there were problems beyond those known before.
func (p *parser) daysInOrder(path string, least, most, known int) {
	if most < least && len(p.problems) == known {
		p.wrong(path+".max_days", "must not be less than min_days")
	}
}

func (p *parser) measure(into *measure) read {
	return func(path string, value json.RawMessage) {
		var text string
		p.text(&text, 20)(path, value)
		switch *into = measure(text); *into {
		case byWeight, byPrice, byItems, "":
		default:
			p.wrong(path, "must be weight, price or items")
		}
	}
}

func (p *parser) surcharge(into *surcharge, above string) read {
	return func(path string, value json.RawMessage) {
		p.object(path, value, map[string]field{
			"price": must(p.price(&into.price)),
			above:   may(p.number(&into.above, 0, maxWeight)),
		})
	}
}

func (p *parser) pickup(path string, value json.RawMessage, codes map[string]bool) pickup {
	at, address, known := pickup{}, "", len(p.problems)
	p.object(path, value, map[string]field{
		"code":     must(p.code(&at.code, codes)),
		"name":     must(p.text(&at.name, maxName)),
		"address":  must(p.text(&address, 2*maxName)),
		"price":    must(p.price(&at.price)),
		"min_days": must(p.days(&at.minDays)),
		"max_days": must(p.days(&at.maxDays)),
	})
	p.daysInOrder(path, at.minDays, at.maxDays, known)
	at.name += ", " + address
	return at
}

// bands reads prices that must follow each other from zero without overlap and gap. Only the last may have no end.
func (p *parser) bands(into *[]band) read {
	return func(path string, value json.RawMessage) {
		known := len(p.problems)
		p.list(maxBands, func(path string, value json.RawMessage) {
			b := band{to: math.MaxInt64}
			p.object(path, value, map[string]field{
				"from":  must(p.number(&b.from, 0, maxPrice)),
				"to":    may(p.number(&b.to, 0, maxPrice)),
				"price": must(p.price(&b.price)),
			})
			*into = append(*into, b)
		})(path, value)
		if len(p.problems) == known {
			p.follow(path, *into)
		}
	}
}

func (p *parser) follow(path string, bands []band) {
	if len(bands) == 0 {
		p.wrong(path, "must have at least one band")
	}
	next := int64(0) // where a band must begin
	for i, b := range bands {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case i > 0 && bands[i-1].to == math.MaxInt64:
			p.wrong(fmt.Sprintf("%s[%d].to", path, i-1), "is required, as only the last band may have no end")
			return
		case b.from < next:
			p.wrong(at+".from", fmt.Sprintf("overlaps the band before: it must be %d", next))
		case b.from > next && i == 0:
			p.wrong(at+".from", "must be 0: the first band begins there")
		case b.from > next:
			p.wrong(at+".from", fmt.Sprintf("leaves a gap after the band before: it must be %d", next))
		}
		if b.to < b.from {
			p.wrong(at+".to", "must not be less than from")
			return
		}
		next = b.to + 1 // beyond int64 only for the last, where it is not used
	}
}
