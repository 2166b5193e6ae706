package postgres

// slugged is a kind of things with addresses, and their table. The addresses that they had before are in one table for all
// kinds; what has an address now wins.
type slugged struct{ kind, table string }

var (
	slugsOfProducts    = slugged{"product", "products"}
	slugsOfCategories  = slugged{"category", "categories"}
	slugsOfCollections = slugged{"collection", "collections"}
)

// keep makes the present slugs of what is about to be saved former ones; $1 is JSON, an array of id and slug.
func (s slugged) keep() string {
	return `insert into former_slugs as f (kind, slug, subject)
		select '` + s.kind + `', now.slug, now.id from jsonb_to_recordset($1) as x (id text, slug text) join ` + s.table + ` now on now.id = x.id
		where now.slug <> x.slug order by now.slug
		on conflict (kind, slug) do update set subject = excluded.subject`
}

// drop makes a slug that is in use, after it was saved, nobody's former one; $1 is that of keep.
func (s slugged) drop() string {
	return `delete from former_slugs f using jsonb_to_recordset($1) as x (slug text) where f.kind = '` + s.kind + `' and f.slug = x.slug`
}

// find selects the ids of those that had one of the slugs $1.
func (s slugged) find() string {
	return `select f.subject from former_slugs f where f.kind = '` + s.kind + `' and f.slug = any($1)`
}

// forget deletes those of what is in the with query gone, with its id.
func (s slugged) forget() string {
	return `delete from former_slugs f using gone g where f.kind = '` + s.kind + `' and f.subject = g.id`
}
