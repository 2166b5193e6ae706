package payment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

func TestDisputes(t *testing.T) {
	type step struct {
		status         payment.DisputeStatus
		changed        bool
		disputed, lost int64
	}
	open, review, won, lost := payment.DisputeOpen, payment.DisputeReview, payment.DisputeWon, payment.DisputeLost
	for name, steps := range map[string][]step{
		"won":                    {{open, true, 700, 0}, {review, true, 700, 0}, {won, true, 0, 0}},
		"lost":                   {{open, true, 700, 0}, {lost, true, 0, 700}},
		"the end comes first":    {{lost, true, 0, 700}, {open, false, 0, 700}, {review, false, 0, 700}},
		"won, heard of at last":  {{won, true, 0, 0}, {open, false, 0, 0}},
		"said twice":             {{open, true, 700, 0}, {open, false, 700, 0}, {lost, true, 0, 700}, {lost, false, 0, 700}},
		"an answer is not taken": {{review, true, 700, 0}, {open, false, 700, 0}},
		"decided is decided":     {{won, true, 0, 0}, {lost, false, 0, 0}},
	} {
		p, known := paid(1990, 0), payment.Dispute{}
		deadline := at.Add(7 * 24 * time.Hour)
		for i, s := range steps {
			news := payment.Dispute{Ref: "dis_1", Status: s.status, Amount: bdt(700), Reason: "fraudulent"}
			if i == 0 {
				news.Deadline = deadline
			}
			version := p.Version
			changed, err := p.TakeDispute(&known, news, at)
			require.NoError(t, err, "%s, step %d", name, i)
			require.Equal(t, s.changed, changed, "%s, step %d", name, i)
			require.Equal(t, changed, p.Version == version+1)
			require.Equal(t, bdt(s.disputed), p.Disputed, "%s, step %d", name, i)
			require.Equal(t, bdt(s.lost), p.Lost, "%s, step %d", name, i)
			require.Equal(t, deadline, known.Deadline, "what is known stays")
			require.Equal(t, payment.ID("pay_1"), known.PaymentID)
		}
	}
}

func TestDisputesThatCannotBe(t *testing.T) {
	for _, amount := range []money.Money{bdt(0), bdt(-5), bdt(1991), money.New(5, "USD")} {
		p, known := paid(1990, 0), payment.Dispute{}
		changed, err := p.TakeDispute(&known, payment.Dispute{Ref: "dis_1", Status: payment.DisputeOpen, Amount: amount}, at)
		require.ErrorIs(t, err, payment.ErrImpossible, amount)
		require.False(t, changed)
		require.Equal(t, paid(1990, 0), p)
		require.Zero(t, known)
	}
}

func TestADisputeKeepsItsAmount(t *testing.T) {
	p, known := paid(1990, 0), payment.Dispute{}
	_, err := p.TakeDispute(&known, payment.Dispute{Ref: "dis_1", Status: payment.DisputeOpen, Amount: bdt(700)}, at)
	require.NoError(t, err)
	_, err = p.TakeDispute(&known, payment.Dispute{Ref: "dis_1", Status: payment.DisputeLost, Amount: bdt(9999)}, at)
	require.NoError(t, err)
	require.Equal(t, bdt(700), known.Amount)
	require.Equal(t, bdt(700), p.Lost)
	require.Zero(t, p.Disputed.Amount)
}
