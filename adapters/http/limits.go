package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash/maphash"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/ports"
)

// limit is a rate of a sensitive operation, counted across nodes.
type limit struct {
	name string
	rate ports.Rate
}

// The limits per client network; those on accounts are stricter, since one account is attacked from many networks.
var (
	limitSignIn    = limit{"sign-in", ports.Rate{Limit: 30, Per: time.Minute, Burst: 30}}
	limitRegister  = limit{"register", ports.Rate{Limit: 10, Per: time.Minute, Burst: 20}}
	limitReset     = limit{"reset", ports.Rate{Limit: 5, Per: time.Minute, Burst: 10}}
	limitCheckout  = limit{"checkout", ports.Rate{Limit: 60, Per: time.Minute, Burst: 60}}
	limitTickets   = limit{"tickets", ports.Rate{Limit: 60, Per: time.Minute, Burst: 60}}
	limitVendors   = limit{"vendors", ports.Rate{Limit: 10, Per: time.Hour, Burst: 10}}
	limitHooks     = limit{"hooks", ports.Rate{Limit: 500, Per: time.Second, Burst: 1000}}
	limitVotes     = limit{"review-votes", ports.Rate{Limit: 120, Per: time.Minute, Burst: 60}}
	limitReviews   = limit{"reviews", ports.Rate{Limit: 30, Per: time.Minute, Burst: 20}}
	limitWishlists = limit{"wishlists", ports.Rate{Limit: 120, Per: time.Minute, Burst: 60}}
	limitSignups   = limit{"signups", ports.Rate{Limit: 20, Per: time.Minute, Burst: 20}}
	limitProviders = limit{"providers", ports.Rate{Limit: 60, Per: time.Minute, Burst: 30}}
	limitUploads   = limit{"uploads", ports.Rate{Limit: 300, Per: time.Minute, Burst: 100}}
	limitImports   = limit{"imports", ports.Rate{Limit: 30, Per: time.Minute, Burst: 10}}

	limitAccountSignIn = limit{"sign-in-account", ports.Rate{Limit: 10, Per: time.Minute, Burst: 10}}
	limitAccountReset  = limit{"reset-account", ports.Rate{Limit: 3, Per: 15 * time.Minute, Burst: 3}}
)

// limiting counts per tenant and client network, and says in headers what is left.
func (s *Server) limiting(l limit) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r := requestOf(ctx.Context())
		a := s.d.Limiter.Allow(ctx.Context(), l.name+":"+string(r.tenant.ID)+":"+network(r.client).String(), l.rate)
		ctx.SetHeader("RateLimit-Limit", strconv.Itoa(l.rate.Burst))
		ctx.SetHeader("RateLimit-Remaining", strconv.Itoa(a.Remaining))
		ctx.SetHeader("RateLimit-Reset", strconv.Itoa(int(math.Ceil(a.RetryAfter.Seconds()))))
		if !a.Allowed {
			refuse(ctx, tooMany(a))
			return
		}
		next(ctx)
	}
}

// account counts per account, whether or not there is one with this address.
func (s *Server) account(ctx context.Context, l limit, email string) error {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(email))))
	key := l.name + ":" + string(requestOf(ctx).tenant.ID) + ":" + hex.EncodeToString(sum[:8])
	if a := s.d.Limiter.Allow(ctx, key, l.rate); !a.Allowed {
		return tooMany(a)
	}
	return nil
}

func tooMany(a ports.Allowance) error { return &retryLater{ports.ErrTooMany, a.RetryAfter} }

// refuse answers an error from a middleware.
func refuse(ctx huma.Context, err error) {
	p := problemOf(err)
	p.RequestID = requestOf(ctx.Context()).id
	if a, ok := ctx.(*apiContext); ok {
		a.server.logCause(a.ctx, p)
	}
	p.headers(ctx.SetHeader)
	ctx.SetHeader("Content-Type", p.ContentType(""))
	ctx.SetStatus(p.Status)
	_ = jsonFormat.Marshal(ctx.BodyWriter(), p)
}

// buckets limits reads per client on this node, at the price of a lock and a map look-up. For each client it keeps the
// time at which the bucket is full again (GCRA).
type buckets struct {
	now    app.Clock
	step   int64 // nanoseconds per request
	burst  int64 // nanoseconds that may be used in advance
	seed   maphash.Seed
	shards [32]shard
}

type shard struct {
	mu   sync.Mutex
	full map[netip.Addr]int64
}

// shardSize bounds the memory of a flood of addresses: 32 × 4096 entries are about 10 MB.
const shardSize = 4096

func newBuckets(r ports.Rate, now app.Clock) *buckets {
	if r.Limit <= 0 || r.Per <= 0 {
		r = ports.Rate{Limit: 200, Per: time.Second, Burst: 400}
	}
	b := &buckets{now: now, step: max(int64(r.Per)/int64(r.Limit), 1), seed: maphash.MakeSeed()}
	b.burst = b.step * int64(max(r.Burst, 1))
	for i := range b.shards {
		b.shards[i].full = map[netip.Addr]int64{}
	}
	return b
}

func (b *buckets) allow(client netip.Addr) bool {
	client = network(client)
	now := b.now().UnixNano()
	sh := &b.shards[maphash.Comparable(b.seed, client)%uint64(len(b.shards))]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	next := max(sh.full[client], now) + b.step
	if next-now > b.burst {
		return false
	}
	if len(sh.full) >= shardSize {
		sh.sweep(now)
	}
	sh.full[client] = next
	return true
}

// sweep forgets clients whose buckets are full. In a flood that leaves none, all start anew: no one is locked out.
func (s *shard) sweep(now int64) {
	for k, full := range s.full {
		if full <= now {
			delete(s.full, k)
		}
	}
	if len(s.full) >= shardSize {
		clear(s.full)
	}
}
