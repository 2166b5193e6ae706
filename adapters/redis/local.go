package redis

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/halum-hut/halum/ports"
)

// localLimiter counts on this node, for a bounded number of keys: the longest unused one is forgotten first.
type localLimiter struct {
	mu     sync.Mutex
	most   int
	byKey  map[localKey]*list.Element
	recent *list.List // of *localEntry, most recent first
}

// localKey includes the rate: a key used with two rates is counted twice.
type localKey struct {
	key  string
	rate ports.Rate
}

type localEntry struct {
	key    localKey
	bucket *rate.Limiter
}

func newLocalLimiter(most int) *localLimiter {
	return &localLimiter{most: most, byKey: map[localKey]*list.Element{}, recent: list.New()}
}

func (l *localLimiter) allow(key string, r ports.Rate) ports.Allowance {
	bucket := l.bucket(localKey{key: key, rate: r})
	now := time.Now()
	allowed := bucket.AllowN(now, 1) // a reservation given back would cost the others their turn
	left := bucket.TokensAt(now)
	if !allowed {
		wait := time.Duration((1 - left) / float64(bucket.Limit()) * float64(time.Second))
		return ports.Allowance{RetryAfter: max(wait, time.Millisecond)}
	}
	return ports.Allowance{Allowed: true, Remaining: max(int(left), 0)}
}

func (l *localLimiter) bucket(k localKey) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e := l.byKey[k]; e != nil {
		l.recent.MoveToFront(e)
		return e.Value.(*localEntry).bucket
	}
	if l.recent.Len() >= l.most {
		oldest := l.recent.Back()
		delete(l.byKey, l.recent.Remove(oldest).(*localEntry).key)
	}
	perSecond := rate.Limit(float64(k.rate.Limit) / k.rate.Per.Seconds())
	bucket := rate.NewLimiter(perSecond, k.rate.Burst)
	l.byKey[k] = l.recent.PushFront(&localEntry{key: k, bucket: bucket})
	return bucket
}
