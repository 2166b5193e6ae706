package main

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

const (
	// tokenMargin is how long before its end a token is replaced.
	tokenMargin = 5 * time.Minute
	// refusalHolds is how long a refusal of the credentials is believed without asking again: bKash shuts out for an hour
	// who asks for tokens too often.
	refusalHolds = 30 * time.Second
)

// tokens is the access token of one client. It lives for an hour, and bKash wants to be asked for one at most twice in
// that time, so that all calls of an account share it. It is never written anywhere.
type tokens struct {
	turn chan struct{} // who holds it asks bKash; the others wait as long as their context lets them
	mu   sync.Mutex
	now  granted
}

type granted struct {
	value, refresh string
	until          time.Time
	refusal        error
}

func newTokens() *tokens { return &tokens{turn: make(chan struct{}, 1)} }

func (t *tokens) get() granted {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

func (t *tokens) set(g granted) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = g
}

// bearer returns a token to be sent, another one than the stale. An error says that nothing was sent. Errors:
// Misconfigured, Unavailable.
func (c *client) bearer(ctx context.Context, stale string) (string, error) {
	if g, ok := c.valid(stale); ok {
		return g.value, g.refusal
	}
	select {
	case c.tokens.turn <- struct{}{}:
		defer func() { <-c.tokens.turn }()
	case <-ctx.Done():
		return "", sdk.Unavailable("bKash does not answer")
	}
	if g, ok := c.valid(stale); ok { // the one before us got it
		return g.value, g.refusal
	}
	g, err := c.ask(ctx, c.tokens.get().refresh, stale != "")
	if err == nil {
		c.tokens.set(g)
		return g.value, nil
	}
	fault := faultFor(err, "bKash does not answer")
	if f := (*sdk.Fault)(nil); errors.As(fault, &f) && f.Kind == sdk.FaultMisconfigured {
		c.tokens.set(granted{refusal: fault, until: c.now().Add(refusalHolds)})
	}
	return "", fault
}

func (c *client) valid(stale string) (granted, bool) {
	g := c.tokens.get()
	return g, c.now().Before(g.until) && (g.value != stale || g.refusal != nil)
}

// ask refreshes the token, or has a new one granted when there is nothing to refresh or bKash did not take the last.
func (c *client) ask(ctx context.Context, refresh string, rejected bool) (granted, error) {
	if refresh != "" && !rejected {
		g, err := c.request(ctx, "refresh", map[string]string{"app_key": c.AppKey, "app_secret": c.secrets[appSecret], "refresh_token": refresh})
		if err == nil || classify(err) == away {
			return g, err
		}
	}
	return c.request(ctx, "grant", map[string]string{"app_key": c.AppKey, "app_secret": c.secrets[appSecret]})
}

func (c *client) request(ctx context.Context, what string, body map[string]string) (granted, error) {
	var answer struct {
		IDToken      string `json:"id_token"`
		RefreshToken string `json:"refresh_token"`
		ExpiresIn    text   `json:"expires_in"` // seconds
	}
	// bKash writes these two in lower case. Header names have no case, but only like this they look as documented.
	header := http.Header{"Username": {c.Username}, "Password": {c.secrets[password]}}
	at := c.now()
	err := c.post(ctx, apiVersion+"/tokenized/checkout/token/"+what, header, body, &answer)
	if classify(err) == refused { // whatever it says, it says it of the credentials
		return granted{}, &apiError{status: http.StatusForbidden, code: codeOf(err)}
	}
	if err != nil {
		return granted{}, err
	}
	seconds, err := strconv.Atoi(string(answer.ExpiresIn))
	if err != nil || seconds <= 0 || !tokenForm.MatchString(answer.IDToken) {
		return granted{}, errors.New("bKash answered without a token")
	}
	life := time.Duration(seconds) * time.Second
	return granted{value: answer.IDToken, refresh: answer.RefreshToken, until: at.Add(max(life-tokenMargin, life/2))}, nil
}
