package main

import (
	"encoding/json"
	"fmt"
)

// destination reads one entry of a zone that is being read: its number is that of the zones so far.
func (p *parser) destination(path string, value json.RawMessage) {
	var countries []string
	all := area{zone: len(p.table.zones)}
	var regions []string
	known := len(p.problems)
	p.object(path, value, map[string]field{
		"countries": must(p.list(maxDestinations, func(path string, value json.RawMessage) {
			countries = append(countries, p.country(path, value))
		})),
		"regions": may(p.list(maxRegions, func(path string, value json.RawMessage) {
			var region string
			p.text(&region, maxName)(path, value)
			regions = append(regions, region)
		})),
		"postal_codes": may(p.list(maxPostalCodes, func(path string, value json.RawMessage) {
			all.postal = append(all.postal, p.span(path, value))
		})),
	})
	if len(p.problems) > known {
		return
	}
	switch {
	case len(countries) == 0:
		p.wrong(path+".countries", "must have at least one country")
		return
	case len(countries) > 1 && len(regions)+len(all.postal) > 0:
		p.wrong(path+".countries", "must be one country where regions or postal_codes are given")
		return
	}
	if len(regions) > 0 {
		all.regions = map[string]bool{}
		for _, region := range regions {
			all.regions[plainRegion(region, countries[0])] = true
		}
	}
	p.claim(path, countries, all)
}

// claim adds the area to its countries. One that an earlier area holds as a whole would never be reached.
func (p *parser) claim(path string, codes []string, a area) {
	for i, country := range codes {
		if zone, taken := p.whole[country]; taken {
			p.wrong(fmt.Sprintf("%s.countries[%d]", path, i), fmt.Sprintf("is never reached: zones[%d] already holds all of %s", zone, country))
			continue
		}
		if a.whole() {
			p.whole[country] = a.zone
		}
		p.table.areas[country] = append(p.table.areas[country], a)
	}
}

func (p *parser) country(path string, value json.RawMessage) string {
	var code string
	p.text(&code, 20)(path, value)
	if code != "" && !isCountry(code) {
		p.wrong(path, "is not a country of ISO 3166-1 in two capital letters, such as BD")
	}
	return code
}

// span reads {"prefix": …} or {"from": …, "to": …}.
func (p *parser) span(path string, value json.RawMessage) span {
	var prefix, from, to string
	known := len(p.problems)
	p.object(path, value, map[string]field{
		"prefix": may(p.postalCode(&prefix)), "from": may(p.postalCode(&from)), "to": may(p.postalCode(&to)),
	})
	if len(p.problems) > known {
		return span{}
	}
	switch {
	case prefix != "" && from+to == "":
		return span{prefix, prefix}
	case prefix != "" || from == "" || to == "":
		p.wrong(path, "must have either prefix, or from and to")
	case len(from) != len(to):
		p.wrong(path+".to", "must have as many letters and digits as from")
	case to < from:
		p.wrong(path+".to", "must not come before from")
	}
	return span{from, to}
}

func (p *parser) postalCode(into *string) read {
	return func(path string, value json.RawMessage) {
		var text string
		known := len(p.problems)
		p.text(&text, 20)(path, value)
		if *into = plainCode(text); *into == "" && len(p.problems) == known {
			p.wrong(path, "must have letters or digits")
		}
	}
}
