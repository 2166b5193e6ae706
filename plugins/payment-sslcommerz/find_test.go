package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sslcommerz/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestTheShopperPaysAndComesBack(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	requireCaptured(t, s.goOn(p, s.decide(page, "pay")), price, 0)
	requireCaptured(t, s.get(p), price, 0)
	s.books(p, 1, price, 0)
	require.NotEmpty(t, s.fake.Seen("val_id"), "it was validated")
}

func TestTheShopperPaysAndDoesNotComeBack(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	require.Equal(t, sdk.RequiresAction, s.get(p).Outcome)
	s.decide(page, "pay")
	s.forget()
	p.Ref = ""
	requireCaptured(t, s.get(p), price, 0)
	require.NotEmpty(t, s.fake.Seen("val_id"), "it was validated")
}

// What SSLCommerz does not list yet, it has validated.
func TestTheListIsBehind(t *testing.T) {
	for _, kind := range []fake.Kind{fake.Behind, fake.ErrorBefore} {
		s := newShop(t)
		p, page := s.opened()
		back := s.decide(page, "pay")
		s.fake.Inject(fake.Fault{Field: "tran_id", Kind: kind})
		requireCaptured(t, s.goOn(p, back), price, 0)
	}
}

func TestTheShoppersWordIsNotBelieved(t *testing.T) {
	s := newShop(t)
	_, otherPage := s.opened()
	others := s.decide(otherPage, "pay")
	p, page := s.opened()
	cancels := s.decide(otherPageOf(s), "cancel")
	for name, params := range map[string]map[string]string{
		"nothing":                    nil,
		"a word":                     {"status": "VALID", "tran_id": p.ID, "amount": "1999.00"},
		"an invented val_id":         {"status": "VALID", "tran_id": p.ID, "val_id": "V1"},
		"the val_id of another":      {"status": "VALID", "tran_id": p.ID, "val_id": others["val_id"]},
		"a val_id that is none":      {"val_id": "&store_id=x"},
		"a failure without a hand":   {"status": "FAILED", "tran_id": p.ID},
		"the cancelling of another":  cancels,
		"that one under this's name": renamed(cancels, p.ID),
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, sdk.RequiresAction, s.goOn(p, params).Outcome)
		})
	}
	requireCaptured(t, s.goOn(p, s.decide(page, "pay")), price, 0)
}

func otherPageOf(s *shop) string {
	_, page := s.opened()
	return page
}

func renamed(params map[string]string, id string) map[string]string {
	out := map[string]string{}
	for name, value := range params {
		out[name] = value
	}
	out["tran_id"] = id
	return out
}

func TestTheShopperDoesNotPay(t *testing.T) {
	for decision, code := range map[string]string{"decline": "payment_declined", "cancel": "cancelled"} {
		t.Run(decision, func(t *testing.T) {
			s := newShop(t)
			p, page := s.opened()
			s.fake.Inject(fake.Fault{Field: "tran_id", Kind: fake.Behind}) // it is the signature that counts
			r := s.goOn(p, s.decide(page, decision))
			require.Equal(t, sdk.Declined, r.Outcome)
			require.Equal(t, code, r.Code)
			require.True(t, r.Retryable)
			require.Equal(t, r, s.get(p))
			s.books(p, 0, 0, 0)
		})
	}
}

func TestTheBankTakesItsTime(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	require.Equal(t, sdk.Pending, s.goOn(p, s.decide(page, "pend")).Outcome)
	s.clock.advance(48 * time.Hour)
	require.Equal(t, sdk.Pending, s.get(p).Outcome, "it does not run out while the bank decides")
	s.decide(page, "pend")
	requireCaptured(t, s.get(p), price, 0)
}

// Two sessions of one payment, as after a lost answer whose address was seen all the same, can both be paid.
func TestPaidTwice(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	s.forget()
	in := s.sale()
	in.Payment = p
	in.Payment.Ref = ""
	second, err := s.create(in)
	require.NoError(t, err)
	s.decide(page, "pay")
	s.decide(second.Next.RedirectURL, "pay")
	s.books(p, 2, 2*price, 0)
	requireCaptured(t, s.get(p), 2*price, 0)
}

func TestAFailedTryBeforeAGoodOne(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	s.forget()
	in := s.sale()
	in.Payment, in.Payment.Ref = p, ""
	second, err := s.create(in)
	require.NoError(t, err)
	s.decide(page, "decline")
	require.Equal(t, sdk.Declined, s.get(p).Outcome)
	s.decide(second.Next.RedirectURL, "pay")
	requireCaptured(t, s.get(p), price, 0)
}

// An answer that cannot be right claims nothing.
func TestAnswersThatCannotBeRight(t *testing.T) {
	for name, c := range map[string]struct {
		field string
		kind  fake.Kind
	}{
		"the list has another amount than the validation": {"tran_id", fake.WrongAmount}, "the validation has another amount": {"val_id", fake.WrongAmount},
		"the list is about another payment": {"tran_id", fake.WrongOrder}, "the validation is about another payment": {"val_id", fake.WrongOrder},
		"another currency": {"val_id", fake.WrongMoney}, "a status in no list": {"tran_id", fake.OddStatus}, "no validation": {"val_id", fake.OddStatus},
		"the list fails": {"tran_id", fake.ErrorAfter}, "the validation fails": {"val_id", fake.ErrorAfter}, "the list never ends": {"tran_id", fake.Huge},
		"a proxy answers": {"tran_id", fake.Gateway},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			p, page := s.opened()
			s.decide(page, "pay")
			s.fake.Inject(fake.Fault{Field: c.field, Kind: c.kind})
			require.Equal(t, sdk.Unknown, s.get(p).Outcome)
			requireCaptured(t, s.get(p), price, 0)
		})
	}
}

// What was taken is told as it is: the platform compares it with what it asked for.
func TestAnotherAmountIsTold(t *testing.T) {
	s := newShop(t)
	p := s.paid() // validated by now
	s.fake.Inject(fake.Fault{Field: "tran_id", Kind: fake.WrongAmount})
	requireCaptured(t, s.get(p), price-100, 0)
}

func TestARiskyPaymentIsPaid(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	requireCaptured(t, s.goOn(p, s.decide(page, "risky")), price, 0)
}

func TestNobodyPays(t *testing.T) {
	s := newShop(t)
	p, _ := s.opened()
	s.clock.advance(23 * time.Hour)
	require.Equal(t, sdk.RequiresAction, s.get(p).Outcome)
	s.clock.advance(2 * time.Hour)
	require.Equal(t, sdk.Expired, s.get(p).Outcome)
	require.Equal(t, sdk.NotFound, s.get(s.sale().Payment).Outcome)
}

// A session cannot be closed: nothing is promised while somebody can pay, and what comes all the same is told.
func TestAVoidPromisesNothingWhileSomebodyCanPay(t *testing.T) {
	s := newShop(t)
	p, page := s.opened()
	require.Equal(t, sdk.Pending, s.void(p).Outcome)
	in := s.sale()
	in.Payment = p
	r, err := s.create(in)
	require.NoError(t, err)
	require.Equal(t, sdk.Pending, r.Outcome, "the address is not shown again")
	other, _ := s.opened()
	s.void(other)
	s.decide(page, "pay")
	requireCaptured(t, s.void(p), price, 0)

	s.clock.advance(25 * time.Hour)
	require.Equal(t, sdk.Voided, s.get(other).Outcome)
	require.Equal(t, sdk.Voided, s.void(other).Outcome)
	requireCaptured(t, s.get(p), price, 0)
}

func TestAVoidThatComesFirstShutsTheDoor(t *testing.T) {
	s := newShop(t)
	in := s.sale()
	require.Equal(t, sdk.Voided, s.void(in.Payment).Outcome)
	s.restart()
	r, err := s.create(in)
	require.NoError(t, err)
	require.Equal(t, sdk.Voided, r.Outcome)
	require.Equal(t, sdk.Voided, s.get(in.Payment).Outcome)
	require.Empty(t, s.fake.Seen("total_amount"))
}

func TestNothingIsCapturedLater(t *testing.T) {
	s := newShop(t)
	p := s.paid()
	r, err := s.plugin.Capture(t.Context(), sdk.Capture{Account: s.account, Payment: p, Amount: taka(price)})
	require.NoError(t, err)
	requireCaptured(t, r, price, 0)
	waiting, _ := s.opened()
	_, err = s.plugin.Capture(t.Context(), sdk.Capture{Account: s.account, Payment: waiting, Amount: taka(price)})
	requireFault(t, err, sdk.FaultInvalid, "payment")
}
