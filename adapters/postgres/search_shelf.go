package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/halum-hut/halum/adapters/postgres/postings"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	documentColumns = `d.product_id, d.version, d.live, d.title, d.keywords, d.body, d.codes, d.facets, d.price, d.created, d.popularity, d.rating`

	// A row that was written by a transaction which was still running then, or began later, is read again. The limit is
	// what makes the planner take the index, whatever it thinks of the number of changes.
	changedDocuments = `select ` + documentColumns + `, d.changed from search_documents d
		where (d.changed, d.product_id) > ($1, $2) and d.version > 0 order by d.changed, d.product_id limit 1000`
	allDocuments    = `select ` + documentColumns + ` from search_documents d where d.product_id > $1 and d.live order by d.product_id limit $2`
	changedSettings = `select s.version, s.synonyms from search_settings s where s.version <> $1`
	oldestRunning   = `select pg_snapshot_xmin(pg_current_snapshot())::text::bigint`

	loadAtOnce    = 20_000
	changesAtOnce = 1_000
)

// shelf is a shop's index in this process.
type shelf struct {
	index  *postings.Index
	since  atomic.Int64 // the oldest transaction whose rows may not have been seen
	loaded atomic.Bool
	load   sync.Mutex

	mu       sync.Mutex
	settings int64 // version
	synonyms search.Expansions

	changes atomic.Int64 // since it was measured
	bytes   atomic.Int64
	used    atomic.Int64 // nanoseconds
}

// load reads the whole shop once. Others wait without holding a connection.
func (x *Search) load(ctx context.Context, t tenant.ID, f *shelf) error {
	if f.loaded.Load() {
		return nil
	}
	f.load.Lock()
	defer f.load.Unlock()
	if f.loaded.Load() {
		return nil
	}
	err := x.db.View(ctx, t, func(ctx context.Context, v ports.View) error {
		s := v.(*session) //nolint:forcetypeassert // our own store's
		var since int64
		if err := s.db.QueryRow(ctx, oldestRunning).Scan(&since); err != nil {
			return err
		}
		f.since.Store(since)
		return f.readAll(ctx, s)
	})
	if err != nil {
		return fault(err, "load the search index")
	}
	f.bytes.Store(f.index.Bytes())
	f.loaded.Store(true)
	return nil
}

// readAll reads in parts, so that no statement of a large shop runs into its time limit.
func (f *shelf) readAll(ctx context.Context, s *session) error {
	for after := ""; ; {
		rows, err := s.db.Query(ctx, allDocuments, after, loadAtOnce)
		if err != nil {
			return err
		}
		n := 0
		take, end := f.index.Begin()
		err = eachDocument(rows, func(r postings.Row) {
			n++
			after = string(r.ID)
			take(r)
		})
		end()
		if err != nil || n < loadAtOnce {
			return err
		}
	}
}

// refresh applies what has changed. Two may do it at once: a row that is known is left out.
func (f *shelf) refresh(ctx context.Context, s *session) error {
	var b pgx.Batch
	f.mu.Lock()
	settings := f.settings
	f.mu.Unlock()
	b.Queue(changedDocuments, f.since.Load(), "")
	b.Queue(changedSettings, settings)
	b.Queue(oldestRunning)
	results := s.db.SendBatch(ctx, &b)
	oldest, at, err := f.apply(results)
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	for err == nil && at.n == changesAtOnce {
		var rows pgx.Rows
		if rows, err = s.db.Query(ctx, changedDocuments, at.changed, at.id); err == nil {
			at, err = f.take(rows)
		}
	}
	if err != nil {
		return fault(err, "bring the search index up to date")
	}
	for old := f.since.Load(); old < oldest && !f.since.CompareAndSwap(old, oldest); old = f.since.Load() {
	}
	return nil
}

// reached is how far a statement came, and with how many rows.
type reached struct {
	changed int64
	id      string
	n       int64
}

func (f *shelf) apply(results pgx.BatchResults) (oldest int64, at reached, err error) {
	rows, err := results.Query()
	if err != nil {
		return 0, at, err
	}
	if at, err = f.take(rows); err != nil {
		return 0, at, err
	}
	if err = f.applySettings(results); err != nil {
		return 0, at, err
	}
	return oldest, at, results.QueryRow().Scan(&oldest)
}

// take puts changed rows into the index, which is locked only if there are any.
func (f *shelf) take(rows pgx.Rows) (at reached, err error) {
	var put func(postings.Row)
	end := func() {}
	err = eachDocument(rows, func(r postings.Row) {
		if put == nil {
			put, end = f.index.Begin()
		}
		at.n++
		at.id = string(r.ID)
		put(r)
	}, &at.changed)
	end()
	f.changes.Add(at.n)
	return at, err
}

func (f *shelf) applySettings(results pgx.BatchResults) error {
	var version int64
	var text []byte
	err := results.QueryRow().Scan(&version, &text)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	var synonyms []search.Synonyms
	if err == nil {
		err = json.Unmarshal(text, &synonyms)
	}
	if err != nil {
		return err
	}
	made := search.NewExpansions(synonyms, cutWords)
	f.mu.Lock()
	defer f.mu.Unlock()
	if version > f.settings {
		f.settings, f.synonyms = version, made
	}
	return nil
}

func (f *shelf) expansions() search.Expansions {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.synonyms
}

// eachDocument reads rows without copying their texts. more takes the columns behind those of the document.
func eachDocument(rows pgx.Rows, fn func(postings.Row), more ...any) error {
	defer rows.Close()
	var r postings.Row
	var id, title, keywords, body, codes, facets pgtype.DriverBytes
	into := []any{&id, &r.Version, &r.Live, &title, &keywords, &body, &codes, &facets, &r.Price, &r.Created, &r.Popularity, &r.Rating}
	into = append(into, more...)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		r.ID, r.Title, r.Keywords, r.Text, r.Codes, r.Values = id, title, keywords, body, codes, facets
		fn(r)
	}
	return rows.Err()
}

// shelves are the indexes of this process.
type shelves struct {
	limit int64
	mu    sync.Mutex
	all   map[tenant.ID]*shelf
}

const measureEvery = 1000 // changes

func newShelves(limit int64) *shelves { return &shelves{limit: limit, all: map[tenant.ID]*shelf{}} }

// of returns a shop's index, which may still be empty.
func (x *shelves) of(t tenant.ID) *shelf {
	x.mu.Lock()
	defer x.mu.Unlock()
	f := x.all[t]
	if f == nil {
		f = &shelf{index: postings.New()}
		x.all[t] = f
	}
	f.used.Store(time.Now().UnixNano())
	return f
}

// settle drops an index that is worn out, and others when there is too much.
func (x *shelves) settle(t tenant.ID, f *shelf) {
	if f.changes.Load() >= measureEvery {
		f.changes.Store(0)
		f.bytes.Store(f.index.Bytes())
	}
	worn := f.index.Worn()
	x.mu.Lock()
	defer x.mu.Unlock()
	if worn && x.all[t] == f {
		delete(x.all, t)
	}
	total := int64(0)
	for _, other := range x.all {
		total += other.bytes.Load()
	}
	if total <= x.limit {
		return
	}
	x.evict(t, total)
}

func (x *shelves) evict(but tenant.ID, total int64) {
	var ids []tenant.ID
	for id := range x.all {
		if id != but {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b tenant.ID) int { return int(x.all[a].used.Load() - x.all[b].used.Load()) })
	for _, id := range ids {
		if total <= x.limit {
			return
		}
		total -= x.all[id].bytes.Load()
		delete(x.all, id)
	}
}
