// Package fetch gets what strangers' addresses lead to. Addresses of our own networks are refused when a connection is
// made, by the address that a name has at that moment: neither a redirect nor a name that changes leads there.
package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"code.dny.dev/ssrf"

	"github.com/halum-hut/halum/core/fault"
)

// Limits of one fetch.
const (
	maxRedirects  = 3
	dialTimeout   = 5 * time.Second
	headerTimeout = 10 * time.Second
	wholeTimeout  = 30 * time.Second
)

// Faults of this package.
var (
	ErrAddress  = fault.New(fault.Invalid, "invalid_address", "this is not an address that can be fetched: write http:// or https:// with a public host")
	ErrRefused  = fault.New(fault.Invalid, "address_refused", "this address leads to a network that is not public, or to a port other than 80 and 443")
	ErrMissing  = fault.New(fault.Invalid, "address_gone", "there is nothing at this address")
	ErrTooLarge = fault.New(fault.Invalid, "answer_too_large", "what is at this address is too large")
	ErrSilent   = fault.New(fault.Unavailable, "address_silent", "this address did not answer, or not in time")
)

// Fetcher implements ports.Fetcher. It is safe for concurrent use.
type Fetcher struct{ client *http.Client }

// Options are for tests; none are right for all else.
type Options struct {
	Allow    []ssrf.Option // networks and ports that are not refused
	Resolver *net.Resolver
}

// New returns a Fetcher.
func New(o Options) *Fetcher {
	dialer := &net.Dialer{Timeout: dialTimeout, Control: ssrf.New(o.Allow...).Safe, Resolver: o.Resolver}
	return &Fetcher{&http.Client{
		Timeout: wholeTimeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: headerTimeout, DisableKeepAlives: true,
			DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return ErrMissing.Saying("this address redirects more than %d times", maxRedirects)
			}
			return checked(r.URL)
		},
	}}
}

func checked(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return ErrAddress
	}
	return nil
}

// Fetch implements ports.Fetcher.
func (f *Fetcher) Fetch(ctx context.Context, address string, limit int64) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, ErrAddress
	}
	if err := checked(u); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, ErrAddress
	}
	r.Header.Set("User-Agent", "Halum")
	r.Header.Set("Accept", "image/*")
	answer, err := f.client.Do(r)
	if err != nil {
		return nil, explained(err)
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests:
		return nil, ErrSilent.Saying("this address answers with the status %d", answer.StatusCode)
	case answer.StatusCode != http.StatusOK:
		return nil, ErrMissing.Saying("there is nothing at this address: it answers with the status %d", answer.StatusCode)
	case answer.ContentLength > limit:
		return nil, ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case err != nil:
		return nil, ErrSilent
	case int64(len(body)) > limit:
		return nil, ErrTooLarge
	}
	return body, nil
}

// explained tells why there was no answer, in words that say nothing of our own networks.
func explained(err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort), errors.Is(err, ssrf.ErrProhibitedNetwork), errors.Is(err, ssrf.ErrInvalidHostPort):
		return ErrRefused
	}
	var noName *net.DNSError
	if errors.As(err, &noName) && noName.IsNotFound {
		return ErrMissing.Saying("there is no such host")
	}
	return ErrSilent
}
