package catalog

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/locale"
)

// Translation is what a subject is called in another language than the shop's own: a product, category, collection or
// attribute, or the options of all products. What is empty falls back.
type Translation struct {
	Subject     string // id of the product, category or collection, AttributeSubject of an attribute, or OptionsSubject
	Locale      string // BCP 47, such as "bn" or "en-GB"
	Title       string // or name
	Description string // sanitised HTML; of products and collections
	Options     []OptionNames
}

// OptionsSubject stands for the options of all products: what one of them is called where a product says nothing itself.
const OptionsSubject = "options"

// AttributeSubject stands for an attribute. Its choices are the values of the option that is called as its key.
func AttributeSubject(key string) string { return "attr_" + key }

// maxSharedOptions is how many options may be named for all products.
const maxSharedOptions = 100

// OptionNames are what an option of a product and its values are called.
type OptionNames struct {
	Option string // as the product names it
	Name   string
	Values map[string]string // by the value as the product names it
}

// Empty reports a translation that says nothing.
func (t Translation) Empty() bool { return t.Title == "" && t.Description == "" && len(t.Options) == 0 }

// Check validates a translation. path names it in the errors. Errors: ErrTranslation with the offending fields.
func (t Translation) Check(path string) (bad []fault.Field) {
	add := func(field, message string) {
		bad = append(bad, fault.Field{Path: path + "." + field, Message: message})
	}
	if !locale.Valid(t.Locale) {
		add("locale", "write a language such as bn or en-GB")
	}
	if !isText(t.Title, maxText) {
		add("title", "use at most 255 characters")
	}
	if !isText(t.Description, MaxDescription) {
		add("description", "use at most 512 KB, without zero characters")
	}
	if t.Subject == OptionsSubject {
		if len(t.Options) > maxSharedOptions || t.Title != "" || t.Description != "" {
			add("options", "name at most 100 options here, and nothing else")
		}
	} else if len(t.Options) > MaxOptions {
		add("options", "at most three options")
	}
	for i, o := range t.Options {
		named := o.Option != "" && isText(o.Option, maxText) && isText(o.Name, maxText) && len(o.Values) <= MaxVariants
		for _, value := range slices.Sorted(maps.Keys(o.Values)) {
			named = named && value != "" && o.Values[value] != "" && isText(value, maxText) && isText(o.Values[value], maxText)
		}
		if !named {
			add(fmt.Sprintf("options[%d]", i), "names have 1 to 255 characters")
		}
	}
	return bad
}

// Translations are those of one or more subjects. Where one says nothing, the one behind it counts.
type Translations map[string][]Translation

// InOrder sorts translations by subject, those in the first of the locales first.
func InOrder(all []Translation, locales []string) Translations {
	slices.SortStableFunc(all, func(a, b Translation) int {
		return slices.Index(locales, a.Locale) - slices.Index(locales, b.Locale)
	})
	out := Translations{}
	for _, t := range all {
		out[t.Subject] = append(out[t.Subject], t)
	}
	return out
}

func (all Translations) first(subject, own string, text func(Translation) string) string {
	for _, t := range all[subject] {
		if s := text(t); s != "" {
			return s
		}
	}
	return own
}

func titleOf(t Translation) string { return t.Title }

func descriptionOf(t Translation) string { return t.Description }

// Summary returns a summary in the language.
func (all Translations) Summary(s Summary) Summary {
	s.Title = all.first(string(s.ID), s.Title, titleOf)
	return s
}

// Offer returns an offer in the language. Its variant is called by the names of its values.
func (all Translations) Offer(o Offer) Offer {
	o.Title, o.VariantTitle = all.first(string(o.Product), o.Title, titleOf), all.variant(o.Product, o.VariantTitle)
	o.Parts = all.parts(o.Parts)
	return o
}

func (all Translations) parts(parts []Part) []Part {
	parts = slices.Clone(parts)
	for i, p := range parts {
		parts[i].Title, parts[i].VariantTitle = all.first(string(p.Product), p.Title, titleOf), all.variant(p.Product, p.VariantTitle)
	}
	return parts
}

// variant names the values in a variant's title.
func (all Translations) variant(product ProductID, title string) string {
	values := strings.Split(title, valueSeparator)
	for i, value := range values {
		named := func(t Translation) string {
			for _, option := range t.Options {
				if name := option.Values[value]; name != "" {
					return name
				}
			}
			return ""
		}
		values[i] = all.first(string(product), all.first(OptionsSubject, value, named), named)
	}
	return strings.Join(values, valueSeparator)
}

// Attribute returns an attribute in the language, but for its choices.
func (all Translations) Attribute(a Attribute) Attribute {
	a.Name = all.first(AttributeSubject(a.Key), a.Name, titleOf)
	return a
}

// Choice is what a value of an attribute is called; "" when it has no other name.
func (all Translations) Choice(key, value string) string {
	return all.first(AttributeSubject(key), "", func(t Translation) string {
		for _, o := range t.Options {
			if o.Option == key {
				return o.Values[value]
			}
		}
		return ""
	})
}

// Option is what an option that many products have is called, and its values.
func (all Translations) Option(name string) OptionNames {
	out := OptionNames{Option: name, Name: name, Values: map[string]string{}}
	for _, t := range slices.Backward(all[OptionsSubject]) {
		for _, o := range t.Options {
			if o.Option == name {
				out.Name = cmp.Or(o.Name, out.Name)
				maps.Copy(out.Values, o.Values)
			}
		}
	}
	return out
}

// Collection returns a collection in the language.
func (all Translations) Collection(c Collection) Collection {
	c.Title = all.first(string(c.ID), c.Title, titleOf)
	c.Description = all.first(string(c.ID), c.Description, descriptionOf)
	return c
}

// Category returns a category in the language.
func (all Translations) Category(c Category) Category {
	c.Name = all.first(string(c.ID), c.Name, titleOf)
	c.Above = slices.Clone(c.Above)
	for i, above := range c.Above {
		c.Above[i].Name = all.first(string(above.ID), above.Name, titleOf)
	}
	return c
}

// Subjects are what a product's texts are about: itself, its options, attributes, category and those above, and what its
// bundles are made of.
func (p Product) Subjects() []string {
	all := []string{string(p.ID), OptionsSubject}
	if p.Category != nil {
		all = append(all, string(p.Category.ID))
		for _, c := range p.Category.Above {
			all = append(all, string(c.ID))
		}
	}
	for _, a := range p.Attributes {
		all = append(all, AttributeSubject(a.Key))
	}
	for _, v := range p.Variants {
		for _, part := range v.Parts {
			all = append(all, string(part.Product))
		}
	}
	return all
}

// Subjects are what an offer's texts are about.
func (o Offer) Subjects() []string {
	all := []string{string(o.Product), OptionsSubject}
	for _, part := range o.Parts {
		all = append(all, string(part.Product))
	}
	return all
}

// Product returns a product in the language, its options and its variants' values with it. Two values that are called the
// same keep their own names, since shoppers could not tell them apart.
func (all Translations) Product(p Product) Product {
	id := string(p.ID)
	if said := all.first(id, "", titleOf); said != "" {
		p.Title, p.SEO.Title = said, "" // which was written in the shop's own language
	}
	if said := all.first(id, "", descriptionOf); said != "" {
		p.Description, p.SEO.Description = said, ""
	}
	if p.Category != nil {
		c := all.Category(*p.Category)
		p.Category = &c
	}
	p.Attributes = slices.Clone(p.Attributes)
	for i, a := range p.Attributes {
		p.Attributes[i].Attribute, p.Attributes[i].Label = all.Attribute(a.Attribute), all.Choice(a.Key, a.Value)
	}
	if len(all) == 0 {
		return p
	}
	p.Options, p.Variants = cloneOptions(p.Options), slices.Clone(p.Variants)
	for i, o := range p.Options {
		named := all.option(id, o)
		p.Options[i].Name = named.Name
		for n, value := range o.Values {
			p.Options[i].Values[n] = named.Values[value]
		}
		for n, v := range p.Variants {
			if i >= len(v.Values) {
				continue
			}
			values := slices.Clone(v.Values)
			if name, ok := named.Values[values[i]]; ok {
				values[i] = name
			}
			p.Variants[n].Values = values
		}
	}
	for n, v := range p.Variants {
		p.Variants[n].Parts = all.parts(v.Parts)
	}
	return p
}

// option names an option and every one of its values.
func (all Translations) option(product string, o Option) OptionNames {
	out := OptionNames{Option: o.Name, Name: o.Name, Values: map[string]string{}}
	text := func(of func(OptionNames) string) func(Translation) string {
		return func(t Translation) string {
			i := slices.IndexFunc(t.Options, func(n OptionNames) bool { return n.Option == o.Name })
			if i < 0 {
				return ""
			}
			return of(t.Options[i])
		}
	}
	nameOf := text(func(n OptionNames) string { return n.Name })
	out.Name = all.first(product, all.first(OptionsSubject, o.Name, nameOf), nameOf)
	seen := map[string]bool{}
	for _, value := range o.Values {
		valueOf := text(func(n OptionNames) string { return n.Values[value] })
		name := all.first(product, all.first(OptionsSubject, value, valueOf), valueOf)
		out.Values[value] = name
		if seen[name] {
			return OptionNames{Option: o.Name, Name: out.Name, Values: same(o.Values)}
		}
		seen[name] = true
	}
	return out
}

func same(values []string) map[string]string {
	out := make(map[string]string, len(values))
	for _, v := range values {
		out[v] = v
	}
	return out
}

// Words are what a product can be found by in other languages.
func (t Translation) Words() (words []string) {
	words = append(words, t.Title)
	for _, o := range t.Options {
		for _, value := range slices.Sorted(maps.Keys(o.Values)) {
			words = append(words, o.Values[value])
		}
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}

// Faults of translations.
var (
	ErrTranslation = fault.New(fault.Invalid, "invalid_translation", "a translation breaks a rule")
	ErrSubject     = fault.New(fault.Invalid, "unknown_subject", "there is no such product, category, collection or attribute in this shop")
)
