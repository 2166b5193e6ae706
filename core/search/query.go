package search

import (
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// Sort orders results.
type Sort string

// The sorts. Relevance puts products that have the words in their title before those that have them elsewhere, and
// within each the popular ones first.
const (
	Relevance Sort = "relevance"
	Newest    Sort = "newest"
	PriceUp   Sort = "price_asc"
	PriceDown Sort = "price_desc"
	Popular   Sort = "popularity"
	Rated     Sort = "rating"
)

// Query is what a shopper asks. Zero fields do not filter.
type Query struct {
	Text    string
	Filters []Filter // all must hold
	// MinPrice and MaxPrice are minor units, inclusive, of the cheapest variant; 0 as MaxPrice means no limit.
	MinPrice, MaxPrice int64
	Facets             []string // groups to count; AllOptions stands for those of all options
	Sort               Sort
	Limit              int    // 1 to 100
	After              string // opaque cursor of the previous page
	Exact              bool   // do not look for other spellings when nothing is found
}

// AllAttributes asks for the values of every attribute that may be filtered by. The use case replaces it by their groups:
// an index never sees it.
const AllAttributes = "attributes"

// AllOptions asks for the values of every option.
const AllOptions = "options"

// Filter keeps the products that have any of the values.
type Filter struct {
	Group string
	Names []string
}

// Result is a page of what was found.
type Result struct {
	Products []catalog.ProductID
	Next     string // cursor, "" on the last page
	Total    int
	Facets   []Facet
	// Corrected is the text that was looked for instead, because nothing has the words that were given; "" otherwise.
	Corrected string
}

// Facet counts results by the values of one group. A filter on the group itself does not narrow its counts, so that
// another value can be chosen.
type Facet struct {
	Group  string
	Values []Count
}

// Count says how many results have a value.
type Count struct {
	Name  string
	Count int
}

// MaxValues is how many values of a group are counted: those that most results have.
const MaxValues = 100

// Beginning is what somebody has typed so far.
type Beginning struct {
	Text  string
	Limit int // of texts and of products, 1 to 20
}

// Suggestions complete what was typed.
type Suggestions struct {
	Texts    []string // whole queries that find something, the fruitful ones first
	Products []catalog.ProductID
}

// Limits of a query.
const (
	maxText    = 200
	maxWords   = 12
	maxFilters = 20
	maxNames   = 50
	maxName    = 255
	maxGroups  = 30
)

// Check validates a query and fills the defaults: 20 a page, by relevance when there is a text and else the newest first.
// Errors: Invalid, naming the field.
func (q Query) Check() (Query, error) {
	if q.Limit == 0 {
		q.Limit = 20
	}
	if q.Sort == "" {
		if q.Sort = Relevance; strings.TrimSpace(q.Text) == "" {
			q.Sort = Newest
		}
	}
	switch {
	case q.Limit < 1 || q.Limit > 100:
		return q, catalog.ErrLimit
	case q.MinPrice < 0 || q.MaxPrice < 0 || (q.MaxPrice > 0 && q.MaxPrice < q.MinPrice):
		return q, fault.InvalidField("max_price", "prices are minor units, and the highest is not below the lowest")
	case len([]rune(q.Text)) > maxText || len(Words(q.Text)) > maxWords:
		return q, fault.InvalidField("q", "use at most 200 characters and 12 words")
	case len(q.Facets) > maxGroups:
		return q, fault.InvalidField("facets", "ask for at most 30")
	}
	if err := q.checkFilters(); err != nil {
		return q, err
	}
	switch q.Sort {
	case Relevance, Newest, PriceUp, PriceDown, Popular, Rated:
		return q, nil
	}
	return q, fault.InvalidField("sort", "use relevance, newest, price_asc, price_desc, popularity or rating")
}

func (q Query) checkFilters() error {
	if len(q.Filters) > maxFilters {
		return fault.InvalidField("filters", "use at most 20")
	}
	for _, f := range q.Filters {
		if len(f.Names) == 0 || len(f.Names) > maxNames {
			return fault.InvalidField(f.Group, "give 1 to 50 values")
		}
		for _, n := range f.Names {
			if n == "" || len(n) > maxName {
				return fault.InvalidField(f.Group, "values have 1 to 255 characters")
			}
		}
	}
	return nil
}

// Check validates what was typed. Errors: Invalid.
func (b Beginning) Check() (Beginning, error) {
	if b.Limit == 0 {
		b.Limit = 8
	}
	if b.Limit < 1 || b.Limit > 20 {
		return b, fault.InvalidField("limit", "use 1 to 20")
	}
	if len([]rune(b.Text)) > maxText || len(Words(b.Text)) > maxWords {
		return b, fault.InvalidField("q", "use at most 200 characters and 12 words")
	}
	return b, nil
}

// Settings are what a shop says about its search. Version grows with every change.
type Settings struct {
	Synonyms []Synonyms
	Version  int64
}

// ErrSettingsChanged says that somebody else changed the settings meanwhile.
var ErrSettingsChanged = fault.New(fault.Conflict, "search_settings_changed", "somebody else changed the search settings: read them again")

// Check validates the synonyms. Errors: Invalid, naming the group.
func (s Settings) Check() error {
	if len(s.Synonyms) > MaxSynonyms {
		return fault.InvalidField("synonyms", "at most 1000 groups")
	}
	for i, g := range s.Synonyms {
		at := "synonyms[" + strconv.Itoa(i) + "]"
		least := 2
		if g.From != "" {
			least = 1
		}
		if len(g.Words) < least || len(g.Words) > MaxSynonymWords {
			return fault.InvalidField(at, "a group has 2 to 20 words, with from 1 to 20")
		}
		for _, w := range append([]string{g.From}, g.Words...) {
			if len([]rune(w)) > maxName || w != "" && len(Words(w)) == 0 {
				return fault.InvalidField(at, "words have letters or digits, and at most 255 characters")
			}
		}
	}
	return nil
}

// Configured tells that the shop's synonyms have changed.
type Configured struct {
	Version int64 `json:"version"`
}

// Kind returns "search.configured".
func (Configured) Kind() string { return "search.configured" }

// Subject returns the settings' version.
func (c Configured) Subject() string { return strconv.FormatInt(c.Version, 10) }
