package reactions

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
)

// returnAgain is how long a provider that cannot be reached is left alone. It is asked as long as it takes.
const returnAgain = 30 * time.Second

// returnMoney gives back what cannot be for its order, unless the vendor decides each time.
func (r *Reactions) returnMoney(ctx context.Context, h happened) (again time.Duration, err error) {
	if h.tenant.Shop.HoldUnfit {
		return 0, nil
	}
	f, err := factOf[order.UnfitFact](h)
	if err != nil {
		return 0, err
	}
	err = r.d.Settler.ReturnMoney(ctx, h.tenant.ID, f.Order, f.Payment)
	if errors.Is(err, payment.ErrUnavailable) {
		return returnAgain, nil
	}
	return 0, err
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
