package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/halum-hut/halum/core/catalog"
	corefault "github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

const (
	selectImports = `select i.body from catalog_imports i where i.kind = 'import' `

	saveImport = `insert into catalog_imports (kind, import_id, n, status, body) values ('import', $1, 0, $2, $3)
		on conflict (kind, import_id, n) do update set status = excluded.status, body = excluded.body`

	selectImportRows = `select r.n, r.status, r.body from catalog_imports r
		where r.kind = 'row' and r.import_id = $1 and r.n > $2 and ($3 = '' or r.status = $3) order by r.n limit $4`

	addImportRows = `insert into catalog_imports (kind, import_id, n, status, body)
		select 'row', $1, x.n, x.outcome, x.body from jsonb_to_recordset($2) as x (n integer, outcome text, body jsonb)`

	addImportPart  = `insert into catalog_imports (kind, import_id, n, status, data) values ('file', $1, $2, '', $3)`
	importPart     = `select c.data from catalog_imports c where c.kind = 'file' and c.import_id = $1 and c.n = $2`
	dropImportFile = `delete from catalog_imports where kind = 'file' and import_id = $1`

	deleteImports = `delete from catalog_imports p where p.kind in ('import', 'file', 'row') and p.import_id in (
		select i.import_id from catalog_imports i where i.kind = 'import' and (i.import_id = $1
			or (i.body->>'finished_at')::timestamptz < $2 and i.status in ('done', 'rejected', 'failed', 'cancelled')
			or (i.body->>'created_at')::timestamptz < $3 and i.status = 'uploading'))`
)

// importBody is how an import is stored.
type importBody struct {
	ID         catalog.ImportID     `json:"id"`
	Name       string               `json:"name"`
	Format     catalog.FileFormat   `json:"format"`
	Policy     catalog.ImportPolicy `json:"policy"`
	DryRun     bool                 `json:"dry_run"`
	Leave      bool                 `json:"leave_pictures,omitempty"`
	Status     catalog.ImportStatus `json:"status"`
	By         string               `json:"by"`
	Size       int64                `json:"size"`
	Read       int64                `json:"read"`
	Checking   bool                 `json:"checking"`
	Rows       int                  `json:"rows"`
	Products   int                  `json:"products"`
	Created    int                  `json:"created"`
	Updated    int                  `json:"updated"`
	Unchanged  int                  `json:"unchanged"`
	Failed     int                  `json:"failed"`
	Message    string               `json:"message"`
	Holder     string               `json:"holder"`
	HeldUntil  time.Time            `json:"held_until"`
	CreatedAt  time.Time            `json:"created_at"`
	UpdatedAt  time.Time            `json:"updated_at"`
	FinishedAt time.Time            `json:"finished_at"`
}

// CatalogImport implements ports.ImportView.
func (s *session) CatalogImport(ctx context.Context, id catalog.ImportID) (catalog.Import, error) {
	all, err := s.imports(ctx, `and i.import_id = $1`+s.forUpdate("i"), id)
	if err == nil && len(all) == 0 {
		err = catalog.ErrImportNotFound
	}
	if err != nil {
		return catalog.Import{}, err
	}
	return all[0], nil
}

// CatalogImports implements ports.ImportView.
func (s *session) CatalogImports(ctx context.Context, after catalog.ImportID, limit int) ([]catalog.Import, error) {
	return s.imports(ctx, `and ($1 = '' or i.import_id < $1) order by i.import_id desc limit $2`, after, limit)
}

func (s *session) imports(ctx context.Context, where string, args ...any) ([]catalog.Import, error) {
	rows, err := s.db.Query(ctx, selectImports+where, args...)
	if err != nil {
		return nil, fault(err, "read imports")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (catalog.Import, error) {
		var b importBody
		err := row.Scan(&b)
		return catalog.Import(b), err
	})
	return all, fault(err, "read imports")
}

// SaveImport implements ports.ImportTx.
func (s *session) SaveImport(ctx context.Context, i catalog.Import) error {
	body, err := json.Marshal(importBody(i))
	if err != nil {
		return corefault.Wrap(err, "encode an import")
	}
	_, err = s.db.Exec(ctx, saveImport, i.ID, i.Status, body)
	return fault(err, "save an import")
}

// AddImportChunk implements ports.ImportTx.
func (s *session) AddImportChunk(ctx context.Context, id catalog.ImportID, n int, data []byte) error {
	_, err := s.db.Exec(ctx, addImportPart, id, n, data)
	return fault(err, "keep a part of a file")
}

// ImportChunk implements ports.ImportView.
func (s *session) ImportChunk(ctx context.Context, id catalog.ImportID, n int) (data []byte, err error) {
	err = s.db.QueryRow(ctx, importPart, id, n).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, corefault.Newf(corefault.Internal, "import_file_gone", "part %d of the file is not there", n)
	}
	return data, fault(err, "read a part of a file")
}

// DropImportFile implements ports.ImportTx.
func (s *session) DropImportFile(ctx context.Context, id catalog.ImportID) error {
	_, err := s.db.Exec(ctx, dropImportFile, id)
	return fault(err, "drop a file")
}

// DeleteImports implements ports.ImportTx.
func (s *session) DeleteImports(ctx context.Context, id catalog.ImportID, ended, begun time.Time) error {
	_, err := s.db.Exec(ctx, deleteImports, id, ended, begun)
	return fault(err, "delete imports")
}

// importRow is how what was done with a product is sent to the database.
type importRow struct {
	N       int           `json:"n"`
	Outcome string        `json:"outcome"`
	Body    importRowBody `json:"body"`
}

// importRowBody is the part of it that nobody asks for by itself.
type importRowBody struct {
	Line    int                `json:"line"`
	Slug    string             `json:"slug"`
	Changes []catalog.Change   `json:"changes,omitempty"`
	Errors  []catalog.RowError `json:"errors,omitempty"`
	Notes   []catalog.RowError `json:"notes,omitempty"`
}

// AddImportRows implements ports.ImportTx.
func (s *session) AddImportRows(ctx context.Context, id catalog.ImportID, rows []catalog.ImportRow) error {
	if len(rows) == 0 {
		return nil
	}
	all := make([]importRow, len(rows))
	for i, r := range rows {
		all[i] = importRow{r.Number, string(r.Outcome), importRowBody{r.Line, r.Slug, r.Changes, r.Errors, r.Notes}}
	}
	encoded, err := json.Marshal(all)
	if err != nil {
		return corefault.Wrap(err, "encode rows of an import")
	}
	_, err = s.db.Exec(ctx, addImportRows, id, encoded)
	return fault(err, "keep what an import did")
}

// ImportRows implements ports.ImportView.
func (s *session) ImportRows(ctx context.Context, id catalog.ImportID, q ports.ImportRowQuery) ([]catalog.ImportRow, error) {
	rows, err := s.db.Query(ctx, selectImportRows, id, q.After, q.Outcome, q.Limit)
	if err != nil {
		return nil, fault(err, "read what an import did")
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (r catalog.ImportRow, err error) {
		var b importRowBody
		err = row.Scan(&r.Number, &r.Outcome, &b)
		r.Line, r.Slug, r.Changes, r.Errors, r.Notes = b.Line, b.Slug, b.Changes, b.Errors, b.Notes
		return r, err
	})
	return all, fault(err, "read what an import did")
}
