package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/gofiber/fiber/v2"
	"github.com/maypok86/otter/v2"

	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/tenant"
)

const (
	answerLifetime  = 30 * time.Second // what a lost invalidation costs at most
	defaultAnswers  = 64 << 20
	answerOverhead  = 300 // bytes of bookkeeping per answer
	maxAnswerTarget = 1 << 10
)

// answers keeps ready catalogue answers. An answer is found only under the generation its computation began in: what
// was on its way while something changed is stored where nobody looks any more.
type answers struct {
	kept    *otter.Cache[answerKey, *answer] // nil keeps nothing
	epoch   atomic.Uint64                    // grows when everything is forgotten
	changes sync.Map                         // tenant.ID → *atomic.Uint64, grows when the tenant's catalogue changes

	mu      sync.Mutex
	flights map[answerKey]*flight
}

// answerKey begins with the tenant by type, so that an answer cannot be found for another one.
type answerKey struct {
	tenant     tenant.ID
	generation uint64
	epoch      uint64
	target     string // path and canonical query
}

type answer struct {
	body []byte
	etag []byte
	shop tenant.Shop // as it was then: the shop's own face is part of some answers
}

// flight is an answer being computed; found is set when done is closed, nil when it failed.
type flight struct {
	done  chan struct{}
	found *answer
}

func newAnswers(limit int64) *answers {
	a := &answers{flights: map[answerKey]*flight{}}
	if limit < 0 {
		return a
	}
	if limit == 0 {
		limit = defaultAnswers
	}
	a.kept = otter.Must(&otter.Options[answerKey, *answer]{
		MaximumWeight: uint64(limit),
		Weigher: func(k answerKey, v *answer) uint32 {
			return uint32(len(v.body) + len(k.target) + answerOverhead) // far below 4 GB
		},
		ExpiryCalculator: otter.ExpiryWriting[answerKey, *answer](answerLifetime),
	})
	return a
}

// forget takes an invalidation: "catalog:<tenant>" or "tenant:<tenant>".
func (a *answers) forget(what string) {
	kind, id, _ := strings.Cut(what, ":")
	if kind != "catalog" && kind != "tenant" {
		return
	}
	n, _ := a.changes.LoadOrStore(tenant.ID(id), new(atomic.Uint64))
	n.(*atomic.Uint64).Add(1) //nolint:forcetypeassert // nothing else is stored
}

// forgetAll takes a gap in the invalidations.
func (a *answers) forgetAll() {
	a.epoch.Add(1)
	if a.kept != nil {
		a.kept.InvalidateAll()
	}
}

func (a *answers) generation(t tenant.ID) uint64 {
	if n, ok := a.changes.Load(t); ok {
		return n.(*atomic.Uint64).Load() //nolint:forcetypeassert // nothing else is stored
	}
	return 0
}

// join returns the flight for a key, and whether the caller must do the work.
func (a *answers) join(key answerKey) (*flight, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.flights[key]; f != nil {
		return f, false
	}
	f := &flight{done: make(chan struct{})}
	a.flights[key] = f
	return f, true
}

func (a *answers) land(key answerKey, f *flight) {
	a.mu.Lock()
	delete(a.flights, key)
	a.mu.Unlock()
	close(f.done)
}

// cached answers a catalogue read from memory, or lets one request compute it for all that wait for the same.
func (s *Server) cached(c *fiber.Ctx) error {
	r := requestOn(c)
	key, ok := s.answers.keyOf(c, r)
	if !ok {
		return c.Next()
	}
	if found, ok := s.answers.kept.GetIfPresent(key); ok && found.shop == r.tenant.Shop {
		return found.send(c)
	}
	key.target = strings.Clone(key.target) // so far it was the request's own memory
	f, first := s.answers.join(key)
	if first {
		defer s.answers.land(key, f)
		return s.compute(c, r, key, f)
	}
	select {
	case <-f.done:
	case <-time.After(requestTimeout):
	}
	if f.found != nil && f.found.shop == r.tenant.Shop {
		return f.found.send(c)
	}
	return c.Next() // the other one failed: this one gets its own error
}

// compute runs the operation and keeps a good answer under the generation that held before it ran.
func (s *Server) compute(c *fiber.Ctx, r *request, key answerKey, f *flight) error {
	if err := c.Next(); err != nil || c.Response().StatusCode() != fiber.StatusOK {
		return err
	}
	body := media.FromCDN(bytes.Clone(c.Response().Body()), s.d.CDN)
	f.found = &answer{body: body, etag: []byte(etagOf(body)), shop: r.tenant.Shop}
	s.answers.kept.Set(key, f.found)
	return f.found.send(c)
}

// keyOf names what is asked. The target borrows the request's memory when the query is canonical already.
func (a *answers) keyOf(c *fiber.Ctx, r *request) (answerKey, bool) {
	target := c.Request().Header.RequestURI()
	if a.kept == nil || !r.known || len(target) == 0 || len(target) > maxAnswerTarget {
		return answerKey{}, false
	}
	return answerKey{tenant: r.tenant.ID, generation: a.generation(r.tenant.ID), epoch: a.epoch.Load(), target: canonical(target)}, true
}

// canonical sorts the parameters of a query, so that their order makes no difference. With at most one there is nothing
// to sort, and the result shares memory with the target.
func canonical(target []byte) string {
	i := bytes.IndexByte(target, '?')
	if i < 0 || bytes.IndexByte(target[i:], '&') < 0 {
		return unsafe.String(unsafe.SliceData(target), len(target))
	}
	params := strings.Split(string(target[i+1:]), "&")
	slices.SortStableFunc(params, func(a, b string) int {
		ka, _, _ := strings.Cut(a, "=")
		kb, _, _ := strings.Cut(b, "=")
		return strings.Compare(ka, kb) // of equal names the first one counts, so their order stays
	})
	return string(target[:i+1]) + strings.Join(params, "&")
}

func etagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// send answers with the kept bytes, or with 304 when the client has them. They are shared and never written to.
func (a *answer) send(c *fiber.Ctx) error {
	h := &c.Response().Header
	h.SetBytesV(fiber.HeaderETag, a.etag)
	h.Set(fiber.HeaderCacheControl, "public, max-age=0, must-revalidate")
	h.Set(fiber.HeaderVary, headerKey)
	if matches(c.Request().Header.Peek(fiber.HeaderIfNoneMatch), a.etag) {
		c.Response().ResetBody()
		c.Response().SetStatusCode(fiber.StatusNotModified)
		return nil
	}
	h.SetContentType("application/json")
	c.Response().SetStatusCode(fiber.StatusOK)
	c.Response().SetBodyRaw(a.body)
	return nil
}

// matches compares weakly, as RFC 9110 asks for If-None-Match.
func matches(header, etag []byte) bool {
	for len(header) > 0 {
		var one []byte
		one, header, _ = bytes.Cut(header, []byte{','})
		one = bytes.TrimPrefix(bytes.TrimSpace(one), []byte("W/"))
		if bytes.Equal(one, etag) || string(one) == "*" {
			return true
		}
	}
	return false
}
