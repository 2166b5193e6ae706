package postgres_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	leakTenants = 20
	leakWorkers = 32
	leakOps     = 100_000
)

// TestNothingLeaksBetweenTenants hammers few connections with many tenants, and ends transactions in every bad way
// there is. Each tenant holds canary rows under the same ids as all others, so that a transaction in the wrong schema
// finds something: somebody else's. It stays for ever; HALUM_LEAK_OPS makes it longer.
func TestNothingLeaksBetweenTenants(t *testing.T) {
	ops := int64(leakOps)
	if s := os.Getenv("HALUM_LEAK_OPS"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		require.NoError(t, err)
		ops = n
	} else if testing.Short() {
		ops = 5_000
	}
	l := newLeak(t)
	var done atomic.Int64
	var workers sync.WaitGroup
	began := time.Now()
	for w := range leakWorkers {
		workers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(w), 1))
			for done.Add(1) <= ops && !t.Failed() {
				l.operate(t, random)
			}
		})
	}
	workers.Wait()
	t.Logf("%d operations in %v: %d ended well, %d badly as meant", ops, time.Since(began), l.well.Load(), l.badly.Load())
	require.Greater(t, l.well.Load(), ops/2)
	require.Greater(t, l.badly.Load(), ops/50)
	for _, shop := range l.shops { // and nothing was written where it does not belong
		for range 20 {
			view(t, l.db, shop, func(ctx context.Context, v ports.View) error {
				l.look(t, ctx, v, shop, rand.New(rand.NewPCG(rand.Uint64(), 1)))
				return nil
			})
		}
	}
}

type leak struct {
	db          *postgres.DB
	shops       []tenant.Tenant
	well, badly atomic.Int64
}

const (
	canary     = "canary"
	canaryCart = cart.ID("cart_canary")
	canaryUser = "cus_canary"
)

// newLeak makes tenants whose rows carry the tenant's id.
func newLeak(t *testing.T) *leak {
	t.Helper()
	l := &leak{db: pgtest.New(t, func(o *postgres.Options) { o.MaxConns, o.Routes = 8, routes })}
	for range leakTenants {
		shop := pgtest.Tenant(t, l.db)
		p := product(canary, 1_000_000)
		p.Title = string(shop.ID)
		p.Variants[0].ID, p.Variants[1].ID = "var_canary_1", "var_canary_2"
		update(t, l.db, shop, func(ctx context.Context, tx ports.Tx) error {
			return errors.Join(
				tx.SaveProducts(ctx, []catalog.Product{p}), tx.SaveCart(ctx, l.cart(shop)),
				tx.SaveCustomer(ctx, account.Account{ID: canaryUser, Email: canary + "@example.com", Name: string(shop.ID), CreatedAt: now()}),
			)
		})
		l.shops = append(l.shops, shop)
	}
	return l
}

func (l *leak) cart(of tenant.Tenant) cart.Cart {
	return cart.Cart{ID: canaryCart, TokenHash: []byte(of.ID), CustomerID: canaryUser, Currency: "BDT", CreatedAt: now(), UpdatedAt: now()}
}

var errMeant = errors.New("meant")

// operate does one thing to one tenant, and now and then something goes wrong on the way.
func (l *leak) operate(t *testing.T, random *rand.Rand) {
	shop := l.shops[random.IntN(len(l.shops))]
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	trouble := random.IntN(200)
	switch trouble {
	case 0, 1, 2:
		go func(d time.Duration) { time.Sleep(d); cancel() }(time.Duration(random.IntN(2000)) * time.Microsecond)
	case 3:
		ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(1500))*time.Microsecond)
		defer cancel()
	}
	err := l.guarded(func() error {
		if random.IntN(4) == 0 {
			return l.db.Update(ctx, shop.ID, func(ctx context.Context, tx ports.Tx) error { return l.write(t, ctx, tx, shop, random, trouble) })
		}
		return l.db.View(ctx, shop.ID, func(ctx context.Context, v ports.View) error {
			if l.look(t, ctx, v, shop, random); trouble < 10 {
				panic(errMeant)
			}
			if trouble < 20 {
				return errMeant
			}
			return nil
		})
	})
	switch {
	case err == nil:
		l.well.Add(1)
	case errors.Is(err, errMeant), ctx.Err() != nil, errors.Is(err, account.ErrEmailTaken):
		l.badly.Add(1)
	default:
		t.Error("not meant:", err)
	}
}

// guarded turns a panic into an error, as the edge of the program does.
func (l *leak) guarded(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err, _ = v.(error)
		}
	}()
	return fn()
}

// look reads one of the canaries and compares it with the tenant.
func (l *leak) look(t *testing.T, ctx context.Context, v ports.View, shop tenant.Tenant, random *rand.Rand) {
	whose, err := "", error(nil)
	switch random.IntN(4) {
	case 0:
		var c cart.Cart
		c, err = v.Cart(ctx, canaryCart)
		whose = string(c.TokenHash)
	case 1:
		var a account.Account
		a, err = v.CustomerByEmail(ctx, canary+"@example.com")
		whose = a.Name
	case 2:
		var p catalog.Product
		p, err = v.ProductBySlug(ctx, canary)
		whose = p.Title
	case 3:
		var told []notification.Notification
		if told, err = v.Notifications(ctx, canary, -1, 1); len(told) == 0 {
			return
		}
		whose = told[0].Body
	}
	if err == nil && whose != string(shop.ID) {
		t.Errorf("what %s stored was seen by %s", whose, shop.ID)
	}
}

// write changes the canaries of the tenant, and then breaks off, fails or goes on.
func (l *leak) write(t *testing.T, ctx context.Context, tx ports.Tx, shop tenant.Tenant, random *rand.Rand, trouble int) error {
	if err := tx.SaveCart(ctx, l.cart(shop)); err != nil {
		return err
	}
	if trouble < 10 {
		panic(errMeant)
	}
	if trouble < 20 { // a failed statement, whose error ends the unit
		return tx.SaveCustomer(ctx, account.Account{ID: "cus_twin", Email: canary + "@example.com", CreatedAt: now()})
	}
	if trouble < 60 {
		e := event.ID("evt_" + strconv.FormatInt(l.well.Load(), 10))
		if _, err := tx.Notify(ctx, []notification.Notification{{Topic: canary, EventID: e, Body: string(shop.ID), At: now()}}); err != nil {
			return err
		}
	}
	l.look(t, ctx, tx, shop, random)
	if trouble < 30 {
		return errMeant
	}
	if trouble < 70 {
		tx.Emit(string(shop.ID), order.PaidFact{Order: "ord_canary"}) // ends the transaction as the login itself
	}
	return nil
}
