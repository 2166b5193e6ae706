package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// client speaks to the carrier for one account. It lives for one call and keeps nothing.
type client struct {
	settings
	mode      sdk.Mode
	base, key string
	http      *http.Client
}

// client checks the account's settings in every call. Errors: Misconfigured, and Unavailable when the operator has not
// said where the carrier is.
func (p *parcelpost) client(account sdk.Account) (*client, error) {
	set, err := read(account)
	if err != nil {
		return nil, err
	}
	base := p.hosts[account.Mode]
	if base == "" {
		return nil, sdk.Unavailable("the platform's operator has not set the carrier's address for %s mode", account.Mode)
	}
	return &client{settings: set, mode: account.Mode, base: base, key: account.Secrets[apiKey], http: p.http}, nil
}

// effect is what an error says about the carrier's deeds.
type effect uint8

const (
	unclear effect = iota // it may or may not have happened
	away                  // nothing happened: never sent, or turned away at the door
	denied                // nothing happened: the key
	refused               // nothing happened: the carrier says why
)

// failure is why a request has no answer that can be used.
type failure struct {
	effect               effect
	status               int
	code, param, message string // in the carrier's words
}

// request is one to the carrier.
type request struct {
	method, path string
	body         any
}

// do sends a request once and decodes the answer. Nil means that the carrier did as it was told.
func (c *client) do(ctx context.Context, r request, into any) *failure {
	content, f := c.fetch(ctx, r, maxJSON, "application/json")
	if f != nil {
		return f
	}
	if err := json.Unmarshal(content, into); err != nil {
		return c.note(ctx, r, &failure{effect: unclear, message: "an answer that is not JSON as the API describes it"})
	}
	return nil
}

// fetch sends a request once and returns the content of a good answer.
func (c *client) fetch(ctx context.Context, r request, most int64, contentType string) ([]byte, *failure) {
	req, err := c.newRequest(ctx, r)
	if err != nil {
		return nil, &failure{effect: away, message: err.Error()}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.note(ctx, r, lost(err))
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, most+1))
	switch {
	case err != nil:
		return nil, c.note(ctx, r, &failure{effect: unclear, status: resp.StatusCode, message: "an answer that was cut off"})
	case int64(len(content)) > most:
		return nil, c.note(ctx, r, &failure{effect: unclear, status: resp.StatusCode, message: "an answer that is too large"})
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, c.note(ctx, r, failureOf(resp.StatusCode, content))
	case !strings.HasPrefix(resp.Header.Get("Content-Type"), contentType):
		return nil, c.note(ctx, r, &failure{effect: unclear, status: resp.StatusCode, message: "an answer of another type"})
	}
	return content, nil
}

func (c *client) newRequest(ctx context.Context, r request) (*http.Request, error) {
	body := []byte(nil)
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("User-Agent", "halum-parcelpost/"+version)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

func lost(err error) *failure {
	if errors.As(err, &notSent{}) {
		return &failure{effect: away, message: "no connection"}
	}
	return &failure{effect: unclear, message: "no answer"}
}

// failureOf reads an error of the carrier. One without a code is not the carrier's: who knows what stood before it did.
func failureOf(status int, content []byte) *failure {
	var wire struct {
		Error struct {
			Code    string `json:"code"`
			Param   string `json:"param"`
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(content, &wire) // what is not JSON has no code
	f := &failure{status: status, code: wire.Error.Code, param: wire.Error.Param, message: clip(wire.Error.Message, 200)}
	switch {
	case f.code == "" || status >= http.StatusInternalServerError || status < http.StatusBadRequest:
		f.effect = unclear
	case status == http.StatusTooManyRequests:
		f.effect = away
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		f.effect = denied
	default:
		f.effect = refused
	}
	return f
}

// note logs what went wrong: never a body, since it may hold addresses.
func (c *client) note(ctx context.Context, r request, f *failure) *failure {
	if f.effect != refused {
		path, _, _ := strings.Cut(r.path, "?")
		sdk.LoggerOf(ctx).Warn("the carrier did not do as asked", "method", r.method, "path", path, "status", f.status, "code", f.code,
			"unclear", f.effect == unclear)
	}
	return f
}

// fault is for requests that change nothing, so that unclear means away, and for those that certainly had no effect. own
// is the end of the parcel, from or to, whose address is from the vendor's settings.
func (f *failure) fault(own string) error {
	switch f.effect {
	case denied:
		if f.status == http.StatusForbidden {
			return sdk.Misconfigured(apiKey, "may not do this: ask the carrier what the account lacks")
		}
		return sdk.Misconfigured(apiKey, "is not known to the carrier, or has been revoked")
	case refused:
		message := f.message
		if message == "" {
			message = "was refused by the carrier"
		}
		if rest, ok := strings.CutPrefix(f.param, own); ok && own != "" && (rest == "" || rest[0] == '.') {
			return sdk.Misconfigured("sender"+rest, message)
		}
		return sdk.Invalid(fieldOf(f.param), message)
	case unclear, away:
	}
	if f.status != 0 {
		return sdk.Unavailable("the carrier answered with status %d", f.status)
	}
	return sdk.Unavailable("the carrier gave %s", f.message)
}

// fieldOf names the platform's field for a parameter of the carrier.
func fieldOf(param string) string {
	switch head, _, _ := strings.Cut(param, "."); head {
	case "to", "from", "items", "grams":
		return "parcel." + param
	case "value":
		return "parcel.subtotal"
	case "service":
		return "service"
	case "rate_id":
		return "rate_ref"
	case "reference":
		return "booking_id"
	case "lines":
		return "lines"
	}
	return "parcel"
}

func clip(text string, most int) string {
	letters := []rune(strings.ToValidUTF8(text, "?"))
	if len(letters) <= most {
		return string(letters)
	}
	return fmt.Sprintf("%s…", string(letters[:most-1]))
}
