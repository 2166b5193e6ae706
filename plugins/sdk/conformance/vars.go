package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// vars are what {{name}} stands for.
type vars map[string]string

func (v vars) with(more map[string]string) vars {
	out := maps.Clone(v)
	maps.Copy(out, more)
	return out
}

var (
	variablePattern = regexp.MustCompile(`\{\{([A-Za-z0-9_.-]+)\}\}`)
	bareNumber      = regexp.MustCompile(`"\{\{#([A-Za-z0-9_.-]+)\}\}"`)
)

// text replaces the variables of a text. escape is what each value goes through first.
func (v vars) text(s string, escape func(string) string) (string, error) {
	unknown := ""
	out := variablePattern.ReplaceAllStringFunc(s, func(match string) string {
		value, ok := v[match[2:len(match)-2]]
		if !ok {
			unknown = match
		}
		return escape(value)
	})
	if unknown != "" {
		return "", fmt.Errorf("the scenario file uses %s, which is not known there", unknown)
	}
	return out, nil
}

func (v vars) plain(s string) (string, error) { return v.text(s, asIs) }

func asIs(s string) string { return s }

// url escapes the values that stand in the query.
func (v vars) url(s string) (string, error) {
	path, query, found := strings.Cut(s, "?")
	path, err := v.plain(path)
	if err != nil || !found {
		return path, err
	}
	query, err = v.text(query, url.QueryEscape)
	return path + "?" + query, err
}

// json replaces variables inside the strings of a JSON text; "{{#name}}" becomes the bare value.
func (v vars) json(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	bare := bareNumber.ReplaceAllString(string(raw), "{{$1}}")
	out, err := v.text(bare, inJSON)
	return json.RawMessage(out), err
}

func inJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}

func (v vars) table(in map[string]string) (map[string]string, error) {
	out := make(map[string]string, len(in))
	for name, value := range in {
		rendered, err := v.plain(value)
		if err != nil {
			return nil, err
		}
		out[name] = rendered
	}
	return out, nil
}

// exponents of the currencies that do not have two decimals.
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "VND": 0,
	"VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

func exponent(currency string) int {
	if n, ok := exponents[currency]; ok {
		return n
	}
	return 2
}

// decimal writes minor units as people do: 199900 BDT is 1999.00.
func decimal(minor int64, currency string) string {
	n := exponent(currency)
	if n == 0 {
		return strconv.FormatInt(minor, 10)
	}
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	digits := fmt.Sprintf("%0*d", n+1, minor)
	return sign + digits[:len(digits)-n] + "." + digits[len(digits)-n:]
}
