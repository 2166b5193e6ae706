package postgres_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

func TestConditionsSayWhatIsInACollection(t *testing.T) {
	t.Parallel()
	counter := &postgres.StatementCounter{}
	db := pgtest.New(t, func(o *postgres.Options) { o.Tracer = counter })
	of, other := pgtest.Tenant(t, db), pgtest.Tenant(t, db)
	planted(t, db, of, 2, 2)
	wood := catalog.Attribute{Key: "wood", Name: "Wood", Type: catalog.TextAttribute, Revision: 1}
	all := manyProducts(6, 3)
	all[0].Brand, all[0].Tags, all[0].Title = "Aarong", []string{"gift"}, "Blue 100% SILK sari"
	all[1].Category, all[1].Variants[0].Price.Amount = &catalog.Category{Slug: "c-ab"}, 500
	all[2].Attributes = []catalog.AttributeValue{{Attribute: wood, Value: "Oak"}}
	for i := range all[3].Variants {
		all[3].Variants[i].Stock.OnHand = 0
	}
	all[4].Category = nil
	all[5].Status = catalog.Draft
	update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveAttribute(ctx, wood) })
	saveProducts(t, db, of, all...)
	rule := func(field catalog.ConditionField, operator catalog.Operator, values ...string) catalog.Condition {
		return catalog.Condition{Field: field, Operator: operator, Values: values}
	}
	oak := rule(catalog.FieldAttribute, catalog.Is, "Oak", "Ash")
	oak.Key = "wood"
	notOak := oak
	notOak.Operator = catalog.IsNot
	for name, c := range map[string]struct {
		any   bool
		rules []catalog.Condition
		want  []int
	}{
		"brand":          {false, []catalog.Condition{rule(catalog.FieldBrand, catalog.Is, "Aarong", "None")}, []int{0}},
		"other brands":   {false, []catalog.Condition{rule(catalog.FieldBrand, catalog.IsNot, "Aarong")}, []int{1, 2, 3, 4}},
		"tag":            {false, []catalog.Condition{rule(catalog.FieldTag, catalog.Is, "gift", "x")}, []int{0}},
		"category below": {false, []catalog.Condition{rule(catalog.FieldCategory, catalog.Is, "cat_a")}, []int{1}},
		"not in it":      {false, []catalog.Condition{rule(catalog.FieldCategory, catalog.IsNot, "cat_a")}, []int{0, 2, 3, 4}},
		"price":          {false, []catalog.Condition{rule(catalog.FieldPrice, catalog.AtLeast, "400"), rule(catalog.FieldPrice, catalog.AtMost, "500")}, []int{1}},
		"attribute":      {false, []catalog.Condition{oak}, []int{2}},
		"not of it":      {false, []catalog.Condition{notOak}, []int{0, 1, 3, 4}},
		"sold out":       {false, []catalog.Condition{rule(catalog.FieldStock, catalog.Is, "false")}, []int{3}},
		"in stock":       {false, []catalog.Condition{rule(catalog.FieldStock, catalog.Is, "true")}, []int{0, 1, 2, 4}},
		"title":          {false, []catalog.Condition{rule(catalog.FieldTitle, catalog.Contains, "100% silk", "nothing")}, []int{0}},
		"no pattern":     {false, []catalog.Condition{rule(catalog.FieldTitle, catalog.Contains, "%")}, []int{0}},
		"all of them":    {false, []catalog.Condition{oak, rule(catalog.FieldBrand, catalog.Is, "Aarong")}, nil},
		"any of them":    {true, []catalog.Condition{oak, rule(catalog.FieldBrand, catalog.Is, "Aarong")}, []int{0, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := catalog.CreateCollection(catalog.CollectionEdit{Title: ptr(name), Conditions: c.rules, Any: &c.any}, now())
			require.NoError(t, err)
			update(t, db, of, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCollection(ctx, made) })
			var stored catalog.Collection
			view(t, db, of, func(ctx context.Context, v ports.View) (err error) {
				stored, err = v.CollectionBySlug(ctx, made.Slug)
				return err
			})
			require.True(t, stored.SameAs(made))
			var want []string
			for _, i := range c.want {
				want = append(want, all[i].Slug)
			}
			slices.Reverse(want)
			require.Equal(t, want, listAll(t, db, of, catalog.Query{Collection: &stored, Limit: 2}))
		})
	}
	view(t, db, other, func(ctx context.Context, v ports.View) error {
		_, err := v.CollectionBySlug(ctx, "brand")
		require.ErrorIs(t, err, catalog.ErrNoCollection)
		return nil
	})
}

func TestChosenProductsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	counter := &postgres.StatementCounter{}
	db := pgtest.New(t, func(o *postgres.Options) { o.Tracer = counter })
	of := pgtest.Tenant(t, db)
	all := manyProducts(30, 3)
	all[7].Status = catalog.Draft
	saveProducts(t, db, of, all...)
	e := catalog.CollectionEdit{Title: ptr("Mine")}
	var want []string
	for i := range all {
		p := all[i*7%len(all)]
		e.Products = append(e.Products, p.ID)
		if p.Status == catalog.Active {
			want = append(want, p.Slug)
		}
	}
	e.Products = append(e.Products, "prod_gone")
	made, err := catalog.CreateCollection(e, now())
	require.NoError(t, err)
	require.Equal(t, want, listAll(t, db, of, catalog.Query{Collection: &made, Limit: 4}))
	slices.Sort(want)
	require.Equal(t, want, listAll(t, db, of, catalog.Query{Collection: &made, Sort: catalog.ByTitle, Limit: 4}))
	cost := func(c catalog.Collection, limit int) int64 {
		before := counter.Statements.Load()
		view(t, db, of, func(ctx context.Context, v ports.View) error {
			_, err := v.Products(ctx, check(t, catalog.Query{Collection: &c, Limit: limit}))
			return err
		})
		return counter.Statements.Load() - before
	}
	few := made
	few.Products = few.Products[:2]
	require.Equal(t, cost(few, 1), cost(made, 100))
	_, err = catalog.Query{Sort: catalog.Chosen}.Check()
	require.Error(t, err)
}
