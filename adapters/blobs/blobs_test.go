package blobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/blobs"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/media"
)

func TestFolder(t *testing.T) {
	root := filepath.Join(t.TempDir(), "media")
	s, err := blobs.Open(t.Context(), "file://"+root)
	require.NoError(t, err)
	conform(t, s)
	require.NoError(t, s.Close())
	again, err := blobs.Open(t.Context(), "file://"+root)
	require.NoError(t, err)
	kept, _, err := again.Get(t.Context(), "files/a/kept.webp")
	require.NoError(t, err, "it is there after a restart")
	require.NoError(t, kept.Close())
	require.NoError(t, filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		require.NotContains(t, path, ".attrs")
		return err
	}))
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "mem://", "/folder", "http://x", "%"} {
		_, err := blobs.Open(t.Context(), address)
		require.ErrorIs(t, err, blobs.ErrAddress, address)
	}
}

// conform is what every store does.
func conform(t *testing.T, s *blobs.Store) {
	t.Helper()
	ctx := t.Context()
	read := func(name string) string {
		r, b, err := s.Get(ctx, name)
		require.NoError(t, err)
		defer r.Close()
		content, err := io.ReadAll(r)
		require.NoError(t, err)
		require.EqualValues(t, len(content), b.Size)
		return string(content)
	}
	_, _, err := s.Get(ctx, "files/a/none.webp")
	require.ErrorIs(t, err, media.ErrNotFound)
	require.NoError(t, s.Put(ctx, "files/a/kept.webp", "image/webp", []byte("first")))
	require.NoError(t, s.Put(ctx, "files/a/kept.webp", "image/webp", []byte("second")))
	require.Equal(t, "first", read("files/a/kept.webp"), "names say the content")
	long := bytes.Repeat([]byte("0123456789"), 1<<20)
	require.NoError(t, s.Put(ctx, "raw/b/long", "application/octet-stream", long))
	require.Equal(t, string(long), read("raw/b/long"))
	for _, bad := range []string{"", "/etc/passwd", "../x", "a/../../x", "a//b", "a/.b", "a\x00b", `a\b`, "a/b/"} {
		require.ErrorIs(t, s.Put(ctx, bad, "image/png", []byte("x")), media.ErrNotFound, bad)
		_, _, err := s.Get(ctx, bad)
		require.ErrorIs(t, err, media.ErrNotFound, bad)
	}
	size, err := s.Write(ctx, "sold/c/large", "application/octet-stream", bytes.NewReader(long))
	require.NoError(t, err)
	require.EqualValues(t, len(long), size)
	rest, err := s.From(ctx, "sold/c/large", size-5)
	require.NoError(t, err)
	end, err := io.ReadAll(rest)
	require.NoError(t, err)
	require.NoError(t, rest.Close())
	require.Equal(t, "56789", string(end))
	broken := errors.New("the sender is gone")
	_, err = s.Write(ctx, "sold/c/half", "application/octet-stream", io.MultiReader(bytes.NewReader(long), iotest.ErrReader(broken)))
	require.ErrorIs(t, err, broken)
	_, err = s.From(ctx, "sold/c/half", 0)
	require.ErrorIs(t, err, media.ErrNotFound, "whole or not at all")
	require.NoError(t, s.Delete(ctx, "raw/b/long", "raw/b/none"))
	_, _, err = s.Get(ctx, "raw/b/long")
	require.ErrorIs(t, err, media.ErrNotFound)
}

// gateway is a server that speaks S3's API.
const gateway = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"

// server builds the gateway once per machine, and runs it on a folder.
func server(t *testing.T) (address string, process *os.Process) {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	_, version, _ := strings.Cut(gateway, "@")
	bin := filepath.Join(cache, "halum", "versitygw-"+version)
	if _, err := os.Stat(filepath.Join(bin, "versitygw")); err != nil {
		install := exec.CommandContext(t.Context(), "go", "install", gateway)
		install.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
		out, err := install.CombinedOutput()
		require.NoError(t, err, "go install "+gateway+" (a server to test S3 with): "+string(out))
	}
	root, l := t.TempDir(), net.ListenConfig{}
	require.NoError(t, os.MkdirAll(filepath.Join(root, "data", "pictures"), 0o750))
	free, err := l.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address = free.Addr().String()
	require.NoError(t, free.Close())
	run := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(bin, "versitygw"), "--port", address, "--access", "key", "--secret", "secret", "--quiet",
		"posix", "--sidecar", filepath.Join(root, "meta"), filepath.Join(root, "data"))
	require.NoError(t, os.MkdirAll(filepath.Join(root, "meta"), 0o750))
	said, err := os.Create(filepath.Join(root, "said"))
	require.NoError(t, err)
	run.Stdout, run.Stderr = said, said
	require.NoError(t, run.Start())
	t.Cleanup(func() {
		_ = run.Process.Kill()
		_ = run.Wait()
		_ = said.Close()
		if t.Failed() {
			words, err := os.ReadFile(said.Name())
			t.Log(string(words), err)
		}
	})
	require.Eventually(t, func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", nil)
		require.NoError(t, err)
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		return err == nil
	}, 30*time.Second, 20*time.Millisecond)
	return address, run.Process
}

func TestS3(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	address, process := server(t)
	s, err := blobs.Open(t.Context(), fmt.Sprintf("s3://pictures?region=us-east-1&endpoint=http://%s&use_path_style=true", address))
	require.NoError(t, err)
	defer s.Close() //nolint:errcheck // nothing is pending
	conform(t, s)

	require.NoError(t, process.Kill())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, _, err = s.Get(ctx, "files/a/kept.webp")
	require.Equal(t, fault.Unavailable, fault.KindOf(err), err)
	require.Equal(t, fault.Unavailable, fault.KindOf(s.Put(ctx, "files/a/other.webp", "image/webp", []byte("x"))))
}
