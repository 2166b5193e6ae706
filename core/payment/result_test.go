package payment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

// TestApplyTable says for every status and outcome where a payment goes; "" means that it stays.
func TestApplyTable(t *testing.T) {
	const stays = payment.Status("")
	order := []payment.Outcome{
		payment.Captured, payment.Authorized, payment.Pending, payment.RequiresAction, payment.Declined, payment.Voided,
		payment.Expired, payment.NoSuchPayment, payment.Unknown, payment.Succeeded, payment.Failed, "never heard of",
	}
	paid, reserved, waiting, processing := payment.Paid, payment.Reserved, payment.Waiting, payment.Processing
	refused, cancelled, lapsed := payment.Refused, payment.Cancelled, payment.Lapsed
	after := []payment.Status{paid, reserved, stays, stays, stays, stays, stays, stays}
	for s, want := range map[payment.Status][]payment.Status{
		payment.Created:    {paid, reserved, processing, waiting, refused, cancelled, lapsed, cancelled},
		payment.Processing: {paid, reserved, stays, waiting, refused, cancelled, lapsed, cancelled},
		payment.Waiting:    {paid, reserved, processing, waiting, refused, cancelled, lapsed, cancelled},
		payment.Reserved:   {paid, stays, stays, stays, stays, cancelled, lapsed, cancelled},
		payment.Paid:       {stays, stays, stays, stays, stays, stays, stays, stays},
		payment.Refused:    after,
		payment.Cancelled:  after,
		payment.Lapsed:     after,
	} {
		for i, o := range order {
			p, next, goes := in(s), (*payment.NextAction)(nil), stays
			if i < len(want) {
				goes = want[i]
			}
			if o == payment.RequiresAction {
				next = &payment.NextAction{Kind: "redirect", URL: "https://bank.example"}
			}
			r := payment.Result{Outcome: o, Amount: price, ProviderRef: "ref", Next: next, Code: "c", Message: "m"}
			changed, external, err := p.Apply(r, false, at.Add(time.Minute))
			require.NoError(t, err)
			require.Zero(t, external.Amount)
			require.Equal(t, goes != stays, changed, "%s, %s", s, o)
			if !changed {
				require.Equal(t, in(s), p, "%s, %s", s, o)
				continue
			}
			require.Equal(t, goes, p.Status, "%s, %s", s, o)
			require.Equal(t, goes == paid, p.Captured == price)
			require.Equal(t, next, p.Next)
			require.Equal(t, "m", p.Message)
			require.Equal(t, at.Add(time.Minute), p.UpdatedAt)
			require.Equal(t, int64(1), p.Version)
			changed, _, err = p.Apply(r, false, at.Add(time.Hour))
			require.NoError(t, err)
			require.False(t, changed, "%s, %s: said twice", s, o)
		}
	}
}

// TestCapturesInParts follows a promise of 1990 through answers about captures and voids.
func TestCapturesInParts(t *testing.T) {
	said := func(o payment.Outcome, captured int64) payment.Result {
		return payment.Result{Outcome: o, Amount: price, Captured: bdt(captured), ProviderRef: "ref"}
	}
	type step struct {
		r        payment.Result
		closing  bool
		captured int64
		status   payment.Status
	}
	for name, steps := range map[string][]step{
		"bit by bit": {
			{said(payment.Captured, 500), false, 500, payment.Reserved},
			{said(payment.Captured, 1200), false, 1200, payment.Reserved},
			{said(payment.Captured, 1990), false, 1990, payment.Paid},
		},
		"the last one ends it": {
			{said(payment.Captured, 500), false, 500, payment.Reserved},
			{said(payment.Captured, 700), true, 700, payment.Paid},
		},
		"late news": {
			{said(payment.Captured, 1200), false, 1200, payment.Reserved},
			{said(payment.Captured, 500), false, 1200, payment.Reserved},
			{said(payment.Authorized, 0), false, 1200, payment.Reserved},
		},
		"a void of the rest, with totals":        {{said(payment.Captured, 500), false, 500, payment.Reserved}, {said(payment.Captured, 500), true, 500, payment.Paid}},
		"a void of the rest, in a word":          {{said(payment.Captured, 500), false, 500, payment.Reserved}, {payment.Result{Outcome: payment.Voided}, true, 500, payment.Paid}},
		"the rest runs out":                      {{said(payment.Captured, 500), false, 500, payment.Reserved}, {payment.Result{Outcome: payment.Expired}, false, 500, payment.Paid}},
		"a void that came too late":              {{said(payment.Captured, 1990), true, 1990, payment.Paid}},
		"a void that the provider does not obey": {{said(payment.Authorized, 0), true, 0, payment.Reserved}},
		"a void, and the money comes all the same": {
			{payment.Result{Outcome: payment.Voided}, true, 0, payment.Cancelled},
			{said(payment.Captured, 1990), false, 1990, payment.Paid},
		},
		"a capture that is declined": {{payment.Result{Outcome: payment.Declined}, false, 0, payment.Reserved}},
	} {
		p := in(payment.Reserved)
		for i, s := range steps {
			_, _, err := p.Apply(s.r, s.closing, at)
			require.NoError(t, err, "%s, step %d", name, i)
			require.Equal(t, bdt(s.captured), p.Captured, "%s, step %d", name, i)
			require.Equal(t, s.status, p.Status, "%s, step %d", name, i)
			require.Empty(t, p.Unfit)
		}
	}
}

func TestAVoidIsNoPayment(t *testing.T) {
	p := fresh()
	_, _, err := p.Apply(payment.Result{Outcome: payment.Authorized, Amount: price}, true, at)
	require.NoError(t, err)
	require.Equal(t, payment.Reserved, p.Status, "it is still only promised")
	require.Zero(t, p.Captured.Amount)
}

func TestAnotherAmountIsUnfitAndRecorded(t *testing.T) {
	for _, amount := range []money.Money{bdt(1989), bdt(1991), money.New(1990, "USD")} {
		for _, o := range []payment.Outcome{payment.Captured, payment.Authorized} {
			for _, s := range []payment.Status{payment.Created, payment.Processing, payment.Waiting, payment.Refused, payment.Cancelled, payment.Lapsed} {
				p := in(s)
				changed, _, err := p.Apply(payment.Result{Outcome: o, Amount: amount, ProviderRef: "found"}, false, at)
				require.ErrorIs(t, err, payment.ErrAmountDiffers)
				require.True(t, changed)
				require.Equal(t, payment.AmountDiffers, p.Unfit)
				require.Equal(t, amount, p.Amount, "recorded as the provider has it")
				require.Equal(t, price, p.Asked)
				require.True(t, p.HasMoney())
				require.False(t, p.Good())
				require.Contains(t, p.Message, amount.String())
				require.Equal(t, amount.Currency, p.Captured.Currency)
				again := p
				changed, _, err = p.Apply(payment.Result{Outcome: o, Amount: amount, ProviderRef: "found"}, false, at)
				require.NoError(t, err, "staff has been told")
				require.False(t, changed)
				require.Equal(t, again, p)
			}
		}
	}
}

func TestTakenInPartWithoutAPromiseIsUnfit(t *testing.T) {
	p := fresh()
	_, _, err := p.Apply(payment.Result{Outcome: payment.Captured, Amount: price, Captured: bdt(1000)}, false, at)
	require.ErrorIs(t, err, payment.ErrAmountDiffers)
	require.Equal(t, payment.AmountDiffers, p.Unfit)
	require.Equal(t, bdt(1000), p.Captured)
	require.Equal(t, "the provider took 10.00 BDT of 19.90 BDT", p.Message)
}

func TestAmountsThatCannotBe(t *testing.T) {
	taken := func(p *payment.Payment) { *p = paid(1990, 0) }
	for name, c := range map[string]struct {
		prepare func(*payment.Payment)
		r       payment.Result
	}{
		"no amount":                  {nil, payment.Result{Outcome: payment.Captured}},
		"below zero":                 {nil, payment.Result{Outcome: payment.Authorized, Amount: bdt(-1)}},
		"more taken than promised":   {nil, payment.Result{Outcome: payment.Captured, Amount: price, Captured: bdt(1991)}},
		"taken below zero":           {nil, payment.Result{Outcome: payment.Captured, Amount: price, Captured: bdt(-1)}},
		"more back than taken":       {nil, payment.Result{Outcome: payment.Captured, Amount: price, Refunded: bdt(1991)}},
		"back below zero":            {nil, payment.Result{Outcome: payment.Captured, Amount: price, Refunded: bdt(-1)}},
		"two currencies":             {nil, payment.Result{Outcome: payment.Captured, Amount: price, Captured: money.New(1990, "USD")}},
		"given back in another":      {nil, payment.Result{Outcome: payment.Captured, Amount: price, Refunded: money.New(5, "USD")}},
		"another currency than held": {taken, payment.Result{Outcome: payment.Captured, Amount: money.New(1990, "USD")}},
		"another currency than had":  {func(p *payment.Payment) { *p = paid(1990, 1990) }, payment.Result{Outcome: payment.Captured, Amount: money.New(1990, "USD")}},
		"less than came in":          {taken, payment.Result{Outcome: payment.Captured, Amount: bdt(500)}},
		"a promise of another":       {func(p *payment.Payment) { *p = in(payment.Reserved) }, payment.Result{Outcome: payment.Authorized, Amount: money.New(1990, "USD")}},
	} {
		p := fresh()
		if c.prepare != nil {
			c.prepare(&p)
		}
		before := p
		changed, _, err := p.Apply(c.r, false, at.Add(time.Minute))
		require.ErrorIs(t, err, payment.ErrImpossible, name)
		require.False(t, changed, name)
		require.Equal(t, before, p, "%s: recorded nowhere", name)
	}
}

// What was given back on the provider's own pages is counted once, and what we are giving back is not taken for it.
func TestRefundsMadeElsewhere(t *testing.T) {
	p := paid(1990, 100)
	p.Refunding = bdt(200)
	for _, c := range []struct{ said, external, refunded int64 }{
		{0, 0, 100}, {300, 0, 100}, {350, 50, 150}, {350, 0, 150}, {1990, 1640, 1790}, {350, 0, 1790},
	} {
		_, external, err := p.Apply(payment.Result{Outcome: payment.Captured, Amount: price, Refunded: bdt(c.said)}, false, at)
		require.NoError(t, err)
		require.Equal(t, bdt(c.external), external)
		require.Equal(t, bdt(c.refunded), p.Refunded)
		require.Equal(t, bdt(200), p.Refunding)
	}
}

func TestApplyKeepsWhatIsKnown(t *testing.T) {
	p := fresh()
	p.ProviderRef = "known"
	later := at.Add(72 * time.Hour)
	_, _, err := p.Apply(payment.Result{Outcome: payment.Pending, ExpiresAt: later, Next: &payment.NextAction{Kind: "instructions", Instructions: "pay here"}}, false, at)
	require.NoError(t, err)
	require.Equal(t, "known", p.ProviderRef)
	require.Equal(t, later, p.ExpiresAt)
	require.NotNil(t, p.Next)
	_, _, err = p.Apply(payment.Result{Outcome: payment.Captured, Amount: price, ProviderRef: "newer"}, false, at)
	require.NoError(t, err)
	require.Equal(t, later, p.ExpiresAt)
	require.Nil(t, p.Next, "nothing is left to do")
	require.Equal(t, "newer", p.ProviderRef)
	_, _, err = p.Apply(payment.Result{Outcome: payment.Captured, Amount: price, ProviderRef: "another"}, false, at)
	require.NoError(t, err)
	require.Equal(t, "newer", p.ProviderRef, "money has been booked under it")
}

func TestAPromiseWithoutAnEndHasNone(t *testing.T) {
	p := fresh()
	_, _, err := p.Apply(payment.Result{Outcome: payment.Authorized, Amount: price}, false, at)
	require.NoError(t, err)
	require.Zero(t, p.ExpiresAt, "the shopper's half an hour is over")
}
