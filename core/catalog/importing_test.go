package catalog_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

// edits are single changes of the shirt.
var edits = []func(*catalog.Product){
	func(p *catalog.Product) { p.Title = "x" },
	func(p *catalog.Product) { p.Slug = "x" },
	func(p *catalog.Product) { p.Description = "x" },
	func(p *catalog.Product) { p.Brand = "x" },
	func(p *catalog.Product) { p.Status = catalog.Draft },
	func(p *catalog.Product) { p.Tags = nil },
	func(p *catalog.Product) { p.Category = nil },
	func(p *catalog.Product) { p.Options[0].Name = "x" },
	func(p *catalog.Product) { p.Images[0].Alt = "x" },
	func(p *catalog.Product) { p.Variants[0], p.Variants[1] = p.Variants[1], p.Variants[0] },
	func(p *catalog.Product) { p.Variants = p.Variants[:1] },
	func(p *catalog.Product) { p.Variants[0].Values = []string{"M"} },
	func(p *catalog.Product) { p.Variants[0].SKU = "x" },
	func(p *catalog.Product) { p.Variants[0].Barcode = "x" },
	func(p *catalog.Product) { p.Variants[0].Price.Amount++ },
	func(p *catalog.Product) { p.Variants[0].CompareAt = money.New(500, "BDT") },
	func(p *catalog.Product) { p.Variants[0].Grams++ },
	func(p *catalog.Product) { p.Variants[0].ImageURL = "/x" },
	func(p *catalog.Product) { p.Variants[0].RequiresShipping = true },
	func(p *catalog.Product) { p.Variants[0].Taxable = true },
	func(p *catalog.Product) { p.Variants[0].Stock.Tracked = false },
	func(p *catalog.Product) { p.Variants[0].Stock.Continue = true },
	func(p *catalog.Product) { p.Variants[0].Stock.OnHand++ },
	func(p *catalog.Product) { p.UpdatedAt = time.Now() },
}

func TestThereAreChangesWhenProductsDiffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		was, is := shirt(), shirt()
		for _, e := range rapid.SliceOfN(rapid.SampledFrom(edits), 0, 3).Draw(t, "edits") {
			if len(is.Variants) > 1 {
				e(&is)
			}
		}
		require.Equal(t, !was.SameAs(is), len(catalog.Changes(was, is)) > 0, "%+v", catalog.Changes(was, is))
	})
	for i, e := range edits[:len(edits)-1] {
		is := shirt()
		e(&is)
		require.NotEmpty(t, catalog.Changes(shirt(), is), "edit %d", i)
	}
}

func TestChangesAreBounded(t *testing.T) {
	was, is := shirt(), shirt()
	is.Description = strings.Repeat("শ", 5000)
	is.Variants = nil
	for i := range 500 {
		is.Variants = append(is.Variants, catalog.Variant{Values: []string{strings.Repeat("x", i+2)}, Price: money.New(0, "BDT")})
	}
	changes := catalog.Changes(was, is)
	require.Len(t, changes, 201)
	require.Equal(t, "303 more", changes[200].New)
	require.Len(t, []rune(changes[0].New), 200)
	require.Equal(t, "0.00 BDT", changes[1].New, "a free variant is new too")
}

func TestImportsEndOnce(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	started := func(policy catalog.ImportPolicy, dry bool) catalog.Import {
		i := catalog.Import{Policy: policy, DryRun: dry, Status: catalog.ImportUploading}
		require.False(t, i.Claim("a", at, at.Add(time.Minute)), "not before the file is there")
		i.Uploaded(catalog.FileCSV, 1000, at)
		require.True(t, i.Claim("a", at, at.Add(time.Minute)))
		return i
	}
	i := started(catalog.SkipFailed, false)
	require.False(t, i.Claim("b", at.Add(59*time.Second), at), "somebody has it")
	require.True(t, i.Claim("b", at.Add(time.Minute), at.Add(2*time.Minute)), "that one is dead")
	require.False(t, i.HeldBy("a", 0, false))
	i.Read = 500
	require.Equal(t, 500, i.Progress())
	i.Complete(at)
	require.Equal(t, []any{catalog.ImportDone, 1000, at}, []any{i.Status, i.Progress(), i.FinishedAt})
	require.ErrorIs(t, i.Cancel(at), catalog.ErrImportEnded)
	require.False(t, i.Claim("c", at.Add(time.Hour), at))

	i = started(catalog.RejectAll, false)
	i.Read, i.Products = 500, 7
	require.Equal(t, 100, i.Progress())
	i.Complete(at)
	require.Equal(t, []any{catalog.ImportRunning, false, 0, 200}, []any{i.Status, i.Checking, i.Products, i.Progress()}, "the second pass begins")
	i.Complete(at)
	require.Equal(t, catalog.ImportDone, i.Status)

	i = started(catalog.RejectAll, false)
	i.Failed = 1
	i.Complete(at)
	require.Equal(t, catalog.ImportRejected, i.Status)

	i = started(catalog.RejectAll, true)
	i.Failed = 1
	i.Complete(at)
	require.Equal(t, catalog.ImportDone, i.Status, "a dry run has nothing to reject")

	i = started(catalog.SkipFailed, false)
	require.NoError(t, i.Cancel(at))
	require.Equal(t, catalog.ImportCancelled, i.Status)
	for _, bad := range []catalog.Import{{Policy: "x"}, {Policy: catalog.SkipFailed, Name: "a\nb"}, {Policy: catalog.RejectAll, Name: strings.Repeat("a", 256)}} {
		require.Error(t, bad.Check())
	}
}
