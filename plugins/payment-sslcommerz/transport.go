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

// requestTimeout is how long an answer may take. The host's deadline, which is in each request's context, may be shorter.
const requestTimeout = 30 * time.Second

// maxResponse bounds what is read of an answer: that to a new session lists all ways to pay, with pictures.
const maxResponse = 1 << 20

// notSent is the error of a request that never had a connection: nothing of it can have reached SSLCommerz.
type notSent struct{ error }

func (e notSent) Unwrap() error { return e.error }

// transport marks requests that were certainly not sent.
type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := t.base.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	if err != nil && !connected.Load() {
		err = notSent{err}
	}
	return resp, err
}

// newHTTPClient is shared by all accounts: a connection carries no identity, each request does. Redirects are not
// followed, so that credentials go nowhere but to the address they are for.
//
// SSLCommerz wants refunds as GET requests, which Go sends again by itself when a connection that was used before breaks.
// A client that never uses a connection twice sends each request once.
func newHTTPClient(once bool) *http.Client {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: transport{&http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2: !once, DisableKeepAlives: once, MaxIdleConnsPerHost: 16, IdleConnTimeout: 60 * time.Second,
		}},
	}
}

// readAll reads an answer whole or not at all.
func readAll(from io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(from, maxResponse+1))
	if err == nil && len(body) > maxResponse {
		err = errors.New("the answer is too large")
	}
	return body, err
}
