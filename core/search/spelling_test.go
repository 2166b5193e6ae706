package search_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/search"
)

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"shirt", "shirt", 0},
		{"shirt", "shrit", 1},
		{"shirt", "shirts", 1},
		{"shirt", "hirt", 1},
		{"shirt", "skirt", 1},
		{"shirt", "skirts", 2},
		{"abcdef", "zzzzzz", 3}, // more than two
		{"শাড়ি", "শাডি", 1},
	} {
		require.Equal(t, c.want, search.Edits([]rune(c.a), []rune(c.b), 2), "%s %s", c.a, c.b)
	}
}

func TestSpellableWordsAndTheirTolerance(t *testing.T) {
	for word, want := range map[string]int{"ab": 0, "abc": 1, "শাড়ি": 1, "teapot": 2} {
		require.Equal(t, want, search.Tolerance(word), word)
		require.True(t, search.Spellable(word))
	}
	for _, word := range []string{"", "42", "a4", "\u0301"} {
		require.False(t, search.Spellable(word), word)
	}
}
