package pluginhost_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/pluginhost"
)

func TestLoadCatalog(t *testing.T) {
	line := func(content, name string) string {
		return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(content)), name)
	}
	for _, c := range []struct {
		name, pins string
		programs   []string
		problem    string
	}{
		{name: "unpinned", programs: []string{"payment-a", "shipping-b"}},
		{name: "pinned", pins: line("A", "payment-a") + line("B", "shipping-b") + line("x", "halum"), programs: []string{"payment-a", "shipping-b"}},
		{name: "changed", pins: line("other", "payment-a") + line("B", "shipping-b"), problem: "payment-a does not match its checksum"},
		{name: "unlisted", pins: line("A", "payment-a"), problem: "shipping-b is not listed"},
		{name: "missing", pins: line("A", "payment-a") + line("B", "shipping-b") + line("C", "payment-c"), problem: "payment-c is listed"},
		{name: "garbage", pins: "hello\n", problem: "is not a line of sha256sum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			write := func(name, content string, mode os.FileMode) {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), mode))
			}
			write("payment-a", "A", 0o755)
			write("shipping-b", "B", 0o755)
			write("payment-notes.txt", "n", 0o644)
			write("payment-plain", "not executable", 0o644)
			write("halum", "x", 0o755)
			if c.pins != "" {
				write(pluginhost.ChecksumFile, c.pins, 0o644)
			}
			catalog, err := pluginhost.LoadCatalog(dir, map[string][]string{"payment-a": {"--x"}})
			if c.problem != "" {
				require.ErrorContains(t, err, c.problem)
				return
			}
			require.NoError(t, err)
			var programs []string
			for _, e := range catalog {
				programs = append(programs, e.Program())
				require.True(t, filepath.IsAbs(e.Path))
			}
			require.Equal(t, c.programs, programs)
			require.Equal(t, []string{"--x"}, catalog[0].Args)
		})
	}
}
