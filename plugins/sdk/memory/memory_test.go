package memory

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

type note struct {
	Payment string `json:"payment"`
	Minor   int64  `json:"minor"`
}

var vendor = sdk.Account{Tenant: "ten_a", Mode: sdk.Test}

func TestOneAtATimeAcrossStores(t *testing.T) {
	dir := t.TempDir()
	stores := []*Store[note]{Open[note](dir, time.Now), Open[note](dir, time.Now)}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			h, err := stores[i%2].Hold(t.Context(), vendor, "pay_1")
			if err != nil {
				return // seen below, where the sum is not right
			}
			defer h.Release()
			_ = h.Save(note{"pay_1", h.Record.Minor + 1})
		})
	}
	wg.Wait()
	r, err := stores[0].Peek(vendor, "pay_1")
	require.NoError(t, err)
	require.EqualValues(t, 40, r.Minor)
	require.Empty(t, stores[0].turns)
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	dir := t.TempDir()
	ours, theirs := Open[note](dir, time.Now), Open[note](dir, time.Now)
	h, err := ours.Hold(t.Context(), vendor, "pay_1")
	require.NoError(t, err)
	for _, s := range []*Store[note]{ours, theirs} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		_, err = s.Hold(ctx, vendor, "pay_1")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancel()
		other, err := s.Hold(t.Context(), vendor, "pay_2")
		require.NoError(t, err, "another payment does not wait")
		other.Release()
	}
	h.Release()
	again, err := theirs.Hold(t.Context(), vendor, "pay_1")
	require.NoError(t, err)
	again.Release()
}

func TestAnUnfinishedLineIsNotRead(t *testing.T) {
	s := Open[note](t.TempDir(), time.Now)
	write := func(minor int64) {
		h, err := s.Hold(t.Context(), vendor, "pay_1")
		require.NoError(t, err)
		defer h.Release()
		require.NoError(t, h.Save(note{"pay_1", minor}))
	}
	write(100)
	path, err := s.path(vendor, "pay_1")
	require.NoError(t, err)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"payment":"pay_1","minor":999`)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	r, err := s.Peek(vendor, "pay_1")
	require.NoError(t, err)
	require.EqualValues(t, 100, r.Minor)
	write(200)
	r, err = s.Peek(vendor, "pay_1")
	require.NoError(t, err)
	require.EqualValues(t, 200, r.Minor)
}

func TestVendorsAndModesAreApart(t *testing.T) {
	s := Open[note](t.TempDir(), time.Now)
	h, err := s.Hold(t.Context(), vendor, "pay_1")
	require.NoError(t, err)
	require.NoError(t, h.Save(note{Payment: "pay_1"}))
	h.Release()
	for _, other := range []sdk.Account{{Tenant: "ten_b", Mode: sdk.Test}, {Tenant: "ten_a", Mode: sdk.Live}} {
		r, err := s.Peek(other, "pay_1")
		require.NoError(t, err)
		require.Empty(t, r.Payment)
	}
}

func TestWhatIsOldGoes(t *testing.T) {
	s := Open[note](t.TempDir(), time.Now)
	for _, id := range []string{"pay_old", "pay_new"} {
		h, err := s.Hold(t.Context(), vendor, id)
		require.NoError(t, err)
		require.NoError(t, h.Save(note{Payment: id}))
		h.Release()
	}
	path, err := s.path(vendor, "pay_old")
	require.NoError(t, err)
	long := time.Now().Add(-KeepFor - time.Hour)
	require.NoError(t, os.Chtimes(path, long, long))
	s.removeOlder(time.Now().Add(-KeepFor))
	old, err := s.Peek(vendor, "pay_old")
	require.NoError(t, err)
	require.Empty(t, old.Payment)
	kept, err := s.Peek(vendor, "pay_new")
	require.NoError(t, err)
	require.Equal(t, "pay_new", kept.Payment)

	h, err := s.Hold(t.Context(), vendor, "pay_never")
	require.NoError(t, err)
	path = h.file.Name()
	h.Release()
	require.NoFileExists(t, path, "a look leaves nothing behind")
}
