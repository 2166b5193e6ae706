package reactions

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// pricedAtOnce is how many variants' prices are brought up to date in one transaction.
const pricedAtOnce = 250

// turnPrices brings what everybody is asked up to date when a price list begins or ends to apply, is changed or deleted:
// a part of its variants, and then of the next part. The last part makes the appointment for the list's next turn. A list
// that was changed since has an event of its own. Run again it changes nothing.
func (r *Reactions) turnPrices(ctx context.Context, h happened) (again time.Duration, err error) {
	turn, err := factOf[catalog.PricesTurn](h)
	if err != nil {
		return 0, err
	}
	now := r.d.Now()
	if wait := turn.At.Sub(now); wait > 0 {
		return wait, nil
	}
	return 0, r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) error {
		list, err := tx.PriceList(ctx, turn.List)
		deleted := errors.Is(err, catalog.ErrNoPriceList)
		switch {
		case err != nil && !deleted:
			return err
		case !deleted && list.Revision != turn.Revision:
			return nil
		}
		variants, err := tx.ListVariants(ctx, turn.List, turn.After, pricedAtOnce)
		if err != nil {
			return err
		}
		if deleted {
			if err := tx.DropHidden(ctx, turn.List, variants); err != nil {
				return err
			}
		}
		if err := tellOfPrices(ctx, tx, variants, now); err != nil {
			return err
		}
		switch next := list.Turns(now); {
		case len(variants) == pricedAtOnce:
			tx.Emit("system", catalog.PricesTurn{List: turn.List, Revision: turn.Revision, At: turn.At, After: variants[pricedAtOnce-1]})
		case !deleted && !next.IsZero():
			tx.Emit("system", catalog.PricesTurn{List: turn.List, Revision: turn.Revision, At: next})
		}
		return nil
	})
}

// priceMemory is how long former prices are kept although no reduction names them any more: whoever is asked about a
// price may look it up.
const priceMemory = 90 * 24 * time.Hour

// ForgetPrices drops former prices that are of no use any more.
func (r *Reactions) ForgetPrices(ctx context.Context, t tenant.ID) error {
	return r.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		return tx.DropPriceHistory(ctx, r.d.Now().Add(-priceMemory))
	})
}

func tellOfPrices(ctx context.Context, tx ports.Tx, variants []catalog.VariantID, now time.Time) error {
	if len(variants) == 0 {
		return nil
	}
	products, err := tx.ApplySales(ctx, variants, now)
	if err == nil && len(products) > 0 {
		tx.Emit("system", catalog.Changed{Products: products})
	}
	return err
}
