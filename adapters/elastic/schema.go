package elastic

import (
	"time"

	"github.com/halum-hut/halum/core/search"
)

// layout is in the names of the indexes: an index of another layout is another index, which is filled by reindexing.
const layout = "products-v1"

// aliasOf is the name by which the index of a language is read and written. What is behind it may be replaced.
func (x *Index) aliasOf(l language) string { return x.prefix + "-" + layout + "-" + l.code }

// Fields of words, from the title outwards: each has those of the ones before it.
const (
	inTitle    = "title"
	inKeywords = "named"
	inText     = "all"
)

// forms is the field with the stems of another one's words.
func forms(field string) string { return field + ".forms" }

// document is what is kept of a product. One that is gone keeps its version, so that a late writer cannot bring it back
// however much later it comes: the server forgets the versions of what is deleted after a minute.
type document struct {
	Tenant string `json:"tenant"`
	ID     string `json:"id"`
	Live   bool   `json:"live"`

	Title string `json:"title,omitempty"` // words with spaces between, each once
	Named string `json:"named,omitempty"`
	All   string `json:"all,omitempty"`

	Completions []string `json:"completions,omitempty"` // words of Named that may be suggested
	Spelled     []string `json:"spelled,omitempty"`     // words of All that may be corrected to
	Codes       []string `json:"codes,omitempty"`
	Values      []string `json:"values,omitempty"` // group, tab, name

	Price      int64 `json:"price"`
	Created    int64 `json:"created"` // microseconds
	Popularity int64 `json:"popularity"`
	Rating     int64 `json:"rating"`
}

// schema describes a new index.
func (x *Index) schema(l language) object {
	keyword, long := object{"type": "keyword"}, object{"type": "long"}
	text := func(analyzer string) object {
		return object{"type": "text", "analyzer": analyzer, "index_options": "docs", "norms": false}
	}
	words := func() object {
		o := text("words")
		o["fields"] = object{"forms": text("forms")}
		return o
	}
	return object{
		"aliases": object{x.aliasOf(l): object{}},
		"settings": object{
			// With a pace of its own the index is refreshed also while nobody searches it, which Put waits for.
			"index":    object{"number_of_shards": x.shards, "auto_expand_replicas": "0-1", "refresh_interval": "1s"},
			"analysis": l.analysis(),
		},
		"mappings": object{
			"dynamic":  "strict",
			"_routing": object{"required": true},
			"properties": object{
				"tenant": keyword, "id": keyword, "live": object{"type": "boolean"},
				inTitle: words(), inKeywords: words(), inText: words(),
				"completions": keyword, "spelled": keyword, "codes": keyword, "values": keyword,
				"price": long, "created": long, "popularity": long, "rating": long,
			},
		},
	}
}

func toDocument(tenant string, d search.Document) document {
	out := document{Tenant: tenant, ID: string(d.Product), Live: !d.Gone}
	if d.Gone {
		return out
	}
	title := cutWords(d.Title)
	named := title
	for _, k := range d.Keywords {
		named = append(named, cutWords(k)...)
	}
	body := cutWords(d.Text)
	all := append(named[:len(named):len(named)], body[:min(len(body), maxBodyWords)]...)
	out.Title, out.Named, out.All = joined(title), joined(named), joined(all)
	out.Completions, out.Spelled = spellable(named), spellable(all)
	for _, c := range d.Codes {
		out.Codes = append(out.Codes, search.Code(fold(c)))
	}
	for _, v := range d.Facets {
		out.Values = append(out.Values, toValue(v.Group, v.Name))
	}
	out.Price, out.Popularity, out.Rating, out.Created = d.Price, d.Popularity, d.Rating, micros(d.CreatedAt)
	return out
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
