package pluginhost_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/payment"
)

func TestRefundsInParts(t *testing.T) {
	host, path := startSandbox(t, quick())
	sandbox, pay := host.For(account("sandbox")), cardPayment("pay_back")
	_, err := sandbox.Create(t.Context(), byCard("pay_back", "4242424242424242"))
	require.NoError(t, err)
	for _, c := range []struct {
		move payment.Move
		want payment.Outcome
		code string
		back int64
	}{
		{move("ref_1", 50000), payment.Succeeded, "", 50000},
		{move("ref_1", 50000), payment.Succeeded, "", 50000}, // the same again
		{move("ref_2", 100000), payment.Succeeded, "", 150000},
		{move("ref_3", 49901), payment.Failed, "amount_too_large", 150000},
		{move("ref_4", 49900), payment.Succeeded, "", 199900},
		{move("ref_5", 1), payment.Failed, "amount_too_large", 199900},
	} {
		r, err := sandbox.Refund(t.Context(), pay, c.move)
		require.NoError(t, err)
		require.Equal(t, c.want, r.Outcome, c.move.ID)
		require.Equal(t, c.code, r.Code, c.move.ID)
		require.Equal(t, c.move.Amount, r.Amount)
		require.NotEmpty(t, r.ProviderRef)
		asked, err := sandbox.RefundStatus(t.Context(), pay, c.move)
		require.NoError(t, err)
		require.Equal(t, r, asked)
		now, err := sandbox.Payment(t.Context(), pay)
		require.NoError(t, err)
		require.Equal(t, payment.Captured, now.Outcome)
		require.Equal(t, bdt(199900), now.Captured)
		require.Equal(t, bdt(c.back), now.Refunded)
		require.Equal(t, c.back, booksOf(t, path, "pay_back").GivenBack())
	}
}

func TestRefundOfWhatIsNotThere(t *testing.T) {
	host, _ := startSandbox(t, quick())
	sandbox := host.For(account("sandbox"))
	_, err := sandbox.Refund(t.Context(), cardPayment("pay_none"), move("ref_1", 1))
	require.Equal(t, fault.Invalid, fault.KindOf(err))
	r, err := sandbox.RefundStatus(t.Context(), cardPayment("pay_none"), move("ref_1", 1))
	require.NoError(t, err)
	require.Equal(t, payment.NoSuchPayment, r.Outcome, "nothing was given back for it")
}

func TestRefundsThatTakeTheirTime(t *testing.T) {
	host, path := startSandbox(t, quick())
	shop := account("sandbox")
	shop.Config = []byte(`{"settle_ms": 100}`)
	sandbox := host.For(shop)
	for _, c := range []struct {
		card        string
		first, last payment.Outcome
		back        int64
	}{
		{"4000000000030108", payment.Pending, payment.Succeeded, 700},
		{"4000000000030207", payment.Pending, payment.Failed, 0},
		{"4000000000030405", payment.Failed, payment.Failed, 0},
	} {
		pay := cardPayment(payment.ID("pay_" + c.card))
		_, err := sandbox.Create(t.Context(), byCard(pay.ID, c.card))
		require.NoError(t, err)
		r, err := sandbox.Refund(t.Context(), pay, move("ref_1", 700))
		require.NoError(t, err)
		require.Equal(t, c.first, r.Outcome)
		require.Eventually(t, func() bool {
			r, err = sandbox.RefundStatus(t.Context(), pay, move("ref_1", 700))
			return err == nil && r.Outcome == c.last
		}, 10*time.Second, 10*time.Millisecond)
		require.Equal(t, c.last == payment.Failed, r.Code == "refund_declined")
		require.Equal(t, c.back, booksOf(t, path, pay.ID).GivenBack())
	}
}
