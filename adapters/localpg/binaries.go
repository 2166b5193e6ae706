package localpg

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"
)

const (
	oldestMajor = 15
	noServer    = "no Postgres server found: install it with `apt-get install postgresql` or `brew install postgresql@17`, or set HALUM_DATABASE_URL"
)

// wellKnown is where packages put servers that are not on the PATH.
var wellKnown = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// Installed tells whether this machine has a server that Start would use without downloading one.
func Installed(ctx context.Context) bool {
	found, err := systemFinder(account{}).installed(ctx)
	return err == nil && len(found) > 0
}

// binaries is one folder that holds a server and the initdb of the same version.
type binaries struct {
	dir   string
	major int
}

func (b binaries) postgres() string { return filepath.Join(b.dir, "postgres") }
func (b binaries) initdb() string   { return filepath.Join(b.dir, "initdb") }

// has tells whether a loadable library comes with the server; packagers use different places.
func (b binaries) has(library string) bool {
	major := strconv.Itoa(b.major)
	for _, place := range []string{"lib", "lib/postgresql", "../../lib/postgresql@" + major, "../../lib/postgresql"} {
		for _, suffix := range []string{".so", ".dylib"} {
			if _, err := os.Stat(filepath.Join(b.dir, "..", place, library+suffix)); err == nil {
				return true
			}
		}
	}
	return false
}

// finder looks for server binaries; the fields are the parts of the machine it looks at.
type finder struct {
	folder string   // HALUM_PG_BIN: when set, nothing else is considered
	path   string   // PATH
	globs  []string // further places
	fetch  fetcher
}

func systemFinder(acct account) finder {
	return finder{folder: os.Getenv("HALUM_PG_BIN"), path: os.Getenv("PATH"), globs: wellKnown, fetch: systemFetcher(acct)}
}

// find returns the first server of the given major version (0: any supported), downloading one as a last resort.
func (f finder) find(ctx context.Context, major int, log io.Writer) (binaries, error) {
	found, err := f.installed(ctx)
	if err != nil {
		return binaries{}, err
	}
	for _, b := range found {
		if major == 0 || b.major == major {
			return b, nil
		}
	}
	b, err := f.fetch.get(ctx, major, log)
	if err == nil {
		return b, nil
	}
	fmt.Fprintf(log, "downloading a Postgres server failed: %v\n", err)
	if len(found) > 0 {
		return binaries{}, fmt.Errorf("the data was written by Postgres %d, and only Postgres %d is installed: install Postgres %d, or remove the directory to start afresh",
			major, found[0].major, major)
	}
	return binaries{}, errors.New(noServer)
}

// installed lists usable servers, best first.
func (f finder) installed(ctx context.Context) ([]binaries, error) {
	if f.folder != "" {
		b, err := inspect(ctx, f.folder)
		if err != nil {
			return nil, fmt.Errorf("HALUM_PG_BIN: %w", err)
		}
		return []binaries{b}, nil
	}
	found := f.onPath(ctx)
	var known []binaries
	for _, glob := range f.globs {
		dirs, _ := filepath.Glob(glob) // the patterns are constants
		for _, dir := range dirs {
			if b, err := inspect(ctx, dir); err == nil {
				known = append(known, b)
			}
		}
	}
	if ctx.Err() != nil { // then finding nothing means nothing
		return nil, ctx.Err()
	}
	slices.SortStableFunc(known, func(a, b binaries) int { return cmp.Compare(b.major, a.major) })
	return append(found, known...), nil
}

// onPath follows links to the folder they come from: the links of different programs may lead to different versions.
func (f finder) onPath(ctx context.Context) []binaries {
	var found []binaries
	for _, dir := range filepath.SplitList(f.path) {
		target, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
		if err != nil || !filepath.IsAbs(target) {
			continue
		}
		b, err := inspect(ctx, filepath.Dir(target))
		if err == nil && !slices.Contains(found, b) {
			found = append(found, b)
		}
	}
	return found
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect asks the server in dir for its version.
func inspect(ctx context.Context, dir string) (binaries, error) {
	b := binaries{dir: dir}
	if _, err := os.Stat(b.initdb()); err != nil {
		return binaries{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, b.postgres(), "--version").Output()
	if err != nil {
		return binaries{}, fmt.Errorf("%s: %w", b.postgres(), err)
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return binaries{}, fmt.Errorf("%s is not a Postgres server", b.postgres())
	}
	if b.major, _ = strconv.Atoi(string(m[1])); b.major < oldestMajor {
		return binaries{}, fmt.Errorf("%s is version %d, %d or later is needed", b.postgres(), b.major, oldestMajor)
	}
	return b, nil
}
