package token_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/token"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

func TestPasswords(t *testing.T) {
	p := token.NewPasswords(0)
	hash, err := p.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.Regexp(t, `^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`, hash)
	again, err := p.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.NotEqual(t, hash, again)
	require.False(t, p.NeedsRehash(hash))

	for password, want := range map[string]bool{"correct horse": true, "correct horse ": false, "": false, "Correct horse": false} {
		ok, err := p.Verify(t.Context(), password, hash)
		require.NoError(t, err)
		require.Equal(t, want, ok, password)
		ok, err = p.Verify(t.Context(), password, "")
		require.NoError(t, err)
		require.False(t, ok)
	}
}

// TestOtherCostsStillVerify uses the id test vector of the argon2 reference implementation (test.c, version 19).
func TestOtherCostsStillVerify(t *testing.T) {
	p := token.NewPasswords(1)
	const hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for password, want := range map[string]bool{"password": true, "passwort": false} {
		ok, err := p.Verify(t.Context(), password, hash)
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
	require.True(t, p.NeedsRehash(hash))
}

func TestDamagedHashes(t *testing.T) {
	p := token.NewPasswords(1)
	good, err := p.Hash(t.Context(), "x")
	require.NoError(t, err)
	for _, hash := range []string{
		"x", "$2a$10$abcdefghijklmnopqrstuv", good[:len(good)-30], strings.Replace(good, "argon2id", "argon2i", 1),
		strings.Replace(good, "v=19", "v=16", 1), strings.Replace(good, "m=19456", "m=4194304", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "p=1", "p=255", 1), good + "$more", good + "!",
	} {
		ok, err := p.Verify(t.Context(), "x", hash)
		require.False(t, ok, hash)
		require.Equal(t, fault.Internal, fault.KindOf(err), hash)
		require.True(t, p.NeedsRehash(hash), hash)
	}
	require.True(t, p.NeedsRehash(""))
}

// The work is counted in memory, which does not depend on how busy the machine is: argon2id takes its 19 MiB at once.
func TestUnknownAccountCostsTheSame(t *testing.T) {
	p := token.NewPasswords(1)
	hash, err := p.Hash(t.Context(), "x")
	require.NoError(t, err)
	work := func(hash string) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ok, err := p.Verify(t.Context(), "wrong", hash)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.False(t, ok)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	known, unknown := work(hash), work("")
	require.GreaterOrEqual(t, known, float64(19<<20))
	require.InEpsilon(t, known, unknown, 0.01)
}

func TestHashesWaitTheirTurn(t *testing.T) {
	p := token.NewPasswords(1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := p.Hash(ended, "x")
	require.ErrorIs(t, err, ports.ErrTimeout)
	_, err = p.Verify(ended, "x", "")
	require.ErrorIs(t, err, ports.ErrTimeout)

	busy, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for busy.Err() == nil {
				_, _ = p.Hash(busy, "x")
			}
		})
	}
	short, cancelShort := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancelShort()
	require.Eventually(t, func() bool {
		_, err = p.Hash(short, "x")
		return err != nil
	}, 5*time.Second, time.Millisecond)
	require.ErrorIs(t, err, ports.ErrTimeout)
	stop()
	all.Wait()
	_, err = p.Hash(t.Context(), "x")
	require.NoError(t, err, "every turn was given back")
}
