package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
)

func TestPrintedRows(t *testing.T) {
	rows := []catalog.ImportRow{
		{Slug: "cup", Outcome: catalog.ImportCreates, Notes: []catalog.RowError{{Line: 2, Column: "Stock", Message: "spread it"}}},
		{Slug: "mug", Outcome: catalog.ImportUpdates, Changes: []catalog.Change{{Field: "title", Old: "Mug", New: "A \"mug\""}}},
		{Slug: "pot", Outcome: catalog.ImportLeaves},
		{Slug: "jar", Outcome: catalog.ImportFailsRow, Errors: []catalog.RowError{{Line: 7, Message: "no price"}}},
	}
	printed := func(diff bool) string {
		var out strings.Builder
		for _, r := range rows {
			printRow(&out, "f.csv", r, diff)
		}
		return out.String()
	}
	require.Equal(t, "f.csv:2 [Stock]: note: spread it\nf.csv:7: no price\n", printed(false))
	require.Equal(t, "+ cup: new\nf.csv:2 [Stock]: note: spread it\n~ mug: changed\n    title: \"Mug\" → \"A \\\"mug\\\"\"\n= pot: unchanged\n"+
		"! jar: failed\nf.csv:7: no price\n", printed(true))
}

func TestSummaries(t *testing.T) {
	for _, c := range []struct {
		of   catalog.Import
		says string // "" for success
	}{
		{catalog.Import{Status: catalog.ImportDone, Products: 2, Created: 2}, ""},
		{catalog.Import{Status: catalog.ImportDone, Products: 2, Failed: 1}, "1 of 2 products were not imported"},
		{catalog.Import{Status: catalog.ImportRejected, Products: 2, Failed: 1}, "nothing was imported"},
		{catalog.Import{Status: catalog.ImportFailed, Message: "too many rows"}, "too many rows"},
		{catalog.Import{Status: catalog.ImportCancelled}, "cancelled"},
	} {
		var out strings.Builder
		err := summarise(&out, c.of)
		require.Contains(t, out.String(), "products: ")
		if c.says == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.says)
		}
	}
}

func TestAFileAppearsOnlyWhenItIsComplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "products.csv")
	broke := errors.New("the database went away")
	err := writeWhole(path, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return broke
	})
	require.ErrorIs(t, err, broke)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, left)
	require.NoError(t, writeWhole(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "whole")
		return err
	}))
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "whole", string(got))
}
