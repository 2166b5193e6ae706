package bank_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

// Whatever is asked of two processes of one bank, in whatever order: no payment is taken beyond its promise or given back
// beyond what was taken, each id counts once, and both processes and the file agree.
func TestBooksHold(t *testing.T) {
	cards := []string{approved, authorizing, redirecting, pendingCard, lateCard, secondChance, pendingRef, "4000000000020208", "4000000000030603", "4000000000030207"}
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp("", "sandbox-")
		require.NoError(r, err)
		defer func() { _ = os.RemoveAll(dir) }()
		path, c := filepath.Join(dir, "journal"), newClock()
		var banks []*bank.Bank
		for range 2 {
			j, err := journal.Open(path, c.now)
			require.NoError(r, err)
			defer func() { _ = j.Close() }()
			banks = append(banks, bank.New(j, c.now))
		}
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			step(r, banks[rapid.IntRange(0, 1).Draw(r, "process")], c, cards)
		}
		agree(r, path, banks)
	})
}

func step(r *rapid.T, b *bank.Bank, c *clock, cards []string) {
	ctx := context.Background()
	key := fmt.Sprintf("pay_%d", rapid.IntRange(1, 3).Draw(r, "payment"))
	amount := rapid.Int64Range(1, 1200).Draw(r, "amount")
	id := fmt.Sprintf("%s_%d", key, rapid.IntRange(1, 3).Draw(r, "id"))
	var err error
	switch rapid.IntRange(0, 9).Draw(r, "what") {
	case 0, 1:
		plan := bank.Cards[rapid.SampledFrom(cards).Draw(r, "card")]
		_, err = b.Pay(ctx, bank.Purchase{
			Request: of(key), Plan: plan, Amount: 1000, Currency: "BDT",
			Order: journal.Order{Plan: plan.Name, Later: rapid.Bool().Draw(r, "later"), Terms: journal.Terms{Settle: time.Second}},
		})
	case 2, 3:
		_, err = b.Capture(ctx, bank.Taking{Request: of(key), CaptureID: id, Amount: amount, Currency: "BDT", Final: rapid.Bool().Draw(r, "final")})
	case 4, 5:
		_, _, err = b.Refund(ctx, bank.Return{Request: of(key), RefundID: id, Amount: amount, Currency: "BDT"})
	case 6:
		_, err = b.Void(ctx, of(key), 1000, "BDT")
	case 7:
		_, err = b.RefundExternally(ctx, key, amount)
	case 8:
		_, err = b.Decide(ctx, key, rapid.Bool().Draw(r, "approve"))
	case 9:
		c.turn(time.Duration(rapid.IntRange(1, 3000).Draw(r, "ms")) * time.Millisecond)
	}
	if err != nil {
		require.ErrorAs(r, err, new(*bank.Refusal))
	}
}

func agree(r *rapid.T, path string, banks []*bank.Bank) {
	for _, b := range banks { // what is due by itself is done by whoever looks first
		for n := 1; n <= 3; n++ {
			_, err := b.Get(context.Background(), of(fmt.Sprintf("pay_%d", n)).ID)
			require.NoError(r, err)
		}
	}
	all, err := journal.Payments(path)
	require.NoError(r, err)
	for id, p := range all {
		for _, b := range banks {
			seen, err := b.Get(context.Background(), id)
			require.NoError(r, err)
			require.Equal(r, [4]any{p.State, p.Taken(), p.GivenBack(), p.Promised()}, [4]any{seen.State, seen.Taken(), seen.GivenBack(), seen.Promised()})
		}
		if !p.Known() {
			require.Zero(r, p.Taken())
			continue
		}
		require.LessOrEqual(r, p.Taken(), p.Amount)
		require.LessOrEqual(r, p.GivenBack(), p.Taken())
		require.Equal(r, p.State == journal.Captured, p.Taken() > 0)
	}
	records, err := journal.Read(path)
	require.NoError(r, err)
	seen := map[string]bool{}
	for _, rec := range records {
		once := rec.State == journal.Taken || rec.State == journal.Captured
		name := fmt.Sprint(rec.Key, rec.Kind, rec.ID)
		require.False(r, once && seen[name], "twice: %s", name)
		seen[name] = seen[name] || once
	}
}
