package main

import (
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

//go:embed README.md
var readme string

// example is the settings in the README, which vendors copy.
func example(t testing.TB) string {
	_, rest, ok := strings.Cut(readme, "```json\n")
	require.True(t, ok)
	config, _, ok := strings.Cut(rest, "\n```")
	require.True(t, ok)
	return config
}

const small = `{"currency":"BDT","zones":[
  {"name":"Dhaka","destinations":[{"countries":["BD"],"regions":["Dhaka"]}],"services":[
    {"code":"a","name":"A","by":"weight","bands":[{"from":0,"to":9,"price":1},{"from":10,"to":19,"price":2},{"from":20,"price":3}],"min_days":1,"max_days":2}]},
  {"name":"Rest","rest_of_world":true,"services":[]}]}`

func TestEveryMistakeHasItsPath(t *testing.T) {
	_, err := parse([]byte(small))
	require.NoError(t, err)
	const band = `"bands":[{"from":0,"to":9,"price":1},{"from":10,"to":19,"price":2},{"from":20,"price":3}]`
	for name, c := range map[string]struct{ old, with, path, message string }{
		"no currency":         {`"currency":"BDT",`, ``, "currency", "is required"},
		"unknown currency":    {`"BDT"`, `"BDX"`, "currency", "ISO 4217"},
		"small currency":      {`"BDT"`, `"bdt"`, "currency", "ISO 4217"},
		"no object":           {small, `[]`, "config", "an object, not a list"},
		"null":                {small, `null`, "config", "an object, not null"},
		"not JSON":            {small, `{"currency":`, "config", "not JSON"},
		"two documents":       {small, small + `{}`, "config", "not JSON"},
		"nothing":             {small, ``, "currency", "is required"},
		"no zones":            {small, `{"currency":"BDT","zones":[]}`, "zones", "at least one"},
		"zones as a text":     {small, `{"currency":"BDT","zones":"all"}`, "zones", "a list, not a text"},
		"zone as a number":    {small, `{"currency":"BDT","zones":[1]}`, "zones[0]", "an object, not a number"},
		"unknown at the root": {`"currency"`, `"colour":1,"currency"`, "colour", "is not a setting"},
		"unknown in a band":   {`"price":2`, `"price":2,"prize":3`, "zones[0].services[0].bands[1].prize", "is not a setting"},
		"twice":               {`"name":"A"`, `"name":"A","name":"B"`, "zones[0].services[0].name", "is given twice"},
		"negative price":      {`"price":3`, `"price":-3`, "zones[0].services[0].bands[2].price", "0 or more"},
		"fraction":            {`"price":3`, `"price":3.5`, "zones[0].services[0].bands[2].price", "whole number"},
		"exponent":            {`"price":3`, `"price":3e2`, "zones[0].services[0].bands[2].price", "whole number"},
		"price as a text":     {`"price":3`, `"price":"3"`, "zones[0].services[0].bands[2].price", "a whole number, not a text"},
		"price too large":     {`"price":3`, `"price":1000000000001`, "zones[0].services[0].bands[2].price", "at most"},
		"price beyond int64":  {`"price":3`, `"price":9223372036854775808`, "zones[0].services[0].bands[2].price", "whole number"},
		"no price":            {`,"price":3`, ``, "zones[0].services[0].bands[2].price", "is required"},
		"price null":          {`"price":3`, `"price":null`, "zones[0].services[0].bands[2].price", "not null"},
		"overlap":             {`"from":10`, `"from":9`, "zones[0].services[0].bands[1].from", "overlaps the band before: it must be 10"},
		"gap":                 {`"from":20`, `"from":21`, "zones[0].services[0].bands[2].from", "leaves a gap after the band before: it must be 20"},
		"gap at the start":    {`"from":0`, `"from":1`, "zones[0].services[0].bands[0].from", "must be 0"},
		"open in the middle":  {`"to":19,`, ``, "zones[0].services[0].bands[1].to", "only the last band"},
		"band backwards":      {`"to":19`, `"to":9`, "zones[0].services[0].bands[1].to", "not be less than from"},
		"no bands":            {band, `"bands":[]`, "zones[0].services[0].bands", "at least one"},
		"measure":             {`"weight"`, `"volume"`, "zones[0].services[0].by", "weight, price or items"},
		"code":                {`"code":"a"`, `"code":"A b"`, "zones[0].services[0].code", "lower-case"},
		"name":                {`"name":"A"`, `"name":" "`, "zones[0].services[0].name", "1 to 120"},
		"control characters":  {`"name":"A"`, `"name":"A\u0007B"`, "zones[0].services[0].name", "control"},
		"days in order":       {`"max_days":2`, `"max_days":0`, "zones[0].services[0].max_days", "less than min_days"},
		"days":                {`"max_days":2`, `"max_days":366`, "zones[0].services[0].max_days", "at most 365"},
		"free over nothing":   {`"min_days"`, `"free_over":0,"min_days"`, "zones[0].services[0].free_over", "1 or more"},
		"surcharge":           {`"min_days"`, `"per_item":{"price":-1},"min_days"`, "zones[0].services[0].per_item.price", "0 or more"},
		"surcharge above":     {`"min_days"`, `"per_kilogram":{"price":1,"above":1},"min_days"`, "zones[0].services[0].per_kilogram.above", "is not a setting"},
		"pickup":              {`"rest_of_world"`, `"pickup_locations":[{}],"rest_of_world"`, "zones[1].pickup_locations[0].address", "is required"},
		"pickup of same code": {
			`"services":[
    {`, `"pickup_locations":[{"code":"a","name":"N","address":"X","price":0,"min_days":0,"max_days":0}],"services":[
    {`, "zones[0].services[0].code", "twice in this zone",
		},
		"unknown country":    {`["BD"]`, `["BD","XX"]`, "zones[0].destinations[0].countries[1]", "not a country"},
		"small country":      {`["BD"]`, `["bd"]`, "zones[0].destinations[0].countries[0]", "not a country"},
		"no countries":       {`["BD"]`, `[]`, "zones[0].destinations[0].countries", "at least one"},
		"regions of several": {`["BD"]`, `["BD","IN"]`, "zones[0].destinations[0].countries", "one country"},
		"empty region":       {`["Dhaka"]`, `["Dhaka",""]`, "zones[0].destinations[0].regions[1]", "1 to 120"},
		"postal codes":       {`"regions":["Dhaka"]`, `"postal_codes":[{"prefix":"12"},{"from":"10"}]`, "zones[0].destinations[0].postal_codes[1]", "either prefix, or from and to"},
		"postal code":        {`"regions":["Dhaka"]`, `"postal_codes":[{"prefix":"-"}]`, "zones[0].destinations[0].postal_codes[0].prefix", "letters or digits"},
		"uneven range":       {`"regions":["Dhaka"]`, `"postal_codes":[{"from":"10","to":"100"}]`, "zones[0].destinations[0].postal_codes[0].to", "as many"},
		"backward range":     {`"regions":["Dhaka"]`, `"postal_codes":[{"from":"20","to":"10"}]`, "zones[0].destinations[0].postal_codes[0].to", "not come before"},
		"nowhere":            {`"rest_of_world":true`, `"rest_of_world":false`, "zones[1].destinations", "is required"},
		"both":               {`"rest_of_world":true`, `"rest_of_world":true,"destinations":[]`, "zones[1].destinations", "must be left out"},
		"flag":               {`"rest_of_world":true`, `"rest_of_world":"yes"`, "zones[1].rest_of_world", "true or false, not a text"},
		"rest first":         {`"zones":[`, `"zones":[{"name":"R","rest_of_world":true,"services":[]},`, "zones[0].rest_of_world", "must be the last zone"},
		"never reached": {
			`"zones":[`, `"zones":[{"name":"B","destinations":[{"countries":["IN","BD"]}],"services":[]},`,
			"zones[1].destinations[0].countries[0]", "never reached: zones[0] already holds all of BD",
		},
		"no services": {`,"services":[]`, ``, "zones[1].services", "is required"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, small, c.old)
			err := newPlugin().ValidateConfig(t.Context(), sdk.Account{Config: []byte(strings.Replace(small, c.old, c.with, 1))})
			f := (*sdk.Fault)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, sdk.FaultMisconfigured, f.Kind)
			require.Equal(t, c.path, f.Fields[0].Path)
			require.Contains(t, f.Fields[0].Message, c.message)
		})
	}
}

func TestSeveralMistakesAreToldAtOnce(t *testing.T) {
	all := strings.NewReplacer(`"BDT"`, `"BDX"`, `["BD"]`, `["XX"]`, `"price":2`, `"price":-2`).Replace(small)
	_, err := parse([]byte(all))
	f := (*sdk.Fault)(nil)
	require.ErrorAs(t, err, &f)
	require.Len(t, f.Fields, 3)
	require.Contains(t, f.Message, "(and 2 more)")

	_, err = parse([]byte(`{"currency":"BDT","zones":[` + strings.TrimSuffix(strings.Repeat("1,", 100), ",") + `]}`))
	require.ErrorAs(t, err, &f)
	require.Len(t, f.Fields, maxProblems)
}

// The README's table shows every setting there is, and the schema has exactly those.
func TestSchemaHasWhatTheTableReads(t *testing.T) {
	_, err := parse([]byte(example(t)))
	require.NoError(t, err)
	var config, schema map[string]any
	require.NoError(t, json.Unmarshal([]byte(example(t)), &config))
	require.NoError(t, json.Unmarshal([]byte(configSchema), &schema))
	used, described := map[string]bool{}, map[string]bool{}
	names(config, used)
	described["currency"], described["zones"] = true, true
	defs := schema["$defs"].(map[string]any)
	properties(defs, described)
	require.Equal(t, used, described)
}

func names(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			into[name] = true
			names(inner, into)
		}
	case []any:
		for _, inner := range v {
			names(inner, into)
		}
	}
}

func properties(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		some, _ := v["properties"].(map[string]any)
		for name := range some {
			into[name] = true
		}
		for _, inner := range v {
			properties(inner, into)
		}
	case []any:
		for _, inner := range v {
			properties(inner, into)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(example(f)))
	f.Add([]byte(`{"zones":[{"services":[{"bands":[{"from":null}]}]}]}`))
	f.Fuzz(func(t *testing.T, config []byte) {
		table, err := parse(config)
		require.NotEqual(t, table == nil, err == nil)
		if err == nil {
			require.True(t, json.Valid(config))
		}
	})
}
