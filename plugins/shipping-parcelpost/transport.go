package main

import (
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// The bounds of answers in bytes. The contract takes documents of 700 KB and messages of 1 MB.
const (
	maxJSON      = 512 << 10
	maxDocument  = 700 << 10
	maxDocuments = 960 << 10 // all of a shipment together
)

// The deadlines of requests, when the host's own is not earlier.
const (
	requestTimeout = 20 * time.Second
	quoteTimeout   = 1500 * time.Millisecond // a checkout waits two seconds
)

// notSent is the error of a request that never had a connection: nothing of it can have reached the carrier.
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
// followed, so that a key goes nowhere but to the address it is for.
func newHTTPClient() *http.Client {
	dialer := &net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: transport{&http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSHandshakeTimeout: 3 * time.Second,
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, IdleConnTimeout: 60 * time.Second,
		}},
	}
}
