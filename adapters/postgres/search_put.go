package postgres

import (
	"context"
	"strings"

	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

// A document that says the same as before keeps its mark of change, so that indexing a shop again costs readers nothing.
const putDocuments = `insert into search_documents as d (product_id, claimed, sold, version, changed, live, title, keywords, body, codes, facets,
		price, created, popularity, rating)
	select x.product_id, x.version, 0, x.version, pg_current_xact_id()::text::bigint, x.live, x.title, x.keywords, x.body, x.codes, x.facets,
		x.price, x.created, x.popularity, x.rating
	from unnest($1::text[], $2::bigint[], $3::boolean[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::bigint[],
		$11::bigint[], $12::bigint[]) as x (product_id, version, live, title, keywords, body, codes, facets, price, created, popularity, rating)
	order by x.product_id
	on conflict (product_id) do update set version = excluded.version, live = excluded.live, title = excluded.title,
		keywords = excluded.keywords, body = excluded.body, codes = excluded.codes, facets = excluded.facets, price = excluded.price,
		created = excluded.created, popularity = excluded.popularity, rating = excluded.rating,
		changed = case when d.version > 0
			and (d.live, d.title, d.keywords, d.body, d.codes, d.facets, d.price, d.created, d.popularity, d.rating)
			= (excluded.live, excluded.title, excluded.keywords, excluded.body, excluded.codes, excluded.facets, excluded.price,
				excluded.created, excluded.popularity, excluded.rating)
			then d.changed else excluded.changed end
	where d.version < excluded.version`

// Put implements ports.SearchIndex.
func (x *Search) Put(ctx context.Context, on ports.Shelf, docs []search.Document) error {
	if len(docs) == 0 {
		return nil
	}
	return x.db.Update(ctx, on.Tenant, func(ctx context.Context, tx ports.Tx) error {
		s := tx.(*session) //nolint:forcetypeassert // our own store's
		cut := make([]cutDocument, len(docs))
		var words []string
		for i, d := range docs {
			cut[i] = cutUp(d)
			words = append(append(append(words, cut[i].title...), cut[i].keywords...), cut[i].body...)
		}
		stems, err := x.stems(ctx, s, on.Locale, words)
		if err != nil {
			return err
		}
		var c documentColumnsOf
		for i, d := range docs {
			c.add(d, cut[i], stems)
		}
		_, err = s.db.Exec(ctx, putDocuments, c.id, c.version, c.live, c.title, c.keywords, c.body, c.codes, c.facets, c.price, c.created,
			c.popularity, c.rating)
		return fault(err, "put search documents")
	})
}

// cutDocument is a document in words.
type cutDocument struct{ title, keywords, body []string }

func cutUp(d search.Document) cutDocument {
	if d.Gone {
		return cutDocument{}
	}
	body := cutWords(d.Text)
	return cutDocument{cutWords(d.Title), cutWords(strings.Join(d.Keywords, "\n")), body[:min(len(body), maxBodyWords)]}
}

// documentColumnsOf are documents by column.
type documentColumnsOf struct {
	id                                   []string
	version                              []int64
	live                                 []bool
	title, keywords, body, codes, facets []string
	price, created, popularity, rating   []int64
}

func (c *documentColumnsOf) add(d search.Document, cut cutDocument, stems map[string]stem) {
	c.id, c.version, c.live = append(c.id, string(d.Product)), append(c.version, d.Version), append(c.live, !d.Gone)
	c.title, c.keywords = append(c.title, packed(cut.title, stems)), append(c.keywords, packed(cut.keywords, stems))
	c.body = append(c.body, packed(cut.body, stems))
	if d.Gone {
		d = search.Document{}
	}
	var codes []string
	for _, code := range d.Codes {
		codes = append(codes, search.Code(fold(code)))
	}
	c.codes, c.facets = append(c.codes, strings.Join(codes, " ")), append(c.facets, packedValues(d.Facets))
	created := int64(0)
	if !d.CreatedAt.IsZero() {
		created = d.CreatedAt.UnixMicro()
	}
	c.price, c.created = append(c.price, d.Price), append(c.created, created)
	c.popularity, c.rating = append(c.popularity, d.Popularity), append(c.rating, d.Rating)
}

// oneLine keeps the signs that separate values out of them.
var oneLine = strings.NewReplacer("\t", " ", "\n", " ", "\x00", "")

func packedValues(all []search.Value) string {
	var b strings.Builder
	for _, v := range all {
		b.WriteString(oneLine.Replace(v.Group) + "\t" + oneLine.Replace(v.Name) + "\n")
	}
	return b.String()
}
