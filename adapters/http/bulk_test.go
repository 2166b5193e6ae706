package httpapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
)

const (
	bulkPath   = productsPath + "/bulk"
	skipFailed = "skip_failed"
	rejectAll  = "reject_all"
)

func rowsOf(policy string, rows ...map[string]any) map[string]any {
	return map[string]any{"policy": policy, "products": rows}
}

func (v *vendor) write(policy string, rows ...map[string]any) (out WrittenProducts) {
	v.t.Helper()
	v.send("POST", bulkPath, rowsOf(policy, rows...), nil).is(200).into(&out)
	return out
}

func (v *vendor) staffProduct(id string) (p StaffProduct) {
	v.t.Helper()
	v.send("GET", productsPath+"/"+id, nil, nil).is(200).into(&p)
	return p
}

// change is a row that changes a product.
func change(p StaffProduct, fields map[string]any) map[string]any {
	return with(map[string]any{"id": p.ID, "revision": p.Revision}, fields)
}

func statusesOf(w WrittenProducts) (all []string) {
	for _, r := range w.Rows {
		all = append(all, r.Status)
	}
	return all
}

func TestProductsAreWrittenAtOnce(t *testing.T) {
	v := start(t).vendor()
	a, b := v.create(jamdani), v.create(with(jamdani, map[string]any{"title": "Kurta"}))
	v.send("PATCH", productsPath+"/"+b.ID, map[string]any{"brand": "Aarong"}, match(1)).is(200)
	told := len(pgtest.Texts(t, v.of.ID, `select id from events where kind = 'catalog.changed'`))
	later := time.Now().UTC().Add(time.Hour).Truncate(time.Second)
	body := rowsOf(
		rejectAll,
		with(jamdani, map[string]any{"status": "active"}),
		change(a, map[string]any{"status": "active", "title": "Nakshi kantha", "related": []string{b.ID}}),
		with(jamdani, map[string]any{"slug": "jamdani-sari-2", "publish_at": later.Format(time.RFC3339)}),
		change(b, map[string]any{"title": "Kurta"}), // as it is, so that the old revision does not matter
		jamdani,
	)
	once := map[string]string{headerOnce: id.Secret()}
	var done, again WrittenProducts
	v.send("POST", bulkPath, body, once).is(200).into(&done)
	require.Equal(t, [4]int{3, 1, 1, 0}, [4]int{done.Created, done.Changed, done.Unchanged, done.Failed})
	require.Equal(t, []string{"created", "changed", "created", "unchanged", "created"}, statusesOf(done))
	slugs := []string{"jamdani-sari-3", "jamdani-sari", "jamdani-sari-2", "kurta", "jamdani-sari-4"}
	var written []string
	for n, r := range done.Rows {
		p := v.staffProduct(r.ID)
		require.Equal(t, WrittenRow{Row: n, ID: p.ID, Slug: p.Slug, Revision: p.Revision, Status: r.Status}, r)
		require.Equal(t, slugs[n], r.Slug, "slugs that are asked for go before those of titles")
		if r.Status != "unchanged" {
			written = append(written, r.ID)
		}
	}
	require.Equal(t, "<p>Woven</p>", v.staffProduct(done.Rows[0].ID).Description, "descriptions are cleaned")
	require.Equal(t, later, *v.staffProduct(done.Rows[2].ID).PublishAt)
	changed := v.staffProduct(a.ID)
	require.Equal(t, []string{b.ID}, changed.Related)
	require.Equal(t, a.Variants, changed.Variants)

	require.Equal(t, "true", v.send("POST", bulkPath, body, once).is(200).into(&again).header.Get(headerReplayed))
	require.Equal(t, done, again)
	v.send("POST", bulkPath, rowsOf(skipFailed, jamdani), once).is(422, "idempotency_key_reused")

	events := pgtest.Texts(t, v.of.ID, `select data::text from events where kind = 'catalog.changed' order by seq`)[told:]
	require.Len(t, events, 1, "told once")
	var fact struct{ Products []string }
	require.NoError(t, json.Unmarshal([]byte(events[0]), &fact))
	require.Equal(t, written, fact.Products)
	require.Len(t, pgtest.Texts(t, v.of.ID, `select id from events where kind = 'catalog.scheduled'`), 1)
	var shown Product
	v.do(call{"GET", v.host, front + "/products/jamdani-sari", nil, nil}).is(200).into(&shown)
	require.Equal(t, "Nakshi kantha", shown.Title)
	v.react(v.of, time.Now(), reactions.ForgetCatalog, reactions.IndexProducts)
	require.Equal(t, []string{"jamdani-sari"}, v.find(v.of, "q=nakshi").slugs())
	require.Equal(t, []string{"jamdani-sari-3"}, v.find(v.of, "q=jamdani").slugs(), "drafts are not found")

	archive := []map[string]any{}
	for _, r := range done.Rows {
		archive = append(archive, map[string]any{"id": r.ID, "revision": r.Revision, "status": "archived"})
	}
	require.Equal(t, 5, v.write(rejectAll, archive...).Changed)
	require.Equal(t, 5, v.write(rejectAll, archive...).Unchanged, "sent again it changes nothing")
	require.Eventually(t, func() bool {
		return v.do(call{"GET", v.host, front + "/products/jamdani-sari", nil, nil}).status == 404
	}, 5*time.Second, 10*time.Millisecond, "what was kept of it is forgotten")
}

func TestWritingManyProductsTakesNoMoreStatements(t *testing.T) {
	v := start(t).vendor()
	v.send("POST", adminPath+"/attributes", map[string]any{"key": "fabric", "name": "Fabric", "type": "text"}, nil).is(201)
	other := v.create(jamdani)
	cost := func(rows []map[string]any) (done WrittenProducts, n int64) {
		before := v.queries.Statements.Load()
		done = v.write(rejectAll, rows...)
		require.Equal(t, len(rows), done.Created+done.Changed)
		return done, v.queries.Statements.Load() - before
	}
	counts := map[string][]int64{}
	for _, n := range []int{1, 1, 200} { // the first one also warms up
		var fresh []map[string]any
		for k := range n {
			row := with(jamdani, map[string]any{"attributes": map[string]any{"fabric": "silk"}, "related": []string{other.ID}})
			if k%2 == 0 {
				row["slug"] = fmt.Sprintf("sari-%d-%d", len(counts["create"]), k)
			}
			fresh = append(fresh, row)
		}
		if n == 1 {
			fresh[0] = with(fresh[0], map[string]any{"slug": ""})
			fresh = append(fresh, with(fresh[0], map[string]any{"slug": fmt.Sprintf("sari-%d", len(counts["create"]))}))
		}
		done, spent := cost(fresh)
		counts["create"] = append(counts["create"], spent)
		var edits []map[string]any
		for k, r := range done.Rows {
			edits = append(edits, map[string]any{
				"id": r.ID, "revision": r.Revision, "slug": fmt.Sprintf("changed-%d-%d", len(counts["change"]), k), "category": "shelf",
				"attributes": map[string]any{"fabric": "cotton"}, "related": []string{},
				"variants": []any{map[string]any{"values": []string{"Red"}, "price": taka(int64(k)), "stock": map[string]any{"tracked": true, "on_hand": k + 1}}},
			})
		}
		_, spent = cost(edits)
		counts["change"] = append(counts["change"], spent)
	}
	t.Log(counts)
	for what, all := range counts {
		require.Equal(t, all[1], all[2], what)
	}
	require.Len(t, pgtest.Texts(t, v.of.ID, `select id from products where slug like 'changed-2-%' and revision = 2`), 200)
}

func TestWhatIsWrongWithRows(t *testing.T) {
	v, _, _, part := bundled(t, 5, 5)
	foreign := v.vendor().create(jamdani)
	v.create(with(jamdani, map[string]any{"slug": "taken"}))
	shirt := v.staffProduct(v.stock(part).ProductID)
	variants := func(all ...any) map[string]any { return map[string]any{"variants": all} }
	for name, c := range map[string]struct {
		row        map[string]any
		code, path string
	}{
		"no such product":        {map[string]any{"id": "prod_none", "revision": 1, "title": "X"}, "product_not_found", "id"},
		"of another shop":        {change(foreign, map[string]any{"title": "X"}), "product_not_found", "id"},
		"an id that is none":     {map[string]any{"id": "a\x00b", "revision": 1}, "product_not_found", "id"},
		"revision before":        {map[string]any{"id": shirt.ID, "revision": 999, "title": "X"}, "revision_mismatch", "revision"},
		"revision before, wrong": {map[string]any{"id": shirt.ID, "revision": 999, "title": " "}, "revision_mismatch", "revision"},
		"no revision":            {map[string]any{"id": shirt.ID, "title": "X"}, "revision_required", "revision"},
		"revision of a new one":  {with(jamdani, map[string]any{"revision": 1}), "invalid_request", "revision"},
		"slug of another":        {change(shirt, map[string]any{"slug": "taken"}), "slug_taken_product", "slug"},
		"slug of a new one":      {with(jamdani, map[string]any{"slug": "taken"}), "slug_taken_product", "slug"},
		"slug of an earlier row": {with(jamdani, map[string]any{"slug": "good"}), "slug_taken_product", "slug"},
		"no slug":                {change(shirt, map[string]any{"slug": ""}), "invalid_product", "slug"},
		"blank title":            {change(shirt, map[string]any{"title": "  "}), "invalid_product", "title"},
		"no title":               {variants(map[string]any{"price": taka(1)}), "invalid_product", "title"},
		"no variants":            {map[string]any{"title": "X"}, "invalid_product", "variants"},
		"no price":               {with(jamdani, variants(map[string]any{"values": []string{"Red"}})), "invalid_product", "variants[0].price"},
		"foreign currency":       {with(jamdani, variants(map[string]any{"values": []string{"Red"}, "price": map[string]any{"amount": 1, "currency": "USD"}})), "invalid_product", "variants[0].price"},
		"no such variant":        {change(shirt, variants(map[string]any{"id": foreign.Variants[0].ID})), "invalid_product", "variants[0].id"},
		"variant of a bundle":    {change(shirt, variants(map[string]any{"id": shirt.Variants[0].ID})), "variant_in_bundle", "variants"},
		"no such category":       {with(jamdani, map[string]any{"category": "nowhere"}), "invalid_request", "category"},
		"a category that's none": {with(jamdani, map[string]any{"category": "a\x00b"}), "invalid_request", "category"},
		"no such related":        {change(shirt, map[string]any{"related": []string{shirt.ID, foreign.ID}}), "invalid_request", "related"},
		"a related that is none": {change(shirt, map[string]any{"related": []string{"a\x00b"}}), "invalid_request", "related"},
		"no such attribute":      {with(jamdani, map[string]any{"attributes": map[string]any{"colour": "red"}}), "invalid_product", "attributes.colour"},
		"zero in a title":        {with(jamdani, map[string]any{"title": "a\x00b"}), "invalid_product", "title"},
	} {
		t.Run(name, func(t *testing.T) {
			good := with(jamdani, map[string]any{"slug": "good"})
			before := pgtest.Texts(t, v.of.ID, `select id || revision from products union all select id from events order by 1`)
			var p Problem
			v.send("POST", bulkPath, rowsOf(rejectAll, good, c.row), nil).is(422, "rows_failed").into(&p)
			require.Equal(t, "products[1]."+c.path, p.Errors[0].Path, p)
			require.Equal(t, before, pgtest.Texts(t, v.of.ID, `select id || revision from products union all select id from events order by 1`))
			done := v.write(skipFailed, good, c.row)
			require.Equal(t, []string{"created", "failed"}, statusesOf(done))
			require.Equal(t, []int{1, 1}, []int{done.Created, done.Failed})
			failed := done.Rows[1]
			require.Equal(t, c.code, failed.Error.Code)
			require.Equal(t, p.Errors, failed.Error.Errors)
			require.NotEmpty(t, failed.Error.Detail)
			if c.row["id"] == shirt.ID {
				require.Equal(t, []any{shirt.Slug, shirt.Revision}, []any{failed.Slug, failed.Revision})
			} else {
				require.Empty(t, failed.Slug)
				require.Zero(t, failed.Revision)
			}
			v.send("DELETE", productsPath+"/"+done.Rows[0].ID, nil, nil).is(204)
		})
	}
	require.Equal(t, shirt, v.staffProduct(shirt.ID))

	// The first of two rows about one product counts, also when it fails.
	done := v.write(skipFailed, change(shirt, map[string]any{"brand": "A"}), change(shirt, map[string]any{"brand": "B"}), map[string]any{"id": shirt.ID})
	require.Equal(t, []string{"changed", "failed", "failed"}, statusesOf(done))
	require.Equal(t, "products[2].id", done.Rows[2].Error.Errors[0].Path)
	require.Equal(t, "A", v.staffProduct(shirt.ID).Brand)
	// A slug that is given up is free with the next request; a row that fails keeps nobody from its slug.
	now := v.staffProduct(shirt.ID)
	done = v.write(
		skipFailed, change(now, map[string]any{"slug": "moved"}), with(jamdani, map[string]any{"slug": now.Slug}),
		with(jamdani, map[string]any{"slug": "wanted", "title": " "}), with(jamdani, map[string]any{"slug": "wanted"}),
	)
	require.Equal(t, []string{"changed", "failed", "failed", "created"}, statusesOf(done))
	require.Equal(t, 1, v.write(rejectAll, with(jamdani, map[string]any{"slug": now.Slug})).Created)
	// Nothing that can be written is no failure of the request.
	require.Equal(t, 2, v.write(skipFailed, map[string]any{"title": "X"}, map[string]any{"id": "prod_none"}).Failed)
}

func TestRequestsThatAreNoneAreRefusedWhole(t *testing.T) {
	v := start(t).vendor()
	many := slices.Repeat([]map[string]any{jamdani}, 201)
	for name, c := range map[string]struct {
		body map[string]any
		path string
	}{
		"unknown field":        {rowsOf(skipFailed, jamdani, with(jamdani, map[string]any{"tenant_id": "ten_x"})), "products[1].tenant_id"},
		"unknown in a variant": {rowsOf(skipFailed, map[string]any{"title": "X", "variants": []any{map[string]any{"cost": 1}}}), "products[0].variants[0].cost"},
		"unknown beside them":  {with(rowsOf(skipFailed, jamdani), map[string]any{"dry_run": true}), "dry_run"},
		"no rows":              {rowsOf(skipFailed), "products"},
		"too many rows":        {rowsOf(skipFailed, many...), "products"},
		"no policy":            {map[string]any{"products": many[:1]}, "body"},
		"policy":               {rowsOf("maybe", jamdani), "policy"},
		"empty id":             {rowsOf(skipFailed, map[string]any{"id": "", "revision": 1}), "products[0].id"},
		"status":               {rowsOf(skipFailed, with(jamdani, map[string]any{"status": "sold"})), "products[0].status"},
		"no time":              {rowsOf(skipFailed, jamdani, with(jamdani, map[string]any{"publish_at": "tomorrow"})), "products[1].publish_at"},
	} {
		t.Run(name, func(t *testing.T) {
			var p Problem
			v.send("POST", bulkPath, c.body, nil).is(422, "invalid_request").into(&p)
			require.Equal(t, c.path, p.Errors[0].Path, p)
		})
	}
	require.Equal(t, []string{"1"}, pgtest.Texts(t, v.of.ID, `select count(*)::text from products where slug <> 'other'`))

	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAuthorization: Bearer x\r\nContent-Length: %d\r\n\r\n", bulkPath, v.host, productBody+1)
	require.Equal(t, 413, v.raw(head).StatusCode)
	wide := []any{}
	for n := range 2000 {
		wide = append(wide, map[string]any{"values": []string{fmt.Sprint(n)}, "price": taka(1)})
	}
	rows := slices.Repeat([]map[string]any{with(jamdani, map[string]any{"variants": wide})}, 6)
	v.send("POST", bulkPath, rowsOf(skipFailed, rows...), nil).is(422, "too_many_variants")
}

func TestOnlyTheShopsStaffWriteProducts(t *testing.T) {
	v := start(t).vendor()
	for _, role := range []identity.Role{identity.ReadOnly, identity.Fulfilment} {
		by := &vendor{stack: v.stack, host: v.host, bearer: v.staff(v.of, role)}
		by.send("POST", bulkPath, rowsOf(skipFailed, jamdani), nil).is(403, "forbidden")
	}
	nobody := &vendor{stack: v.stack, host: v.host, bearer: map[string]string{}}
	nobody.send("POST", bulkPath, rowsOf(skipFailed, jamdani), nil).is(401, "sign_in_required")
	stranger := &vendor{stack: v.stack, host: v.host, bearer: v.vendor().bearer}
	stranger.send("POST", bulkPath, rowsOf(skipFailed, jamdani), nil).is(401, "invalid_token")
}

// TestWritesOfManyProductsRace lets two requests change the same products and ask for the same slugs, in opposite orders.
// Those about new products alone meet nowhere but in the index of the slugs.
func TestWritesOfManyProductsRace(t *testing.T) {
	v := start(t).vendor()
	const each = 60
	deadlocks := func() []string {
		return pgtest.Texts(t, v.of.ID, `select deadlocks::text from pg_stat_database where datname = current_database()`)
	}
	before := deadlocks()
	for round := range 12 {
		var made []WrittenRow
		if round%2 == 0 {
			made = v.write(rejectAll, slices.Repeat([]map[string]any{jamdani}, each)...).Rows
		}
		rows := func(by string) (all []map[string]any) {
			for n := range each {
				all = append(all, with(jamdani, map[string]any{"slug": fmt.Sprintf("new-%d-%d", round, n), "brand": by}), jamdani)
			}
			for n, r := range made {
				all = append(all, map[string]any{"id": r.ID, "revision": r.Revision, "brand": by, "slug": fmt.Sprintf("moved-%d-%d", round, n)})
			}
			return all
		}
		forth, back := rows("forth"), rows("back")
		slices.Reverse(back)
		var done [2]WrittenProducts
		var all sync.WaitGroup
		for n, body := range [][]map[string]any{forth, back} {
			all.Go(func() { v.send("POST", bulkPath, rowsOf(skipFailed, body...), nil).is(200).into(&done[n]) })
		}
		all.Wait()
		require.Equal(t, 3*each, done[0].Created+done[1].Created)
		require.Equal(t, len(made), done[0].Changed+done[1].Changed)
		codes := map[string]int{}
		for _, d := range done {
			for _, r := range d.Rows {
				if r.Error != nil {
					codes[r.Error.Code]++
				}
			}
		}
		require.Equal(t, []int{len(made), each}, []int{codes["revision_mismatch"], codes["slug_taken_product"]}, codes)
		require.Len(t, pgtest.Texts(t, v.of.ID, `select distinct brand from products where slug like $1 or slug like $2`,
			fmt.Sprintf("moved-%d-%%", round), fmt.Sprintf("new-%d-%%", round)), 1, "one request was wholly first")
	}
	require.Equal(t, before, deadlocks(), "nobody waited in a circle")
}
