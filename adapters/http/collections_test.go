package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
)

const collectionsPath = adminPath + "/collections"

func TestStaffGatherProducts(t *testing.T) {
	v := start(t).vendor()
	a, b := v.create(with(jamdani, map[string]any{"title": "A", "status": "active"})), v.create(with(jamdani, map[string]any{"title": "B", "status": "active"}))
	draft := v.create(jamdani)
	body := map[string]any{"title": "Eid gifts", "description": `<p>For all</p><script>x</script>`, "products": []string{b.ID, draft.ID, a.ID}}
	once := map[string]string{headerOnce: id.Secret()}
	var c, again StaffCollection
	v.send("POST", collectionsPath, body, once).is(201).into(&c)
	v.send("POST", collectionsPath, body, once).is(201).into(&again)
	require.Equal(t, c, again)
	require.Equal(t, "<p>For all</p>", c.Description)
	v.send("POST", collectionsPath, body, nil).is(409, "slug_taken_collection")
	shown := call{"GET", v.host, front + "/collections/eid-gifts", nil, nil}
	v.do(shown).is(404, "collection_not_found")

	path := collectionsPath + "/" + c.ID
	v.send("PATCH", path, map[string]any{"active": true}, nil).is(428, "revision_required")
	v.send("PATCH", path, map[string]any{"active": true}, match(9)).is(412, "revision_mismatch")
	v.send("PATCH", path, map[string]any{"active": true}, match(1)).is(200)
	v.send("PATCH", path, map[string]any{"active": true}, match(1)).is(200) // again
	v.send("PATCH", path, map[string]any{"title": "Late"}, match(1)).is(412, "revision_mismatch")
	listed := func(query string) (slugs []string, page CollectionPage) {
		v.react(v.of, time.Now(), reactions.ForgetCatalog)
		v.do(call{"GET", v.host, front + "/collections/eid-gifts" + query, nil, nil}).is(200).into(&page)
		for _, p := range page.Products {
			slugs = append(slugs, p.Slug)
		}
		return slugs, page
	}
	require.Eventually(t, func() bool {
		slugs, _ := listed("")
		return len(slugs) == 2 && slugs[0] == "b" && slugs[1] == "a"
	}, 5*time.Second, 10*time.Millisecond, "drafts are not for shoppers")
	first, page := listed("?sort=title&limit=1")
	second, last := listed("?sort=title&limit=1&after=" + page.Next)
	require.Equal(t, []string{"a", "b"}, append(first, second...))
	require.Empty(t, last.Next)
	v.do(call{"GET", v.host, front + "/collections/eid-gifts?after=x", nil, nil}).is(422, "invalid_cursor")
	var list CollectionSummaries
	v.do(call{"GET", v.host, front + "/collections", nil, nil}).is(200).into(&list)
	require.Equal(t, []CollectionSummary{{"eid-gifts", "Eid gifts"}}, list.Collections)

	rules := []any{map[string]any{"field": "title", "operator": "contains", "values": []string{"indigo"}}}
	v.send("PATCH", path, map[string]any{"conditions": rules}, match(2)).is(422, "invalid_collection")
	v.send("PATCH", path, map[string]any{"conditions": rules, "products": []string{}}, match(2)).is(200).into(&c)
	require.EqualValues(t, 3, c.Revision)
	require.Eventually(t, func() bool {
		slugs, _ := listed("")
		return len(slugs) == 1 && slugs[0] == "indigo-shirt"
	}, 5*time.Second, 10*time.Millisecond)
	v.do(call{"GET", v.host, front + "/collections/eid-gifts?sort=chosen", nil, nil}).is(422)

	v.send("DELETE", path, nil, match(1)).is(412, "revision_mismatch")
	v.send("DELETE", path, nil, match(3)).is(204)
	v.send("GET", path, nil, nil).is(404, "collection_not_found")
	v.send("GET", productsPath+"/"+a.ID, nil, nil).is(200)
}

func TestOnlyTheShopsStaffGatherProducts(t *testing.T) {
	v := start(t).vendor()
	var c StaffCollection
	v.send("POST", collectionsPath, map[string]any{"title": "Mine", "active": true}, nil).is(201).into(&c)
	path := collectionsPath + "/" + c.ID
	writes := func(by *vendor, status int, code string) {
		by.send("POST", collectionsPath, map[string]any{"title": "X"}, nil).is(status, code)
		by.send("PATCH", path, map[string]any{"title": "X"}, match(1)).is(status, code)
		by.send("DELETE", path, nil, nil).is(status, code)
	}
	reader := &vendor{stack: v.stack, host: v.host, bearer: v.staff(v.of, identity.ReadOnly)}
	reader.send("GET", path, nil, nil).is(200)
	writes(reader, 403, "forbidden")
	writes(&vendor{stack: v.stack, host: v.host, bearer: map[string]string{}}, 401, "sign_in_required")
	other := v.vendor()
	other.send("GET", path, nil, nil).is(404, "collection_not_found")
	other.send("PATCH", path, map[string]any{"title": "X"}, match(1)).is(404, "collection_not_found")
	other.send("DELETE", path, nil, nil).is(404, "collection_not_found")
	other.do(call{"GET", other.host, front + "/collections/mine", nil, nil}).is(404)
	writes(&vendor{stack: v.stack, host: v.host, bearer: other.bearer}, 401, "invalid_token")
	foreign := other.create(jamdani)
	for name, fields := range map[string]map[string]any{
		"unknown product": {"products": []string{"prod_none"}}, "of another shop": {"products": []string{foreign.ID}}, "slug": {"slug": "a/b"},
		"field": {"conditions": []any{map[string]any{"field": "colour", "operator": "is", "values": []string{"red"}}}}, "unknown": {"tenant": "x"},
		"no values": {"conditions": []any{map[string]any{"field": "brand", "operator": "is", "values": []string{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			v.send("POST", collectionsPath, with(map[string]any{"title": "Other"}, fields), nil).is(422)
		})
	}
}
