package httpapi

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// work runs the search's reactions to a shop's events, the newest first and each twice, as a queue may.
func (s *stack) work(of tenant.Tenant) {
	s.t.Helper()
	s.react(of, time.Now(), reactions.IndexProducts, reactions.RebuildIndex)
}

// react runs reactions at a time and returns after how long they want to be run again.
func (s *stack) react(of tenant.Tenant, at time.Time, names ...string) (waits []time.Duration) {
	s.t.Helper()
	r := reactions.New(reactions.Deps{
		Store: s.db, Registry: s.db, Forget: s.forget, Now: func() time.Time { return at },
		Indexer: indexing.New(indexing.Deps{Store: s.db, Index: postgres.NewSearch(s.db, 0), Forget: s.forget, Now: time.Now}),
	})
	for _, e := range pgtest.Texts(s.t, of.ID, `select kind || ' ' || id from events order by seq desc`) {
		var kind, id string
		_, err := fmt.Sscan(e, &kind, &id)
		require.NoError(s.t, err)
		for _, follows := range reactions.Routes(kind) {
			if !slices.Contains(names, follows.Name) {
				continue
			}
			for range 2 {
				again, err := r.Run(s.t.Context(), ports.ReactionJob{Tenant: of.ID, Event: event.ID(id), Reaction: follows.Name})
				require.NoError(s.t, err)
				if again > 0 {
					waits = append(waits, again)
				}
			}
		}
	}
	return waits
}

const searchCSV = `Handle,Title,Vendor,Type,Tags,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping
rain-teapot,Rain teapot,Matir,Teapots,"clay, gift",Size,Small,RT-S,5,deny,12.50,true
rain-teapot,,,,,Size,Large,RT-L,0,deny,22.50,true
moon-teapot,Moon teapot,Chand,Teapots,clay,Size,Small,MT-S,0,deny,9.50,true
linen-shirt,Linen shirts,Neel,Shirts,,,,LS,3,deny,30.00,true
`

func (s *stack) importing(of tenant.Tenant, csv string) {
	s.t.Helper()
	file := map[string]string{"Authorization": s.staff(of, identity.Owner)["Authorization"], "Content-Type": "text/csv"}
	require.Zero(s.t, s.imported(of, "", csv, file).Failed)
	s.work(of)
}

// imported sends a file and does the work of its import.
func (s *stack) imported(of tenant.Tenant, query, file string, header map[string]string) (done Import) {
	s.t.Helper()
	var begun Import
	got := s.do(call{"POST", hostOf(of), adminPath + "/catalog/imports" + query, file, header}).is(202).into(&begun)
	_, err := s.importer.Work(s.t.Context(), of.ID, catalog.ImportID(begun.ID), 0, nil)
	require.NoError(s.t, err)
	s.do(call{"GET", hostOf(of), got.header.Get("Location"), nil, header}).is(200).into(&done)
	require.Equal(s.t, begun.ID, done.ID)
	return done
}

func (s *stack) find(of tenant.Tenant, query string) (page SearchPage) {
	s.t.Helper()
	s.do(call{"GET", hostOf(of), front + "/search?" + query, nil, nil}).is(200).into(&page)
	return page
}

func (p SearchPage) slugs() (all []string) {
	for _, one := range p.Products {
		all = append(all, one.Slug)
	}
	return all
}

func TestShoppersSearch(t *testing.T) {
	s := start(t)
	of, stranger := pgtest.Tenant(t, s.db), pgtest.Tenant(t, s.db)
	s.importing(of, searchCSV)
	for query, want := range map[string][]string{
		"q=shirt":                              {"linen-shirt"},
		"q=" + url.QueryEscape("RT-L"):         {"rain-teapot"},
		"q=teapots&sort=price_asc":             {"moon-teapot", "rain-teapot"},
		"q=teapot&sort=price_desc":             {"rain-teapot", "moon-teapot"},
		"q=teapot&in_stock=true":               {"rain-teapot"},
		"q=teapot&brand=Chand&brand=Neel":      {"moon-teapot"},
		"q=teapot&category=teapots&brand=Neel": nil,
		"option=Size:Large":                    {"rain-teapot"},
		"tag=gift":                             {"rain-teapot"},
		"min_price=951&max_price=1250":         {"rain-teapot"},
		"rating=4":                             nil,
		"q=taepot&did_you_mean=false":          nil,
		"q=umbrella":                           nil,
	} {
		require.Equal(t, want, s.find(of, query).slugs(), query)
	}
	require.Equal(t, "teapot", s.find(of, "q=taepot").Corrected)
	require.Zero(t, s.find(stranger, "q=teapot").Total)

	first := s.find(of, "limit=2&sort=price_asc")
	require.Equal(t, 3, first.Total)
	require.Equal(t, []string{"linen-shirt"}, s.find(of, "limit=2&sort=price_asc&after="+first.Next).slugs())

	got := s.find(of, "q=teapot&facets=brand&facets=options&facets=price&facets=in_stock&facets=category")
	price := func(amount int64) *Money { return &Money{Amount: amount, Currency: "BDT"} }
	require.Equal(t, []Facet{
		{Name: "brand", Values: []FacetValue{{Value: "Chand", Count: 1}, {Value: "Matir", Count: 1}}},
		{Name: "option", Option: "Size", Values: []FacetValue{{Value: "Small", Count: 2}, {Value: "Large", Count: 1}}},
		{Name: "price", Values: []FacetValue{
			{Value: "1000-2000", Count: 1, MinPrice: price(1000), MaxPrice: price(1999)}, {Value: "500-1000", Count: 1, MinPrice: price(500), MaxPrice: price(999)},
		}},
		{Name: "in_stock", Values: []FacetValue{{Value: "true", Count: 1}}},
		{Name: "category", Values: []FacetValue{{Value: "teapots", Count: 2}}},
	}, got.Facets)

	var list SuggestionList
	s.do(call{"GET", hostOf(of), front + "/search/suggestions?q=te", nil, nil}).is(200).into(&list)
	require.Equal(t, []string{"teapot", "teapots"}, list.Queries)
	require.Len(t, list.Products, 2)

	before := s.queries.Statements.Load()
	s.find(of, "sort=price_asc&limit=2")
	require.Equal(t, before, s.queries.Statements.Load(), "a warm search asks the database nothing")
	for _, bad := range []string{
		"limit=0", "limit=101", "sort=cheap", "facets=secrets", "option=Size", "rating=6", "min_price=5&max_price=3", "unknown=1",
		"q=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k%20l%20m",
	} {
		s.do(call{"GET", hostOf(of), front + "/search?" + bad, nil, nil}).is(422)
	}
	s.do(call{"GET", hostOf(of), front + "/search?after=nonsense", nil, nil}).is(422, "invalid_cursor")
	s.do(call{"GET", hostOf(of), front + "/search/suggestions", nil, nil}).is(422)
}

// TestEveryNodeFindsWhatChanged holds that a change of price or stock is in the answers of all nodes, which have kept
// other ones, and that checking out the last piece is such a change.
func TestEveryNodeFindsWhatChanged(t *testing.T) {
	here, there := start(t), start(t)
	of, variants := here.configured(2)
	here.importing(of, searchCSV)
	const cheap, stocked = "q=teapot&max_price=700", "q=indigo&in_stock=true&facets=in_stock"
	both := func(query string, want int) {
		t.Helper()
		for _, node := range []*stack{here, there} {
			require.Eventually(t, func() bool { return node.find(of, query).Total == want }, 5*time.Second, 5*time.Millisecond, query)
		}
	}
	both(cheap, 0)
	here.importing(of, `Handle,Title,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping
moon-teapot,Moon teapot,5,deny,6.50,true
indigo-shirt,Indigo shirt,2,deny,1.00,true
`)
	both(cheap, 1)
	both(stocked, 1)
	require.NotEmpty(t, variants)
	var p Product
	here.do(call{"GET", hostOf(of), front + "/products/indigo-shirt", nil, nil}).is(200).into(&p)
	buy := map[string]string{headerCart: here.fill(hostOf(of), p.Variants[0].ID), headerOnce: "k"}
	here.do(call{"POST", hostOf(of), front + "/checkout", checkoutBody("manual", "cash_on_delivery", nil), buy}).is(201)
	here.work(of)
	both(stocked, 0)
}

func TestStaffKeepSynonyms(t *testing.T) {
	s := start(t)
	of, stranger := pgtest.Tenant(t, s.db), pgtest.Tenant(t, s.db)
	s.importing(of, searchCSV)
	host, owner, path := hostOf(of), s.staff(of, identity.Owner), adminPath+"/search/synonyms"
	require.Zero(t, s.find(of, "q=kettle").Total)
	a := s.do(call{"GET", host, path, nil, s.staff(of, identity.ReadOnly)}).is(200)
	require.Equal(t, `"0"`, a.header.Get("ETag"))
	with := func(who map[string]string, etag string) map[string]string {
		return map[string]string{"Authorization": who["Authorization"], "If-Match": etag}
	}
	kettle := SynonymList{[]Synonyms{{Words: []string{"kettle", "teapot"}}}}
	s.do(call{"PUT", host, path, kettle, owner}).is(428)
	s.do(call{"PUT", host, path, kettle, with(s.staff(of, identity.ReadOnly), `"0"`)}).is(403, "forbidden")
	s.do(call{"PUT", host, path, kettle, with(s.staff(stranger, identity.Owner), `"0"`)}).is(401)
	s.do(call{"PUT", host, path, SynonymList{[]Synonyms{{Words: []string{"one"}}}}, with(owner, `"0"`)}).is(422)
	s.do(call{"PUT", host, path, SynonymList{[]Synonyms{{Words: []string{"one", "!"}}}}, with(owner, `"0"`)}).is(422)
	require.Equal(t, `"1"`, s.do(call{"PUT", host, path, kettle, with(owner, `"0"`)}).is(200).header.Get("ETag"))
	s.do(call{"PUT", host, path, kettle, with(owner, `"0"`)}).is(412, "search_settings_changed")
	require.Eventually(t, func() bool { return s.find(of, "q=kettle").Total == 2 }, 5*time.Second, 5*time.Millisecond)
	var kept SynonymList
	s.do(call{"GET", host, path, nil, owner}).is(200).into(&kept)
	require.Equal(t, kettle, kept)
	s.do(call{"PUT", host, path, SynonymList{[]Synonyms{}}, with(owner, `"1"`)}).is(200)
	require.Eventually(t, func() bool { return s.find(of, "q=kettle").Total == 0 }, 5*time.Second, 5*time.Millisecond)
}

func TestStaffRebuildTheIndex(t *testing.T) {
	s := start(t)
	of, _ := s.configured(5) // saved without an event
	host, owner := hostOf(of), s.staff(of, identity.Owner)
	require.Zero(t, s.find(of, "q=indigo").Total)
	s.do(call{"POST", host, adminPath + "/search/rebuild", nil, s.staff(of, identity.Fulfilment)}).is(403, "forbidden")
	once := map[string]string{"Authorization": owner["Authorization"], headerOnce: "r1"}
	s.do(call{"POST", host, adminPath + "/search/rebuild", nil, once}).is(202)
	require.Equal(t, "true", s.do(call{"POST", host, adminPath + "/search/rebuild", nil, once}).is(202).header.Get(headerReplayed))
	s.work(of)
	require.Eventually(t, func() bool { return s.find(of, "q=indigo").Total == 1 }, 5*time.Second, 5*time.Millisecond)
}
