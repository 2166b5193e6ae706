package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

const importsPath = "/catalog/imports"

// isImport recognises the upload of a file.
func isImport(method, target string) bool {
	path, _, _ := strings.Cut(target, "?")
	return method == fiber.MethodPost && path == adminPath+importsPath
}

func (s *Server) mountImports(api huma.API) {
	bad, missing, conflict := http.StatusUnprocessableEntity, http.StatusNotFound, http.StatusConflict
	begin := post(importsPath, "import_catalog", "Catalogue", "Import products from a file").answers(http.StatusAccepted).
		within(importTimeout).limited(s, limitImports).signedIn().fails(http.StatusRequestTimeout, conflict, bad).
		about("The body is the file: Shopify's product CSV in both dialects, WooCommerce's, our own CSV, or JSON Lines. It is stored as it " +
			"comes, and worked on in the background: follow `Location`. Products are matched by slug; running a file twice changes nothing.")
	begin.RequestBody = fileInput()
	huma.Register(api, begin.Operation, s.beginImport)
	huma.Register(api, get(importsPath, "list_imports", "Catalogue", "Imports, newest first; they are kept for 30 days").signedIn().fails(bad).Operation, s.listImports)
	huma.Register(api, get(importsPath+"/{id}", "get_import", "Catalogue", "How far an import is").signedIn().fails(missing, bad).Operation, s.getImport)
	huma.Register(api, get(importsPath+"/{id}/rows", "list_import_rows", "Catalogue", "What an import did, or would do, with each product").
		signedIn().fails(missing, bad).
		about("In the order of the file. A dry run lists every product, an import all but those that stay as they are.").Operation, s.importRows)
	huma.Register(api, post(importsPath+"/{id}/cancel", "cancel_import", "Catalogue", "Stop an import; what it imported stays").
		signedIn().fails(missing, conflict, bad).Operation, s.cancelImport)
	huma.Register(api, describe(http.MethodDelete, importsPath+"/{id}", "delete_import", "Catalogue", "Forget an import that has ended; its products stay").
		answers(http.StatusNoContent).signedIn().fails(missing, conflict, bad).Operation, s.deleteImport)
}

// Import is a file on its way into the catalogue.
type Import struct {
	ID         string     `json:"id" example:"imp_01jd3v4k2m0000000000000000"`
	Name       string     `json:"name"`
	Format     string     `json:"format" enum:"csv,jsonl,shopify,woocommerce"`
	Policy     string     `json:"policy" enum:"skip_failed,reject_all"`
	DryRun     bool       `json:"dry_run"`
	Status     string     `json:"status" enum:"uploading,queued,running,done,rejected,failed,cancelled" doc:"rejected: by the policy; failed: the file could not be read on, see message"`
	Message    string     `json:"message"`
	Progress   float64    `json:"progress" minimum:"0" maximum:"100" doc:"Percent"`
	Size       int64      `json:"size" doc:"Bytes"`
	Rows       int        `json:"rows" doc:"Read so far"`
	Products   int        `json:"products" doc:"Read so far"`
	Created    int        `json:"created"`
	Updated    int        `json:"updated"`
	Unchanged  int        `json:"unchanged"`
	Failed     int        `json:"failed"`
	CreatedAt  time.Time  `json:"created_at"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
}

func importToJSON(i catalog.Import) Import {
	out := Import{
		ID: string(i.ID), Name: i.Name, Format: string(i.Format), Policy: string(i.Policy), DryRun: i.DryRun, Status: string(i.Status),
		Message: i.Message, Progress: float64(i.Progress()) / 10, Size: i.Size, Rows: i.Rows, Products: i.Products,
		Created: i.Created, Updated: i.Updated, Unchanged: i.Unchanged, Failed: i.Failed, CreatedAt: timeToJSON(i.CreatedAt),
	}
	if i.Ended() {
		at := timeToJSON(i.FinishedAt)
		out.FinishedAt = &at
	}
	return out
}

// ImportRow is what an import did with one product.
type ImportRow struct {
	Number  int            `json:"number" doc:"Of the product in the file, from 1"`
	Line    int            `json:"line" doc:"Of its first row"`
	Slug    string         `json:"slug"`
	Outcome string         `json:"outcome" enum:"created,updated,unchanged,failed"`
	Changes []ImportChange `json:"changes" doc:"Of an update"`
	Errors  []ImportError  `json:"errors" doc:"Why it failed"`
	Notes   []ImportError  `json:"notes" doc:"What to know all the same"`
}

// ImportChange is one field that is different.
type ImportChange struct {
	Field string `json:"field" example:"variants[Large].price"`
	Old   string `json:"old" example:"19.90 BDT"`
	New   string `json:"new" example:"21.50 BDT"`
}

// ImportError says what is wrong in the file, where, and how to mend it.
type ImportError struct {
	Line    int    `json:"line"`
	Column  string `json:"column" doc:"The header's text; empty when the whole row is meant"`
	Message string `json:"message"`
}

func importRowToJSON(r catalog.ImportRow) ImportRow {
	wrong := func(e catalog.RowError) ImportError { return ImportError(e) }
	return ImportRow{
		r.Number, r.Line, r.Slug, string(r.Outcome), mapped(r.Changes, func(c catalog.Change) ImportChange { return ImportChange(c) }),
		mapped(r.Errors, wrong), mapped(r.Notes, wrong),
	}
}

type importAnswer struct {
	Location string `header:"Location" doc:"Where to follow it"`
	Body     Import
}

func (s *Server) beginImport(ctx context.Context, in *struct {
	FileBody
	Format string `query:"format" enum:"csv,jsonl,shopify,woocommerce" doc:"Left out: found out by the header"`
	Policy string `query:"policy" enum:"skip_failed,reject_all" default:"skip_failed" doc:"reject_all checks the whole file first, and one bad product keeps all of them out"`
	DryRun bool   `query:"dry_run" doc:"Report what would happen and change nothing"`
	Name   string `query:"name" maxLength:"255" doc:"Of the file, for people"`
	Images string `query:"images" enum:"fetch,keep" default:"fetch" doc:"Pictures that the file names by address: fetch them in the background, or keep the addresses. Those that cannot be fetched are listed by GET /media?status=failed"`
},
) (*importAnswer, error) {
	i, err := s.d.Backoffice.Imports.Begin(ctx, actorOf(ctx), catalog.Import{
		Name: strings.Clone(in.Name), Format: catalog.FileFormat(strings.Clone(in.Format)),
		Policy: catalog.ImportPolicy(strings.Clone(in.Policy)), DryRun: in.DryRun, Leave: in.Images == "keep",
	}, in.file)
	if err != nil {
		return nil, err
	}
	return &importAnswer{adminPath + importsPath + "/" + string(i.ID), importToJSON(i)}, nil
}

// ImportPage is a part of the list of imports.
type ImportPage struct {
	Imports []Import `json:"imports"`
	Next    string   `json:"next" doc:"For after; empty on the last page"`
}

func (s *Server) listImports(ctx context.Context, in *PageQuery) (*body[ImportPage], error) {
	all, err := s.d.Backoffice.Imports.List(ctx, actorOf(ctx), catalog.ImportID(strings.Clone(in.After)), in.Limit)
	if err != nil {
		return nil, err
	}
	out := ImportPage{Imports: mapped(all, importToJSON)}
	if len(all) == in.Limit {
		out.Next = string(all[len(all)-1].ID)
	}
	return &body[ImportPage]{out}, nil
}

// ImportID names an import.
type ImportID struct {
	ID string `path:"id" maxLength:"60" example:"imp_01jd3v4k2m0000000000000000"`
}

func (i ImportID) core() catalog.ImportID { return catalog.ImportID(strings.Clone(i.ID)) }

func (s *Server) getImport(ctx context.Context, in *ImportID) (*body[Import], error) {
	i, err := s.d.Backoffice.Imports.Get(ctx, actorOf(ctx), in.core())
	return &body[Import]{importToJSON(i)}, err
}

func (s *Server) cancelImport(ctx context.Context, in *ImportID) (*body[Import], error) {
	i, err := s.d.Backoffice.Imports.Cancel(ctx, actorOf(ctx), in.core())
	return &body[Import]{importToJSON(i)}, err
}

func (s *Server) deleteImport(ctx context.Context, in *ImportID) (*struct{}, error) {
	return nil, s.d.Backoffice.Imports.Delete(ctx, actorOf(ctx), in.core())
}

// ImportRowPage is a part of what an import did.
type ImportRowPage struct {
	Rows []ImportRow `json:"rows"`
	Next string      `json:"next" doc:"For after; empty on the last page"`
}

func (s *Server) importRows(ctx context.Context, in *struct {
	ImportID
	PageQuery
	Outcome string `query:"outcome" enum:"created,updated,unchanged,failed"`
},
) (*body[ImportRowPage], error) {
	q := ports.ImportRowQuery{Outcome: catalog.ImportOutcome(strings.Clone(in.Outcome)), Limit: in.Limit}
	if in.After != "" {
		n, err := strconv.ParseUint(in.After, 10, 31)
		if err != nil {
			return nil, fault.InvalidField("after", "use next of the previous page")
		}
		q.After = int(n)
	}
	rows, err := s.d.Backoffice.Imports.Rows(ctx, actorOf(ctx), in.core(), q)
	if err != nil {
		return nil, err
	}
	out := ImportRowPage{Rows: mapped(rows, importRowToJSON)}
	if len(rows) == in.Limit {
		out.Next = strconv.Itoa(rows[len(rows)-1].Number)
	}
	return &body[ImportRowPage]{out}, nil
}
