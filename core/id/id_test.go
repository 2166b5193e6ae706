package id_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
)

func TestIDsAreUnique(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000)
	seen := map[string]bool{}
	for range 100_000 {
		s := id.New("ord", at)
		require.False(t, seen[s])
		seen[s] = true
	}
}

func TestIDsSortByTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfNDistinct(rapid.Int64Range(0, 1<<48-1), 2, 20, rapid.ID[int64]).Draw(t, "times")
		slices.Sort(times)
		var ids []string
		for _, ms := range times {
			s := id.New("ord", time.UnixMilli(ms))
			require.NoError(t, id.Check("ord", s))
			ids = append(ids, s)
		}
		require.True(t, slices.IsSorted(ids))
	})
}

func TestCheck(t *testing.T) {
	good := "ord_" + strings.Repeat("0", 26)
	require.NoError(t, id.Check("ord", good))
	for _, bad := range []string{
		"", "ord_", "ord", good[:29], good + "0", "cus" + good[3:], strings.ToUpper(good), "ord_" + strings.Repeat("i", 26),
		"ord_" + strings.Repeat("l", 26), "ord_" + strings.Repeat("u", 26), "ord_'" + strings.Repeat("0", 25), " " + good, good + "\n",
		"ord_" + strings.Repeat("é", 13), "ord-" + strings.Repeat("0", 26),
	} {
		require.Equal(t, fault.NotFound, fault.KindOf(id.Check("ord", bad)), "%q", bad)
	}
}

func TestSecret(t *testing.T) {
	seen := map[string]bool{}
	for range 10_000 {
		s := id.Secret()
		require.Len(t, s, 26)
		require.Equal(t, strings.ToLower(s), s)
		require.False(t, seen[s])
		seen[s] = true
	}
}
