package reactions

import (
	"context"

	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/ports"
)

// deliver fulfils a paid order of nothing but files, which nobody has to send. Run again it changes nothing.
func (r *Reactions) deliver(ctx context.Context, h happened) error {
	return r.d.Store.Update(ctx, h.tenant.ID, func(ctx context.Context, tx ports.Tx) error {
		o, err := tx.Order(ctx, h.state.Order.ID)
		if err != nil {
			return err
		}
		files, err := tx.DigitalFiles(ctx, digital.Bought(o))
		if err != nil || !digital.Delivers(files, o) {
			return err
		}
		fact, err := o.Fulfil("", r.d.Now())
		if err != nil {
			return err
		}
		if err := tx.Ship(ctx, string(o.ID), "system"); err != nil {
			return err
		}
		tx.Emit("system", fact)
		return tx.SaveOrder(ctx, o)
	})
}
