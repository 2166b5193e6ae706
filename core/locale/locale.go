// Package locale owns how languages are named: BCP 47 tags of a language with, if need be, script and region, such as
// "bn", "zh-Hant" or "en-GB". It refuses to know any text.
package locale

import (
	"regexp"
	"slices"
	"strings"
)

var pattern = regexp.MustCompile(`^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?$`)

// Valid reports a tag as it is written here.
func Valid(tag string) bool { return pattern.MatchString(tag) }

// Language is the first part of a tag: "bn" of "bn-BD".
func Language(tag string) string {
	language, _, _ := strings.Cut(tag, "-")
	return language
}

// Wanted lists the tags whose texts serve somebody who asked for one, the best first, when texts of own are at hand
// anyway: "bn-BD" is served by itself and by "bn". It is empty when own serves as well, and for what is no tag.
func Wanted(asked, own string) []string {
	if !Valid(asked) || asked == own {
		return nil
	}
	all := []string{asked}
	for at := strings.LastIndexByte(asked, '-'); at > 0; at = strings.LastIndexByte(asked[:at], '-') {
		all = append(all, asked[:at])
	}
	return slices.DeleteFunc(all, func(tag string) bool { return tag == Language(own) })
}
