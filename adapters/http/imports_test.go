package httpapi

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
)

func asFile(staff map[string]string) map[string]string {
	return map[string]string{"Authorization": staff["Authorization"], "Content-Type": "text/csv"}
}

func TestImportsAreFollowed(t *testing.T) {
	s := start(t)
	of := pgtest.Tenant(t, s.db)
	host, owner := hostOf(of), s.staff(of, identity.Owner)
	imports := adminPath + "/catalog/imports"
	var begun Import
	got := s.do(call{"POST", host, imports + "?name=cups.csv", csv, asFile(owner)}).is(202).into(&begun)
	require.Equal(t, imports+"/"+begun.ID, got.header.Get("Location"))
	require.Equal(t, []any{"queued", "shopify", "skip_failed", "cups.csv", 0.0}, []any{begun.Status, begun.Format, begun.Policy, begun.Name, begun.Progress})
	require.Nil(t, begun.FinishedAt)
	at := imports + "/" + begun.ID
	s.do(call{"DELETE", host, at, nil, owner}).is(409, "import_running")
	s.work(of) // the search's jobs; the import's own comes next
	_, err := s.importer.Work(t.Context(), of.ID, catalog.ImportID(begun.ID), time.Minute, nil)
	require.NoError(t, err)
	var done Import
	s.do(call{"GET", host, at, nil, owner}).is(200).into(&done)
	require.Equal(t, []any{"done", 1, 1, 2, 100.0}, []any{done.Status, done.Created, done.Failed, done.Products, done.Progress})
	require.NotNil(t, done.FinishedAt)

	changed := strings.Replace(csv, "12.50", "13.50", 1)
	tried := s.imported(of, "?dry_run=true", changed, asFile(owner))
	var rows ImportRowPage
	s.do(call{"GET", host, imports + "/" + tried.ID + "/rows", nil, owner}).is(200).into(&rows)
	require.Len(t, rows.Rows, 2)
	require.Equal(t, "updated", rows.Rows[0].Outcome)
	require.Equal(t, []ImportChange{{"price", "12.50 BDT", "13.50 BDT"}}, rows.Rows[0].Changes)
	require.Equal(t, []ImportError{{3, "Variant Price", rows.Rows[1].Errors[0].Message}}, rows.Rows[1].Errors)
	s.do(call{"GET", host, imports + "/" + tried.ID + "/rows?outcome=failed&limit=1", nil, owner}).is(200).into(&rows)
	require.Equal(t, "red-cup", rows.Rows[0].Slug)
	require.Equal(t, "2", rows.Next)
	s.do(call{"GET", host, imports + "/" + tried.ID + "/rows?after=" + rows.Next, nil, owner}).is(200).into(&rows)
	require.Empty(t, rows.Rows)
	s.do(call{"GET", host, imports + "/" + tried.ID + "/rows?after=x", nil, owner}).is(422)

	rejected := s.imported(of, "?policy=reject_all", changed, asFile(owner))
	require.Equal(t, []any{"rejected", 1, 0}, []any{rejected.Status, rejected.Failed, rejected.Updated})
	var page ImportPage
	s.do(call{"GET", host, imports + "?limit=2", nil, owner}).is(200).into(&page)
	require.Equal(t, []string{rejected.ID, tried.ID}, []string{page.Imports[0].ID, page.Imports[1].ID})
	s.do(call{"GET", host, imports + "?after=" + page.Next, nil, owner}).is(200).into(&page)
	require.Len(t, page.Imports, 1)
	s.do(call{"POST", host, at + "/cancel", nil, owner}).is(409, "import_ended")
	s.do(call{"DELETE", host, at, nil, owner}).is(204)
	s.do(call{"GET", host, at, nil, owner}).is(404, "import_not_found")
	s.do(call{"GET", host, at + "/rows", nil, owner}).is(404, "import_not_found")
}

func TestImportsAreRefused(t *testing.T) {
	s := start(t)
	of, other := pgtest.Tenant(t, s.db), pgtest.Tenant(t, s.db)
	host, owner, imports := hostOf(of), s.staff(of, identity.Owner), adminPath+"/catalog/imports"
	s.do(call{"POST", host, imports, csv, map[string]string{"Content-Type": "text/csv"}}).is(401, "sign_in_required")
	s.do(call{"POST", host, imports, csv, asFile(s.staff(of, identity.ReadOnly))}).is(403, "forbidden")
	s.do(call{"POST", host, imports, map[string]any{}, owner}).is(415, "unsupported_media_type")
	packed := asFile(owner)
	packed["Content-Encoding"] = "gzip"
	s.do(call{"POST", host, imports, "\x1f\x8b\x08", packed}).is(415, "unsupported_encoding")
	for query, code := range map[string]string{
		"?format=xlsx": "invalid_request", "?policy=maybe": "invalid_request", "?format=woocommerce": "not_csv", "?format=jsonl": "not_json_lines",
	} {
		s.do(call{"POST", host, imports + query, csv, asFile(owner)}).is(422, code)
	}
	for file, code := range map[string]string{
		"":                              "empty_file",
		"PK\x03\x04":                    "not_csv",
		"\x1f\x8b\x08\x00":              "not_csv",
		"Handle,Title\x00":              "not_csv",
		"\xff\xfeH\x00":                 "not_utf8",
		"Handle,Title,Price\ncaf\xe9,x": "not_utf8",
		"Handle,Vendor\n":               "missing_columns",
		"a,b\n1,2\n":                    "not_csv",
	} {
		of := pgtest.Tenant(t, s.db) // each with its own rate
		s.do(call{"POST", hostOf(of), imports, file, asFile(s.staff(of, identity.Owner))}).is(422, code)
		require.Empty(t, pgtest.Texts(t, of.ID, `select import_id from catalog_imports`), "nothing stays of a file that is refused")
	}
	require.Empty(t, pgtest.Texts(t, of.ID, `select import_id from catalog_imports`), "nothing stays of a file that is refused")
	begun := s.imported(of, "", csv, asFile(owner))
	foreign := s.staff(other, identity.Owner)
	for _, path := range []string{imports + "/" + begun.ID, imports + "/" + begun.ID + "/rows"} {
		s.do(call{"GET", hostOf(other), path, nil, foreign}).is(404, "import_not_found")
		s.do(call{"GET", host, path, nil, foreign}).is(401)
	}
	s.do(call{"POST", hostOf(other), imports + "/" + begun.ID + "/cancel", nil, foreign}).is(404, "import_not_found")
	s.do(call{"DELETE", hostOf(other), imports + "/" + begun.ID, nil, foreign}).is(404, "import_not_found")
	s.do(call{"GET", host, imports + "/imp_x", nil, owner}).is(404, "import_not_found")
}

func TestOnlySomeImportsWait(t *testing.T) {
	s := start(t)
	of := pgtest.Tenant(t, s.db)
	host, owner := hostOf(of), s.staff(of, identity.Owner)
	var first Import
	for i := range catalog.MaxImports {
		got := s.do(call{"POST", host, adminPath + "/catalog/imports", csv, asFile(owner)}).is(202)
		if i == 0 {
			got.into(&first)
		}
	}
	s.do(call{"POST", host, adminPath + "/catalog/imports", csv, asFile(owner)}).is(409, "too_many_imports")
	s.do(call{"POST", host, adminPath + "/catalog/imports/" + first.ID + "/cancel", nil, owner}).is(200).into(&first)
	require.Equal(t, "cancelled", first.Status)
	require.Empty(t, pgtest.Texts(t, of.ID, `select n::text from catalog_imports where kind = 'file' and import_id = '`+first.ID+`'`))
	again, err := s.importer.Work(t.Context(), of.ID, catalog.ImportID(first.ID), 0, nil)
	require.NoError(t, err)
	require.Zero(t, again)
	s.do(call{"POST", host, adminPath + "/catalog/imports", csv, asFile(owner)}).is(202)
}

// TestBodiesThatAreTooLong sends bodies without saying how long they are.
func TestBodiesThatAreTooLong(t *testing.T) {
	s := start(t)
	of := pgtest.Tenant(t, s.db)
	owner := s.staff(of, identity.Owner)
	for path, kind := range map[string]string{adminPath + "/catalog/imports": "text/csv", adminPath + "/products": "application/json"} {
		answer := s.chunked(path, hostOf(of), kind, owner["Authorization"], testFileLimit+1<<20)
		require.Equal(t, 413, answer.StatusCode)
	}
	require.Empty(t, pgtest.Texts(t, of.ID, `select import_id from catalog_imports`))
	require.Empty(t, pgtest.Texts(t, of.ID, `select n::text from catalog_imports where kind = 'file'`))
}

// TestBodiesInPieces sends what comes slowly, and two requests on one connection.
func TestBodiesInPieces(t *testing.T) {
	s := start(t)
	of := pgtest.Tenant(t, s.db)
	owner := s.staff(of, identity.Owner)
	r, w := io.Pipe()
	go func() {
		for i := range len(csv) {
			_, _ = w.Write([]byte{csv[i]})
		}
		_ = w.Close()
	}()
	req, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+s.addr+adminPath+"/catalog/imports", r)
	require.NoError(t, err)
	req.Host = hostOf(of)
	req.Header.Set("Authorization", owner["Authorization"])
	req.Header.Set("Content-Type", "text/csv")
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	require.Equal(t, 202, resp.StatusCode)
	require.Equal(t, []string{fmt.Sprint(len(csv))}, pgtest.Texts(t, of.ID, `select length(data)::text from catalog_imports where kind = 'file'`))
}

// chunked sends a body of a length in pieces, and reads the answer as soon as it comes.
func (s *stack) chunked(path, host, kind, authorization string, length int) *http.Response {
	s.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", s.addr)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = conn.Close() })
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nAuthorization: %s\r\nTransfer-Encoding: chunked\r\n\r\n", path, host, kind, authorization)
	go func() {
		piece := append([]byte("10000\r\nHandle,Title,Price\n"), bytes.Repeat([]byte("x"), 1<<16-len("Handle,Title,Price\n"))...)
		for sent := 0; sent < length; sent += 1 << 16 {
			if _, err := conn.Write(append(piece, "\r\n"...)); err != nil {
				return
			}
		}
		_, _ = conn.Write([]byte("0\r\n\r\n"))
	}()
	require.NoError(s.t, conn.SetReadDeadline(time.Now().Add(30*time.Second)))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}
