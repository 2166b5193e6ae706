package main

import (
	"bytes"
	"context"
	"net/http"

	"github.com/halum-hut/halum/plugins/sdk"
)

const pdf = "application/pdf"

// papers are the kinds of documents that the platform knows.
var papers = map[string]bool{"label": true, "customs_form": true}

// GetDocuments returns the label, and a customs form for a parcel that crosses a border. Errors: Unavailable while they are
// not ready, Invalid when there are none.
func (p *parcelpost) GetDocuments(ctx context.Context, in sdk.GetDocuments) ([]sdk.Document, error) {
	c, err := p.client(in.Account)
	if err != nil {
		return nil, err
	}
	s, err := c.existing(ctx, in.BookingID, in.BookingRef)
	if err != nil {
		return nil, err
	}
	var list struct {
		Documents []struct {
			Kind        string `json:"kind"`
			ContentType string `json:"content_type"`
		} `json:"documents"`
	}
	if f := c.do(ctx, request{method: http.MethodGet, path: "/v1/shipments/" + s.ID + "/documents"}, &list); f != nil {
		return nil, f.noDocuments()
	}
	out, total := []sdk.Document{}, 0
	seen := map[string]bool{}
	for _, d := range list.Documents {
		if !papers[d.Kind] || seen[d.Kind] || d.ContentType != pdf {
			continue
		}
		seen[d.Kind] = true
		content, err := c.document(ctx, s.ID, d.Kind)
		if err != nil {
			return nil, err
		}
		if total += len(content); total > maxDocuments {
			return nil, sdk.Unavailable("the carrier's documents are larger than the platform can take")
		}
		out = append(out, sdk.Document{Kind: d.Kind, ContentType: pdf, Content: content})
	}
	if !seen["label"] {
		return nil, sdk.Unavailable("the carrier has no label yet")
	}
	return out, nil
}

func (c *client) document(ctx context.Context, id, kind string) ([]byte, error) {
	content, f := c.fetch(ctx, request{method: http.MethodGet, path: "/v1/shipments/" + id + "/documents/" + kind + "?size=" + c.LabelSize}, maxDocument, pdf)
	if f != nil {
		return nil, f.noDocuments()
	}
	if !bytes.HasPrefix(content, []byte("%PDF-")) {
		return nil, sdk.Unavailable("the carrier's %s is not a PDF", kind)
	}
	return content, nil
}

func (f *failure) noDocuments() error {
	switch {
	case f.effect == refused && f.code == "documents_pending":
		return sdk.Unavailable("the carrier has not printed the documents yet")
	case f.effect == refused:
		return sdk.Invalid("booking_id", f.message)
	}
	return f.fault("")
}
