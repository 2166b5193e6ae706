package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v76"

	"github.com/halum-hut/halum/plugins/payment-stripe/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

// crowd opens PaymentIntents of others.
func (s *shop) crowd(n int) {
	s.t.Helper()
	c, err := s.plugin.clients.of(s.account)
	require.NoError(s.t, err)
	for i := range n {
		_, err := c.intents.New(&stripe.PaymentIntentParams{Amount: stripe.Int64(1000), Currency: stripe.String("bdt"), Metadata: map[string]string{metaPayment: fmt.Sprintf("other_%d", i)}})
		require.NoError(s.t, err)
	}
}

func TestFindsAPaymentAmongManyOrDoesNotPretend(t *testing.T) {
	s := newShop(t)
	in := s.sale("pm_card_visa")
	ref := s.create(in).ProviderRef
	never := s.sale("").Payment
	s.crowd(250)
	require.Equal(t, ref, s.get(in.Payment).ProviderRef)
	require.Len(t, s.fake.Seen("/v1/payment_intents"), 1+250+3, "three pages")
	require.Equal(t, sdk.NotFound, s.get(never).Outcome)

	s.crowd(maxPages*pageSize - 200)
	require.Equal(t, sdk.Unknown, s.get(never).Outcome, "too many to look through: no promise")
	require.Equal(t, sdk.Unknown, s.get(in.Payment).Outcome)
	in.Payment.Ref = ref
	require.Equal(t, sdk.Captured, s.get(in.Payment).Outcome)
}

func TestLooksOnlyWhereAPaymentCanBe(t *testing.T) {
	s := newShop(t)
	in := s.sale("pm_card_visa")
	s.create(in)
	s.clock.advance(48 * time.Hour)
	s.crowd(maxPages*pageSize + 10)
	require.Equal(t, sdk.Captured, s.get(in.Payment).Outcome, "what was opened days later is not looked at")
}

func TestFindsNothingWithAWrongClock(t *testing.T) {
	s := newShop(t)
	s.plugin = newPlugin(func() time.Time { return s.clock.now().Add(time.Hour) })
	in := s.sale("")
	in.Payment.CreatedAt = in.Payment.CreatedAt.Add(time.Hour)
	require.Equal(t, sdk.Unknown, s.get(in.Payment).Outcome)
}

func TestFindWhenTheListFails(t *testing.T) {
	for kind, kindOf := range map[fake.Kind]sdk.FaultKind{fake.ErrorBefore: 0, fake.BreakBefore: 0, fake.Gateway: 0, fake.RateLimit: sdk.FaultUnavailable} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t)
			in := s.sale("pm_card_visa")
			s.create(in)
			s.fake.Inject(fake.Fault{Method: "GET", Suffix: "/v1/payment_intents", Kind: kind, Times: -1})
			r, err := s.plugin.GetPayment(t.Context(), sdk.GetPayment{Account: s.account, Payment: in.Payment})
			if kindOf != 0 {
				requireFault(t, err, kindOf, "")
				return
			}
			require.NoError(t, err)
			require.Equal(t, sdk.Unknown, r.Outcome)
		})
	}
}
