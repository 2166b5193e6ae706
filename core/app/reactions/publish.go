package reactions

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

// publish makes a product active at its time, and until then waits for it. Whether it still shall be, and when, is read
// from the product: an appointment that was changed has an event of its own.
func (r *Reactions) publish(ctx context.Context, h happened) (again time.Duration, err error) {
	due, err := factOf[catalog.Scheduled](h)
	if err != nil {
		return 0, err
	}
	if wait := due.At.Sub(r.d.Now()); wait > 0 {
		return wait, nil
	}
	return 0, r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) error {
		published, err := tx.PublishDue(ctx, due.Product, r.d.Now())
		if published {
			tx.Emit("system", catalog.Changed{Products: []catalog.ProductID{due.Product}})
		}
		return err
	})
}
