package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// client speaks to bKash as one merchant. It is safe for concurrent use and holds no state of payments.
type client struct {
	settings
	mode    sdk.Mode
	secrets sdk.Secrets
	base    string
	http    *http.Client
	certs   *certificates
	tokens  *tokens
	now     func() time.Time
}

// text is a string in bKash's documentation that an answer may give as a number.
type text string

// UnmarshalJSON accepts a string, a number and null.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	switch {
	case string(raw) == "null":
		return nil
	case len(raw) > 0 && raw[0] != '"':
		var n json.Number
		if err := json.Unmarshal(raw, &n); err != nil {
			return err
		}
		s = n.String()
	default:
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
	}
	*t = text(s)
	return nil
}

// envelope is what all answers have in common. Refunds have another shape of errors than the rest.
type envelope struct {
	StatusCode     text `json:"statusCode"`
	StatusMessage  text `json:"statusMessage"`
	ErrorCode      text `json:"errorCode"`
	ErrorMessage   text `json:"errorMessage"`
	ExternalCode   text `json:"externalCode"`
	InternalCode   text `json:"internalCode"`
	ErrorMessageEn text `json:"errorMessageEn"`
	Message        text `json:"message"` // of the gateway in front of bKash
}

// problem is the error in an answer, or nil.
func (e envelope) problem(status int) error {
	code := e.StatusCode
	for _, other := range []text{e.InternalCode, e.ExternalCode, e.ErrorCode} {
		if other != "" {
			code = other
		}
	}
	if status == http.StatusOK && (code == succeededCode || code == "" && e.Message == "") {
		return nil
	}
	message := e.StatusMessage
	for _, other := range []text{e.Message, e.ErrorMessage, e.ErrorMessageEn} {
		if other != "" {
			message = other
		}
	}
	return &apiError{status: status, code: string(code), message: string(message)}
}

// call sends a request with the access token and reads the answer. A token that bKash does not take any more is replaced
// once: a request that was turned away for it did nothing.
func (c *client) call(ctx context.Context, path string, body, into any) error {
	bearer, err := c.bearer(ctx, "")
	if err != nil {
		return err
	}
	for fresh := false; ; fresh = true {
		err := c.post(ctx, path, http.Header{"Authorization": {bearer}, "X-App-Key": {c.AppKey}}, body, into)
		e := (*apiError)(nil)
		if fresh || !errors.As(err, &e) || e.status != http.StatusUnauthorized {
			return err
		}
		if bearer, err = c.bearer(ctx, bearer); err != nil {
			return err
		}
	}
}

func (c *client) post(ctx context.Context, path string, header http.Header, body, into any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return notSent{err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(sent))
	if err != nil {
		return notSent{err}
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := readAll(resp.Body)
	if err != nil {
		return err
	}
	var e envelope
	if err := json.Unmarshal(answer, &e); err != nil {
		if resp.StatusCode != http.StatusOK {
			return &apiError{status: resp.StatusCode}
		}
		return fmt.Errorf("the answer of bKash is not JSON: %w", err)
	}
	if err := e.problem(resp.StatusCode); err != nil {
		return err
	}
	return json.Unmarshal(answer, into)
}

// note logs what staff will want to look up. It names paths and codes only.
func note(ctx context.Context, what, ref string, err error) {
	e := &apiError{}
	_ = errors.As(err, &e)
	sdk.LoggerOf(ctx).Warn(what, "bkash_payment", ref, "bkash_status", e.status, "bkash_code", e.code, "sent", !errors.As(err, &notSent{}))
}

// maxClients bounds the cache.
const maxClients = 512

// clients keeps the clients of the accounts in use, and with them their access tokens.
type clients struct {
	shared *http.Client
	certs  *certificates
	now    func() time.Time
	mu     sync.Mutex
	kept   map[clientKey]keptClient
}

type clientKey struct {
	tenant   string
	mode     sdk.Mode
	revision int64
}

type keptClient struct {
	*client
	config []byte
}

func newClients(now func() time.Time) *clients {
	shared := newHTTPClient()
	return &clients{shared: shared, certs: newCertificates(shared, now), now: now, kept: map[clientKey]keptClient{}}
}

// of returns the account's client. The revision tells accounts apart, but credentials are never used on its word alone.
// Errors: Misconfigured.
func (s *clients) of(a sdk.Account) (*client, error) {
	at := clientKey{strings.Clone(a.Tenant), a.Mode, a.Revision}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.kept[at]; ok && bytes.Equal(k.config, a.Config) && maps.Equal(k.secrets, a.Secrets) {
		return k.client, nil
	}
	set, err := read(a)
	if err != nil {
		return nil, err
	}
	c := &client{
		settings: set, mode: a.Mode, secrets: maps.Clone(a.Secrets), base: set.host(a.Mode), http: s.shared, certs: s.certs,
		tokens: newTokens(), now: s.now,
	}
	if len(s.kept) >= maxClients {
		clear(s.kept)
	}
	s.kept[at] = keptClient{c, bytes.Clone(a.Config)}
	return c, nil
}
