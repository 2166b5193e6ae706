package configform

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/halum-hut/halum/core/fault"
)

// maxWrong bounds the fields that one answer names.
const maxWrong = 50

func invalid(wrong []fault.Field) error {
	slices.SortFunc(wrong, func(a, b fault.Field) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Message, b.Message))
	})
	wrong = slices.Compact(wrong)
	first := fault.InvalidField(wrong[0].Path, wrong[0].Message)
	return first.At(wrong[1:min(len(wrong), maxWrong)]...)
}

// leaves collects what is really wrong below an error. Of several forms to choose from, none is taken to be the one that
// was meant.
func (f *form) leaves(e *jsonschema.ValidationError, found []fault.Field) []fault.Field {
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return f.each(e, k.Missing, "is required", found)
	case *kind.DependentRequired:
		return f.each(e, k.Missing, "is required together with "+k.Prop, found)
	case *kind.Dependency:
		return f.each(e, k.Missing, "is required together with "+k.Prop, found)
	case *kind.AdditionalProperties:
		return f.each(e, k.Properties, "is not a setting of this provider", found)
	case *kind.AnyOf, *kind.OneOf, *kind.Not, *kind.Contains:
		return append(found, fault.Field{Path: f.path(e.InstanceLocation), Message: "is in none of the forms that the provider accepts"})
	}
	if len(e.Causes) == 0 {
		return append(found, fault.Field{Path: f.path(e.InstanceLocation), Message: words(e.ErrorKind)})
	}
	for _, cause := range e.Causes {
		found = f.leaves(cause, found)
	}
	return found
}

func (f *form) each(e *jsonschema.ValidationError, names []string, message string, found []fault.Field) []fault.Field {
	for _, name := range names {
		found = append(found, fault.Field{Path: f.path(append(slices.Clone(e.InstanceLocation), name)), Message: message})
	}
	return found
}

// path writes a place as people who fill the form know it: "config.services[0].price", "secrets.api_key".
func (f *form) path(location []string) string {
	path := "config"
	if len(location) > 0 && slices.Contains(f.secrets, location[0]) {
		path = "secrets"
	}
	for _, part := range location {
		if _, err := strconv.Atoi(part); err == nil {
			path += "[" + part + "]"
		} else {
			path += "." + part
		}
	}
	return path
}

// words says what is wrong from what the schema wants, and never what was given.
func words(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be of type " + strings.Join(k.Want, " or ") + ", not " + k.Got
	case *kind.Enum:
		return "must be one of " + listed(k.Want)
	case *kind.Const:
		return "must be " + listed([]any{k.Want})
	case *kind.Format:
		return "must be in the format " + k.Want
	case *kind.Pattern:
		return "must match the pattern " + k.Want
	case *kind.MinLength:
		return atLeast(k.Want, "character")
	case *kind.MaxLength:
		return atMost(k.Want, "character")
	case *kind.MinItems:
		return atLeast(k.Want, "entry")
	case *kind.MaxItems:
		return atMost(k.Want, "entry")
	case *kind.MinProperties:
		return atLeast(k.Want, "field")
	case *kind.MaxProperties:
		return atMost(k.Want, "field")
	case *kind.UniqueItems:
		return "must not hold an entry twice"
	case *kind.Minimum:
		return "must be at least " + number(k.Want)
	case *kind.Maximum:
		return "must be at most " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + number(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + number(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + number(k.Want)
	case *kind.FalseSchema:
		return "is not allowed here"
	}
	return "is not as the provider wants it"
}

func listed(values []any) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = fmt.Sprint(v)
	}
	return strings.Join(all, ", ")
}

func number(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	return strings.TrimRight(n.FloatString(6), "0")
}

func atLeast(n int, of string) string { return "must have at least " + counted(n, of) }
func atMost(n int, of string) string  { return "must have at most " + counted(n, of) }

func counted(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + strings.TrimSuffix(of, "y") + map[bool]string{true: "ies", false: "s"}[strings.HasSuffix(of, "y")]
}
