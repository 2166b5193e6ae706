package shop_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/ports"
)

// These tests move money with the real sandbox, which goes wrong as real providers do, and compare our books with the
// bank's after each.

func taka(amount int64) *money.Money {
	m := money.New(amount, "BDT")
	return &m
}

func (s *store) capture(of order.ID, amount *money.Money, final bool) (settle.State, error) {
	return s.settler.Capture(s.t.Context(), s.tenant, settle.MoveMoney{Order: of, Amount: amount, Final: final, By: "usr_1"})
}

func (s *store) refund(of order.ID, amount *money.Money) (settle.State, payment.Move, error) {
	return s.settler.Refund(s.t.Context(), s.tenant, settle.MoveMoney{Order: of, Amount: amount, Reason: "requested_by_customer", By: "usr_1"}, nil)
}

func settled(st settle.State) bool {
	for _, m := range st.Moves {
		if !m.Settled() {
			return false
		}
	}
	return !st.Payment.Status.Open()
}

func TestACallThatGoesWrongChargesOnce(t *testing.T) {
	for name, c := range map[string]struct {
		card     string
		captured int64
	}{
		"it hangs after the charge":        {"4000000000000259", 2000},
		"it hangs before the charge":       {"4000000000011009", 2000},
		"the plugin dies after the charge": {"4000000000000333", 2000},
		"the plugin dies before it":        {"4000000000000341", 2000},
		"it takes its time":                {"4000000000010209", 2000},
		"the shopper never comes back":     {"4000000000010506", 2000},
		"the shopper never pays":           {"4000000000010605", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought(c.card)
			st = s.until(st.Order.ID, settled)
			require.Equal(t, c.captured, st.Payment.Captured.Amount)
			require.Equal(t, c.captured, s.atBank(st.Payment.ID).Taken())
			if c.captured == 0 {
				require.Equal(t, order.Cancelled, st.Order.Status)
				require.EqualValues(t, stock, s.left())
			} else {
				require.Equal(t, order.Paid, st.Order.Payment)
			}
			s.tallies()
		})
	}
}

func TestAPromiseIsCapturedInParts(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4000000000000077")
	require.Equal(t, order.Authorized, st.Order.Payment)
	for _, part := range []int64{500, 700} {
		var err error
		st, err = s.capture(st.Order.ID, taka(part), false)
		require.NoError(t, err)
		require.Equal(t, order.PartlyPaid, st.Order.Payment)
	}
	_, err := s.capture(st.Order.ID, taka(801), false)
	require.ErrorIs(t, err, payment.ErrTooMuch)
	st, err = s.capture(st.Order.ID, taka(300), true)
	require.NoError(t, err)
	require.Equal(t, payment.Paid, st.Payment.Status)
	require.EqualValues(t, 1500, st.Payment.Captured.Amount)
	require.Zero(t, s.atBank(st.Payment.ID).Promised(), "the rest of the promise is given up")
	_, err = s.capture(st.Order.ID, taka(1), false)
	require.ErrorIs(t, err, payment.ErrNotCapturable)
	s.tallies()
}

func TestACaptureThatGoesWrongTakesOnce(t *testing.T) {
	for name, card := range map[string]string{
		"it hangs after": "4000000000020109", "it hangs before": "4000000000020505",
		"the plugin dies after": "4000000000020307", "the plugin dies before": "4000000000020208",
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought(card)
			if _, err := s.capture(st.Order.ID, taka(900), false); err != nil {
				require.ErrorIs(t, err, payment.ErrUnavailable)
				if _, err = s.capture(st.Order.ID, nil, false); err != nil { // staff clicks again meanwhile
					require.ErrorIs(t, err, payment.ErrUnavailable)
				}
			}
			st = s.until(st.Order.ID, settled)
			require.Equal(t, s.atBank(st.Payment.ID).Taken(), st.Payment.Captured.Amount)
			require.EqualValues(t, 900, st.Payment.Captured.Amount)
			s.tallies()
		})
	}
}

func TestADeclinedCaptureLeavesThePromise(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4000000000020406")
	_, err := s.capture(st.Order.ID, nil, false)
	require.ErrorIs(t, err, payment.ErrDeclined)
	st = s.state(st.Order.ID)
	require.Equal(t, order.Authorized, st.Order.Payment)
	require.Equal(t, payment.MoveFailed, st.Moves[0].Status)
	s.tallies()
}

func TestAPromiseRunsOut(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4000000000010407")
	st = s.until(st.Order.ID, func(st settle.State) bool { return st.Payment.Status == payment.Lapsed })
	require.Equal(t, order.Cancelled, st.Order.Status)
	require.EqualValues(t, stock, s.left())
	s.tallies()
}

func TestRefundsNeverGiveBackMoreThanCameIn(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4242424242424242")
	var wg sync.WaitGroup
	errs := make([]error, 12)
	for i := range errs {
		wg.Go(func() { _, _, errs[i] = s.refund(st.Order.ID, taka(300)) })
	}
	wg.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
			continue
		}
		require.ErrorIs(t, err, payment.ErrTooMuch)
	}
	require.Equal(t, 6, done)
	require.EqualValues(t, 1800, s.atBank(st.Payment.ID).GivenBack())
	require.Equal(t, order.PartlyRefunded, s.state(st.Order.ID).Order.Payment)
	st, m, err := s.refund(st.Order.ID, nil)
	require.NoError(t, err)
	require.EqualValues(t, 200, m.Amount.Amount)
	require.Equal(t, order.Refunded, st.Order.Payment)
	_, _, err = s.refund(st.Order.ID, nil)
	require.ErrorIs(t, err, payment.ErrNotRefundable)
	s.tallies()
}

func TestARefundThatGoesWrongGivesBackOnce(t *testing.T) {
	for name, card := range map[string]string{
		"it hangs after": "4000000000030504", "it hangs before": "4000000000030801",
		"the plugin dies after": "4000000000030702", "the plugin dies before": "4000000000030603",
		"it takes its time": "4000000000030108",
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought(card)
			st, m, err := s.refund(st.Order.ID, taka(900))
			require.NoError(t, err)
			require.EqualValues(t, 900, m.Amount.Amount)
			require.LessOrEqual(t, st.Payment.Refundable().Amount, int64(1100))
			st = s.until(st.Order.ID, settled)
			require.EqualValues(t, 900, st.Payment.Refunded.Amount)
			require.EqualValues(t, 900, s.atBank(st.Payment.ID).GivenBack())
			require.Equal(t, order.PartlyRefunded, st.Order.Payment)
			s.tallies()
		})
	}
}

func TestAFailedRefundReopensTheBalance(t *testing.T) {
	for name, card := range map[string]string{"at once": "4000000000030405", "later": "4000000000030207"} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought(card)
			_, _, err := s.refund(st.Order.ID, nil)
			if name == "at once" {
				require.ErrorIs(t, err, payment.ErrDeclined)
			} else {
				require.NoError(t, err)
				_, _, err = s.refund(st.Order.ID, taka(1))
				require.ErrorIs(t, err, payment.ErrNotRefundable, "all of it is under way")
			}
			st = s.until(st.Order.ID, settled)
			require.Equal(t, payment.MoveFailed, st.Moves[0].Status)
			require.EqualValues(t, 2000, st.Payment.Refundable().Amount)
			require.Equal(t, order.Paid, st.Order.Payment)
			s.tallies()
		})
	}
}

func TestARefundThatSucceededMayStillFail(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4242424242424242")
	st, m, err := s.refund(st.Order.ID, taka(700))
	require.NoError(t, err)
	_, err = s.bank.SettleRefund(t.Context(), string(st.Payment.ID), string(m.ID), false)
	require.NoError(t, err)
	st = s.until(st.Order.ID, func(st settle.State) bool { return st.Moves[0].Status == payment.MoveFailed })
	require.EqualValues(t, 2000, st.Payment.Refundable().Amount)
	s.tallies()
}

func TestARefundOfTheBanksOwnPagesIsRecorded(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4242424242424242")
	_, err := s.bank.RefundExternally(t.Context(), string(st.Payment.ID), 500)
	require.NoError(t, err)
	st = s.until(st.Order.ID, func(st settle.State) bool { return st.Payment.Refunded.Amount == 500 })
	require.Equal(t, order.PartlyRefunded, st.Order.Payment)
	require.Equal(t, "provider", st.Moves[0].By)
	_, _, err = s.refund(st.Order.ID, taka(1600))
	require.ErrorIs(t, err, payment.ErrTooMuch)
	s.tallies()
}

// hold lets the shop decide on unfit money each time.
func (s *store) hold() {
	s.t.Helper()
	of, err := s.db.Tenant(s.t.Context(), s.tenant)
	require.NoError(s.t, err)
	of.Shop.HoldUnfit = true
	require.NoError(s.t, s.db.SaveShop(s.t.Context(), s.tenant, of.Shop))
}

func TestAnotherAmountGoesBackOrWaitsForTheVendor(t *testing.T) {
	for name, card := range map[string]string{"one unit more": "4000000000001000", "another currency": "4000000000010803"} {
		t.Run(name+" goes back", func(t *testing.T) {
			s := newStore(t).withBank()
			st, err := s.buy(card)
			require.ErrorIs(t, err, payment.ErrAmountDiffers)
			require.Equal(t, payment.AmountDiffers, st.Payment.Unfit)
			require.NotEqual(t, order.Confirmed, st.Order.Status)
			st = s.until(st.Order.ID, func(st settle.State) bool { return st.Order.Payment == order.Refunded })
			require.Equal(t, order.Cancelled, st.Order.Status)
			require.EqualValues(t, stock, s.left())
			require.Zero(t, s.atBank(st.Payment.ID).Taken()-s.atBank(st.Payment.ID).GivenBack())
			s.tallies()
		})
		t.Run(name+" waits and is returned", func(t *testing.T) {
			s := newStore(t).withBank()
			s.hold()
			st, err := s.buy(card)
			require.ErrorIs(t, err, payment.ErrAmountDiffers)
			s.tallies("unfit_money", "amount_differs")
			require.Equal(t, order.UnfulfillablePaid, s.state(st.Order.ID).Order.Payment)
			require.NoError(t, s.settler.ReturnMoney(t.Context(), s.tenant, st.Order.ID, st.Payment.ID))
			st = s.until(st.Order.ID, func(st settle.State) bool { return st.Order.Payment == order.Refunded })
			require.Equal(t, order.Cancelled, st.Order.Status)
			s.tallies()
		})
	}
	t.Run("is accepted", func(t *testing.T) {
		s := newStore(t).withBank()
		s.hold()
		st, err := s.buy("4000000000001000")
		require.ErrorIs(t, err, payment.ErrAmountDiffers)
		st, err = s.settler.Accept(t.Context(), s.tenant, st.Order.ID, st.Payment.ID, "usr_1")
		require.NoError(t, err)
		require.Equal(t, order.Confirmed, st.Order.Status)
		require.Equal(t, order.Paid, st.Order.Payment)
		_, err = s.settler.Accept(t.Context(), s.tenant, st.Order.ID, st.Payment.ID, "usr_1")
		require.ErrorIs(t, err, payment.ErrFit)
		s.tallies()
	})
}

func TestMoneyThatComesAfterTheCancellationGoesBack(t *testing.T) {
	for name, card := range map[string]string{"a promise that is taken all the same": "4000000000010902", "a payment at the bank's page": "4000000000003220"} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought(card)
			_, err := s.settler.Cancel(t.Context(), s.tenant, st.Order.ID, "cancelled_by_staff", "usr_1")
			require.NoError(t, err)
			s.work()
			require.Equal(t, order.Cancelled, s.state(st.Order.ID).Order.Status)
			require.EqualValues(t, stock, s.left())
			if s.atBank(st.Payment.ID).State != journal.Captured {
				_, err = s.bank.TakeLate(t.Context(), string(st.Payment.ID))
				if err != nil {
					require.Equal(t, journal.Captured, s.atBank(st.Payment.ID).State)
				}
			}
			st = s.until(st.Order.ID, func(st settle.State) bool { return st.Order.Payment == order.Refunded })
			require.Equal(t, order.Cancelled, st.Order.Status)
			require.EqualValues(t, 2000, s.atBank(st.Payment.ID).GivenBack())
			require.EqualValues(t, stock, s.left())
			s.tallies()
		})
	}
}

func TestACancelledOrdersMoneyGoesBack(t *testing.T) {
	for name, card := range map[string]string{"captured": "4242424242424242", "promised": "4000000000000077"} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought(card)
			_, err := s.settler.Cancel(t.Context(), s.tenant, st.Order.ID, "cancelled_by_staff", "usr_1")
			require.NoError(t, err)
			s.until(st.Order.ID, func(st settle.State) bool { return !st.Payment.HasMoney() })
			got := s.atBank(st.Payment.ID)
			require.Zero(t, got.Taken()-got.GivenBack()+got.Promised())
			require.EqualValues(t, stock, s.left())
			_, err = s.settler.Cancel(t.Context(), s.tenant, st.Order.ID, "cancelled_by_staff", "usr_1")
			require.ErrorIs(t, err, order.ErrFinished)
			s.tallies()
		})
	}
}

// otherwise pays an order that waits with another card.
func (s *store) otherwise(st settle.State, card string) (settle.State, error) {
	once := &app.Once{Once: ports.Once{Key: id.Secret(), Scope: "otherwise", Fingerprint: []byte("same")}}
	return s.shop.Checkout.PayOtherwise(s.t.Context(), s.tenant, shop.PayOtherwise{
		Number: st.Order.Number, Secret: st.Order.Secret, Provider: "sandbox", Method: method(card), ReturnURL: "http://shop.test/return", HooksURL: s.hooks,
	}, once)
}

func TestTheSecondOfTwoPaymentsGoesBack(t *testing.T) {
	s := newStore(t).withBank()
	first := s.bought("4000000000003220")
	require.Equal(t, order.ActionRequired, first.Order.Payment)
	st, err := s.otherwise(first, "4242424242424242")
	require.NoError(t, err)
	require.Equal(t, order.Paid, st.Order.Payment)
	require.NotEqual(t, first.Payment.ID, st.Payment.ID)
	_, err = s.bank.TakeLate(t.Context(), string(first.Payment.ID)) // although it was voided
	require.NoError(t, err)
	st = s.until(st.Order.ID, func(st settle.State) bool {
		for _, p := range st.Payments {
			if p.ID == first.Payment.ID {
				return p.Refunded.Amount == 2000
			}
		}
		return false
	})
	require.Equal(t, order.Confirmed, st.Order.Status)
	require.Equal(t, order.Paid, st.Order.Payment)
	require.EqualValues(t, 2000, s.atBank(first.Payment.ID).GivenBack())
	require.Zero(t, s.atBank(st.Payment.ID).GivenBack())
	_, err = s.otherwise(st, "4242424242424242")
	require.ErrorIs(t, err, payment.ErrNothingPending)
	s.tallies()
}

func TestTwoTriesAtOnceChargeOnce(t *testing.T) {
	s := newStore(t).withBank()
	first := s.bought("4000000000003220")
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.otherwise(first, "4242424242424242") })
	}
	wg.Wait()
	paid := 0
	for _, err := range errs {
		if err == nil {
			paid++
			continue
		}
		require.True(t, errors.Is(err, ports.ErrKeyBusy) || errors.Is(err, payment.ErrNothingPending) || errors.Is(err, settle.ErrTries), "%v", err)
	}
	require.Positive(t, paid)
	st := s.until(first.Order.ID, settled)
	require.Equal(t, order.Paid, st.Order.Payment)
	var kept int64
	for _, p := range st.Payments {
		got := s.atBank(p.ID)
		kept += got.Taken() - got.GivenBack()
	}
	require.EqualValues(t, 2000, kept)
	s.tallies()
}

func TestTheShopperCancels(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4000000000003220")
	_, err := s.shop.Checkout.Cancel(t.Context(), s.tenant, st.Order.Number, "wrong")
	require.ErrorIs(t, err, order.ErrNotFound)
	_, err = s.shop.Checkout.Cancel(t.Context(), s.tenant, st.Order.Number, st.Order.Secret)
	require.NoError(t, err)
	st = s.until(st.Order.ID, settled)
	require.Equal(t, payment.Cancelled, st.Payment.Status)
	require.Equal(t, journal.Voided, s.atBank(st.Payment.ID).State)
	require.EqualValues(t, stock, s.left())

	paid := s.bought("4242424242424242")
	_, err = s.shop.Checkout.Cancel(t.Context(), s.tenant, paid.Order.Number, paid.Order.Secret)
	require.ErrorIs(t, err, order.ErrFinished, "only the shop can cancel what is paid")
	s.tallies()
}

func TestDisputes(t *testing.T) {
	for decision, want := range map[string]struct {
		status   payment.DisputeStatus
		order    order.PaymentStatus
		left     int64
		lost     int64
		disputed int64
	}{
		"review": {payment.DisputeReview, order.Disputed, 1200, 0, 800},
		"win":    {payment.DisputeWon, order.Paid, 2000, 0, 0},
		"lose":   {payment.DisputeLost, order.PartlyRefunded, 1200, 800, 0},
	} {
		t.Run(decision, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought("4242424242424242")
			_, err := s.bank.OpenDispute(t.Context(), string(st.Payment.ID), 800, "fraudulent")
			require.NoError(t, err)
			st = s.until(st.Order.ID, func(st settle.State) bool { return len(st.Disputes) == 1 })
			require.Equal(t, order.Disputed, st.Order.Payment)
			require.Equal(t, payment.DisputeOpen, st.Disputes[0].Status)
			require.WithinDuration(t, time.Now().Add(7*24*time.Hour), st.Disputes[0].Deadline, time.Minute)
			_, _, err = s.refund(st.Order.ID, taka(1201))
			require.ErrorIs(t, err, payment.ErrTooMuch, "the claimed money is not given back twice")
			_, err = s.bank.DecideDispute(t.Context(), string(st.Payment.ID), "", decision)
			require.NoError(t, err)
			st = s.until(st.Order.ID, func(st settle.State) bool { return st.Disputes[0].Status == want.status })
			require.Equal(t, want.order, st.Order.Payment)
			require.Equal(t, []int64{want.left, want.lost, want.disputed}, []int64{st.Payment.Refundable().Amount, st.Payment.Lost.Amount, st.Payment.Disputed.Amount})
			s.tallies()
		})
	}
}

func TestWebhooksEarlyTwiceAndShuffled(t *testing.T) {
	for name, card := range map[string]string{"early": "4000000000040107", "twice": "4000000000040206", "storm": "4000000000040305", "late": "4000000000040404"} {
		t.Run(name, func(t *testing.T) {
			s := newStore(t).withBank()
			st := s.bought(card)
			_, _, err := s.refund(st.Order.ID, taka(500))
			require.NoError(t, err)
			_, err = s.bank.RefundExternally(t.Context(), string(st.Payment.ID), 300)
			require.NoError(t, err)
			s.until(st.Order.ID, func(st settle.State) bool { return st.Payment.Refunded.Amount == 800 })
			had := s.received.Load()
			_, err = s.bank.Replay(t.Context(), string(st.Payment.ID))
			require.NoError(t, err)
			require.Eventually(t, func() bool { return s.received.Load() >= had+3 }, 10*time.Second, 10*time.Millisecond)
			st = s.until(st.Order.ID, settled)
			require.EqualValues(t, 800, st.Payment.Refunded.Amount)
			require.Len(t, st.Moves, 2)
			require.Empty(t, pgtest.Texts(s.t, s.tenant, `select plugin || event_id from provider_events group by plugin, mode, event_id having count(*) > 1`))
			s.tallies()
		})
	}
}

func TestALateEventDoesNotCountAFailedRefund(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4000000000030207") // the refund is pending, then fails
	_, _, err := s.refund(st.Order.ID, taka(700))
	require.NoError(t, err)
	st = s.until(st.Order.ID, settled)
	require.Equal(t, payment.MoveFailed, st.Moves[0].Status)
	then := payment.Result{Outcome: payment.Captured, Amount: *taka(2000), Captured: *taka(2000), Refunded: *taka(700)}
	require.NoError(t, s.settler.TakeEvent(t.Context(), s.tenant, "sandbox", payment.Event{
		ID: "evt_late", Mode: provider.Test, PaymentID: st.Payment.ID, Payment: &then,
	}))
	st = s.state(st.Order.ID)
	require.Zero(t, st.Payment.Refunded.Amount)
	require.Len(t, st.Moves, 1)
	s.tallies()
}

func TestNewsOfMoneyThatIsNotKnownYet(t *testing.T) {
	s := newStore(t).withBank()
	s.hooks = "" // the shop hears of nothing by itself
	st := s.bought("4000000000003220")
	_, err := s.bank.Decide(t.Context(), string(st.Payment.ID), true)
	require.NoError(t, err)
	_, err = s.bank.RefundExternally(t.Context(), string(st.Payment.ID), 300)
	require.NoError(t, err)
	at, err := s.bank.OpenDispute(t.Context(), string(st.Payment.ID), 500, "fraudulent")
	require.NoError(t, err)
	for _, e := range []payment.Event{
		{ID: "evt_1", Dispute: &payment.Dispute{Ref: at.Disputes[0].Ref, Status: payment.DisputeOpen, Amount: *taka(500)}},
		{ID: "evt_2", Refund: &payment.MoveResult{Outcome: payment.Succeeded, ProviderRef: at.Refunds[0].Ref, Amount: *taka(300)}},
	} {
		e.Mode, e.PaymentID = provider.Test, st.Payment.ID
		require.NoError(t, s.settler.TakeEvent(t.Context(), s.tenant, "sandbox", e))
	}
	st = s.state(st.Order.ID)
	require.Equal(t, []int64{2000, 300, 500}, []int64{st.Payment.Captured.Amount, st.Payment.Refunded.Amount, st.Payment.Disputed.Amount})
	require.Len(t, st.Moves, 1)
	require.Equal(t, at.Refunds[0].Ref, st.Moves[0].ProviderRef)
	s.tallies()
}

func TestForgedWebhooksChangeNothing(t *testing.T) {
	s := newStore(t).withBank()
	st := s.bought("4000000000040503") // the bank itself says nothing
	for name, send := range map[string]struct{ path, body string }{
		"no signature":     {"/payment/sandbox/test", `{"id":"evt_1","type":"payment.captured"}`},
		"the other mode":   {"/payment/sandbox/live", `{}`},
		"another provider": {"/payment/manual/live", `{}`},
		"an unknown one":   {"/payment/nobody/test", `{}`},
		"nothing":          {"/payment/sandbox/test", ``},
	} {
		resp, err := http.Post(s.hooks+send.path, "application/json", strings.NewReader(send.body))
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusForbidden, resp.StatusCode, name)
	}
	require.Empty(t, pgtest.Texts(s.t, s.tenant, `select id from provider_events`))
	require.Equal(t, payment.Paid, s.state(st.Order.ID).Payment.Status)
}

func TestReconciliationFindsAndMends(t *testing.T) {
	s := newStore(t).withBank()
	s.hooks = "" // the shop cannot be reached: nobody tells it anything
	refunded := s.bought("4242424242424242")
	_, err := s.bank.RefundExternally(t.Context(), string(refunded.Payment.ID), 500)
	require.NoError(t, err)
	waiting := s.bought("4000000000003220")
	_, err = s.bank.Decide(t.Context(), string(waiting.Payment.ID), true)
	require.NoError(t, err)

	s.late = 20 * time.Minute
	all := settle.Reconcile{To: time.Now().Add(time.Hour)}
	report, err := s.settler.Reconcile(t.Context(), s.tenant, all)
	require.NoError(t, err)
	kinds := map[payment.ID]string{}
	for _, f := range report.Findings {
		kinds[f.Payment] = f.Kind
		require.NotEmpty(t, f.Do)
		require.False(t, f.Mended)
	}
	require.Equal(t, map[payment.ID]string{refunded.Payment.ID: "refunded_differs", waiting.Payment.ID: "captured_differs"}, kinds)

	all.Mend = true
	report, err = s.settler.Reconcile(t.Context(), s.tenant, all)
	require.NoError(t, err)
	require.Len(t, report.Findings, 2)
	require.True(t, report.Findings[0].Mended && report.Findings[1].Mended)
	report, err = s.settler.Reconcile(t.Context(), s.tenant, all)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Equal(t, order.PartlyRefunded, s.state(refunded.Order.ID).Order.Payment)
	require.Equal(t, order.Paid, s.state(waiting.Order.ID).Order.Payment)
	s.tallies()
}

func TestAnOrderThatCostsNothingNeedsNoProvider(t *testing.T) {
	s := newStore(t)
	s.update(func(ctx context.Context, tx ports.Tx) error {
		return tx.SaveProducts(ctx, []catalog.Product{{
			ID: catalog.ProductID(id.New("prod", time.Now())), Slug: "gift", Title: "Gift", Status: catalog.Active,
			Variants: []catalog.Variant{{ID: catalog.VariantID(id.New("var", time.Now())), Price: money.New(0, "BDT"), Stock: catalog.StockPolicy{Tracked: true, OnHand: 3}}},
		}})
	})
	s.variant = catalog.VariantID(pgtest.Texts(s.t, s.tenant, `select v.id from variants v join products p on p.id = v.product_id where p.slug = 'gift'`)[0])
	st := s.bought("4000000000000002")
	require.Equal(t, order.Confirmed, st.Order.Status)
	require.Equal(t, order.Paid, st.Order.Payment)
	require.Empty(t, st.Payment.Provider)
	require.False(t, s.atBank(st.Payment.ID).Known())
	s.tallies()
}

func TestACartCannotTryOutCards(t *testing.T) {
	s := newStore(t)
	guest := identity.GuestOf(s.tenant)
	token := s.fill(guest)
	for range 15 {
		_, _, err := s.place(guest, token, id.Secret(), "4000000000000002")
		require.ErrorIs(t, err, payment.ErrDeclined)
	}
	_, _, err := s.place(guest, token, id.Secret(), "4242424242424242")
	require.ErrorContains(t, err, "too many payments of this cart failed")
}

func TestAnOutageIsNoAttempt(t *testing.T) {
	s := newStore(t)
	s.update(func(ctx context.Context, tx ports.Tx) error { return tx.SaveProviderAccount(ctx, s.away()) })
	guest := identity.GuestOf(s.tenant)
	token := s.fill(guest)
	key := id.Secret()
	for range 20 { // as a careful client does, with one key
		once := &app.Once{Once: ports.Once{Key: key, Scope: "test", Fingerprint: []byte("same")}}
		_, err := s.shop.Checkout.Place(t.Context(), guest, shop.PlaceOrder{
			CartToken: token, Email: "a@b.example", Provider: "away", Method: method("4242424242424242"), ReturnURL: "http://shop.test/return",
		}, once)
		require.ErrorIs(t, err, payment.ErrUnavailable)
	}
	_, _, err := s.place(guest, token, id.Secret(), "4242424242424242")
	require.NoError(t, err)
	require.EqualValues(t, stock-2, s.left())
}

func TestTheOtherTenantsPaymentIsNobodys(t *testing.T) {
	s, other := newStore(t).withBank(), newStore(t).withBank()
	st := s.bought("4242424242424242")
	_, err := other.settler.Capture(t.Context(), other.tenant, settle.MoveMoney{Order: st.Order.ID})
	require.ErrorIs(t, err, order.ErrNotFound)
	_, _, err = other.settler.Refund(t.Context(), other.tenant, settle.MoveMoney{Order: st.Order.ID}, nil)
	require.ErrorIs(t, err, order.ErrNotFound)
	err = other.settler.TakeEvent(t.Context(), other.tenant, "sandbox", payment.Event{
		ID: "evt_1", Mode: provider.Test, PaymentID: st.Payment.ID, Payment: &payment.Result{Outcome: payment.Voided},
	})
	require.ErrorIs(t, err, payment.ErrNotFound)
	require.NotEqual(t, tenant.ID(""), other.tenant)
}
