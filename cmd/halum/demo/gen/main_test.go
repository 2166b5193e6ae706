package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCommittedPicturesAreCurrent fails when a drawing or a catalogue changed and `go generate` was not run after it.
func TestCommittedPicturesAreCurrent(t *testing.T) {
	for shop := range catalogues {
		drawn, err := draw("..", shop)
		require.NoError(t, err)
		files, err := os.ReadDir(filepath.Join("..", "media", shop))
		require.NoError(t, err)
		require.Len(t, files, len(drawn), "%s holds a picture that nothing refers to, or lacks one", shop)
		for name, svg := range drawn {
			kept, err := os.ReadFile(filepath.Join("..", "media", shop, name))
			require.NoError(t, err)
			require.Equal(t, string(svg), string(kept), "%s/%s", shop, name)
		}
	}
}

func TestEveryDrawingIsInACatalogue(t *testing.T) {
	for shop, works := range catalogues {
		names, err := wanted(filepath.Join("..", shop+".csv"))
		require.NoError(t, err)
		for handle := range works {
			require.Contains(t, names, handle+".svg")
		}
	}
}

// TestOutlines pins the mirror: the way back visits the same points in reverse, with the curve's handles swapped.
func TestOutlines(t *testing.T) {
	require.Equal(t, "M0 0 L10 5 L0 20L-10 5L0 0Z", sym("M0 0 L10 5 L0 20"))
	require.Equal(t, "M0 0 C1 2 3 4 0 9C-3 4 -1 2 0 0Z", sym("M0 0 C1 2 3 4 0 9"))
	require.Equal(t, "M1 2 L3 4ZM-1 2 L-3 4Z", both("M1 2 L3 4"))
}

func TestSplit(t *testing.T) {
	for name, want := range map[string]struct {
		handle string
		n      int
	}{
		"moon-vase.svg":   {"moon-vase", 1},
		"moon-vase-2.svg": {"moon-vase", 2},
		"vase.svg":        {"vase", 1},
	} {
		handle, n := split(name)
		require.Equal(t, want.handle, handle)
		require.Equal(t, want.n, n)
	}
}
