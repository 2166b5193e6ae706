package journal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

func open(t *testing.T, path string) *journal.Journal {
	t.Helper()
	j, err := journal.Open(path, time.Now)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

// charge takes money once.
func charge(ctx context.Context, j *journal.Journal, key string) (journal.Payment, bool, error) {
	return j.Update(ctx, id(key), func(p journal.Payment) []journal.Record {
		if p.Known() {
			return nil
		}
		return []journal.Record{
			{Kind: journal.KindPayment, State: journal.Captured, Amount: 100, Currency: "BDT", Ref: "ref_" + key, Order: &journal.Order{Number: "1001"}},
			{Kind: journal.KindCapture, State: journal.Taken, ID: key, Amount: 100, Currency: "BDT"},
		}
	})
}

func id(key string) journal.ID { return journal.ID{Tenant: "ten_a", Mode: "test", Key: key} }

func TestSecondChargeReturnsTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path)
	first, fresh, err := charge(t.Context(), j, "pay_1")
	require.NoError(t, err)
	require.True(t, fresh)
	again, fresh, err := charge(t.Context(), j, "pay_1")
	require.NoError(t, err)
	require.False(t, fresh)
	require.Equal(t, first, again)

	reopened := open(t, path)
	p, err := reopened.Get(t.Context(), id("pay_1"))
	require.NoError(t, err)
	require.Equal(t, first, p)
	for _, other := range []journal.ID{{Tenant: "ten_b", Mode: "test", Key: "pay_1"}, {Tenant: "ten_a", Mode: "live", Key: "pay_1"}} {
		p, err = reopened.Get(t.Context(), other)
		require.NoError(t, err)
		require.False(t, p.Known(), "%v", other)
	}
	for _, name := range []string{"ref_pay_1", "pay_1"} {
		p, err = reopened.Find(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, "pay_1", p.Key)
	}
}

func TestSeveralViewsOfOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	views := []*journal.Journal{open(t, path), open(t, path), open(t, path)}
	var wg sync.WaitGroup
	for n := range 90 {
		wg.Go(func() { _, _, _ = charge(context.Background(), views[n%3], fmt.Sprintf("pay_%d", n/3)) })
	}
	wg.Wait()
	records, err := journal.Read(path)
	require.NoError(t, err)
	require.Len(t, records, 2*30)
}

func TestTornLastLineIsDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	_, _, err := charge(t.Context(), open(t, path), "pay_1")
	require.NoError(t, err)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`[{"key":"pay_2","tenant":"ten_a","mode":"test","st`)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	records, err := journal.Read(path)
	require.NoError(t, err)
	require.Len(t, records, 2)
	j := open(t, path)
	p, err := j.Get(t.Context(), id("pay_2"))
	require.NoError(t, err)
	require.False(t, p.Known())
	_, fresh, err := charge(t.Context(), j, "pay_3")
	require.NoError(t, err)
	require.True(t, fresh)
	records, err = journal.Read(path)
	require.NoError(t, err)
	require.Equal(t, []string{"pay_1", "pay_3"}, []string{records[0].Key, records[2].Key})
}

func TestHeldLockEndsAtTheDeadline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	j := open(t, path)
	other, err := os.Open(path)
	require.NoError(t, err)
	defer other.Close()
	require.NoError(t, syscall.Flock(int(other.Fd()), syscall.LOCK_EX))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err = charge(ctx, j, "pay_1")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	records, err := journal.Read(path)
	require.NoError(t, err)
	require.Empty(t, records)
}

func TestCorruptLineIsNotSkipped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "j")
	require.NoError(t, os.WriteFile(path, []byte("not json\n"), 0o600))
	_, err := journal.Open(path, time.Now)
	require.ErrorContains(t, err, "journal at byte 0")
}
