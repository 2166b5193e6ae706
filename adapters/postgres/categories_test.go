package postgres_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func treeOf(t testing.TB, db *postgres.DB, of tenant.Tenant) (tree *catalog.Tree) {
	t.Helper()
	view(t, db, of, func(ctx context.Context, v ports.View) error {
		rows, err := v.Categories(ctx)
		tree = catalog.NewTree(rows)
		return err
	})
	return tree
}

// planted makes a tree in which each category has so many below it.
func planted(t testing.TB, db *postgres.DB, of tenant.Tenant, fan, levels int) *catalog.Tree {
	t.Helper()
	var all []catalog.Category
	var grow func(parent catalog.Category, level int)
	grow = func(parent catalog.Category, level int) {
		for i := range fan {
			name := parent.Name + string(rune('a'+i))
			c := catalog.Category{ID: catalog.CategoryID("cat_" + name), Slug: "c-" + name, Name: name, Parent: parent.ID, Position: i, Revision: 1}
			c.Path = append(append(c.Path, parent.Path...), c.ID)
			if all = append(all, c); level+1 < levels {
				grow(c, level+1)
			}
		}
	}
	grow(catalog.Category{}, 0)
	update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCategories(ctx, all) })
	return treeOf(t, db, of)
}

func TestCategoriesComeBackAsTheyStand(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	of, other := pgtest.Tenant(t, db), pgtest.Tenant(t, db)
	tree := planted(t, db, of, 3, 3)
	require.Len(t, tree.All(), 39)
	require.Empty(t, treeOf(t, db, other).All())
	p, q := product("kurta", 5), product("sari", 5)
	p.Category, q.Category = &catalog.Category{Slug: "c-abc"}, &catalog.Category{Slug: "c-b"}
	saveProducts(t, db, of, p, q)
	require.Equal(t, []string{"sari", "kurta"}, listAll(t, db, of, catalog.Query{}))
	require.Equal(t, []string{"kurta"}, listAll(t, db, of, catalog.Query{Category: "c-a"}))
	require.Equal(t, []string{"kurta"}, listAll(t, db, of, catalog.Query{Category: "c-abc"}))
	require.Empty(t, listAll(t, db, of, catalog.Query{Category: "none"}))
	stocked := treeOf(t, db, of).Stocked()
	require.Len(t, stocked.All(), 4)

	changed, err := tree.Change("cat_ab", catalog.CategoryEdit{Parent: ptr(catalog.CategoryID("cat_b")), Slug: ptr("moved")})
	require.NoError(t, err)
	update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCategories(ctx, changed) })
	changed, err = treeOf(t, db, of).Change("cat_abc", catalog.CategoryEdit{Slug: ptr("leaf")})
	require.NoError(t, err)
	update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCategories(ctx, changed) })
	require.Equal(t, []string{"sari", "kurta"}, listAll(t, db, of, catalog.Query{Category: "c-b"}))
	view(t, db, of, func(ctx context.Context, v ports.View) error {
		got, err := v.ProductBySlug(ctx, "kurta")
		require.NoError(t, err)
		require.Equal(t, "leaf", got.Category.Slug)
		require.Equal(t, []catalog.Category{{ID: "cat_b", Slug: "c-b", Name: "b"}, {ID: "cat_ab", Slug: "moved", Name: "ab"}}, got.Category.Above)
		below, err := v.ProductsBelow(ctx, "cat_b", "", 1)
		require.NoError(t, err)
		require.Len(t, below, 1)
		rest, err := v.ProductsBelow(ctx, "cat_b", below[0], 10)
		require.NoError(t, err)
		require.ElementsMatch(t, []catalog.ProductID{p.ID, q.ID}, append(rest, below...))
		return nil
	})
	remove := func(id catalog.CategoryID) error {
		return db.Update(t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) error { return tx.DeleteCategory(ctx, id) })
	}
	require.ErrorIs(t, remove("cat_a"), catalog.ErrCategoryKept, "it has others below it")
	require.ErrorIs(t, remove("cat_abc"), catalog.ErrCategoryKept, "it has a product")
	require.NoError(t, remove("cat_abb"))
}

// TestALargeTreeTakesNoMoreStatements compares a tree of 12 with one of 4,368 categories.
func TestALargeTreeTakesNoMoreStatements(t *testing.T) {
	t.Parallel()
	counter := &postgres.StatementCounter{}
	db := pgtest.New(t, func(o *postgres.Options) { o.Tracer = counter })
	cost := func(fan, levels int) (counts []int64) {
		of := pgtest.Tenant(t, db)
		tree := planted(t, db, of, fan, levels)
		p := product("kurta", 1)
		p.Category = &catalog.Category{Slug: tree.All()[len(tree.All())-1].Slug}
		saveProducts(t, db, of, p)
		top := tree.Children("")
		for _, do := range []func(){
			func() { treeOf(t, db, of) },
			func() { require.Len(t, listAll(t, db, of, catalog.Query{Category: top[len(top)-1].Slug}), 1) },
			func() {
				changed, err := tree.Change(top[0].ID, catalog.CategoryEdit{Parent: &top[1].ID})
				require.NoError(t, err)
				update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCategories(ctx, changed) })
			},
			func() {
				view(t, db, of, func(ctx context.Context, v ports.View) error {
					_, err := v.ProductBySlug(ctx, "kurta")
					return err
				})
			},
		} {
			before := counter.Statements.Load()
			do()
			counts = append(counts, counter.Statements.Load()-before)
		}
		return counts
	}
	require.Equal(t, cost(3, 2), cost(16, 3))
}

func ptr[T any](v T) *T { return &v }

func TestFormerSlugsLeadToTheCategory(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	of := pgtest.Tenant(t, db)
	planted(t, db, of, 2, 1)
	leads := func(slug string) (id catalog.CategoryID) {
		view(t, db, of, func(ctx context.Context, v ports.View) (err error) {
			if id, err = v.CategoryFormerly(ctx, slug); err != nil {
				require.ErrorIs(t, err, catalog.ErrNoCategory)
			}
			return nil
		})
		return id
	}
	rename := func(id catalog.CategoryID, slug string) {
		changed, err := treeOf(t, db, of).Change(id, catalog.CategoryEdit{Slug: &slug})
		require.NoError(t, err)
		update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCategories(ctx, changed) })
	}
	rename("cat_a", "first")
	rename("cat_a", "second")
	require.Equal(t, catalog.CategoryID("cat_a"), leads("c-a"))
	require.Equal(t, catalog.CategoryID("cat_a"), leads("first"))
	require.Empty(t, leads("second"), "it is the present one")
	rename("cat_b", "first")
	require.Empty(t, leads("first"), "who takes a slug has it")
	rename("cat_b", "c-b")
	require.Equal(t, catalog.CategoryID("cat_b"), leads("first"), "the last one that had it")
	update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.DeleteCategory(ctx, "cat_b") })
	require.Empty(t, leads("first"))
	require.Equal(t, []string{"c-a"}, pgtest.Texts(t, of.ID, `select slug from former_slugs order by slug`))
}
