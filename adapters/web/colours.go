package web

import (
	_ "embed"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
)

//go:embed assets/colours.txt
var colourSource string

// colours are those that names of option values stand for, as #rrggbb, by the lower-case name.
var colours = parseColours(colourSource)

func parseColours(s string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(s) {
		code, names, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(code, "//") {
			continue
		}
		for name := range strings.SplitSeq(names, ",") {
			all[strings.TrimSpace(name)] = code
		}
	}
	return all
}

// colourOf is the colour that a value names, such as "Indigo" or "Dark indigo"; "" when it names none.
func colourOf(value string) string {
	name := strings.ToLower(strings.TrimSpace(value))
	if code := colours[name]; code != "" {
		return code
	}
	if i := strings.LastIndexByte(name, ' '); i >= 0 {
		return colours[name[i+1:]]
	}
	return ""
}

// slugOf makes a part of an element's id.
func slugOf(name string) string { return catalog.Slugify(name) }
