package httpapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/catalog"
)

// exportTimeout is how long a client may take to fetch an export.
const exportTimeout = 10 * time.Minute

func (s *Server) mountExport(api huma.API) {
	op := get("/catalog/export", "export_catalog", "Catalogue", "All products as a file").limited(s, limitImports).signedIn().
		fails(http.StatusUnprocessableEntity).
		about("As they are at one moment, in the order of their slugs. Importing the file into another shop and exporting there gives the " +
			"same bytes. In CSV, cells that a spreadsheet would take for a formula begin with an apostrophe, which an import takes off again; " +
			"JSON Lines hold everything as it is. An answer that breaks off is not complete.")
	op.Responses = map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
		"text/csv":             {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		"application/x-ndjson": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}}
	huma.Register(api, op.Operation, s.exportCatalog)
}

// isExport reports the address of an export.
func isExport(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	return path == adminPath+"/catalog/export"
}

// exportCatalog streams. What is wrong before the first byte is a problem as always; later the connection breaks off, so
// that nobody takes a part for the whole.
func (s *Server) exportCatalog(ctx context.Context, in *struct {
	Format string `query:"format" enum:"csv,jsonl" default:"csv"`
},
) (*huma.StreamResponse, error) {
	by, format := actorOf(ctx), catalog.FileFormat(strings.Clone(in.Format))
	r, w := io.Pipe()
	long, cancel := context.WithTimeout(s.base, exportTimeout) // the request's own time ends when its handler returns
	go func() {
		defer cancel()
		err := s.d.Backoffice.Catalog.Export(long, by, format, w)
		if err != nil && !errors.Is(err, io.ErrClosedPipe) {
			s.d.Log.Warn("an export broke off", "tenant", by.Tenant, "error", err)
		}
		_ = w.CloseWithError(err)
	}()
	file := &export{Reader: bufio.NewReader(r), pipe: r}
	if _, err := file.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		kind, name := "text/csv; charset=utf-8", "products.csv"
		if format == catalog.FileJSONL {
			kind, name = "application/x-ndjson", "products.jsonl"
		}
		c.SetHeader("Content-Type", kind)
		c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		c.SetHeader("Cache-Control", "no-store")
		fiberOf(c).Context().Response.SetBodyStream(file, -1)
	}}, nil
}

// export is an answer under way. Fasthttp closes it when it has sent all, and when the client is gone.
type export struct {
	*bufio.Reader
	pipe *io.PipeReader
}

// Close ends the reading of the database.
func (e *export) Close() error { return e.pipe.Close() }
