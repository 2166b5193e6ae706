package payment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

func TestBeginCapture(t *testing.T) {
	partly := in(payment.Reserved)
	partly.Captured = bdt(500)
	unfit := in(payment.Reserved)
	unfit.Unfit = payment.SecondPayment
	open := payment.Move{Kind: payment.CaptureMove, Status: payment.MoveOpen}
	done := payment.Move{Kind: payment.CaptureMove, Status: payment.MoveDone}
	back := payment.Move{Kind: payment.RefundMove, Status: payment.MoveOpen}
	for name, c := range map[string]struct {
		of     payment.Payment
		amount money.Money
		final  bool
		moves  []payment.Move
		code   string
		last   bool // whether the move is a final one
	}{
		"all":                       {in(payment.Reserved), price, false, nil, "", true},
		"some":                      {in(payment.Reserved), bdt(1), false, nil, "", false},
		"some and no more":          {in(payment.Reserved), bdt(1), true, nil, "", true},
		"the rest":                  {partly, bdt(1490), false, []payment.Move{done}, "", true},
		"more than the rest":        {partly, bdt(1491), false, nil, "amount_too_high", false},
		"nothing":                   {in(payment.Reserved), bdt(0), false, nil, "invalid_input", false},
		"in another currency":       {in(payment.Reserved), money.New(5, "USD"), false, nil, "invalid_input", false},
		"while another is open":     {in(payment.Reserved), bdt(1), false, []payment.Move{done, open}, "capture_under_way", false},
		"while a refund is open":    {partly, bdt(1), false, []payment.Move{back}, "", false},
		"of money for another":      {unfit, bdt(1), false, nil, "not_capturable", false},
		"of an awaited one":         {in(payment.Processing), price, false, nil, "", true},
		"of one shown to a shopper": {in(payment.Waiting), price, false, nil, "", true},
		"of some of an awaited one": {in(payment.Processing), bdt(5), false, nil, "invalid_input", false},
		"of one just begun":         {in(payment.Created), price, false, nil, "not_capturable", false},
		"of a paid one":             {in(payment.Paid), price, false, nil, "not_capturable", false},
		"of a voided one":           {in(payment.Cancelled), price, false, nil, "not_capturable", false},
	} {
		t.Run(name, func(t *testing.T) {
			before := c.of
			m, err := c.of.BeginCapture("cap_1", c.amount, c.final, c.moves, "staff", at)
			require.Equal(t, before, c.of, "an intent changes no payment")
			if c.code != "" {
				require.Error(t, err)
				if c.code != "invalid_input" {
					require.Equal(t, c.code, fault.CodeOf(err))
				}
				require.Zero(t, m)
				return
			}
			require.NoError(t, err)
			require.Equal(t, payment.Move{
				ID: "cap_1", Kind: payment.CaptureMove, PaymentID: "pay_1", OrderID: "ord_1", Amount: c.amount, Final: c.last,
				Status: payment.MoveOpen, By: "staff", CreatedAt: at, UpdatedAt: at,
			}, m)
		})
	}
}

func TestSettleCapture(t *testing.T) {
	for name, c := range map[string]struct {
		r      payment.Result
		status payment.MoveStatus
	}{
		"taken":           {payment.Result{Outcome: payment.Captured, Amount: price, Captured: bdt(500)}, payment.MoveDone},
		"taken with more": {payment.Result{Outcome: payment.Captured, Amount: price}, payment.MoveDone},
		"declined":        {payment.Result{Outcome: payment.Declined, Code: "no", Message: "No."}, payment.MoveFailed},
		"voided":          {payment.Result{Outcome: payment.Voided, Code: "no", Message: "No."}, payment.MoveFailed},
		"expired":         {payment.Result{Outcome: payment.Expired, Code: "no", Message: "No."}, payment.MoveFailed},
		"not yet":         {payment.Result{Outcome: payment.Authorized, Amount: price}, payment.MoveOpen},
		"less than asked": {payment.Result{Outcome: payment.Captured, Amount: price, Captured: bdt(499)}, payment.MoveOpen},
		"unknown":         {payment.Result{Outcome: payment.Unknown}, payment.MoveOpen},
	} {
		p := in(payment.Reserved)
		m, err := p.BeginCapture("cap_1", bdt(500), false, nil, "staff", at)
		require.NoError(t, err)
		before := p.Captured
		_, _, err = p.Apply(c.r, false, at)
		require.NoError(t, err, name)
		require.Equal(t, c.status != payment.MoveOpen, p.SettleCapture(&m, before, c.r, at.Add(time.Minute)), name)
		require.Equal(t, c.status, m.Status, name)
		require.Equal(t, c.status == payment.MoveFailed, m.Code == "no", name)
		if m.Settled() {
			require.Equal(t, at.Add(time.Minute), m.UpdatedAt)
			require.False(t, p.SettleCapture(&m, before, c.r, at), "settled once")
		}
	}
}

func TestBeginRefund(t *testing.T) {
	for name, c := range map[string]struct {
		of     payment.Payment
		amount money.Money
		is     error
	}{
		"all":                  {paid(1990, 0), price, nil},
		"some":                 {paid(1990, 1000), bdt(990), nil},
		"more than is left":    {paid(1990, 1000), bdt(991), payment.ErrTooMuch},
		"when nothing is left": {paid(1990, 1990), bdt(1), payment.ErrNotRefundable},
		"of a promise":         {in(payment.Reserved), bdt(1), payment.ErrNotRefundable},
		"of nothing":           {in(payment.Created), bdt(1), payment.ErrNotRefundable},
	} {
		before := c.of
		m, err := c.of.BeginRefund("ref_1", c.amount, "duplicate", "staff", at.Add(time.Minute))
		if c.is != nil {
			require.ErrorIs(t, err, c.is, name)
			require.Equal(t, before, c.of, name)
			continue
		}
		require.NoError(t, err, name)
		require.Equal(t, c.amount, c.of.Refunding)
		require.Equal(t, before.Refundable().Amount-c.amount.Amount, c.of.Refundable().Amount)
		require.Equal(t, before.Version+1, c.of.Version)
		require.Equal(t, payment.MoveOpen, m.Status)
		require.Equal(t, "duplicate", m.Reason)
		require.False(t, m.Settled())
	}
	p := paid(1990, 0)
	for _, amount := range []money.Money{bdt(0), bdt(-1), money.New(1, "USD")} {
		_, err := p.BeginRefund("ref_1", amount, "other", "staff", at)
		require.Equal(t, fault.Invalid, fault.KindOf(err), amount)
	}
}

func TestSettleRefund(t *testing.T) {
	type step struct {
		r        payment.MoveResult
		changed  bool
		is       error
		status   payment.MoveStatus
		refunded int64
		left     int64 // under way
	}
	ok, wait := payment.MoveResult{Outcome: payment.Succeeded}, payment.MoveResult{Outcome: payment.Pending}
	no, what := payment.MoveResult{Outcome: payment.Failed, Code: "no"}, payment.MoveResult{Outcome: payment.Unknown}
	differs := func(m money.Money) payment.MoveResult {
		return payment.MoveResult{Outcome: payment.Succeeded, Amount: m}
	}
	for name, steps := range map[string][]step{
		"done":                 {{ok, true, nil, payment.MoveDone, 500, 0}, {ok, false, nil, payment.MoveDone, 500, 0}},
		"in time":              {{wait, true, nil, payment.MovePending, 0, 500}, {wait, false, nil, payment.MovePending, 0, 500}, {ok, true, nil, payment.MoveDone, 500, 0}},
		"refused":              {{no, true, nil, payment.MoveFailed, 0, 0}, {ok, false, nil, payment.MoveFailed, 0, 0}, {wait, false, nil, payment.MoveFailed, 0, 0}},
		"refused in the end":   {{wait, true, nil, payment.MovePending, 0, 500}, {no, true, nil, payment.MoveFailed, 0, 0}},
		"sent back":            {{ok, true, nil, payment.MoveDone, 500, 0}, {no, true, nil, payment.MoveFailed, 0, 0}},
		"late news":            {{ok, true, nil, payment.MoveDone, 500, 0}, {wait, false, nil, payment.MoveDone, 500, 0}},
		"nobody knows":         {{what, false, nil, payment.MoveOpen, 0, 500}, {payment.MoveResult{Outcome: payment.NoSuchPayment}, false, nil, payment.MoveOpen, 0, 500}},
		"less than asked":      {{differs(bdt(499)), true, payment.ErrAmountDiffers, payment.MoveDone, 499, 0}},
		"more than asked":      {{differs(bdt(1990)), true, payment.ErrAmountDiffers, payment.MoveDone, 1990, 0}},
		"more than there was":  {{differs(bdt(1991)), false, payment.ErrImpossible, payment.MoveOpen, 0, 500}},
		"below zero":           {{differs(bdt(-1)), false, payment.ErrImpossible, payment.MoveOpen, 0, 500}},
		"in another currency":  {{differs(money.New(500, "USD")), false, payment.ErrImpossible, payment.MoveOpen, 0, 500}},
		"another, then failed": {{differs(bdt(499)), true, payment.ErrAmountDiffers, payment.MoveDone, 499, 0}, {no, true, nil, payment.MoveFailed, 0, 0}},
	} {
		p := paid(1990, 0)
		m, err := p.BeginRefund("ref_1", bdt(500), "other", "staff", at)
		require.NoError(t, err)
		for i, s := range steps {
			version := p.Version
			changed, err := p.SettleRefund(&m, s.r, at)
			require.ErrorIs(t, err, s.is, "%s, step %d", name, i)
			require.Equal(t, s.changed, changed, "%s, step %d", name, i)
			require.Equal(t, changed, p.Version == version+1, "%s, step %d", name, i)
			require.Equal(t, s.status, m.Status, "%s, step %d", name, i)
			require.Equal(t, bdt(s.refunded), p.Refunded, "%s, step %d", name, i)
			require.Equal(t, bdt(s.left), p.Refunding, "%s, step %d", name, i)
		}
	}
}

// Two refunds share the money that there is: one of them cannot give back what is the other's.
func TestARefundOfAnotherAmountLeavesTheOthersAlone(t *testing.T) {
	p := paid(1000, 0)
	a, err := p.BeginRefund("ref_a", bdt(500), "other", "staff", at)
	require.NoError(t, err)
	b, err := p.BeginRefund("ref_b", bdt(500), "other", "staff", at)
	require.NoError(t, err)
	all := payment.MoveResult{Outcome: payment.Succeeded, Amount: bdt(1000)}
	_, err = p.SettleRefund(&a, all, at)
	require.ErrorIs(t, err, payment.ErrImpossible)
	_, err = p.SettleRefund(&b, payment.MoveResult{Outcome: payment.Failed}, at)
	require.NoError(t, err)
	changed, err := p.SettleRefund(&a, all, at)
	require.ErrorIs(t, err, payment.ErrAmountDiffers, "the other one has failed: now it can be")
	require.True(t, changed)
	require.Equal(t, bdt(1000), p.Refunded)
	require.Zero(t, p.Refunding.Amount)
}

func TestExternalRefund(t *testing.T) {
	p := paid(1990, 0)
	m := p.ExternalRefund("ref_x", bdt(300), "theirs", at)
	require.True(t, m.Settled())
	require.Equal(t, payment.MoveDone, m.Status)
	require.Equal(t, "provider", m.By)
	require.Equal(t, "theirs", m.ProviderRef)
}
