package main

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

var vendor = sdk.Account{Tenant: "ten_a", Mode: sdk.Test}

func TestOneAtATimeAcrossStores(t *testing.T) {
	dir := t.TempDir()
	stores := []*store{openStore(dir, time.Now), openStore(dir, time.Now)}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			h, err := stores[i%2].hold(t.Context(), vendor, "pay_1")
			if err != nil {
				return // seen below, where the sum is not right
			}
			defer h.release()
			h.Payment, h.Minor = "pay_1", h.Minor+1
			_ = h.save()
		})
	}
	wg.Wait()
	r, err := stores[0].peek(vendor, "pay_1")
	require.NoError(t, err)
	require.EqualValues(t, 40, r.Minor)
	require.Empty(t, stores[0].turns)
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := openStore(dir, time.Now), openStore(dir, time.Now)
	h, err := ours.hold(t.Context(), vendor, "pay_1")
	require.NoError(t, err)
	for _, s := range []*store{ours, theirs} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		_, err = s.hold(ctx, vendor, "pay_1")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancel()
		other, err := s.hold(t.Context(), vendor, "pay_2")
		require.NoError(t, err, "another payment does not wait")
		other.release()
	}
	h.release()
	again, err := theirs.hold(t.Context(), vendor, "pay_1")
	require.NoError(t, err)
	again.release()
}

func TestAnUnfinishedLineIsNotRead(t *testing.T) {
	s := openStore(t.TempDir(), time.Now)
	write := func(minor int64) {
		h, err := s.hold(t.Context(), vendor, "pay_1")
		require.NoError(t, err)
		defer h.release()
		h.Payment, h.Minor = "pay_1", minor
		require.NoError(t, h.save())
	}
	write(100)
	path, err := s.path(vendor, "pay_1")
	require.NoError(t, err)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"payment":"pay_1","minor":999`)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	r, err := s.peek(vendor, "pay_1")
	require.NoError(t, err)
	require.EqualValues(t, 100, r.Minor)
	write(200)
	r, err = s.peek(vendor, "pay_1")
	require.NoError(t, err)
	require.EqualValues(t, 200, r.Minor)
}

func TestVendorsAndModesAreApart(t *testing.T) {
	s := openStore(t.TempDir(), time.Now)
	h, err := s.hold(t.Context(), vendor, "pay_1")
	require.NoError(t, err)
	h.Payment = "pay_1"
	require.NoError(t, h.save())
	h.release()
	for _, other := range []sdk.Account{{Tenant: "ten_b", Mode: sdk.Test}, {Tenant: "ten_a", Mode: sdk.Live}} {
		r, err := s.peek(other, "pay_1")
		require.NoError(t, err)
		require.Empty(t, r.Payment)
	}
}

func TestWhatIsOldGoes(t *testing.T) {
	s := openStore(t.TempDir(), time.Now)
	for _, id := range []string{"pay_old", "pay_new"} {
		h, err := s.hold(t.Context(), vendor, id)
		require.NoError(t, err)
		h.Payment = id
		require.NoError(t, h.save())
		h.release()
	}
	path, err := s.path(vendor, "pay_old")
	require.NoError(t, err)
	long := time.Now().Add(-keepFor - time.Hour)
	require.NoError(t, os.Chtimes(path, long, long))
	s.removeOlder(time.Now().Add(-keepFor))
	old, err := s.peek(vendor, "pay_old")
	require.NoError(t, err)
	require.Empty(t, old.Payment)
	kept, err := s.peek(vendor, "pay_new")
	require.NoError(t, err)
	require.Equal(t, "pay_new", kept.Payment)

	h, err := s.hold(t.Context(), vendor, "pay_never")
	require.NoError(t, err)
	path = h.file.Name()
	h.release()
	require.NoFileExists(t, path, "a look leaves nothing behind")
}

// A payment that cannot be written down is not made, and one that cannot be marked is not executed.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	s := newShop(t)
	p, params := s.approved()
	s.dir = "/dev/null/nowhere"
	s.restart()
	_, err := s.plugin.CreatePayment(t.Context(), s.sale())
	requireFault(t, err, sdk.FaultUnavailable, "")
	_, err = s.plugin.ContinuePayment(t.Context(), sdk.ContinuePayment{Account: s.account, Payment: p, Params: params})
	requireFault(t, err, sdk.FaultUnavailable, "")
	require.Empty(t, s.fake.Seen("/execute"))
}
