package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// The addresses of version 4. One of them answers to transactions, refunds and questions about refunds, by its fields.
const (
	sessionPath  = "/gwprocess/v4/api.php"
	validatePath = "/validator/api/validationserverAPI.php"
	queryPath    = "/validator/api/merchantTransIDvalidationAPI.php"
)

// client speaks to SSLCommerz as one store. It is safe for concurrent use and holds no state of payments.
type client struct {
	settings
	mode    sdk.Mode
	secrets sdk.Secrets
	base    string
	http    *http.Client
	once    *http.Client // for what must not be sent twice
	now     func() time.Time
}

// text is a string in SSLCommerz's documentation that an answer may give as a number.
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

// get asks one of the two validator addresses, which take everything in the query and say in APIConnect whether they took
// the request.
func (c *client) get(ctx context.Context, by *http.Client, path string, query url.Values, into any) error {
	query.Set("store_id", c.StoreID)
	query.Set("store_passwd", c.secrets[storePasswd])
	query.Set("format", "json")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path+"?"+query.Encode(), nil)
	if err != nil {
		return notSent{errors.New("the request cannot be made")}
	}
	answer, err := do(by, req)
	if err != nil {
		return err
	}
	var head struct {
		APIConnect string `json:"APIConnect"`
	}
	if err := json.Unmarshal(answer, &head); err != nil {
		return fmt.Errorf("the answer of SSLCommerz is not JSON: %w", err)
	}
	if head.APIConnect != connected {
		return &apiError{status: http.StatusOK, connect: head.APIConnect}
	}
	return json.Unmarshal(answer, into)
}

// do sends a request and reads its answer. The errors of net/http hold the address, and with it the password: what is
// passed on is what is inside them.
func do(by *http.Client, req *http.Request) ([]byte, error) {
	req.Header.Set("Accept", "application/json")
	resp, err := by.Do(req)
	if outer := (*url.Error)(nil); errors.As(err, &outer) {
		err = outer.Err
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &apiError{status: resp.StatusCode}
	}
	return readAll(resp.Body)
}

// session is SSLCommerz's answer to a new session.
type session struct {
	Status         string `json:"status"`
	FailedReason   text   `json:"failedreason"`
	GatewayPageURL string `json:"GatewayPageURL"`
}

// open asks for a session. It takes nothing.
func (c *client) open(ctx context.Context, form url.Values) (session, error) {
	form.Set("store_id", c.StoreID)
	form.Set("store_passwd", c.secrets[storePasswd])
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+sessionPath, strings.NewReader(form.Encode()))
	if err != nil {
		return session{}, notSent{errors.New("the request cannot be made")}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := do(c.http, req)
	if err != nil {
		return session{}, err
	}
	var got session
	if err := json.Unmarshal(answer, &got); err != nil {
		return got, fmt.Errorf("the answer of SSLCommerz is not JSON: %w", err)
	}
	if got.Status != "SUCCESS" {
		return got, &apiError{status: http.StatusOK, connect: got.Status, reason: string(got.FailedReason)}
	}
	return got, nil
}

// maxClients bounds the cache.
const maxClients = 512

// clients keeps the clients of the accounts in use.
type clients struct {
	shared, once *http.Client
	now          func() time.Time
	mu           sync.Mutex
	kept         map[clientKey]keptClient
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
	return &clients{shared: newHTTPClient(false), once: newHTTPClient(true), now: now, kept: map[clientKey]keptClient{}}
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
		settings: set, mode: a.Mode, secrets: maps.Clone(a.Secrets), base: set.host(a.Mode), http: s.shared, once: s.once, now: s.now,
	}
	if len(s.kept) >= maxClients {
		clear(s.kept)
	}
	s.kept[at] = keptClient{c, bytes.Clone(a.Config)}
	return c, nil
}
