package main

import (
	"bytes"
	"sync"

	"github.com/halum-hut/halum/plugins/sdk"
)

// The bounds of the cache. A table takes about as much memory as its JSON.
const (
	maxTables     = 1024
	maxTableBytes = 4 << 20
)

// cache keeps the tables of accounts that were asked for. It may be used from many goroutines.
type cache struct {
	mu    sync.RWMutex
	kept  map[key]entry
	bytes int
}

type key struct {
	tenant   string
	mode     sdk.Mode
	revision int64
}

type entry struct {
	config []byte
	table  *table
}

func newCache() *cache { return &cache{kept: map[key]entry{}} }

// of returns the account's table. The revision tells settings apart, but only the same bytes give the same table.
// Errors: Misconfigured.
func (c *cache) of(a sdk.Account) (*table, error) {
	at := key{a.Tenant, a.Mode, a.Revision}
	c.mu.RLock()
	e, ok := c.kept[at]
	c.mu.RUnlock()
	if ok && bytes.Equal(e.config, a.Config) {
		return e.table, nil
	}
	t, err := parse(a.Config)
	if err != nil {
		return nil, err
	}
	c.keep(at, entry{bytes.Clone(a.Config), t})
	return t, nil
}

// keep makes room by dropping any others: the map's random order spares those in use as well as most rules would.
func (c *cache) keep(at key, e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(at)
	for other := range c.kept {
		if len(c.kept) < maxTables && c.bytes+len(e.config) <= maxTableBytes {
			break
		}
		c.drop(other)
	}
	c.kept[at] = e
	c.bytes += len(e.config)
}

func (c *cache) drop(at key) {
	c.bytes -= len(c.kept[at].config)
	delete(c.kept, at)
}
