package web

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

func TestAPageSaysWhatStaffWroteForSearchEngines(t *testing.T) {
	s := newStack(t)
	p := s.sell(t, s.green, "kurta", "Kurta", "<p>Of cotton</p>")
	b := s.open(t, s.green)
	plain := b.get("/p/kurta").Body
	require.Contains(t, plain, "<title>Kurta · ")
	require.Contains(t, plain, `<meta name="description" content="Of cotton">`)
	p.SEO = catalog.SEO{Title: "Blue <Kurta>", Description: `The "best"`}
	require.NoError(t, s.update(s.shops[s.green].ID, func(ctx context.Context, tx ports.Tx) error {
		return tx.SaveProducts(ctx, []catalog.Product{p})
	}))
	own := b.get("/p/kurta").Body
	require.Contains(t, own, "<title>Blue &lt;Kurta&gt; · ")
	require.Contains(t, own, `<meta name="description" content="The &#34;best&#34;">`)
	require.Contains(t, own, "<h1>Kurta</h1>")
}
