package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/ports"
)

// pluginStore is the folder of installed executables, on each node: read-only files named after their content.
type pluginStore struct{ dir string }

func (c *config) pluginStore() (pluginStore, error) {
	dir, err := filepath.Abs(filepath.Join(c.DataDir, "plugins"))
	return pluginStore{dir}, err
}

// put copies an executable in and returns its checksum. One that is there already is left alone.
func (s pluginStore) put(program, from string) (sum string, err error) {
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return "", err
	}
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer in.Close()
	out, err := os.CreateTemp(s.dir, ".new-*")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(out.Name()) }() // renamed away when all went well
	hash := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, hash), in)
	if err = errors.Join(err, out.Chmod(0o555), out.Sync(), out.Close()); err != nil {
		return "", fmt.Errorf("copy %s: %w", from, err)
	}
	sum = hex.EncodeToString(hash.Sum(nil))
	return sum, os.Rename(out.Name(), s.path(program, sum))
}

func (s pluginStore) path(program, sum string) string {
	return filepath.Join(s.dir, program+"-"+sum)
}

// entry says how to run an installed version.
func (s pluginStore) entry(v ports.PluginVersion) pluginhost.Entry {
	kind, name, _ := strings.Cut(v.Program, "-")
	return pluginhost.Entry{
		Name: name, Kind: pluginhost.Kind(kind), Path: s.path(v.Program, v.SHA256), SHA256: v.SHA256, Version: v.Version, Args: v.Args,
		Grants: pluginhost.Grants{Read: v.Read, Write: v.Write},
	}
}

// wantedPlugins is what this node should run: the shipped plugins, the active versions of the catalogue in place of
// those of their name, and before all what somebody attaches.
func (p *parts) wantedPlugins(ctx context.Context) (pluginhost.Catalog, error) {
	store, err := p.cfg.pluginStore()
	if err != nil {
		return nil, err
	}
	versions, err := p.db.PluginVersions(ctx)
	if err != nil {
		return nil, err
	}
	want := slices.Clone(p.shipped)
	for _, v := range versions {
		if v.State == ports.PluginActive {
			want = withEntry(want, store.entry(v))
		}
	}
	for _, e := range p.attached {
		want = withEntry(want, e)
	}
	return want, nil
}

// withEntry replaces the entry of the same program, or adds one.
func withEntry(c pluginhost.Catalog, e pluginhost.Entry) pluginhost.Catalog {
	at := slices.IndexFunc(c, func(other pluginhost.Entry) bool { return other.Program() == e.Program() })
	if at < 0 {
		return append(c, e)
	}
	c[at] = e
	return c
}
