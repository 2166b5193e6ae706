package bank

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

const (
	senders     = 32               // deliveries under way in one process
	sendTimeout = 10 * time.Second // of one attempt
	lease       = 15 * time.Second // for which a claimed delivery is nobody else's
	maxAttempts = 20
	firstWait   = 500 * time.Millisecond // after a failed attempt; doubles
	longestWait = time.Minute
	glance      = 250 * time.Millisecond // how often the journal is looked at for what other processes left
)

// Run sends webhooks, and does what becomes of payments by itself, until the context ends. Every process of a bank may
// run it: what one leaves behind another does.
func (b *Bank) Run(ctx context.Context) {
	var busy sync.WaitGroup
	defer busy.Wait()
	free := make(chan struct{}, senders)
	for looked := (time.Time{}); ctx.Err() == nil; {
		if time.Since(looked) >= glance {
			looked = time.Now()
			b.settleRipe(ctx)
		}
		if b.send(ctx, free, &busy) == 0 {
			b.rest(ctx, len(free) == cap(free))
		}
	}
}

// send starts as many deliveries as may be under way and says how many are new.
func (b *Bank) send(ctx context.Context, free chan struct{}, busy *sync.WaitGroup) int {
	n := cap(free) - len(free)
	if n == 0 {
		return 0
	}
	claimed, err := b.journal.Claim(ctx, n, lease)
	if err != nil {
		return 0 // the next round tries again
	}
	for _, p := range claimed {
		free <- struct{}{}
		busy.Go(func() {
			defer b.wake()
			defer func() { <-free }()
			b.deliver(ctx, p)
		})
	}
	return len(claimed)
}

// rest waits until there is something to do; with all senders busy, that is when one of them is not.
func (b *Bank) rest(ctx context.Context, busy bool) {
	wait := glance
	if next, err := b.journal.NextDelivery(ctx); !busy && err == nil && !next.IsZero() {
		wait = min(wait, max(next.Sub(b.now()), 5*time.Millisecond))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.work:
	case <-ctx.Done():
	}
}

func (b *Bank) wake() {
	select {
	case b.work <- struct{}{}:
	default: // it is awake already
	}
}

func (b *Bank) settleRipe(ctx context.Context) {
	ids, err := b.journal.Ripe(ctx)
	if err != nil {
		return // the next round tries again
	}
	for _, id := range ids {
		_, _ = b.Get(ctx, id) // as above
	}
}

// deliver makes one attempt and notes what came of it. When that cannot be noted, the delivery is due again.
func (b *Bank) deliver(ctx context.Context, p journal.Parcel) bool {
	err := b.post(ctx, p)
	switch {
	case err == nil:
		_ = b.journal.Finish(ctx, p, journal.Delivered)
		return true
	case p.Delivery.Attempt+1 >= maxAttempts:
		_ = b.journal.Finish(ctx, p, journal.GivenUp)
	default:
		_ = b.journal.Retry(ctx, p, min(firstWait<<min(p.Delivery.Attempt, 16), longestWait))
	}
	return false
}

// post sends a webhook and wants a 2xx.
func (b *Bank) post(ctx context.Context, p journal.Parcel) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	at := b.now()
	signature, err := Sign(p.Secret, p.ID, at, []byte(p.Delivery.Body))
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Delivery.URL, strings.NewReader(p.Delivery.Body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "payment-sandbox")
	req.Header.Set(HeaderID, p.ID)
	req.Header.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	req.Header.Set(HeaderSignature, signature)
	resp, err := b.client.Do(req)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return errors.New("the shop answered " + resp.Status)
	}
	return nil
}

// sendEarly waits until the shop has accepted a webhook. A shop that does not, after three attempts, gets it later.
func (b *Bank) sendEarly(ctx context.Context, p journal.Parcel) {
	for range 3 {
		if b.deliver(ctx, p) {
			return
		}
	}
}

// newClient reaches the shops. Names below localhost, which a shop of a development platform has, are this machine, as
// browsers take them.
func newClient() *http.Client {
	dial := &net.Dialer{Timeout: sendTimeout}
	return &http.Client{
		Timeout: sendTimeout,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if host, port, err := net.SplitHostPort(address); err == nil && strings.HasSuffix(host, ".localhost") {
					address = net.JoinHostPort("localhost", port)
				}
				return dial.DialContext(ctx, network, address)
			},
			MaxIdleConnsPerHost: senders, IdleConnTimeout: 5 * time.Second, TLSHandshakeTimeout: sendTimeout, MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Reachable says whether webhooks can be sent to an address: https, or http on this machine.
func Reachable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && local(u.Hostname())
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
