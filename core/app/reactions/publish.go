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

// shelved is how many products one event names.
const shelved = 250

// tellOfCategory tells that the products below a category have changed, since what is found of them has: a part of them,
// and then of the next part. Run again it tells the same again, which changes nothing.
func (r *Reactions) tellOfCategory(ctx context.Context, h happened) error {
	changed, err := factOf[catalog.CategoryChanged](h)
	if err != nil {
		return err
	}
	return r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) error {
		ids, err := tx.ProductsBelow(ctx, changed.Category, changed.After, shelved)
		if err != nil || len(ids) == 0 {
			return err
		}
		tx.Emit("system", catalog.Changed{Products: ids})
		if len(ids) == shelved {
			tx.Emit("system", catalog.CategoryChanged{Category: changed.Category, After: ids[shelved-1]})
		}
		return nil
	})
}
