package reactions

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/order"
)

// indexProducts brings the search up to date with what an event has changed. What it writes is the products as they are
// now, so that the order of events does not matter.
func (r *Reactions) indexProducts(ctx context.Context, h happened) error {
	if h.Kind == order.KindCancelled { // its stock can be bought again
		var ids []catalog.ProductID
		for _, l := range h.state.Order.Lines {
			if !slices.Contains(ids, l.Product) {
				ids = append(ids, l.Product)
			}
		}
		return r.d.Indexer.Products(ctx, h.tenant, ids)
	}
	changed, err := factOf[catalog.Changed](h)
	if err != nil {
		return err
	}
	return r.d.Indexer.Products(ctx, h.tenant, changed.Products)
}

func (r *Reactions) rebuildIndex(ctx context.Context, h happened) error {
	wanted, err := factOf[indexing.Wanted](h)
	if err != nil {
		return err
	}
	return r.d.Indexer.Part(ctx, h.tenant, wanted)
}
