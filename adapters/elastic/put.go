package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/opensearch-project/opensearch-go/v4/opensearchapi"

	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// action says what a bulk request does with the document in the line below.
type action struct {
	Index struct {
		ID          string `json:"_id"`
		Routing     string `json:"routing"`
		Version     int64  `json:"version"`
		VersionType string `json:"version_type"`
	} `json:"index"`
}

// written is the answer to a bulk request.
type written struct {
	Errors bool `json:"errors"`
	Items  []struct {
		Index struct {
			Status int `json:"status"`
			Error  struct {
				Type   string `json:"type"`
				Reason string `json:"reason"`
			} `json:"error"`
		} `json:"index"`
	} `json:"items"`
}

// Put implements ports.SearchIndex. The server keeps the highest version of each document, and answers when the documents
// can be found, which may take until its next refresh.
func (x *Index) Put(ctx context.Context, s ports.Shelf, docs []search.Document) error {
	if len(docs) == 0 {
		return nil
	}
	lines, err := linesOf(s.Tenant, docs)
	if err != nil {
		return err
	}
	yes := true
	return x.on(ctx, s, func(index string) error {
		r := opensearchapi.BulkReq{Index: index, Body: bytes.NewReader(lines), Params: opensearchapi.BulkParams{
			Refresh: "wait_for", RequireAlias: &yes, // a missing index is not made up from the documents
		}}
		var answer written
		if err := send(ctx, x, writing*x.patience, http.MethodPost, r, &answer); err != nil {
			return err
		}
		return answer.check(len(docs))
	})
}

func linesOf(t tenant.ID, docs []search.Document) ([]byte, error) {
	var lines bytes.Buffer
	to := json.NewEncoder(&lines)
	to.SetEscapeHTML(false)
	for _, d := range docs {
		var a action
		a.Index.ID, a.Index.Routing = string(t)+":"+string(d.Product), string(t)
		a.Index.Version, a.Index.VersionType = d.Version, "external"
		if err := to.Encode(a); err != nil {
			return nil, fmt.Errorf("encode a search document: %w", err)
		}
		if err := to.Encode(toDocument(string(t), d)); err != nil {
			return nil, fmt.Errorf("encode a search document: %w", err)
		}
	}
	return lines.Bytes(), nil
}

// check tells the first thing that went wrong. That a newer version is there already is right.
func (w written) check(sent int) error {
	if len(w.Items) != sent {
		return ErrUnavailable.With(fmt.Errorf("%d documents sent, %d answered", sent, len(w.Items)))
	}
	for _, i := range w.Items {
		switch status := i.Index.Status; {
		case status == http.StatusConflict, status >= http.StatusOK && status < http.StatusMultipleChoices:
		case i.Index.Error.Type == "index_not_found_exception":
			return errMissing
		case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
			return ErrUnavailable.With(fmt.Errorf("%s: %s", i.Index.Error.Type, i.Index.Error.Reason))
		default:
			return fmt.Errorf("the search server refused a document: %d %s: %s", status, i.Index.Error.Type, i.Index.Error.Reason)
		}
	}
	return nil
}
