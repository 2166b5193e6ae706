package httpapi

import (
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
)

const categoriesPath = adminPath + "/categories"

func (v *vendor) category(name, parent string) (c StaffCategory) {
	v.t.Helper()
	v.send("POST", categoriesPath, map[string]any{"name": name, "parent_id": parent}, nil).is(201).into(&c)
	return c
}

func (v *vendor) tree() (all []StaffCategory) {
	v.t.Helper()
	var list StaffCategoryList
	v.send("GET", categoriesPath, nil, nil).is(200).into(&list)
	return list.Categories
}

// follow runs what follows a change of categories, until no more follows.
func (v *vendor) follow() {
	v.t.Helper()
	v.react(v.of, time.Now(), reactions.TellOfCategory)
	v.react(v.of, time.Now(), reactions.IndexProducts, reactions.ForgetCatalog)
}

func TestStaffArrangeTheCategories(t *testing.T) {
	v := start(t).vendor()
	shelf := v.tree()[0] // made with the shop's product
	require.Equal(t, "shelf", shelf.Slug)
	once := map[string]string{headerOnce: id.Secret()}
	var clothes, again StaffCategory
	made := v.send("POST", categoriesPath, map[string]any{"name": "Clothes"}, once).is(201).into(&clothes)
	require.Equal(t, `"1"`, made.header.Get("ETag"))
	v.send("POST", categoriesPath, map[string]any{"name": "Clothes"}, once).is(201).into(&again)
	require.Equal(t, clothes, again)
	require.Equal(t, "clothes-2", v.category("Clothes", "").Slug)
	v.send("POST", categoriesPath, map[string]any{"name": "X", "slug": "clothes"}, nil).is(409, "slug_taken_category")
	shirts := v.category("Shirts", clothes.ID)
	require.Equal(t, StaffCategory{ID: shirts.ID, Slug: "shirts", Name: "Shirts", ParentID: clothes.ID, Depth: 1, Position: 0, Revision: 1}, shirts)

	path := categoriesPath + "/" + shelf.ID
	move := map[string]any{"parent_id": shirts.ID, "slug": "kurtas", "name": "Kurtas"}
	v.send("PATCH", path, move, nil).is(428, "revision_required")
	v.send("PATCH", path, move, match(9)).is(412, "revision_mismatch")
	v.send("PATCH", path, move, match(1)).is(200).into(&shelf)
	require.Equal(t, 2, shelf.Depth)
	v.send("PATCH", path, move, match(1)).is(200) // again
	v.send("PATCH", path, map[string]any{"name": "Late"}, match(1)).is(412, "revision_mismatch")
	v.send("PATCH", categoriesPath+"/"+clothes.ID, map[string]any{"parent_id": shelf.ID}, match(1)).is(409, "category_cycle")
	v.send("PATCH", categoriesPath+"/"+clothes.ID, map[string]any{"position": 1}, match(1)).is(200).into(&clothes)
	require.Equal(t, []string{"clothes-2", "clothes", "shirts", "kurtas"}, []string{v.tree()[0].Slug, v.tree()[1].Slug, v.tree()[2].Slug, v.tree()[3].Slug})
	require.EqualValues(t, 1, v.tree()[0].Revision, "its neighbours moved, not it")

	v.send("DELETE", path, nil, nil).is(409, "category_not_empty")
	v.send("DELETE", categoriesPath+"/"+clothes.ID, nil, nil).is(409, "category_not_empty")
	empty := v.category("Empty", "")
	v.send("DELETE", categoriesPath+"/"+empty.ID, nil, match(7)).is(412, "revision_mismatch")
	v.send("DELETE", categoriesPath+"/"+empty.ID, nil, match(1)).is(204)
	v.send("DELETE", categoriesPath+"/"+empty.ID, nil, nil).is(404, "category_not_found")
	v.send("GET", categoriesPath+"/"+empty.ID, nil, nil).is(404, "category_not_found")
}

func TestShoppersWalkTheTree(t *testing.T) {
	v := start(t).vendor()
	clothes := v.category("Clothes", "")
	shirts := v.category("Shirts", clothes.ID)
	v.category("Empty", clothes.ID)
	shelf := v.tree()[0]
	if shelf.Slug != "shelf" {
		shelf = v.tree()[len(v.tree())-1]
	}
	v.send("PATCH", categoriesPath+"/"+shelf.ID, map[string]any{"parent_id": shirts.ID}, match(1)).is(200)
	for range 2 { // the first may tell of more to be told
		v.follow()
	}
	shop := func(path string, out any) {
		t.Helper()
		v.do(call{"GET", v.host, front + path, nil, nil}).is(200).into(out)
	}
	require.Eventually(t, func() bool {
		var list CategoryList
		shop("/categories", &list)
		return len(list.Categories) == 3
	}, 5*time.Second, 10*time.Millisecond)
	var list CategoryList
	shop("/categories", &list)
	require.Equal(t, []PlacedCategory{
		{Category{"clothes", "Clothes"}, "", 0}, {Category{"shirts", "Shirts"}, "clothes", 1}, {Category{"shelf", "Shelf"}, "shirts", 2},
	}, list.Categories)
	var one CategoryPage
	shop("/categories/shirts", &one)
	require.Equal(t, CategoryPage{Category{"shirts", "Shirts"}, []Category{{"clothes", "Clothes"}}, []Category{{"shelf", "Shelf"}}}, one)
	v.do(call{"GET", v.host, front + "/categories/empty", nil, nil}).is(404, "category_not_found")

	var page ProductPage
	shop("/products?category=clothes", &page)
	require.Len(t, page.Products, 1)
	var p Product
	shop("/products/indigo-shirt", &p)
	require.Equal(t, []Category{{"clothes", "Clothes"}, {"shirts", "Shirts"}}, p.Breadcrumbs)
	found := v.find(v.of, "category=clothes&facets=category")
	require.Equal(t, []string{"indigo-shirt"}, found.slugs())
	require.Len(t, found.Facets[0].Values, 3, "each category above counts it")
	require.Equal(t, []string{"indigo-shirt"}, v.find(v.of, "q=clothes").slugs())

	// Renaming the address of one above reaches the products below.
	v.send("PATCH", categoriesPath+"/"+clothes.ID, map[string]any{"slug": "garments"}, match(1)).is(200)
	v.follow()
	require.Eventually(t, func() bool { return len(v.find(v.of, "category=garments").slugs()) == 1 }, 5*time.Second, 10*time.Millisecond)
	require.Empty(t, v.find(v.of, "category=clothes").slugs())
}

func TestAMoveIsToldInPieces(t *testing.T) {
	v := start(t).vendor()
	var file []byte
	file = append(file, "Handle,Title,Type,Variant Price\n"...)
	for range 600 {
		slug := "p" + id.Secret()[:10]
		file = append(file, slug+","+slug+",Many,1.00\n"...)
	}
	v.importing(v.of, string(file))
	many := pgtest.Texts(t, v.of.ID, `select id from categories where slug = 'many'`)[0]
	top := v.category("Top", "")
	before := pgtest.Texts(t, v.of.ID, `select id from events where kind = 'catalog.changed'`)
	v.send("PATCH", categoriesPath+"/"+many, map[string]any{"parent_id": top.ID}, match(1)).is(200)
	require.Equal(t, before, pgtest.Texts(t, v.of.ID, `select id from events where kind = 'catalog.changed'`), "the request itself tells of none")
	for range 3 {
		v.react(v.of, time.Now(), reactions.TellOfCategory)
	}
	sizes := pgtest.Texts(t, v.of.ID, `select distinct jsonb_array_length(data -> 'products')::text from events where kind = 'catalog.changed'
		and actor = 'system' order by 1`)
	require.Equal(t, []string{"100", "250"}, sizes)
	v.work(v.of)
	require.Equal(t, 600, v.find(v.of, "category=top").Total)
}

// Two moves that are right each by itself would make a circle together.
func TestTwoMovesMakeNoCircle(t *testing.T) {
	v := start(t).vendor()
	for range 5 {
		a, b := v.category("A", ""), v.category("B", "")
		var moves sync.WaitGroup
		answers := make([]answered, 2)
		for i, pair := range [][2]StaffCategory{{a, b}, {b, a}} {
			moves.Go(func() {
				answers[i] = v.do(call{
					"PATCH", v.host, categoriesPath + "/" + pair[0].ID,
					map[string]any{"parent_id": pair[1].ID},
					headers(v.bearer, match(1)),
				})
			})
		}
		moves.Wait()
		require.ElementsMatch(t, []int{200, 409}, []int{answers[0].status, answers[1].status})
	}
}

func headers(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

func TestOnlyTheShopsStaffArrangeCategories(t *testing.T) {
	v := start(t).vendor()
	c := v.category("Clothes", "")
	path := categoriesPath + "/" + c.ID
	writes := func(by *vendor, status int, code string) {
		by.send("POST", categoriesPath, map[string]any{"name": "X"}, nil).is(status, code)
		by.send("PATCH", path, map[string]any{"name": "X"}, match(1)).is(status, code)
		by.send("DELETE", path, nil, nil).is(status, code)
	}
	reader := &vendor{stack: v.stack, host: v.host, bearer: v.staff(v.of, identity.ReadOnly)}
	reader.send("GET", categoriesPath, nil, nil).is(200)
	writes(reader, 403, "forbidden")
	writes(&vendor{stack: v.stack, host: v.host, bearer: map[string]string{}}, 401, "sign_in_required")
	other := v.vendor()
	other.send("GET", path, nil, nil).is(404, "category_not_found")
	other.send("PATCH", path, map[string]any{"name": "X"}, match(1)).is(404, "category_not_found")
	other.send("DELETE", path, nil, nil).is(404, "category_not_found")
	other.send("POST", categoriesPath, map[string]any{"name": "X", "parent_id": c.ID}, nil).is(422)
	writes(&vendor{stack: v.stack, host: v.host, bearer: other.bearer}, 401, "invalid_token")
	for name, body := range map[string]map[string]any{
		"no name": {"slug": "x"}, "blank": {"name": " "}, "slug": {"name": "X", "slug": "a/b"}, "unknown field": {"name": "X", "path": "y"},
		"parent": {"name": "X", "parent_id": "cat_none"}, "position": {"name": "X", "position": -1},
	} {
		t.Run(name, func(t *testing.T) { v.send("POST", categoriesPath, body, nil).is(422) })
	}
}
