package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/ports"
)

const (
	selectSummaries = `select ` + summaryColumns + ` from products p where p.id = any($1) and p.status = 'active'`

	listSearchable = `select id from (
			(select p.id from products p where p.id > $1 order by p.id limit $2)
			union (select d.product_id from search_documents d where d.product_id > $1 order by d.product_id limit $2)
		) as both_lists (id) order by id limit $2`
	countSearchable = `select count(*) from (select p.id from products p union select d.product_id from search_documents d) as both_lists`

	unitsSold = `select l.product_id, sum(l.quantity * power(0.5::float8, extract(epoch from ($1::timestamptz - o.placed_at))::float8 / $2::float8))
		from orders o join order_lines l on l.order_id = o.id
		where o.status <> 'cancelled' and o.placed_at > $3 group by l.product_id`

	claimDocuments = `insert into search_documents as d (product_id, claimed, sold, version, changed, live, title, keywords, body, codes, facets,
			price, created, popularity, rating)
		select c.id, 1, greatest(c.sold, 0), 0, 0, false, '', '', '', '', '', 0, 0, 0, 0
		from unnest($1::text[], $2::bigint[]) as c (id, sold) order by c.id
		on conflict (product_id) do update set claimed = greatest(d.claimed, d.version) + 1,
			sold = case when $3 then excluded.sold else d.sold end
		returning d.product_id, d.claimed, d.sold`

	selectSettings = `select s.version, s.synonyms from search_settings s`
	insertSettings = `insert into search_settings (version, synonyms) values (1, $1) on conflict do nothing`
	updateSettings = `update search_settings set version = $2 + 1, synonyms = $1 where version = $2`
)

const halfLives = 6

// Summaries implements ports.SearchView.
func (s *session) Summaries(ctx context.Context, ids []catalog.ProductID) ([]catalog.Summary, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := s.db.Query(ctx, selectSummaries, ids)
	if err != nil {
		return nil, fault(err, "read summaries")
	}
	found, err := pgx.CollectRows(rows, scanSummary)
	if err != nil {
		return nil, fault(err, "read summaries")
	}
	byID := make(map[catalog.ProductID]catalog.Summary, len(found))
	for _, r := range found {
		byID[r.ID] = r.Summary
	}
	all := make([]catalog.Summary, 0, len(found))
	for _, id := range ids {
		if one, there := byID[id]; there {
			all = append(all, one)
		}
	}
	return all, nil
}

// Searchable implements ports.SearchView.
func (s *session) Searchable(ctx context.Context, after catalog.ProductID, limit int) ([]catalog.ProductID, error) {
	rows, err := s.db.Query(ctx, listSearchable, after, limit)
	if err != nil {
		return nil, fault(err, "list products")
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[catalog.ProductID])
	return ids, fault(err, "list products")
}

// CountSearchable implements ports.SearchView.
func (s *session) CountSearchable(ctx context.Context) (n int, err error) {
	err = s.db.QueryRow(ctx, countSearchable).Scan(&n)
	return n, fault(err, "count products")
}

// UnitsSold implements ports.SearchView.
func (s *session) UnitsSold(ctx context.Context, at time.Time, halfLife time.Duration) (map[catalog.ProductID]int64, error) {
	rows, err := s.db.Query(ctx, unitsSold, at, halfLife.Seconds(), at.Add(-halfLives*halfLife))
	if err != nil {
		return nil, fault(err, "add up sales")
	}
	sold := map[catalog.ProductID]int64{}
	var id catalog.ProductID
	var units float64
	_, err = pgx.ForEachRow(rows, []any{&id, &units}, func() error {
		sold[id] = int64(math.Round(units * 1000))
		return nil
	})
	return sold, fault(err, "add up sales")
}

// ClaimDocuments implements ports.SearchTx.
func (s *session) ClaimDocuments(ctx context.Context, ids []catalog.ProductID, sold map[catalog.ProductID]int64) (map[catalog.ProductID]ports.SearchClaim, error) {
	units := make([]int64, len(ids))
	for i, id := range ids {
		units[i] = sold[id]
	}
	rows, err := s.db.Query(ctx, claimDocuments, ids, units, sold != nil)
	if err != nil {
		return nil, fault(err, "claim search documents")
	}
	claims := make(map[catalog.ProductID]ports.SearchClaim, len(ids))
	var id catalog.ProductID
	var c ports.SearchClaim
	_, err = pgx.ForEachRow(rows, []any{&id, &c.Version, &c.Sold}, func() error {
		claims[id] = c
		return nil
	})
	return claims, fault(err, "claim search documents")
}

// ClaimedProducts implements ports.SearchTx.
func (s *session) ClaimedProducts(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error) {
	return s.products(ctx, byID, ids, false)
}

// SearchSettings implements ports.SearchView.
func (s *session) SearchSettings(ctx context.Context) (out search.Settings, err error) {
	var synonyms []byte
	err = s.db.QueryRow(ctx, selectSettings).Scan(&out.Version, &synonyms)
	if errors.Is(err, pgx.ErrNoRows) {
		return search.Settings{}, nil
	}
	if err == nil {
		err = json.Unmarshal(synonyms, &out.Synonyms)
	}
	return out, fault(err, "read search settings")
}

// SaveSearchSettings implements ports.SearchTx.
func (s *session) SaveSearchSettings(ctx context.Context, in search.Settings) error {
	if in.Synonyms == nil {
		in.Synonyms = []search.Synonyms{}
	}
	synonyms, err := json.Marshal(in.Synonyms)
	if err != nil {
		return fault(err, "encode synonyms")
	}
	statement, args := updateSettings, []any{synonyms, in.Version - 1}
	if in.Version == 1 {
		statement, args = insertSettings, args[:1]
	}
	tag, err := s.db.Exec(ctx, statement, args...)
	if err == nil && tag.RowsAffected() == 0 {
		return search.ErrSettingsChanged
	}
	return fault(err, "save search settings version "+strconv.FormatInt(in.Version, 10))
}
