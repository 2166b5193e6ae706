package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/halum-hut/halum/plugins/sdk"
)

// maxProblems bounds what is told at once.
const maxProblems = 20

// reader reads JSON strictly and collects what is wrong, each with its path. What it could not read stays zero.
type reader struct{ problems []sdk.FieldFault }

func (r *reader) wrong(path, message string) {
	if len(r.problems) < maxProblems {
		r.problems = append(r.problems, sdk.FieldFault{Path: path, Message: message})
	}
}

// fault is nil when nothing was wrong.
func (r *reader) fault() error {
	if len(r.problems) == 0 {
		return nil
	}
	f := sdk.Misconfigured(r.problems[0].Path, r.problems[0].Message)
	f.Fields = r.problems
	if more := len(r.problems) - 1; more > 0 {
		f.Message += fmt.Sprintf(" (and %d more)", more)
	}
	return f
}

// read takes a value at a path.
type read func(path string, value json.RawMessage)

// field is one member of an object.
type field struct {
	read     read
	required bool
}

func must(read read) field { return field{read, true} }

func may(read read) field { return field{read, false} }

// object reads the members that an object may have, and refuses others and repeated ones.
func (r *reader) object(path string, value json.RawMessage, fields map[string]field) {
	d := json.NewDecoder(bytes.NewReader(value))
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		r.wrong(orWhole(path), "must be an object, not "+kindOf(value))
		return
	}
	seen := map[string]bool{}
	for d.More() {
		token, _ := d.Token() // the document was found valid before
		name, _ := token.(string)
		var member json.RawMessage
		if err := d.Decode(&member); err != nil {
			return
		}
		f, known := fields[name]
		switch at := join(path, name); {
		case !known:
			r.wrong(at, "is not a setting of this provider")
		case seen[name]:
			r.wrong(at, "is given twice")
		default:
			f.read(at, member)
		}
		seen[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if fields[name].required && !seen[name] {
			r.wrong(join(path, name), "is required")
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func orWhole(path string) string {
	if path == "" {
		return "config"
	}
	return path
}

// list reads up to most elements.
func (r *reader) list(most int, element read) read {
	return func(path string, value json.RawMessage) {
		var elements []json.RawMessage
		if json.Unmarshal(value, &elements) != nil || elements == nil {
			r.wrong(path, "must be a list, not "+kindOf(value))
			return
		}
		if len(elements) > most {
			r.wrong(path, fmt.Sprintf("must have at most %d entries", most))
			return
		}
		for i, e := range elements {
			element(path+"["+strconv.Itoa(i)+"]", e)
		}
	}
}

// number reads a whole number between two bounds.
func (r *reader) number(into *int64, least, most int64) read {
	return func(path string, value json.RawMessage) {
		n, err := strconv.ParseInt(string(value), 10, 64)
		switch {
		case err != nil && kindOf(value) == "a number":
			r.wrong(path, "must be a whole number without a decimal point or exponent")
		case err != nil:
			r.wrong(path, "must be a whole number, not "+kindOf(value))
		case n < least:
			r.wrong(path, fmt.Sprintf("must be %d or more", least))
		case n > most:
			r.wrong(path, fmt.Sprintf("must be at most %d", most))
		default:
			*into = n
		}
	}
}

func (r *reader) flag(into *bool) read {
	return func(path string, value json.RawMessage) {
		if json.Unmarshal(value, into) != nil || kindOf(value) == "null" {
			r.wrong(path, "must be true or false, not "+kindOf(value))
		}
	}
}

// text reads one to most letters without line breaks and the like, and trims spaces.
func (r *reader) text(into *string, most int) read {
	return func(path string, value json.RawMessage) {
		var s string
		if json.Unmarshal(value, &s) != nil || kindOf(value) == "null" {
			r.wrong(path, "must be a text, not "+kindOf(value))
			return
		}
		s = strings.TrimSpace(s)
		switch {
		case s == "" || utf8.RuneCountInString(s) > most:
			r.wrong(path, fmt.Sprintf("must have 1 to %d characters", most))
		case strings.ContainsFunc(s, unicode.IsControl):
			r.wrong(path, "must not have control characters")
		default:
			*into = s
		}
	}
}

func kindOf(value json.RawMessage) string {
	if len(value) == 0 {
		return "nothing"
	}
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}
