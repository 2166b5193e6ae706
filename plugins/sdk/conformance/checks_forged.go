package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// refusal sees that a request is refused as forged.
func (k *bench) refusal(ctx context.Context, what string, r rendered) error {
	events, err := k.parse(ctx, r)
	switch {
	case err == nil:
		return fmt.Errorf("ParseWebhook accepts %s (%d events): check the signature over the raw body before anything else", what, len(events))
	case !refused(err, sdk.FaultForged):
		return fmt.Errorf("ParseWebhook of %s answered %s instead of FORGED", what, words(err))
	}
	return nil
}

func refusesForged(ctx context.Context, k *bench) error {
	h, s, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	if k.webhooks().Unsigned {
		return na("the scenario file says that the provider signs nothing; webhook.valid sees that only hints come of it")
	}
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	changed := r
	changed.body = tamper(r.body, s)
	if err := k.refusal(ctx, "a webhook whose body was changed", changed); err != nil {
		return err
	}
	h.secrets = map[string]string{}
	for name, value := range k.scenario.Account.Secrets {
		h.secrets[name] = wrongSecret(value)
	}
	if r, err = h.render(ctx); err != nil {
		return nil //nolint:nilerr // the fake provider itself will not sign with a wrong secret
	}
	if err := k.refusal(ctx, "a webhook signed with another secret", r); err != nil {
		return err
	}
	if h.request.Sign == nil {
		return nil
	}
	h.request.Sign = nil
	if r, err = h.render(ctx); err != nil {
		return err
	}
	return k.refusal(ctx, "a webhook without a signature", r)
}

// wrongSecret is another value of the same shape.
func wrongSecret(value string) string {
	sum := sha256.Sum256([]byte("wrong " + value))
	text := hex.EncodeToString(sum[:])
	return value[:len(value)/2] + strings.Repeat(text, 1+len(value)/len(text))[:len(value)-len(value)/2]
}

// tamper changes what the body says: which payment it is about, or else its last letter or digit.
func tamper(body []byte, s subject) []byte {
	ours, ref := s.ids()
	for _, id := range []string{ref, ours} {
		if id != "" && bytes.Contains(body, []byte(id)) {
			return bytes.ReplaceAll(body, []byte(id), []byte(id[:len(id)-1]+swap(id[len(id)-1])))
		}
	}
	out := bytes.Clone(body)
	for i := len(out) - 1; i >= 0; i-- {
		if c := out[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			out[i] = swap(c)[0]
			break
		}
	}
	return out
}

func swap(c byte) string {
	if c == '7' {
		return "8"
	}
	return "7"
}

func refusesOld(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	if w := k.webhooks(); w.Unsigned || w.Timeless != "" {
		return na("the signature carries no time: %s", orElse(w.Timeless, "the provider signs nothing"))
	}
	h.at = h.at.Add(-24 * time.Hour)
	r, err := h.render(ctx)
	if err != nil {
		return err
	}
	if err := k.refusal(ctx, "a webhook that was signed a day ago", r); err != nil {
		return fmt.Errorf("%w (compare its time with received_at; five minutes is usual)", err)
	}
	return nil
}

const largestBody = 256 << 10

func refusesLarge(ctx context.Context, k *bench) error {
	if !k.about.webhooks {
		return missing(false, "webhooks", "webhooks")
	}
	since := time.Now()
	r := rendered{method: "POST", url: webhookURL, header: map[string]string{"content-type": "application/json"}, body: bytes.Repeat([]byte("["), largestBody)}
	if _, err := k.parse(ctx, r); !refused(err, sdk.FaultForged) && !k.unsigned() {
		return fmt.Errorf("ParseWebhook answered %s instead of FORGED", words(err))
	}
	if took := time.Since(since); took > time.Second {
		return fmt.Errorf("it took %s", took.Round(time.Millisecond))
	}
	return nil
}

// unsigned says that a provider signs nothing, so that nonsense cannot be told from news.
func (k *bench) unsigned() bool {
	w := k.webhooks()
	return w != nil && w.Unsigned
}

// refusesGarbage takes a valid webhook and breaks it in 200 ways. The seed is fixed, so that a failure comes again.
func refusesGarbage(ctx context.Context, k *bench) error {
	h, _, err := k.usualHook(ctx)
	if err != nil {
		return err
	}
	valid, err := h.render(ctx)
	if err != nil {
		return err
	}
	const tries = 200
	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a repeatable fuzz, not a secret
	for i := range tries {
		r := broken(valid, random)
		events, err := k.parse(ctx, r)
		if err == nil && k.unsigned() {
			continue
		}
		if err == nil {
			return fmt.Errorf("ParseWebhook accepts a webhook broken by chance (try %d, %d events)", i, len(events))
		}
		if f, ok := sdk.FaultFromStatus(err); !ok || f.Kind == sdk.FaultPlugin {
			return fmt.Errorf("ParseWebhook of a webhook broken by chance (try %d) answered %s instead of FORGED", i, words(err))
		}
	}
	return nil
}

// broken changes body and header of a request so that no signature can hold.
func broken(valid rendered, random *rand.Rand) rendered {
	r := valid
	r.header = maps.Clone(valid.header)
	for name := range r.header {
		if name != "content-type" {
			r.header[name] = noise(random, 40)
		}
	}
	switch random.IntN(4) {
	case 0:
		r.body = []byte(noise(random, random.IntN(300)))
	case 1:
		r.body = bytes.Clone(valid.body[:random.IntN(len(valid.body)+1)])
		r.body = append(r.body, noise(random, 5)...)
	case 2:
		r.body = bytes.Clone(valid.body)
		for range 1 + random.IntN(9) {
			if len(r.body) > 0 {
				r.body[random.IntN(len(r.body))] ^= byte(1 + random.IntN(255))
			}
		}
	case 3:
		r.body = []byte(strings.Repeat(`{"a":`, 1+random.IntN(2000)) + noise(random, 4))
		r.header = nil
	}
	if bytes.Equal(r.body, valid.body) {
		r.body = append(r.body, '!')
	}
	return r
}

func noise(random *rand.Rand, n int) string {
	const letters = "abc ,:;{}[]\"'=%&0123456789\\\t<>"
	out := make([]byte, n)
	for i := range out {
		out[i] = letters[random.IntN(len(letters))]
	}
	return string(out)
}
