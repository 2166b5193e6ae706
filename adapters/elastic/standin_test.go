package elastic_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// standIn speaks the part of the search API that this adapter uses, in memory and without any index. It is no search
// server: it proves that the adapter's questions, put in the API's language and sent by the real client, mean what the
// port asks for; how a server understands them is proved only against a server (see TestAgainstAServer). What it does not
// know it refuses, and it refuses questions that could see two shops.
type standIn struct {
	mu      sync.Mutex
	indexes map[string]*standInIndex
	aliases map[string]string
	checks  func(r *http.Request, body []byte, status int, answer []byte) error // of every exchange
}

// refusal is an error in the words of the API.
type refusal struct {
	status       int
	kind, reason string
}

func (r refusal) Error() string { return r.kind + ": " + r.reason }

func badRequest(format string, args ...any) error {
	return refusal{http.StatusBadRequest, "parsing_exception", fmt.Sprintf(format, args...)}
}

func missing(index string) refusal {
	return refusal{http.StatusNotFound, "index_not_found_exception", "no such index [" + index + "]"}
}

func newStandIn() *standIn {
	return &standIn{indexes: map[string]*standInIndex{}, aliases: map[string]string{}}
}

// ServeHTTP implements http.Handler.
func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	status, answer := s.answer(r, body)
	b, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	if s.checks != nil {
		if err := s.checks(r, body, status, b); err != nil {
			status, b = http.StatusBadRequest, toError(refusal{http.StatusBadRequest, "contract_violation", err.Error()})
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(b)
}

// RoundTrip implements http.RoundTripper, so that no port is needed.
func (s *standIn) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	s.ServeHTTP(w, r)
	return w.Result(), nil
}

func toError(r refusal) []byte {
	cause := map[string]any{"type": r.kind, "reason": r.reason}
	b, err := json.Marshal(map[string]any{"status": r.status, "error": map[string]any{
		"type": r.kind, "reason": r.reason, "root_cause": []any{cause},
	}})
	if err != nil {
		panic(err)
	}
	return b
}

func (s *standIn) answer(r *http.Request, body []byte) (int, any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer any
	var err error
	index, operation, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch r.Method + " " + operation {
	case "PUT ":
		answer, err = s.create(index, body)
	case "POST _bulk":
		answer, err = s.bulk(index, r, body)
	case "POST _search":
		answer, err = s.search(index, r, body)
	case "DELETE ":
		delete(s.indexes, index)
		answer = map[string]any{"acknowledged": true}
	case "GET ":
		answer = map[string]any{"version": map[string]any{"distribution": "stand-in", "number": "0.0"}}
	default:
		err = badRequest("%s %s is not known", r.Method, r.URL.Path)
	}
	if refused, is := err.(refusal); is { //nolint:errorlint // it is never wrapped
		return refused.status, json.RawMessage(toError(refused))
	}
	if err != nil {
		return http.StatusInternalServerError, json.RawMessage(toError(refusal{http.StatusInternalServerError, "exception", err.Error()}))
	}
	return http.StatusOK, answer
}

// strictly decodes JSON and refuses what is not known.
func strictly(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return badRequest("%v in %s", err, b)
	}
	return nil
}

func (s *standIn) create(name string, body []byte) (any, error) {
	if s.indexes[name] != nil {
		return nil, refusal{http.StatusBadRequest, "resource_already_exists_exception", "index [" + name + "] already exists"}
	}
	var made struct {
		Aliases  map[string]struct{} `json:"aliases"`
		Settings struct {
			Index    map[string]any  `json:"index"`
			Analysis standInAnalysis `json:"analysis"`
		} `json:"settings"`
		Mappings struct {
			Dynamic    string                  `json:"dynamic"`
			Routing    struct{ Required bool } `json:"_routing"`
			Properties map[string]standInField `json:"properties"`
		} `json:"mappings"`
	}
	if err := strictly(body, &made); err != nil {
		return nil, err
	}
	if made.Mappings.Dynamic != "strict" || !made.Mappings.Routing.Required {
		return nil, badRequest("dynamic mappings and documents without routing are not known")
	}
	ix := &standInIndex{fields: map[string]standInField{}, analysis: made.Settings.Analysis, docs: map[string]*standInDoc{}}
	for name, f := range made.Mappings.Properties {
		ix.fields[name] = f
		for sub, g := range f.Fields {
			ix.fields[name+"."+sub] = g
		}
	}
	for _, f := range ix.fields {
		if err := ix.analysis.check(f.Analyzer); err != nil {
			return nil, err
		}
	}
	s.indexes[name] = ix
	for alias := range made.Aliases {
		s.aliases[alias] = name
	}
	return map[string]any{"acknowledged": true, "shards_acknowledged": true, "index": name}, nil
}

func (s *standIn) bulk(alias string, r *http.Request, body []byte) (any, error) {
	if r.URL.Query().Get("require_alias") != "true" {
		return nil, badRequest("a bulk request that would make its index")
	}
	waits := r.URL.Query().Get("refresh") == "wait_for"
	lines := bufio.NewScanner(bytes.NewReader(body))
	lines.Buffer(nil, 1<<24)
	items, failed := []any{}, false
	for lines.Scan() {
		var a struct {
			Index struct {
				ID          string `json:"_id"`
				Routing     string `json:"routing"`
				Version     int64  `json:"version"`
				VersionType string `json:"version_type"`
			} `json:"index"`
		}
		if err := strictly(lines.Bytes(), &a); err != nil {
			return nil, err
		}
		if !lines.Scan() || a.Index.VersionType != "external" || a.Index.Routing == "" {
			return nil, badRequest("every document has a line, a version from outside and a routing")
		}
		item := map[string]any{"_index": s.aliases[alias], "_id": a.Index.ID}
		result, err := s.put(alias, a.Index.ID, a.Index.Routing, a.Index.Version, lines.Bytes(), waits)
		if err == nil {
			item["status"], item["result"], item["_version"] = 201, result, a.Index.Version
			item["_shards"] = map[string]any{"total": 1, "successful": 1, "failed": 0}
			item["_seq_no"], item["_primary_term"] = 1, 1
		} else {
			refused, _ := err.(refusal) //nolint:errorlint // it is never wrapped
			item["_index"], item["status"], failed = alias, refused.status, true
			item["error"] = map[string]any{"type": refused.kind, "reason": refused.reason}
		}
		items = append(items, map[string]any{"index": item})
	}
	return map[string]any{"took": 1, "errors": failed, "items": items}, lines.Err()
}

func (s *standIn) put(alias, id, routing string, version int64, source []byte, visible bool) (string, error) {
	ix := s.indexes[s.aliases[alias]]
	if ix == nil {
		return "", missing(alias)
	}
	old := ix.docs[id]
	if old != nil && old.version >= version {
		return "", refusal{http.StatusConflict, "version_conflict_engine_exception", "current version is higher or equal"}
	}
	d, err := ix.read(source)
	if err != nil {
		return "", err
	}
	d.version, d.routing, d.visible = version, routing, visible
	ix.docs[id] = d
	if old == nil {
		return "created", nil
	}
	return "updated", nil
}
