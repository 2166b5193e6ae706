package order_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
)

func placed(status order.Status) order.Order {
	return order.Order{ID: "ord_1", Number: 7, Total: bdt(100), Status: status, Payment: order.AwaitingPayment}
}

// pay is a payment of the order in a status; a paid one has all its money.
func pay(id payment.ID, s payment.Status) payment.Payment {
	p := payment.New(id, "ord_1", provider.Account{Plugin: "sandbox", Mode: provider.Test}, "card", bdt(100), at)
	if p.Status = s; s == payment.Paid {
		p.Captured = bdt(100)
	}
	return p
}

func kinds(facts []event.Fact) (all []string) {
	for _, f := range facts {
		all = append(all, f.Kind())
	}
	return all
}

// TestSettleTable says for every state of an order and every status of its only payment what follows.
func TestSettleTable(t *testing.T) {
	type effect struct {
		status  order.Status
		payment order.PaymentStatus
		facts   []string
		release bool
	}
	for name, c := range map[string]struct {
		order  order.Status
		before payment.Status
		now    map[payment.Status]effect
	}{
		"placed": {order.Pending, payment.Created, map[payment.Status]effect{
			payment.Created:    {order.Pending, order.AwaitingPayment, nil, false},
			payment.Processing: {order.Pending, order.PaymentPending, []string{order.KindPending}, false},
			payment.Waiting:    {order.Pending, order.ActionRequired, []string{order.KindAction}, false},
			payment.Reserved:   {order.Confirmed, order.Authorized, []string{order.KindConfirmed}, false},
			payment.Paid:       {order.Confirmed, order.Paid, []string{order.KindConfirmed}, false},
			payment.Refused:    {order.Cancelled, order.Declined, []string{order.KindCancelled}, true},
			payment.Cancelled:  {order.Cancelled, order.Voided, []string{order.KindCancelled}, true},
			payment.Lapsed:     {order.Cancelled, order.Expired, []string{order.KindCancelled}, true},
		}},
		"waiting for the shopper": {order.Pending, payment.Waiting, map[payment.Status]effect{
			payment.Processing: {order.Pending, order.PaymentPending, []string{order.KindPending}, false},
			payment.Waiting:    {order.Pending, order.ActionRequired, nil, false},
			payment.Paid:       {order.Confirmed, order.Paid, []string{order.KindConfirmed}, false},
			payment.Lapsed:     {order.Cancelled, order.Expired, []string{order.KindCancelled}, true},
		}},
		"promised": {order.Confirmed, payment.Reserved, map[payment.Status]effect{
			payment.Reserved:  {order.Confirmed, order.Authorized, nil, false},
			payment.Paid:      {order.Confirmed, order.Paid, []string{order.KindPaid}, false},
			payment.Cancelled: {order.Cancelled, order.Voided, []string{order.KindCancelled}, true},
			payment.Lapsed:    {order.Cancelled, order.Expired, []string{order.KindLapsed, order.KindCancelled}, true},
		}},
		"sent on a promise": {order.Fulfilled, payment.Reserved, map[payment.Status]effect{
			payment.Reserved:  {order.Fulfilled, order.Authorized, nil, false},
			payment.Paid:      {order.Fulfilled, order.Paid, []string{order.KindPaid}, false},
			payment.Cancelled: {order.Fulfilled, order.Voided, nil, false},
			payment.Lapsed:    {order.Fulfilled, order.Expired, []string{order.KindLapsed}, false},
		}},
		"paid": {order.Confirmed, payment.Paid, map[payment.Status]effect{
			payment.Paid: {order.Confirmed, order.Paid, nil, false},
		}},
		"cancelled": {order.Cancelled, payment.Refused, map[payment.Status]effect{
			payment.Refused:  {order.Cancelled, order.Declined, nil, false},
			payment.Reserved: {order.Cancelled, order.UnfulfillablePaid, []string{order.KindUnfit}, false},
			payment.Paid:     {order.Cancelled, order.UnfulfillablePaid, []string{order.KindUnfit}, false},
		}},
	} {
		for s, want := range c.now {
			o, p := placed(c.order), pay("pay_1", s)
			facts, release := o.Settle(&p, pay("pay_1", c.before), nil, at.Add(time.Minute))
			require.Equal(t, want, effect{o.Status, o.Payment, kinds(facts), release}, "%s, %s", name, s)
			require.Equal(t, at.Add(time.Minute), o.UpdatedAt)
			require.Equal(t, o.Status == order.Cancelled && p.HasMoney(), p.Unfit == payment.OrderCancelled)
			for _, f := range facts {
				require.Equal(t, "ord_1", f.Subject())
			}
			if release {
				require.Equal(t, "payment_"+string(o.Payment), o.Reason)
			}
			settled := o
			facts, release = o.Settle(&p, p, nil, at.Add(time.Minute))
			require.Empty(t, facts, "settling twice says nothing new")
			require.False(t, release, "stock is released once")
			require.Equal(t, settled, o)
		}
	}
}

func TestASecondSuccessIsUnfit(t *testing.T) {
	for _, s := range []payment.Status{payment.Reserved, payment.Paid} {
		o, first, second := placed(order.Confirmed), pay("pay_1", payment.Paid), pay("pay_2", s)
		facts, release := o.Settle(&second, pay("pay_2", payment.Refused), []payment.Payment{first}, at)
		require.Equal(t, []string{order.KindUnfit}, kinds(facts))
		require.Equal(t, order.UnfitFact{Order: "ord_1", Payment: "pay_2", Why: payment.SecondPayment, Captured: second.Captured, Promised: second.Promised()}, facts[0])
		require.False(t, release)
		require.Equal(t, payment.SecondPayment, second.Unfit)
		require.Equal(t, order.Confirmed, o.Status)
		require.Equal(t, order.UnfulfillablePaid, o.Payment, "staff must see it")

		before := second
		second.Status, second.Captured, second.Refunded = payment.Paid, bdt(100), bdt(100) // it has gone back
		_, release = o.Settle(&second, before, []payment.Payment{first}, at)
		require.False(t, release)
		require.Equal(t, order.Paid, o.Payment, "the first one counts")
	}
}

func TestAnotherAmountConfirmsNothing(t *testing.T) {
	o, p := placed(order.Pending), pay("pay_1", payment.Created)
	before := p
	_, _, err := p.Apply(payment.Result{Outcome: payment.Captured, Amount: bdt(99)}, false, at)
	require.ErrorIs(t, err, payment.ErrAmountDiffers)
	facts, release := o.Settle(&p, before, nil, at)
	require.Equal(t, []string{order.KindUnfit}, kinds(facts))
	require.Equal(t, order.Pending, o.Status)
	require.Equal(t, order.UnfulfillablePaid, o.Payment)
	require.False(t, release, "it waits for staff, or for the money to go back")

	accepted, kept := p, o
	require.NoError(t, accepted.Accept(at))
	facts, _ = kept.Settle(&accepted, p, nil, at)
	require.Equal(t, []string{order.KindConfirmed}, kinds(facts))
	require.Equal(t, order.PartlyPaid, kept.Payment)

	before = p
	p.Refunded = bdt(99)
	facts, release = o.Settle(&p, before, nil, at)
	require.Equal(t, []string{order.KindCancelled}, kinds(facts))
	require.True(t, release)
	require.Equal(t, "payment_amount_differs", o.Reason)
	require.Equal(t, order.Refunded, o.Payment)
}

func TestAnOrderEndsWithItsLastHope(t *testing.T) {
	o, declined, waiting := placed(order.Pending), pay("pay_1", payment.Refused), pay("pay_2", payment.Waiting)
	facts, release := o.Settle(&declined, pay("pay_1", payment.Created), []payment.Payment{waiting}, at)
	require.Empty(t, facts)
	require.False(t, release)
	require.Equal(t, order.Pending, o.Status)
	require.Equal(t, order.ActionRequired, o.Payment, "another try is open")
	gone := waiting
	gone.Status = payment.Lapsed
	facts, release = o.Settle(&gone, waiting, []payment.Payment{declined}, at)
	require.Equal(t, []string{order.KindCancelled}, kinds(facts))
	require.True(t, release)
	require.Equal(t, "payment_expired", o.Reason)
}

func TestMoneyAfterAVoidIsAnnouncedEachTime(t *testing.T) {
	o, p := placed(order.Cancelled), pay("pay_1", payment.Reserved)
	facts, _ := o.Settle(&p, pay("pay_1", payment.Created), nil, at)
	require.Equal(t, []string{order.KindUnfit}, kinds(facts))
	before := p
	p.Status = payment.Cancelled // the promise was given back
	facts, _ = o.Settle(&p, before, nil, at)
	require.Empty(t, facts)
	require.Equal(t, order.Voided, o.Payment)
	before = p
	p.Status, p.Captured = payment.Paid, bdt(100) // and yet it came
	facts, _ = o.Settle(&p, before, nil, at)
	require.Equal(t, []string{order.KindUnfit}, kinds(facts))
	require.Equal(t, order.UnfulfillablePaid, o.Payment)
}

func TestPaymentStatusOfAllPayments(t *testing.T) {
	with := func(id payment.ID, s payment.Status, change func(*payment.Payment)) payment.Payment {
		p := pay(id, s)
		p.CreatedAt = at.Add(time.Duration(id[len(id)-1]) * time.Second) // pay_2 is newer than pay_1
		change(&p)
		return p
	}
	same := func(*payment.Payment) {}
	back := func(n int64) func(*payment.Payment) { return func(p *payment.Payment) { p.Refunded = bdt(n) } }
	taken := func(n int64) func(*payment.Payment) { return func(p *payment.Payment) { p.Captured = bdt(n) } }
	unfit := func(p *payment.Payment) { p.Unfit = payment.SecondPayment }
	disputed := func(p *payment.Payment) { p.Disputed = bdt(50) }
	for name, c := range map[string]struct {
		payments []payment.Payment
		want     order.PaymentStatus
	}{
		"taken in part":               {[]payment.Payment{with("pay_1", payment.Reserved, taken(40))}, order.PartlyPaid},
		"taken and no more":           {[]payment.Payment{with("pay_1", payment.Paid, taken(40))}, order.PartlyPaid},
		"given back in part":          {[]payment.Payment{with("pay_1", payment.Paid, back(40))}, order.PartlyRefunded},
		"given back":                  {[]payment.Payment{with("pay_1", payment.Paid, back(100))}, order.Refunded},
		"lost":                        {[]payment.Payment{with("pay_1", payment.Paid, func(p *payment.Payment) { p.Lost = bdt(100) })}, order.Refunded},
		"disputed":                    {[]payment.Payment{with("pay_1", payment.Paid, disputed)}, order.Disputed},
		"disputed, and unfit money":   {[]payment.Payment{with("pay_1", payment.Paid, disputed), with("pay_2", payment.Paid, unfit)}, order.UnfulfillablePaid},
		"declined, then paid":         {[]payment.Payment{with("pay_1", payment.Refused, same), with("pay_2", payment.Paid, same)}, order.Paid},
		"paid, then tried again":      {[]payment.Payment{with("pay_1", payment.Paid, same), with("pay_2", payment.Waiting, same)}, order.Paid},
		"declined, then waiting":      {[]payment.Payment{with("pay_1", payment.Refused, same), with("pay_2", payment.Waiting, same)}, order.ActionRequired},
		"waiting, then declined":      {[]payment.Payment{with("pay_1", payment.Waiting, same), with("pay_2", payment.Refused, same)}, order.ActionRequired},
		"nothing came of any":         {[]payment.Payment{with("pay_1", payment.Refused, same), with("pay_2", payment.Lapsed, same)}, order.Expired},
		"unfit money that went back":  {[]payment.Payment{with("pay_1", payment.Refused, same), with("pay_2", payment.Paid, func(p *payment.Payment) { unfit(p); back(100)(p) })}, order.Refunded},
		"unfit, and a new one counts": {[]payment.Payment{with("pay_1", payment.Paid, func(p *payment.Payment) { unfit(p); back(100)(p) }), with("pay_2", payment.Reserved, same)}, order.Authorized},
	} {
		for i, p := range c.payments { // whichever of them changed last
			var others []payment.Payment
			others = append(append(others, c.payments[:i]...), c.payments[i+1:]...)
			o := placed(order.Fulfilled)
			o.Settle(&p, p, others, at)
			if p.Unfit == c.payments[i].Unfit {
				require.Equal(t, c.want, o.Payment, "%s, of %s", name, p.ID)
			}
		}
	}
}

func TestFreeOrdersAreConfirmed(t *testing.T) {
	o := placed(order.Pending)
	o.Total = money.Zero("BDT")
	p := payment.Free("pay_1", "ord_1", money.Zero("BDT"), at)
	facts, release := o.Settle(&p, payment.Payment{}, nil, at)
	require.Equal(t, []string{order.KindConfirmed}, kinds(facts))
	require.False(t, release)
	require.Equal(t, order.Paid, o.Payment)
}

func TestCancel(t *testing.T) {
	for status, ok := range map[order.Status]bool{order.Pending: true, order.Confirmed: true, order.Fulfilled: false, order.Cancelled: false} {
		o := placed(status)
		f, err := o.Cancel("out_of_stock", at)
		if !ok {
			require.ErrorIs(t, err, order.ErrFinished)
			require.Equal(t, placed(status), o)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, order.CancelledFact{Order: "ord_1", Number: 7, Reason: "out_of_stock"}, f)
		require.Equal(t, order.Cancelled, o.Status)
		require.Equal(t, "out_of_stock", o.Reason)
	}
}

func TestFactsNameTheirOrder(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range []event.Fact{
		order.Placed{Order: "ord_1"},
		order.ConfirmedFact{Order: "ord_1"},
		order.PaidFact{Order: "ord_1"},
		order.CancelledFact{Order: "ord_1"},
		order.ActionFact{Order: "ord_1"},
		order.PendingFact{Order: "ord_1"},
		order.UnfitFact{Order: "ord_1"},
		order.LapsedFact{Order: "ord_1"},
		order.MoveFact{Order: "ord_1"},
		order.RefundedFact{Order: "ord_1"},
		order.RefundFailedFact{Order: "ord_1"},
		order.CaptureFailedFact{Order: "ord_1"},
		order.DisputeFact{Order: "ord_1"},
		order.MismatchFact{Order: "ord_1"},
		order.FulfilledFact{Order: "ord_1"},
	} {
		require.Equal(t, "ord_1", f.Subject())
		require.Regexp(t, `^order\.[a-z_]+$`, f.Kind())
		require.False(t, seen[f.Kind()], "two facts of the kind %s", f.Kind())
		seen[f.Kind()] = true
	}
}
