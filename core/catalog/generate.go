package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
)

// GenerateVariants returns the product with one variant for every combination of the options' values, the last option
// changing fastest. A combination that exists keeps its variant with id, price and stock. An option that is new starts
// with its first value: what exists becomes that one. New variants copy price, weight and rules of the first variant,
// with nothing on hand. Combinations that are not wanted any more are gone. Errors: ErrInvalid, also for more than
// MaxVariants combinations.
func (p Product) GenerateVariants(options []Option, at time.Time) (Product, error) {
	options = cloneOptions(options)
	total := 1
	for _, o := range options {
		if total *= len(o.Values); total == 0 || total > MaxVariants {
			break
		}
	}
	if total == 0 || total > MaxVariants {
		return p, ErrInvalid.At(fault.Field{Path: "options", Message: "every option needs a value, and together they make at most 2000 variants"})
	}
	have := p.placedIn(options)
	var like Variant
	if len(p.Variants) > 0 {
		like = p.Variants[0]
	}
	all := make([]Variant, 0, total)
	for _, values := range combinations(options, total) {
		v, exists := have[key(values)]
		if !exists {
			v = like.again(at)
		}
		v.Values = values
		all = append(all, v)
	}
	p.Options, p.Variants, p.UpdatedAt = options, all, at
	return p, p.Check()
}

// again returns a new variant that is sold in the same way.
func (v Variant) again(at time.Time) Variant {
	return Variant{
		ID: VariantID(id.New("var", at)), Price: v.Price, Grams: v.Grams, RequiresShipping: v.RequiresShipping,
		Taxable: v.Taxable, Stock: StockPolicy{Tracked: v.Stock.Tracked, Continue: v.Stock.Continue, Cap: v.Stock.Cap, ShipsAt: v.Stock.ShipsAt},
	}
}

// placedIn names the present variants by the values they have among other options. Where an option was taken away and
// several fall together, the first one stays.
func (p Product) placedIn(options []Option) map[string]Variant {
	from := make([]int, len(options)) // index among the present options, -1 for a new one
	for i, o := range options {
		from[i] = slices.IndexFunc(p.Options, func(was Option) bool { return strings.EqualFold(was.Name, o.Name) })
	}
	placed := make(map[string]Variant, len(p.Variants))
	for _, v := range p.Variants {
		values := make([]string, len(options))
		for i, o := range options {
			if values[i] = o.Values[0]; from[i] >= 0 && from[i] < len(v.Values) {
				values[i] = v.Values[from[i]]
			}
		}
		if _, taken := placed[key(values)]; !taken {
			placed[key(values)] = v
		}
	}
	return placed
}

// combinations lists all choices of one value per option.
func combinations(options []Option, total int) [][]string {
	all := make([][]string, total)
	for n := range all {
		values, rest := make([]string, len(options)), n
		for i := len(options) - 1; i >= 0; i-- {
			of := options[i].Values
			values[i], rest = of[rest%len(of)], rest/len(of)
		}
		all[n] = values
	}
	return all
}

func key(values []string) string { return strings.Join(values, "\x00") }
