package mail_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/ports"
)

func mailbox(t *testing.T, dir string) *mail.Mailbox {
	t.Helper()
	b, err := mail.NewMailbox(dir, time.Now)
	require.NoError(t, err)
	return b
}

func TestMailboxIsSharedAndNewestFirst(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mails")
	worker, server := mailbox(t, dir), mailbox(t, dir)
	all, err := server.List(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)

	for i := range 3 {
		m := order
		m.ID = fmt.Sprintf("evt_%d.shopper", i)
		require.NoError(t, worker.Send(t.Context(), m))
	}
	require.NoError(t, worker.Send(t.Context(), ports.Mail{ID: "evt_0.shopper", To: "again@example.com"}), "a repeat")
	all, err = server.List(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 3)
	for i, e := range all {
		require.Equal(t, fmt.Sprintf("evt_%d.shopper", 2-i), e.Mail.ID)
		require.Equal(t, order.HTML, e.Mail.HTML)
		require.WithinDuration(t, time.Now(), e.At, time.Minute)
		one, err := server.Get(t.Context(), e.ID)
		require.NoError(t, err)
		require.Equal(t, e, one)
	}
}

func TestMailboxGetRefusesOtherFiles(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "secret.json"), []byte("{}"), 0o600))
	b := mailbox(t, filepath.Join(dir, "mails"))
	for _, id := range []string{"", ".", "../secret", "/etc/passwd", "0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef.json"} {
		_, err := b.Get(t.Context(), id)
		require.ErrorIs(t, err, mail.ErrNoEntry, id)
	}
}

func TestMailboxKeepsTheLast(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("not ours"), 0o600))
	boxes := []*mail.Mailbox{mailbox(t, dir), mailbox(t, dir)}
	send := func(from, to int) {
		var all sync.WaitGroup
		for w := range 4 {
			all.Go(func() {
				for i := from + w; i < to; i += 4 {
					if err := boxes[i%2].Send(t.Context(), ports.Mail{ID: fmt.Sprintf("m%d", i), Subject: fmt.Sprint(i)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	}
	send(0, 60)
	time.Sleep(20 * time.Millisecond)
	send(60, 60+mail.Kept)
	all, err := boxes[0].List(t.Context())
	require.NoError(t, err)
	require.Len(t, all, mail.Kept)
	for _, e := range all {
		var n int
		_, err := fmt.Sscan(e.Mail.Subject, &n)
		require.NoError(t, err)
		require.GreaterOrEqual(t, n, 60)
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, mail.Kept+1, "nothing half-written is left, and the other file is there")
}
