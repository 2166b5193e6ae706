package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/search"
)

func (s *Server) mountSearch(api huma.API) {
	bad := http.StatusUnprocessableEntity
	find := get("/search", "search_products", "Search", "Products by words, filtered, counted and sorted").cached().fails(bad).
		about("Finds other forms of a word, and what is spelled like it when nothing has it. Values of one parameter that is given " +
			"several times widen the results, different parameters narrow them. Counts are exact; a filter does not narrow the counts " +
			"of its own facet, so that another value can be chosen. Follow `next` with `after` for more.")
	find.RejectUnknownQueryParameters = true
	huma.Register(api, find.Operation, s.search)
	suggest := get("/search/suggestions", "suggest", "Search", "Completions of what is typed so far").cached().fails(bad)
	suggest.RejectUnknownQueryParameters = true
	huma.Register(api, suggest.Operation, s.suggest)
}

type searchQuery struct {
	Cacheable
	Spoken
	Text       string   `query:"q" maxLength:"200" doc:"Search words, or a SKU or barcode"`
	Category   []string `query:"category,explode" maxItems:"50" doc:"Slug of a category; what is below it belongs to it"`
	Brand      []string `query:"brand,explode" maxItems:"50"`
	Tag        []string `query:"tag,explode" maxItems:"50"`
	Option     []string `query:"option,explode" maxItems:"50" example:"[\"Size:Large\"]" doc:"Name and value of a product option, with a colon between"`
	Attribute  []string `query:"attribute,explode" maxItems:"50" example:"[\"material:Cotton\"]" doc:"Key and value of an attribute, with a colon between"`
	Rating     int      `query:"rating" minimum:"0" maximum:"5" doc:"At least so many stars"`
	MinPrice   int64    `query:"min_price" minimum:"0" doc:"Of the cheapest variant, minor units, inclusive"`
	MaxPrice   int64    `query:"max_price" minimum:"0" doc:"Likewise; 0 means no limit"`
	InStock    bool     `query:"in_stock" doc:"Only what can be bought now"`
	Facets     []string `query:"facets,explode" maxItems:"10" enum:"category,brand,tag,options,attributes,price,rating,in_stock" doc:"What to count"`
	Sort       string   `query:"sort" enum:"relevance,newest,price_asc,price_desc,popularity,rating" doc:"relevance when there is a text, otherwise newest"`
	Limit      int      `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After      string   `query:"after" maxLength:"1000" doc:"next of the previous page"`
	DidYouMean bool     `query:"did_you_mean" default:"true" doc:"Look for other spellings when nothing is found"`
}

func (q searchQuery) core() (search.Query, error) {
	out := search.Query{
		Text: q.Text, MinPrice: q.MinPrice, MaxPrice: q.MaxPrice, Facets: q.Facets, Sort: search.Sort(q.Sort),
		Limit: q.Limit, After: q.After, Exact: !q.DidYouMean,
	}
	add := func(group string, names ...string) {
		if len(names) > 0 {
			out.Filters = append(out.Filters, search.Filter{Group: group, Names: names})
		}
	}
	add(search.ByCategory, q.Category...)
	add(search.ByBrand, q.Brand...)
	add(search.ByTag, q.Tag...)
	if q.Rating > 0 {
		add(search.ByRating, strconv.Itoa(q.Rating))
	}
	if q.InStock {
		add(search.ByStock, "true")
	}
	for _, pairs := range []struct {
		param, example string
		given          []string
		group          func(string) string
	}{
		{"option", "Size:Large", q.Option, search.OptionGroup}, {"attribute", "material:Cotton", q.Attribute, search.AttributeGroup},
	} {
		names, values, ok := namedValues(pairs.given)
		if !ok {
			return out, fault.InvalidField(pairs.param, "use a name and a value, such as "+pairs.example)
		}
		for _, name := range names {
			add(pairs.group(name), values[name]...)
		}
	}
	return out, nil
}

// namedValues reads pairs such as Size:Large. The names come in the order of their first value.
func namedValues(pairs []string) (names []string, values map[string][]string, ok bool) {
	values = map[string][]string{}
	for _, p := range pairs {
		name, value, cut := strings.Cut(p, ":")
		if !cut || name == "" || value == "" {
			return nil, nil, false
		}
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], value)
	}
	return names, values, true
}

// SearchPage is a part of what was found.
type SearchPage struct {
	Products  []ProductSummary `json:"products"`
	Total     int              `json:"total" doc:"On all pages"`
	Next      string           `json:"next,omitempty" doc:"Send it as after for more; missing on the last page"`
	Corrected string           `json:"corrected,omitempty" doc:"What was looked for instead, because nothing has the words that were given"`
	Facets    []Facet          `json:"facets"`
}

// Facet counts the results that have each value of a property.
type Facet struct {
	Name      string       `json:"name" enum:"category,brand,tag,option,attribute,price,rating,in_stock"`
	Option    string       `json:"option,omitempty" example:"Size" doc:"Which option"`
	Attribute string       `json:"attribute,omitempty" example:"material" doc:"Key of which attribute"`
	Label     string       `json:"label,omitempty" example:"Material" doc:"What the attribute is called, and in the locale that was asked for the option"`
	Values    []FacetValue `json:"values" doc:"At most 100, those that most results have first"`
}

// FacetValue is one value with its count.
type FacetValue struct {
	Value    string `json:"value" doc:"Slug of a category, stars at least, or the value itself"`
	Label    string `json:"label,omitempty" doc:"What the value is called in the locale that was asked for, if it has another name"`
	Count    int    `json:"count"`
	MinPrice *Money `json:"min_price,omitempty" doc:"Of a price band, to be sent as min_price"`
	MaxPrice *Money `json:"max_price,omitempty" doc:"Of a price band, to be sent as max_price; missing when it has no end"`
}

func facetToJSON(f search.Facet, c money.Currency, known shop.Filters) Facet {
	out := Facet{Name: f.Group}
	if option, is := search.OptionOf(f.Group); is {
		out.Name, out.Option = "option", option
		if named := known.Said.Option(option).Name; named != option {
			out.Label = named
		}
	}
	if key, is := search.AttributeOf(f.Group); is {
		out.Name, out.Attribute = "attribute", key
		out.Label = known.Attribute(key).Name
	}
	out.Values = mapped(f.Values, func(v search.Count) FacetValue {
		one := FacetValue{Value: v.Name, Label: known.Label(f.Group, v.Name), Count: v.Count}
		if from, end, ok := search.Band(v.Name); ok && f.Group == search.ByPrice {
			low := moneyToJSON(money.New(from, c))
			one.MinPrice = &low
			if end > 0 {
				high := moneyToJSON(money.New(end-1, c))
				one.MaxPrice = &high
			}
		}
		return one
	})
	return out
}

func (s *Server) search(ctx context.Context, in *searchQuery) (*body[SearchPage], error) {
	q, err := in.core()
	if err != nil {
		return nil, err
	}
	t := requestOf(ctx).tenant
	found, err := s.d.Shop.Search.Find(ctx, t, q)
	if err != nil {
		return nil, err
	}
	known, err := s.d.Shop.Catalog.Filters(ctx, t, in.Locale)
	if err != nil {
		return nil, err
	}
	products, err := s.summaries(ctx, in.Spoken, found.Summaries)
	return &body[SearchPage]{SearchPage{
		Products: products, Total: found.Total, Next: found.Next, Corrected: found.Corrected,
		Facets: mapped(found.Facets, func(f search.Facet) Facet { return facetToJSON(f, t.Shop.Currency, known) }),
	}}, err
}

// SuggestionList completes what was typed.
type SuggestionList struct {
	Queries  []string         `json:"queries" doc:"Whole queries that find something"`
	Products []ProductSummary `json:"products" doc:"What is found by the words typed so far, the most popular first"`
}

func (s *Server) suggest(ctx context.Context, in *struct {
	Cacheable
	Spoken
	Text  string `query:"q" minLength:"1" maxLength:"200" required:"true"`
	Limit int    `query:"limit" minimum:"1" maximum:"20" default:"8" doc:"Of queries, and of products"`
},
) (*body[SuggestionList], error) {
	found, err := s.d.Shop.Search.Suggest(ctx, requestOf(ctx).tenant, search.Beginning{Text: in.Text, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	products, err := s.summaries(ctx, in.Spoken, found.Products)
	return &body[SuggestionList]{SuggestionList{copied(found.Texts), products}}, err
}
