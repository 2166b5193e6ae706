package reactions

import (
	"context"
	"encoding/json"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
)

// returnMoney gives back what cannot be for its order, unless the vendor decides each time.
func (r *Reactions) returnMoney(ctx context.Context, h happened) error {
	if h.tenant.Shop.HoldUnfit {
		return nil
	}
	f, err := factOf[order.UnfitFact](h)
	if err != nil {
		return err
	}
	return r.d.Settler.ReturnMoney(ctx, h.tenant.ID, f.Order, f.Payment)
}

func (r *Reactions) resolveMove(ctx context.Context, h happened) (again time.Duration, err error) {
	f, err := factOf[order.MoveFact](h)
	if err != nil {
		return 0, err
	}
	return r.d.Settler.ResolveMove(ctx, h.tenant.ID, f.Order, f.Move)
}

// factOf reads an event's fact back.
func factOf[T any](h happened) (f T, err error) {
	return f, fault.Wrap(json.Unmarshal(h.Data, &f), "read a stored fact")
}
