package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-stripe/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestCreateSaysWhatStripeDecided(t *testing.T) {
	s := newShop(t)
	for name, c := range map[string]struct {
		method, code string
		later        bool
		outcome      sdk.Outcome
		retryable    bool
	}{
		"captured":            {method: "pm_card_visa", outcome: sdk.Captured},
		"promised":            {method: "pm_card_visa", later: true, outcome: sdk.Authorized},
		"pending":             {method: "pm_fake_processing", outcome: sdk.Pending},
		"needs the bank":      {method: "pm_card_authenticationRequired", outcome: sdk.RequiresAction},
		"declined":            {method: "pm_card_visa_chargeDeclined", outcome: sdk.Declined, code: "card_declined"},
		"no funds":            {method: "pm_card_chargeDeclinedInsufficientFunds", outcome: sdk.Declined, code: "insufficient_funds", retryable: true},
		"stolen, not told so": {method: "pm_card_chargeDeclinedStolenCard", outcome: sdk.Declined, code: "card_declined"},
		"expired":             {method: "pm_card_chargeDeclinedExpiredCard", outcome: sdk.Declined, code: "expired_card"},
		"processing error":    {method: "pm_card_chargeDeclinedProcessingError", outcome: sdk.Declined, code: "processing_error", retryable: true},
	} {
		t.Run(name, func(t *testing.T) {
			in := s.sale(c.method)
			in.CaptureLater = c.later
			first := s.create(in)
			require.Equal(t, c.outcome, first.Outcome)
			require.Equal(t, in.Payment.Amount, first.Amount)
			require.Equal(t, c.code, first.Code)
			require.Equal(t, c.retryable, first.Retryable)
			require.NotEmpty(t, first.ProviderRef)
			require.Equal(t, c.later, !first.ExpiresAt.IsZero(), "a promise says how long it holds")

			again := s.create(in)
			require.Equal(t, first, again, "a repeat has the same answer")
			books := s.fake.Books(in.Payment.ID)
			require.Equal(t, 1, books.Intents)
			require.LessOrEqual(t, books.Charges, 1)
			require.Equal(t, first.Outcome, s.get(in.Payment).Outcome, "as GetPayment says without a reference")
		})
	}
}

func TestCreateForwardsKeyAndDetails(t *testing.T) {
	s := newShop(t).with(map[string]any{"statement_descriptor": "GREEN SHOP", "connected_account": "acct_1"})
	in := s.sale("pm_card_visa")
	require.Equal(t, sdk.Captured, s.create(in).Outcome)
	opened, confirmed := s.fake.Seen("/v1/payment_intents")[0], s.fake.Seen("/confirm")[0]
	require.Equal(t, in.IdempotencyKey, confirmed.Key)
	require.NotEqual(t, in.IdempotencyKey, opened.Key)
	require.Equal(t, "acct_1", opened.Account)
	require.Equal(t, "acct_1", confirmed.Account)
	require.Equal(t, in.ReturnURL, confirmed.Form.Get("return_url"))
	for field, value := range map[string]string{
		"amount": "199900", "currency": "bdt", "metadata[halum_payment_id]": in.Payment.ID, "description": "Order 1001",
		"statement_descriptor_suffix": "GREEN SHOP", "shipping[address][line1]": "House 7", "capture_method": "automatic", "receipt_email": "",
	} {
		require.Equal(t, value, opened.Form.Get(field), field)
	}
}

func TestCreateRefusesBeforeAskingStripe(t *testing.T) {
	s := newShop(t)
	for name, c := range map[string]struct {
		change func(*sdk.CreatePayment)
		field  string
	}{
		"a card number":        {func(in *sdk.CreatePayment) { in.MethodFields[methodField] = "4242424242424242" }, methodField},
		"a number beside":      {func(in *sdk.CreatePayment) { in.MethodFields["number"] = "4242424242424242" }, "number"},
		"no method":            {func(in *sdk.CreatePayment) { in.MethodFields = nil }, methodField},
		"another kind":         {func(in *sdk.CreatePayment) { in.Payment.MethodKind = "cash" }, "method.kind"},
		"a field of elements":  {func(in *sdk.CreatePayment) { in.Payment.MethodKind = elementKind }, methodField},
		"no id":                {func(in *sdk.CreatePayment) { in.Payment.ID = "" }, "payment_id"},
		"nothing to pay":       {func(in *sdk.CreatePayment) { in.Payment.Amount.Minor = 0 }, "amount"},
		"an unknown currency":  {func(in *sdk.CreatePayment) { in.Payment.Amount.Currency = "IQD" }, "currency"},
		"a third decimal":      {func(in *sdk.CreatePayment) { in.Payment.Amount = sdk.Amount{Minor: 1234, Currency: "KWD"} }, "amount"},
		"a part of an ariary":  {func(in *sdk.CreatePayment) { in.Payment.Amount = sdk.Amount{Minor: 1250, Currency: "MGA"} }, "amount"},
		"an overflowing total": {func(in *sdk.CreatePayment) { in.Payment.Amount = sdk.Amount{Minor: 1 << 62, Currency: "ISK"} }, "amount"},
	} {
		t.Run(name, func(t *testing.T) {
			in := s.sale("pm_card_visa")
			c.change(&in)
			_, err := s.plugin.CreatePayment(t.Context(), in)
			requireFault(t, err, sdk.FaultInvalid, c.field)
			require.NotContains(t, err.Error(), "4242")
		})
	}
	require.Empty(t, s.fake.Seen(""))
}

func TestCreateAmongRefusalsOfStripe(t *testing.T) {
	s := newShop(t)
	in := s.sale("pm_card_unheardOf")
	_, err := s.plugin.CreatePayment(t.Context(), in)
	requireFault(t, err, sdk.FaultInvalid, methodField)

	in = s.sale("pm_card_visa")
	in.Payment.Amount.Minor = 1_000_000_000
	_, err = s.plugin.CreatePayment(t.Context(), in)
	requireFault(t, err, sdk.FaultInvalid, "amount")

	for key, field := range map[string]string{"sk_test_revoked_canary": secretKey, "rk_test_restricted_canary": secretKey} {
		in = s.sale("pm_card_visa")
		in.Account.Secrets = sdk.Secrets{secretKey: key}
		_, err = s.plugin.CreatePayment(t.Context(), in)
		requireFault(t, err, sdk.FaultMisconfigured, field)
	}
	in = s.with(map[string]any{"connected_account": "acct_stranger"}).sale("pm_card_visa")
	_, err = s.plugin.CreatePayment(t.Context(), in)
	requireFault(t, err, sdk.FaultMisconfigured, "connected_account")
}

// The faults of the step that takes nothing never leave a doubt; those of the charge are Unknown or what really is. In
// every case the repeat with the same key charges once at most, and GetPayment tells the truth.
func TestCreateUnderFaults(t *testing.T) {
	const away = sdk.Outcome(255) // an Unavailable fault
	for _, c := range []struct {
		suffix          string
		kind            fake.Kind
		first, again    sdk.Outcome
		chargedAtFirst  int
		answerAfterward sdk.Outcome
	}{
		{"/v1/payment_intents", fake.ErrorBefore, away, away, 0, sdk.NotFound},
		{"/v1/payment_intents", fake.ErrorAfter, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/v1/payment_intents", fake.BreakBefore, away, sdk.Captured, 0, sdk.NotFound},
		{"/v1/payment_intents", fake.BreakAfter, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/v1/payment_intents", fake.RateLimit, away, sdk.Captured, 0, sdk.NotFound},
		{"/v1/payment_intents", fake.KeyInUse, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/v1/payment_intents", fake.Gateway, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/confirm", fake.ErrorBefore, sdk.Unknown, sdk.Unknown, 0, sdk.Unknown},
		{"/confirm", fake.ErrorAfter, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/confirm", fake.BreakBefore, sdk.Unknown, sdk.Captured, 0, sdk.Unknown},
		{"/confirm", fake.BreakAfter, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/confirm", fake.RateLimit, away, sdk.Captured, 0, sdk.Unknown},
		{"/confirm", fake.LockTimeout, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/confirm", fake.KeyInUse, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/confirm", fake.Gateway, sdk.Captured, sdk.Captured, 1, sdk.Captured},
		{"/confirm", fake.Huge, sdk.Captured, sdk.Captured, 1, sdk.Captured},
	} {
		t.Run(c.suffix+" "+string(c.kind), func(t *testing.T) {
			s := newShop(t)
			// net/http itself sends a request with a key again when the connection broke: twice is enough to get past that.
			times := 1
			if c.kind == fake.BreakBefore || c.kind == fake.BreakAfter {
				times = 3
			}
			s.fake.Inject(fake.Fault{Method: "POST", Suffix: c.suffix, Kind: c.kind, Times: times})
			in := s.sale("pm_card_visa")
			outcome := func() sdk.Outcome {
				r, err := s.plugin.CreatePayment(t.Context(), in)
				if err != nil {
					requireFault(t, err, sdk.FaultUnavailable, "")
					return away
				}
				return r.Outcome
			}
			require.Equal(t, c.first, outcome())
			require.Equal(t, c.chargedAtFirst, s.fake.Books(in.Payment.ID).Charges)
			require.Equal(t, c.answerAfterward, s.get(in.Payment).Outcome)
			s.fake.Heal()
			require.Equal(t, c.again, outcome())
			require.LessOrEqual(t, s.fake.Books(in.Payment.ID).Charges, 1)
			require.LessOrEqual(t, s.fake.Books(in.Payment.ID).Intents, 1)
		})
	}
}

func TestCreateThatHangsIsFoundLater(t *testing.T) {
	for _, c := range []struct {
		suffix string
		kind   fake.Kind
		later  sdk.Outcome
	}{
		{"/v1/payment_intents", fake.HangBefore, sdk.NotFound},
		{"/v1/payment_intents", fake.HangAfter, sdk.Unknown},
		{"/confirm", fake.HangBefore, sdk.Unknown},
		{"/confirm", fake.HangAfter, sdk.Captured},
	} {
		t.Run(c.suffix+" "+string(c.kind), func(t *testing.T) {
			s := newShop(t)
			s.fake.Inject(fake.Fault{Method: "POST", Suffix: c.suffix, Kind: c.kind})
			in := s.sale("pm_card_visa")
			_, _ = s.plugin.CreatePayment(s.soon(), in) // nobody waits for this answer
			require.Equal(t, c.later, s.get(in.Payment).Outcome)
			if c.later == sdk.Unknown { // opened, not charged: certain once no charge can be on its way
				s.clock.advance(confirmWindow + flight + time.Minute)
				require.Equal(t, sdk.NotFound, s.get(in.Payment).Outcome)
				require.Equal(t, sdk.Voided, s.create(in).Outcome, "what was called not found is never charged later")
				require.Equal(t, sdk.Voided, s.get(in.Payment).Outcome)
				require.Zero(t, s.fake.Books(in.Payment.ID).Charges)
			}
		})
	}
}

func TestCreateWithoutConnection(t *testing.T) {
	s := newShop(t)
	s.url = "http://127.0.0.1:1"
	in := s.with(map[string]any{}).sale("pm_card_visa")
	_, err := s.plugin.CreatePayment(t.Context(), in)
	requireFault(t, err, sdk.FaultUnavailable, "")
	_, err = s.plugin.GetPayment(t.Context(), sdk.GetPayment{Account: s.account, Payment: in.Payment})
	requireFault(t, err, sdk.FaultUnavailable, "")
	requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultUnavailable, "")
}

func TestCreateAtOnceChargesOnce(t *testing.T) {
	s := newShop(t)
	in := s.sale("pm_card_visa")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			r, err := s.plugin.CreatePayment(context.Background(), in)
			if err != nil || r.Outcome != sdk.Captured {
				t.Errorf("got %v, %v", r, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, fake.Books{Charges: 1, Captured: 199900, Intents: 1}, s.fake.Books(in.Payment.ID))
}

func TestCreateIsRefusedWhenTooOld(t *testing.T) {
	s := newShop(t)
	in := s.sale("pm_card_visa")
	s.clock.advance(openWindow + time.Minute)
	_, err := s.plugin.CreatePayment(t.Context(), in)
	requireFault(t, err, sdk.FaultUnavailable, "")
	require.Equal(t, sdk.NotFound, s.get(in.Payment).Outcome)
	require.Equal(t, sdk.Voided, s.void(in.Payment).Outcome)
	require.Zero(t, s.fake.Books(in.Payment.ID).Intents)
}

func TestBankAsksTheShopper(t *testing.T) {
	for decision, want := range map[string]sdk.Outcome{"approve": sdk.Captured, "decline": sdk.Declined} {
		t.Run(decision, func(t *testing.T) {
			s := newShop(t)
			in := s.sale("pm_card_authenticationRequired")
			r := s.create(in)
			require.Contains(t, r.Next.RedirectURL, s.url)
			in.Payment.Ref = r.ProviderRef
			s.control("authenticate/"+r.ProviderRef, map[string][]string{"decision": {decision}})
			got, err := s.plugin.ContinuePayment(t.Context(), sdk.ContinuePayment{
				Account: s.account, Payment: in.Payment, Params: map[string]string{"redirect_status": "succeeded"},
			})
			require.NoError(t, err)
			require.Equal(t, want, got.Outcome, "whatever the shopper's browser says")
		})
	}
}

func TestBankInTheBrowser(t *testing.T) {
	s := newShop(t).with(map[string]any{"connected_account": "acct_1"})
	in := s.sale("pm_card_authenticationRequired")
	in.ReturnURL = ""
	next := s.create(in).Next
	require.Equal(t, "stripe.js", next.Client.Library)
	require.NotEmpty(t, next.Client.Data["client_secret"])
	require.Equal(t, "pk_test_1", next.Client.Data["publishable_key"])
	require.Equal(t, "acct_1", next.Client.Data["stripe_account"])
}

func TestPaymentElement(t *testing.T) {
	s := newShop(t)
	in := s.sale("")
	in.Payment.MethodKind, in.MethodFields = elementKind, nil
	r := s.create(in)
	require.Equal(t, sdk.RequiresAction, r.Outcome)
	require.NotEmpty(t, r.Next.Client.Data["client_secret"])
	require.Empty(t, s.fake.Seen("/confirm"))
	require.Equal(t, r, s.create(in))

	in.Payment.Amount.Minor = 250000
	updated, err := s.plugin.UpdatePayment(t.Context(), sdk.UpdatePayment{Account: s.account, Payment: in.Payment, IdempotencyKey: "upd_1"})
	require.NoError(t, err)
	require.Equal(t, in.Payment.Amount, updated.Amount)
	require.Equal(t, r.ProviderRef, updated.ProviderRef, "never a second one")
	require.Equal(t, r.ProviderRef, s.create(in).ProviderRef)

	s.clock.advance(time.Hour)
	require.Equal(t, sdk.RequiresAction, s.get(in.Payment).Outcome, "the shopper may take all the time there is")
	require.Equal(t, sdk.Voided, s.void(in.Payment).Outcome)
}
