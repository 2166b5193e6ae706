package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// maxResponse bounds what is read of an answer: a page of a hundred PaymentIntents has about 300 KB.
const maxResponse = 4 << 20

// Stripe answers within 80 seconds or never. The host's deadline, which is in each request's context, is shorter.
const requestTimeout = 80 * time.Second

// notSent is the error of a request that never had a connection: nothing of it can have reached Stripe.
type notSent struct{ error }

func (e notSent) Unwrap() error { return e.error }

// transport marks requests that were certainly not sent, and bounds answers.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := t.base.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil {
		if !connected.Load() {
			err = notSent{err}
		}
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{&bounded{resp.Body, maxResponse}, resp.Body}
	return resp, nil
}

// bounded fails instead of handing out more than it may: half an answer must not look like a whole one.
type bounded struct {
	from io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= n; b.left < 0 {
		return n, errors.New("the answer is too large")
	}
	return n, err
}

// newHTTPClient is shared by all accounts: a connection carries no identity, each request does. Redirects are not
// followed, so that a key goes nowhere but to the address it is for.
func newHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: transport{&http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: 60 * time.Second,
		}},
	}
}
