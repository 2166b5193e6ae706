package postgres_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	racers   = 6
	racedOps = 14
)

// amounts are quantities of both variants.
type amounts [2]int64

// raced is the stock that clients share, as one of them after the other would see it.
type raced struct {
	onHand, reserved amounts
	held             [racers]amounts
}

type racedInput struct {
	op     string
	client int
	n      amounts // of what is asked for, or what an order has
}

type racedOutput struct {
	ok   bool
	seen raced // of reads: on hand, reserved, and in the first place what all carts hold
}

// step is what an operation does when nothing else happens.
func (s raced) step(in racedInput, out racedOutput) (bool, raced) {
	next := s
	fits := true
	for v, n := range in.n {
		held := int64(0)
		for c := range racers {
			if c != in.client {
				held += s.held[c][v]
			}
		}
		switch in.op {
		case "hold":
			fits = fits && (n == 0 || s.onHand[v]-s.reserved[v]-held >= n)
			next.held[in.client][v] = n
		case "reserve":
			fits = fits && (n == 0 || s.onHand[v]-s.reserved[v]-held >= n)
			next.reserved[v] += n
			next.held[in.client][v] = 0
		case "release":
			next.reserved[v] -= n
		case "ship":
			next.reserved[v] -= n
			next.onHand[v] -= n
		case "book":
			fits = fits && s.onHand[v]+n >= s.reserved[v]
			next.onHand[v] += n
		case "read":
			held += s.held[in.client][v]
			fits = fits && out.seen.onHand[v] == s.onHand[v] && out.seen.reserved[v] == s.reserved[v] && out.seen.held[0][v] == held
		}
	}
	switch {
	case in.op == "read":
		return fits, s
	case !fits:
		return !out.ok, s
	}
	return out.ok, next
}

// racer is one client with its own cart and orders.
type racer struct {
	db     ports.Store
	of     tenant.Tenant
	desk   *backoffice.Stock
	p      catalog.Product
	client int
	cart   cart.ID
	orders map[string]amounts
	random *rand.Rand
}

func (r *racer) lines(n amounts) (all []inventory.Line) {
	for v, quantity := range n {
		if quantity != 0 {
			all = append(all, inventory.Line{Variant: r.p.Variants[v].ID, Quantity: quantity})
		}
	}
	return all
}

// act does something and says what came of it.
func (r *racer) act(ctx context.Context) (in racedInput, out racedOutput, err error) {
	in = racedInput{client: r.client, n: amounts{r.random.Int64N(4), r.random.Int64N(4)}}
	var order string
	for order = range r.orders { // any
		break
	}
	switch n := r.random.IntN(10); {
	case n < 4 && order != "":
		in.op, in.n = "release", r.orders[order]
		if n < 2 {
			in.op = "ship"
		}
		delete(r.orders, order)
	case n < 6:
		in.op, order = "reserve", id.New("ord", time.Now())
	case n < 7:
		in.op = "hold"
	case n == 7:
		in.op, in.n = "read", amounts{}
	default:
		in.op, in.n[r.random.IntN(2)] = "book", -r.random.Int64N(3)
	}
	if in.n == (amounts{}) && in.op != "read" {
		in.n[0] = 1
	}
	if in.op == "book" {
		out.ok, err = r.book(ctx, in.n)
		return in, out, err
	}
	err = r.db.Update(ctx, r.of.ID, func(ctx context.Context, tx ports.Tx) error {
		out, err = r.stock(ctx, tx, in, order)
		return err
	})
	if in.op == "reserve" && out.ok {
		r.orders[order] = in.n
	}
	return in, out, err
}

func (r *racer) stock(ctx context.Context, tx ports.Tx, in racedInput, order string) (out racedOutput, err error) {
	out.ok = true
	switch in.op {
	case "reserve":
		short, _, err := tx.Reserve(ctx, inventory.Reservation{Reference: order, Cart: string(r.cart), Lines: r.lines(in.n)})
		out.ok = len(short) == 0
		return out, err
	case "hold":
		held, err := tx.Hold(ctx, r.cart, r.lines(in.n))
		out.ok = len(held.Short) == 0
		return out, err
	case "release":
		return out, tx.Release(ctx, order)
	case "ship":
		return out, tx.Ship(ctx, order, "usr_1")
	}
	offers, err := tx.Offers(ctx, variantIDs(r.p))
	for v, variant := range r.p.Variants {
		s := offers[variant.ID].Stock
		out.seen.onHand[v], out.seen.reserved[v], out.seen.held[0][v] = s.OnHand, s.Reserved, s.Held
	}
	return out, err
}

func (r *racer) book(ctx context.Context, n amounts) (bool, error) {
	var entries []inventory.Entry
	for _, l := range r.lines(n) {
		entries = append(entries, inventory.Entry{Variant: l.Variant, Kind: inventory.Adjust, Quantity: l.Quantity, Reason: "counted"})
	}
	_, err := r.desk.Book(ctx, identity.For(r.of.ID), entries, nil)
	if fault.KindOf(err) == fault.Conflict {
		return false, nil
	}
	return err == nil, err
}

// TestStockIsLinearizable lets shoppers and staff race for two variants and asks whether some order of what they did, one
// after the other, explains everything that they were told.
func TestStockIsLinearizable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	shop := pgtest.Tenant(t, db)
	p := product("kurta", 9)
	saveProducts(t, db, shop, p)
	began := time.Now()
	histories := make([][]porcupine.Operation, racers)
	var all sync.WaitGroup
	for c := range racers {
		r := &racer{
			db: db, of: shop, desk: stockDesk(db), p: p, client: c, cart: cart.ID(id.New("cart", time.Now())), orders: map[string]amounts{},
			random: rand.New(rand.NewPCG(uint64(c), 7)),
		}
		all.Go(func() {
			for range racedOps {
				call := time.Since(began)
				in, out, err := r.act(context.WithoutCancel(t.Context()))
				if err != nil {
					t.Errorf("%+v: %v", in, err)
					return
				}
				histories[c] = append(histories[c], porcupine.Operation{ClientId: c, Input: in, Output: out, Call: int64(call), Return: int64(time.Since(began))})
			}
		})
	}
	all.Wait()
	var history []porcupine.Operation
	told := map[string]int{}
	for _, h := range histories {
		history = append(history, h...)
		for _, o := range h {
			told[o.Input.(racedInput).op]++
			if !o.Output.(racedOutput).ok {
				told["refused"]++
			}
		}
	}
	model := porcupine.Model{
		Init: func() any { return raced{onHand: amounts{9, 9}} },
		Step: func(s, in, out any) (bool, any) {
			return s.(raced).step(in.(racedInput), out.(racedOutput))
		},
	}
	t.Log(told)
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(model, history, time.Minute))
}
