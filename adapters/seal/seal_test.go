package seal_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/seal"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, seal.KeySize) }

func sealer(t *testing.T, master []byte, older ...[]byte) *seal.Sealer {
	t.Helper()
	s, err := seal.New(master, older...)
	require.NoError(t, err)
	return s
}

func TestOpenNeedsKeyAndContext(t *testing.T) {
	plain, bound := []byte("canary secret"), []byte("ten_a/settings")
	sealed, err := sealer(t, key(1)).Seal(plain, bound)
	require.NoError(t, err)
	require.NotContains(t, string(sealed), "canary")
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1

	for _, tc := range []struct {
		name   string
		s      *seal.Sealer
		sealed []byte
		bound  string
		ok     bool
	}{
		{name: "same key and context", s: sealer(t, key(1)), sealed: sealed, bound: "ten_a/settings", ok: true},
		{name: "key now older", s: sealer(t, key(2), key(1)), sealed: sealed, bound: "ten_a/settings", ok: true},
		{name: "other context", s: sealer(t, key(1)), sealed: sealed, bound: "ten_b/settings"},
		{name: "no context", s: sealer(t, key(1)), sealed: sealed},
		{name: "other key", s: sealer(t, key(2)), sealed: sealed, bound: "ten_a/settings"},
		{name: "changed", s: sealer(t, key(1)), sealed: changed, bound: "ten_a/settings"},
		{name: "cut", s: sealer(t, key(1)), sealed: sealed[:4], bound: "ten_a/settings"},
		{name: "empty", s: sealer(t, key(1)), bound: "ten_a/settings"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.s.Open(tc.sealed, []byte(tc.bound))
			if tc.ok {
				require.NoError(t, err)
				require.Equal(t, plain, got)
				return
			}
			require.ErrorIs(t, err, seal.ErrSealed)
			require.Nil(t, got)
		})
	}
}

func TestSealIsFreshEachTime(t *testing.T) {
	s := sealer(t, key(1))
	a, err := s.Seal([]byte("x"), nil)
	require.NoError(t, err)
	b, err := s.Seal([]byte("x"), nil)
	require.NoError(t, err)
	require.NotEqual(t, a, b)
}

func TestNewRefusesBadKeys(t *testing.T) {
	for name, keys := range map[string][][]byte{
		"short": {key(1)[:16]}, "empty": {nil}, "short older": {key(1), key(2)[:31]}, "twice": {key(1), key(1)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := seal.New(keys[0], keys[1:]...)
			require.ErrorContains(t, err, "master key")
		})
	}
}

func TestParseKey(t *testing.T) {
	raw := bytes.Repeat([]byte{0xfb, 0xff}, 16) // + and / in base64
	for _, text := range []string{
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), "  " + base64.RawURLEncoding.EncodeToString(raw) + "\n",
	} {
		got, err := seal.ParseKey(text)
		require.NoError(t, err)
		require.Equal(t, raw, got)
	}
	for _, text := range []string{"", "canary", base64.StdEncoding.EncodeToString(raw[:31])} {
		_, err := seal.ParseKey(text)
		require.ErrorContains(t, err, "32 bytes in base64")
		require.NotContains(t, err.Error(), "canary")
	}
}

func TestLoadOrCreateKeyAgrees(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "master.key")
	keys := make([][]byte, 16)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() { keys[i], _ = seal.LoadOrCreateKey(path) })
	}
	all.Wait()
	require.Len(t, keys[0], seal.KeySize)
	for _, k := range keys {
		require.Equal(t, keys[0], k)
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, left, 1)
}

func TestLoadKeyRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	require.NoError(t, os.WriteFile(path, []byte(base64.StdEncoding.EncodeToString(key(7))), 0o644))
	_, err := seal.LoadOrCreateKey(path)
	require.ErrorContains(t, err, "chmod 600")
	require.NoError(t, os.Chmod(path, 0o600))
	got, err := seal.LoadOrCreateKey(path)
	require.NoError(t, err)
	require.Equal(t, key(7), got)
	require.NoError(t, os.WriteFile(path, []byte("broken"), 0o600))
	_, err = seal.LoadOrCreateKey(path)
	require.ErrorContains(t, err, "32 bytes in base64")
}
