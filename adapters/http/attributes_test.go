package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
)

const attributesPath = adminPath + "/attributes"

var wood = map[string]any{"key": "wood", "name": "Wood", "type": "choice", "choices": []string{"Oak", "Ash"}, "filterable": true, "position": 2}

func TestProductsHaveAttributes(t *testing.T) {
	v := start(t).vendor()
	once := map[string]string{headerOnce: id.Secret()}
	var made, again StaffAttribute
	v.send("POST", attributesPath, wood, once).is(201).into(&made)
	v.send("POST", attributesPath, wood, once).is(201).into(&again)
	require.Equal(t, made, again)
	v.send("POST", attributesPath, wood, nil).is(409, "key_taken_attribute")
	for _, a := range []map[string]any{
		{"key": "weight", "name": "Weight", "type": "number", "position": 1},
		{"key": "vegan", "name": "Vegan", "type": "boolean", "filterable": true, "position": 3},
		{"key": "born", "name": "Made on", "type": "date", "position": 4},
	} {
		v.send("POST", attributesPath, a, nil).is(201)
	}
	values := map[string]any{"wood": "Oak", "weight": 1.25, "vegan": true, "born": "2026-01-31"}
	p := v.create(with(jamdani, map[string]any{"status": "active", "attributes": values}))
	require.Equal(t, values, p.Attributes)
	ash := v.create(with(jamdani, map[string]any{"title": "Ash", "status": "active", "attributes": map[string]any{"wood": "Ash"}}))

	var shown Product
	v.do(call{"GET", v.host, front + "/products/" + p.Slug, nil, nil}).is(200).into(&shown)
	require.Equal(t, []ProductAttribute{
		{"weight", "Weight", "number", 1.25, ""},
		{"wood", "Wood", "choice", "Oak", ""},
		{"vegan", "Vegan", "boolean", true, ""},
		{"born", "Made on", "date", "2026-01-31", ""},
	}, shown.Attributes)

	v.work(v.of)
	page := v.find(v.of, "facets=attributes&facets=brand")
	require.Len(t, page.Facets, 3)
	require.Equal(t, Facet{Name: "attribute", Attribute: "wood", Label: "Wood", Values: []FacetValue{{Value: "Ash", Count: 1}, {Value: "Oak", Count: 1}}}, page.Facets[1])
	require.Equal(t, []string{ash.Slug}, v.find(v.of, "attribute=wood:Ash").slugs())
	require.Len(t, v.find(v.of, "attribute=wood:Ash&attribute=wood:Oak").slugs(), 2)
	require.Empty(t, v.find(v.of, "attribute=wood:Ash&attribute=vegan:true").slugs())
	require.Equal(t, []string{ash.Slug}, v.find(v.of, "q=ash&attribute=wood:Ash").slugs())
	v.do(call{"GET", v.host, front + "/search?attribute=wood", nil, nil}).is(422)

	path := productsPath + "/" + p.ID
	var bad Problem
	v.send("PATCH", path, map[string]any{"attributes": map[string]any{"wood": "Pine", "weight": "heavy", "vegan": "yes", "born": "2026-02-30", "colour": "red"}}, match(1)).is(422).into(&bad)
	var paths []string
	for _, e := range bad.Errors {
		paths = append(paths, e.Path)
	}
	require.Equal(t, []string{"attributes.born", "attributes.colour", "attributes.vegan", "attributes.weight", "attributes.wood"}, paths)
	var now StaffProduct
	v.send("PATCH", path, map[string]any{"attributes": map[string]any{"wood": nil}}, match(1)).is(200).into(&now)
	require.Equal(t, map[string]any{"weight": 1.25, "vegan": true, "born": "2026-01-31"}, now.Attributes)
	v.send("PATCH", path, map[string]any{"title": "Late", "attributes": map[string]any{"weight": 2}}, match(1)).is(412, "revision_mismatch")

	// An attribute that may not be filtered by any more, and one that is gone.
	one := attributesPath + "/wood"
	v.send("PATCH", one, map[string]any{"filterable": false}, nil).is(428, "revision_required")
	v.send("PATCH", one, map[string]any{"filterable": false}, match(9)).is(412, "revision_mismatch")
	v.send("PATCH", one, map[string]any{"filterable": false, "choices": []string{"Oak"}}, match(1)).is(200).into(&made)
	require.EqualValues(t, 2, made.Revision)
	v.send("PATCH", one, map[string]any{"filterable": false}, match(1)).is(200) // nothing changes
	v.work(v.of)
	require.Eventually(t, func() bool { return len(v.find(v.of, "facets=attributes").Facets) == 1 }, 5*time.Second, 10*time.Millisecond)
	require.Empty(t, v.find(v.of, "attribute=wood:Ash").slugs())
	var kept StaffProduct
	v.send("GET", productsPath+"/"+ash.ID, nil, nil).is(200).into(&kept)
	require.Equal(t, map[string]any{"wood": "Ash"}, kept.Attributes, "a choice that is taken away stays where it is")
	v.send("DELETE", one, nil, match(1)).is(412, "revision_mismatch")
	v.send("DELETE", one, nil, match(2)).is(204)
	v.send("DELETE", one, nil, nil).is(404, "attribute_not_found")
	v.send("GET", one, nil, nil).is(404, "attribute_not_found")
	require.Equal(t, []string{"{}"}, pgtest.Texts(t, v.of.ID, `select attributes::text from products where id = $1`, ash.ID))
}

func TestOnlyTheShopsStaffDefineAttributes(t *testing.T) {
	v := start(t).vendor()
	v.send("POST", attributesPath, wood, nil).is(201)
	writes := func(by *vendor, status int, code string) {
		by.send("POST", attributesPath, wood, nil).is(status, code)
		by.send("PATCH", attributesPath+"/wood", map[string]any{"name": "X"}, match(1)).is(status, code)
		by.send("DELETE", attributesPath+"/wood", nil, nil).is(status, code)
	}
	reader := &vendor{stack: v.stack, host: v.host, bearer: v.staff(v.of, identity.ReadOnly)}
	reader.send("GET", attributesPath, nil, nil).is(200)
	writes(reader, 403, "forbidden")
	writes(&vendor{stack: v.stack, host: v.host, bearer: map[string]string{}}, 401, "sign_in_required")
	other := v.vendor()
	other.send("GET", attributesPath+"/wood", nil, nil).is(404, "attribute_not_found")
	other.send("DELETE", attributesPath+"/wood", nil, nil).is(404, "attribute_not_found")
	other.send("POST", productsPath, with(jamdani, map[string]any{"attributes": map[string]any{"wood": "Oak"}}), nil).is(422, "invalid_product")
	writes(&vendor{stack: v.stack, host: v.host, bearer: other.bearer}, 401, "invalid_token")
	for name, fields := range map[string]map[string]any{
		"key": {"key": "Wood"}, "type": {"type": "colour"}, "no choices": {"choices": []string{}}, "choices of a text": {"type": "text"},
		"name": {"name": ""}, "unknown field": {"tenant": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			v.send("POST", attributesPath, with(with(wood, map[string]any{"key": "other"}), fields), nil).is(422)
		})
	}
}
