package main

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/balance"
	"github.com/stripe/stripe-go/v76/paymentintent"
	"github.com/stripe/stripe-go/v76/refund"

	"github.com/halum-hut/halum/plugins/sdk"
)

// client speaks to Stripe as one account. It is safe for concurrent use and holds no state of payments.
type client struct {
	settings
	intents  paymentintent.Client
	refunds  refund.Client
	balances balance.Client
	now      func() time.Time
}

// newClient makes a client of its own for an account: nothing of stripe-go's globals is used, since those have one key
// for the whole process. The platform owns retries, so stripe-go makes none.
func newClient(account sdk.Account, shared *http.Client, now func() time.Time) (*client, error) {
	set, err := read(account)
	if err != nil {
		return nil, err
	}
	config := &stripe.BackendConfig{
		HTTPClient: shared, MaxNetworkRetries: stripe.Int64(0), EnableTelemetry: stripe.Bool(false), LeveledLogger: silent{},
	}
	if set.APIBase != "" {
		config.URL = stripe.String(set.APIBase)
	}
	b, key := stripe.GetBackendWithConfig(stripe.APIBackend, config), account.Secrets[secretKey]
	return &client{
		settings: set, now: now,
		intents: paymentintent.Client{B: b, Key: key}, refunds: refund.Client{B: b, Key: key}, balances: balance.Client{B: b, Key: key},
	}, nil
}

// params are what every request carries. Without a key stripe-go makes a random one, as it must be for requests that
// Stripe does once by their nature.
func (c *client) params(ctx context.Context, key string) stripe.Params {
	p := stripe.Params{Context: ctx}
	if key != "" {
		p.IdempotencyKey = &key
	}
	if c.ConnectedAccount != "" {
		p.StripeAccount = &c.ConnectedAccount
	}
	return p
}

func (c *client) listParams(ctx context.Context) stripe.ListParams {
	p := c.params(ctx, "")
	return stripe.ListParams{Context: ctx, StripeAccount: p.StripeAccount, Limit: stripe.Int64(pageSize)}
}

// check reads the balance: every key may do that, and it changes nothing. Errors: Misconfigured, Unavailable.
func (c *client) check(ctx context.Context) error {
	_, err := c.balances.Get(&stripe.BalanceParams{Params: c.params(ctx, "")})
	if err == nil {
		return nil
	}
	if f := faultOf(err); f != nil && f.Kind == sdk.FaultMisconfigured {
		return f
	}
	return sdk.Unavailable("Stripe does not answer")
}

// clock is the time by Stripe's clock when it answered, so that comparing with times of Stripe is safe wherever this
// machine's clock stands.
func (c *client) clock(r *stripe.APIResponse) time.Time {
	if r != nil {
		if t, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			return t
		}
	}
	return c.now()
}

func replayed(r *stripe.APIResponse) bool {
	return r != nil && r.Header.Get("Idempotent-Replayed") == "true"
}

// silent drops stripe-go's log: it has bodies in it.
type silent struct{}

func (silent) Debugf(string, ...any) {}
func (silent) Infof(string, ...any)  {}
func (silent) Warnf(string, ...any)  {}
func (silent) Errorf(string, ...any) {}

// maxClients bounds the cache; a client is made anew in microseconds.
const maxClients = 512

// clients keeps the clients of the accounts in use.
type clients struct {
	shared *http.Client
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
	config  []byte
	secrets sdk.Secrets
}

func newClients(now func() time.Time) *clients {
	return &clients{shared: newHTTPClient(), now: now, kept: map[clientKey]keptClient{}}
}

// of returns the account's client. The revision tells accounts apart, but a key is never used on its word alone.
// Errors: Misconfigured.
func (s *clients) of(a sdk.Account) (*client, error) {
	at := clientKey{a.Tenant, a.Mode, a.Revision}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, ok := s.kept[at]; ok && bytes.Equal(k.config, a.Config) && maps.Equal(k.secrets, a.Secrets) {
		return k.client, nil
	}
	c, err := s.fresh(a)
	if err != nil {
		return nil, err
	}
	if len(s.kept) >= maxClients {
		clear(s.kept)
	}
	s.kept[at] = keptClient{c, bytes.Clone(a.Config), maps.Clone(a.Secrets)}
	return c, nil
}

func (s *clients) fresh(a sdk.Account) (*client, error) { return newClient(a, s.shared, s.now) }
