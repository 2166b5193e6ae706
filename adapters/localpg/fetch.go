package localpg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// fetchable are the versions that can be downloaded; 0 is for a new cluster.
var fetchable = map[int]embeddedpostgres.PostgresVersion{
	0:  embeddedpostgres.V17,
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

// fetcher downloads server binaries once and keeps them.
type fetcher struct {
	repository string // a Maven repository; empty is the library's default
	into       string // folder that the server's user can read
	err        error  // why there is no such folder
}

func systemFetcher(acct account) fetcher {
	if acct.dropped {
		return fetcher{into: filepath.Join(relocated, "postgres")}
	}
	cache, err := os.UserCacheDir()
	return fetcher{into: filepath.Join(cache, "halum", "postgres"), err: err}
}

// get returns the downloaded server of a major version (0: any).
func (f fetcher) get(ctx context.Context, major int, log io.Writer) (binaries, error) {
	version, ok := fetchable[major]
	if !ok || f.err != nil {
		return binaries{}, errors.Join(f.err, fmt.Errorf("no download for version %d", major))
	}
	target := filepath.Join(f.into, string(version))
	if b, err := inspect(ctx, filepath.Join(target, "bin")); err == nil {
		return b, nil
	}
	fmt.Fprintf(log, "no Postgres server on this machine: downloading version %s\n", version)
	done := make(chan error, 1)
	go func() { done <- f.download(version, target, log) }() // the library knows no context
	select {
	case err := <-done:
		if err != nil {
			return binaries{}, err
		}
	case <-ctx.Done():
		return binaries{}, ctx.Err()
	}
	return inspect(ctx, filepath.Join(target, "bin"))
}

// download has the library fetch and unpack. It cannot do only that: it goes on to initdb, which an impossible locale
// ends at once, so an error counts only when the server is not there afterwards.
func (f fetcher) download(version embeddedpostgres.PostgresVersion, target string, log io.Writer) error {
	if err := os.MkdirAll(f.into, 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(f.into, "fetch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	port, err := freePort(0)
	if err != nil {
		return err
	}
	config := embeddedpostgres.DefaultConfig().Version(version).Port(uint32(port)).Locale("halum-fetch-only").
		CachePath(filepath.Join(scratch, "archive")).RuntimePath(filepath.Join(scratch, "run")).
		BinariesPath(filepath.Join(scratch, "server")).Logger(log)
	if f.repository != "" {
		config = config.BinaryRepositoryURL(f.repository)
	}
	pg := embeddedpostgres.NewDatabase(config)
	startErr := pg.Start()
	if startErr == nil { // a system whose C library takes any locale
		_ = pg.Stop()
	}
	server := filepath.Join(scratch, "server")
	if _, err := os.Stat(filepath.Join(server, "bin", "postgres")); err != nil {
		return errors.Join(startErr, err)
	}
	return os.Rename(server, target)
}
