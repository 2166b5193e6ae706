package shop

import (
	"context"
	"strconv"
	"time"

	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

// Hold keeps what is in the cart for its shopper for some minutes, so that nobody else buys it while they fill in their
// address. A hold that has not ended follows the cart but does not last longer. until is zero when nothing needed to be
// held. Errors: cart.ErrNotFound, cart.ErrOrdered, out_of_stock with the lines that are short.
func (c *Checkout) Hold(ctx context.Context, by identity.Actor, token string) (until time.Time, err error) {
	var soldOut []catalog.ProductID
	err = c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		basket, err := find(ctx, tx, by, token)
		if err != nil {
			return err
		}
		if basket.Ordered {
			return cart.ErrOrdered
		}
		lines := linesOf(basket)
		parts, err := tx.Parts(ctx, variantsOf(lines))
		if err != nil {
			return err
		}
		held, err := tx.Hold(ctx, basket.ID, inventory.Unpack(lines, parts))
		if err != nil {
			return err
		}
		if len(held.Short) > 0 {
			return outOfStock(takenBy(lines, parts), held.Short)
		}
		if held.Fresh {
			tx.Emit(by.Who(), inventory.Held{Cart: string(basket.ID)})
		}
		if len(held.SoldOut) > 0 {
			tx.Emit("system", catalog.Changed{Products: held.SoldOut})
		}
		until, soldOut = held.Until, held.SoldOut
		return nil
	})
	if err == nil {
		c.forget(ctx, by.Tenant, soldOut)
	}
	return until, err
}

func linesOf(c cart.Cart) []inventory.Line {
	lines := make([]inventory.Line, len(c.Lines))
	for i, l := range c.Lines {
		lines[i] = inventory.Line{Variant: l.Variant, Quantity: l.Quantity}
	}
	return lines
}

func variantsOf(lines []inventory.Line) []catalog.VariantID {
	all := make([]catalog.VariantID, len(lines))
	for i, l := range lines {
		all[i] = l.Variant
	}
	return all
}

// taken is what one piece of a line takes from stock: itself, or its parts.
type taken struct {
	title string // "" when it is not known
	takes []inventory.Line
}

func takenBy(lines []inventory.Line, parts map[catalog.VariantID][]catalog.Part) []taken {
	all := make([]taken, len(lines))
	for i, l := range lines {
		if parts[l.Variant] == nil {
			all[i].takes = []inventory.Line{{Variant: l.Variant, Quantity: 1}}
		}
		for _, p := range parts[l.Variant] {
			all[i].takes = append(all[i].takes, inventory.Line{Variant: p.Variant, Quantity: p.Quantity})
		}
	}
	return all
}

// outOfStock says of each line that is short how many of it are left.
func outOfStock(lines []taken, short []inventory.Shortage) error {
	takers := map[catalog.VariantID]int{}
	for _, l := range lines {
		for _, t := range l.takes {
			takers[t.Variant]++
		}
	}
	f := inventory.ErrOutOfStock
	for i, l := range lines {
		left, shared := catalog.Unlimited, false
		for _, t := range l.takes {
			for _, s := range short {
				if s.Variant == t.Variant {
					left, shared = min(left, s.Available/t.Quantity), shared || takers[t.Variant] > 1
				}
			}
		}
		if left == catalog.Unlimited {
			continue
		}
		message := strconv.FormatInt(left, 10) + " left"
		if shared {
			message += ", and another line of the cart needs some of the same"
		}
		if l.title != "" {
			message = l.title + ": " + message
		}
		f = f.At(fault.Field{Path: "lines[" + strconv.Itoa(i) + "].quantity", Message: message})
	}
	return f
}
