package catalog

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
)

// AttributeType says what the values of an attribute are.
type AttributeType string

// The types.
const (
	TextAttribute    AttributeType = "text"
	NumberAttribute  AttributeType = "number"
	ChoiceAttribute  AttributeType = "choice"
	BooleanAttribute AttributeType = "boolean"
	DateAttribute    AttributeType = "date"
)

// Attribute is a property that a shop's products may have. Key and type never change.
type Attribute struct {
	Key        string // unique in the shop
	Name       string
	Type       AttributeType
	Choices    []string // of a choice, in display order
	Filterable bool     // shoppers may filter and count by it
	Position   int
	Revision   int64
}

// AttributeValue is what a product has of an attribute. Value is written in the one way of its type: numbers as decimals,
// booleans as true or false, dates as 2026-12-31.
type AttributeValue struct {
	Attribute
	Value string
	Label string // what the value is called in a language that was asked for; "" for no other name
}

// Limits of attributes.
const (
	MaxAttributes           = 100
	MaxFilterableAttributes = 20
	maxChoices              = 500
	maxAttributeText        = 1000
)

// Faults of attributes.
var (
	ErrNoAttribute       = fault.New(fault.NotFound, "attribute_not_found", "this shop has no such attribute")
	ErrAttributeTaken    = fault.New(fault.Conflict, "key_taken_attribute", "another attribute has this key")
	ErrAttributeChanged  = fault.New(fault.Conflict, "revision_mismatch", "somebody else has changed this attribute: read it again")
	ErrTooManyAttributes = fault.New(fault.Exhausted, "too_many_attributes", "a shop has at most 100 attributes, 20 of which may be filtered by")
	errAttribute         = fault.New(fault.Invalid, "invalid_attribute", "the attribute breaks a rule")
)

// Number is a decimal number as text, such as "-1.5".
type Number string

var numberPattern = regexp.MustCompile(`^-?[0-9]{1,16}(?:\.[0-9]{1,16})?$`)

// canonical is the shortest way to write the number; "" when it is none, or has more than 16 digits on a side.
func (n Number) canonical() string {
	s := string(n)
	if !numberPattern.MatchString(s) {
		return ""
	}
	digits, negative := strings.CutPrefix(s, "-")
	whole, part, _ := strings.Cut(digits, ".")
	whole, part = cmp.Or(strings.TrimLeft(whole, "0"), "0"), strings.TrimRight(part, "0")
	if part != "" {
		whole += "." + part
	}
	if negative && whole != "0" {
		return "-" + whole
	}
	return whole
}

var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,59}$`)

// Check returns the attribute cleaned. Errors: Invalid with the offending fields.
func (a Attribute) Check() (Attribute, error) {
	var bad []fault.Field
	add := func(path, msg string) { bad = append(bad, fault.Field{Path: path, Message: msg}) }
	a.Name, a.Choices = strings.TrimSpace(a.Name), cleanTags(a.Choices)
	if !keyPattern.MatchString(a.Key) {
		add("key", "use 1 to 60 small letters a to z, digits and underscores, beginning with a letter")
	}
	if a.Name == "" || !isText(a.Name, maxText) {
		add("name", "needs 1 to 255 characters")
	}
	switch a.Type {
	case TextAttribute, NumberAttribute, BooleanAttribute, DateAttribute:
		if len(a.Choices) > 0 {
			add("choices", "only the type choice has choices")
		}
	case ChoiceAttribute:
		if len(a.Choices) == 0 || len(a.Choices) > maxChoices || slices.ContainsFunc(a.Choices, func(c string) bool { return !isText(c, maxText) }) {
			add("choices", "give 1 to 500 choices of at most 255 characters each")
		}
	default:
		add("type", "use text, number, choice, boolean or date")
	}
	if bad != nil {
		return a, errAttribute.At(bad...)
	}
	return a, nil
}

// Written returns a value in the way of the attribute's type. Texts, choices and dates come as string, numbers as
// Number, booleans as bool. The message says what is wrong; it is "" for a good value.
func (a Attribute) Written(value any) (text, message string) {
	s, isString := value.(string)
	s = strings.TrimSpace(s)
	switch a.Type {
	case NumberAttribute:
		if n, ok := value.(Number); ok && n.canonical() != "" {
			return n.canonical(), ""
		}
		return "", "needs a number of at most 16 digits"
	case BooleanAttribute:
		if b, ok := value.(bool); ok {
			return strconv.FormatBool(b), ""
		}
		return "", "needs true or false"
	case DateAttribute:
		if _, err := time.Parse(time.DateOnly, s); isString && err == nil {
			return s, ""
		}
		return "", "needs a date such as 2026-12-31"
	case ChoiceAttribute:
		if isString && slices.Contains(a.Choices, s) {
			return s, ""
		}
		return "", "needs one of its choices: " + strings.Join(a.Choices[:min(len(a.Choices), 10)], ", ")
	case TextAttribute:
		if isString && s != "" && isText(s, maxAttributeText) {
			return s, ""
		}
	}
	return "", "needs a text of 1 to 1000 characters"
}

// SortAttributes puts definitions into display order.
func SortAttributes(all []Attribute) {
	slices.SortFunc(all, func(a, b Attribute) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.Name, b.Name), strings.Compare(a.Key, b.Key))
	})
}

// CheckAttributes checks that a shop may have these together. Errors: ErrTooManyAttributes.
func CheckAttributes(all []Attribute) error {
	filterable := 0
	for _, a := range all {
		if a.Filterable {
			filterable++
		}
	}
	if len(all) > MaxAttributes || filterable > MaxFilterableAttributes {
		return ErrTooManyAttributes
	}
	return nil
}

// attributes returns the values as an edit wants them: nil takes one away, those that are not named stay.
func (e Edit) attributes(present []AttributeValue) ([]AttributeValue, error) {
	var bad []fault.Field
	var all []AttributeValue
	for key := range e.Attributes {
		if !slices.ContainsFunc(e.Definitions, func(a Attribute) bool { return a.Key == key }) {
			bad = append(bad, fault.Field{Path: "attributes." + key, Message: "this shop has no such attribute"})
		}
	}
	for _, a := range e.Definitions {
		i := slices.IndexFunc(present, func(v AttributeValue) bool { return v.Key == a.Key })
		value, named := e.Attributes[a.Key]
		switch {
		case named && value != nil:
			text, message := a.Written(value)
			if message != "" {
				bad = append(bad, fault.Field{Path: "attributes." + a.Key, Message: message})
			}
			all = append(all, AttributeValue{Attribute: a, Value: text})
		case !named && i >= 0:
			all = append(all, present[i])
		}
	}
	if bad != nil {
		slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
		return nil, ErrInvalid.At(bad...)
	}
	return all, nil
}

// AttributesChanged tells that the shop's attributes were changed.
type AttributesChanged struct {
	Key string `json:"key"`
}

// Kind returns "catalog.attributes_changed".
func (AttributesChanged) Kind() string { return "catalog.attributes_changed" }

// Subject returns the attribute's key.
func (a AttributesChanged) Subject() string { return a.Key }
