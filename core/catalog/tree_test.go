package catalog_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
)

// grove keeps categories as a store does.
type grove map[catalog.CategoryID]catalog.Category

func (g grove) tree() *catalog.Tree {
	var rows []catalog.Category
	for _, c := range g {
		rows = append(rows, c)
	}
	return catalog.NewTree(rows)
}

func (g grove) save(all []catalog.Category) {
	for _, c := range all {
		g[c.ID] = c
	}
}

func (g grove) make(t require.TestingT, name string, parent catalog.CategoryID, position *int) catalog.CategoryID {
	id, changed, err := g.tree().Create(catalog.CategoryEdit{Name: &name, Parent: &parent, Position: position}, noon)
	require.NoError(t, err)
	g.save(changed)
	return id
}

// drawn writes the tree with two spaces per level.
func drawn(t *catalog.Tree) string {
	var b strings.Builder
	for _, c := range t.All() {
		fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", t.Depth(c.ID)), c.Name)
	}
	return b.String()
}

func TestCategoriesAreMadeAndMoved(t *testing.T) {
	g := grove{}
	g.save([]catalog.Category{{ID: "cat_z", Slug: "zebra", Name: "Zebra", Position: catalog.Unplaced, Path: []catalog.CategoryID{"cat_z"}, Revision: 1}})
	clothes := g.make(t, "Clothes", "", ptr(0))
	shirts := g.make(t, "Shirts", clothes, nil)
	g.make(t, "Kurtas", clothes, ptr(0))
	silk := g.make(t, "Silk", shirts, nil)
	require.Equal(t, "Clothes\n Kurtas\n Shirts\n  Silk\nZebra\n", drawn(g.tree()))

	changed, err := g.tree().Change(shirts, catalog.CategoryEdit{Parent: ptr(catalog.CategoryID("cat_z")), Slug: ptr("zebra-shirts")})
	require.NoError(t, err)
	g.save(changed)
	require.Equal(t, "Clothes\n Kurtas\nZebra\n Shirts\n  Silk\n", drawn(g.tree()))
	require.Equal(t, []catalog.CategoryID{"cat_z", shirts, silk}, g[silk].Path)
	require.EqualValues(t, 2, g[shirts].Revision)
	require.EqualValues(t, 1, g[silk].Revision, "it was not changed itself")
	require.Len(t, g.tree().Children("cat_z"), 1)
	require.Len(t, g.tree().Below("cat_z"), 3)

	for name, c := range map[string]struct {
		id   catalog.CategoryID
		edit catalog.CategoryEdit
		want error
	}{
		"below itself":      {"cat_z", catalog.CategoryEdit{Parent: ptr(catalog.CategoryID("cat_z"))}, catalog.ErrCategoryCycle},
		"below its own":     {"cat_z", catalog.CategoryEdit{Parent: &silk}, catalog.ErrCategoryCycle},
		"taken":             {silk, catalog.CategoryEdit{Slug: ptr("kurtas")}, catalog.ErrCategoryTaken},
		"unknown":           {"cat_none", catalog.CategoryEdit{}, catalog.ErrNoCategory},
		"nothing":           {silk, catalog.CategoryEdit{Name: ptr("Silk"), Parent: &shirts}, nil},
		"where it is":       {silk, catalog.CategoryEdit{Position: ptr(0)}, nil},
		"same place by far": {silk, catalog.CategoryEdit{Position: ptr(77)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			changed, err := g.tree().Change(c.id, c.edit)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, changed)
		})
	}
	_, err = g.tree().Change(silk, catalog.CategoryEdit{Name: ptr(" ")})
	require.ErrorContains(t, err, "name")
	_, err = g.tree().Change(silk, catalog.CategoryEdit{Slug: ptr("a b")})
	require.ErrorContains(t, err, "slug")
	_, err = g.tree().Change(silk, catalog.CategoryEdit{Parent: ptr(catalog.CategoryID("cat_none"))})
	require.ErrorContains(t, err, "parent_id")

	deep := silk
	for range catalog.MaxCategoryDepth - 3 {
		deep = g.make(t, "Deep", deep, nil)
	}
	_, _, err = g.tree().Create(catalog.CategoryEdit{Name: ptr("Deeper"), Parent: &deep}, noon)
	require.ErrorIs(t, err, catalog.ErrCategoryDepth)
	_, err = g.tree().Change("cat_z", catalog.CategoryEdit{Parent: &clothes})
	require.ErrorIs(t, err, catalog.ErrCategoryDepth)
}

func TestOnlyStockedCategoriesAreShown(t *testing.T) {
	tree := catalog.NewTree([]catalog.Category{
		{ID: "a", Slug: "a", Name: "A"},
		{ID: "b", Slug: "b", Name: "B", Parent: "a"},
		{ID: "c", Slug: "c", Name: "C", Parent: "b", Stocked: true},
		{ID: "d", Slug: "d", Name: "D", Parent: "b"},
		{ID: "e", Slug: "e", Name: "E"},
	})
	require.Equal(t, "A\n B\n  C\n", drawn(tree.Stocked()))
}

// Whatever is made and moved: every category is there once, under its parent, with the path that leads to it, and
// siblings that were placed are counted without gaps.
func TestTheTreeStaysATree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := grove{}
		var ids []catalog.CategoryID
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			parent := catalog.CategoryID("")
			if len(ids) > 0 && rapid.Bool().Draw(t, "below") {
				parent = rapid.SampledFrom(ids).Draw(t, "parent")
			}
			e := catalog.CategoryEdit{Name: ptr("Same"), Parent: &parent}
			if rapid.Bool().Draw(t, "placed") {
				e.Position = ptr(rapid.IntRange(0, 5).Draw(t, "position"))
			}
			if len(ids) == 0 || rapid.Bool().Draw(t, "new") {
				if id, changed, err := g.tree().Create(e, noon); err == nil {
					ids = append(ids, id)
					g.save(changed)
				}
			} else if changed, err := g.tree().Change(rapid.SampledFrom(ids).Draw(t, "moved"), e); err == nil {
				g.save(changed)
			}
		}
		tree := g.tree()
		require.Len(t, tree.All(), len(ids))
		slugs := map[string]bool{}
		for _, c := range tree.All() {
			var path []catalog.CategoryID
			for _, above := range tree.Above(c.ID) {
				path = append(path, above.ID)
			}
			require.Equal(t, append(path, c.ID), c.Path)
			require.LessOrEqual(t, len(c.Path), catalog.MaxCategoryDepth)
			require.False(t, slugs[c.Slug])
			slugs[c.Slug] = true
			siblings := tree.Children(c.Parent)
			require.True(t, slices.IsSortedFunc(siblings, func(a, b catalog.Category) int { return a.Position - b.Position }))
			require.Less(t, c.Position, len(ids))
		}
	})
}
