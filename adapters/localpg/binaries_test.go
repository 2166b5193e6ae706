package localpg

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// machine is a finder that sees only what a test gives it and whose repository has nothing.
func machine(t *testing.T) finder {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir()) // the library leaves its log there
	empty := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(empty.Close)
	return finder{fetch: fetcher{repository: empty.URL, into: t.TempDir()}}
}

func installedHere(t *testing.T) binaries {
	t.Helper()
	found, err := systemFinder(account{}).installed(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, found, noServer)
	return found[0]
}

func TestFindsLinkedServer(t *testing.T) {
	here := installedHere(t)
	links := t.TempDir() // only the server is linked: initdb must come from where the link leads
	require.NoError(t, os.Symlink(here.postgres(), filepath.Join(links, "postgres")))
	for name, change := range map[string]func(*finder){
		"PATH":         func(f *finder) { f.path = "/nonexistent:" + links },
		"well known":   func(f *finder) { f.globs = []string{"/nonexistent/*", here.dir} },
		"HALUM_PG_BIN": func(f *finder) { f.folder = here.dir },
	} {
		t.Run(name, func(t *testing.T) {
			f := machine(t)
			change(&f)
			got, err := f.find(t.Context(), here.major, t.Output())
			require.NoError(t, err)
			require.Equal(t, here, got)
		})
	}
}

func TestNoServer(t *testing.T) {
	here := installedHere(t)
	for name, tc := range map[string]struct {
		change func(*finder)
		major  int
		want   string
	}{
		"nothing":          {change: func(*finder) {}, want: noServer},
		"other version":    {change: func(f *finder) { f.globs = []string{here.dir} }, major: 99, want: "the data was written by Postgres 99, and only"},
		"bad HALUM_PG_BIN": {change: func(f *finder) { f.folder = "/nonexistent" }, want: "HALUM_PG_BIN: stat /nonexistent/initdb"},
		"no cache folder":  {change: func(f *finder) { f.fetch.err = os.ErrNotExist }, want: noServer},
	} {
		t.Run(name, func(t *testing.T) {
			f := machine(t)
			tc.change(&f)
			_, err := f.find(t.Context(), tc.major, t.Output())
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// TestDownload serves this machine's own binaries the way the public repository does and runs what arrives.
func TestDownload(t *testing.T) {
	here := installedHere(t)
	packed, err := exec.Command("tar", "-cJf", "-", "-C", filepath.Dir(here.dir), "bin/postgres", "bin/initdb").Output()
	if err != nil {
		t.Skip("tar cannot compress with xz here:", err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	var asked []string
	repository := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if strings.HasSuffix(r.URL.Path, ".jar") {
			_, _ = w.Write(jar(t, packed))
			return
		}
		http.NotFound(w, r) // no checksum published
	}))
	t.Cleanup(repository.Close)
	f := finder{fetch: fetcher{repository: repository.URL, into: t.TempDir()}}
	for range 2 {
		got, err := f.find(t.Context(), here.major, io.Discard)
		require.NoError(t, err)
		require.Equal(t, here.major, got.major)
		require.True(t, strings.HasPrefix(got.dir, f.fetch.into), got.dir)
	}
	require.Len(t, asked, 2, "the second call finds the first one's server")
	left, err := filepath.Glob(filepath.Join(f.fetch.into, "fetch-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func jar(t *testing.T, packed []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.Create("postgres.txz")
	require.NoError(t, err)
	_, err = f.Write(packed)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}
