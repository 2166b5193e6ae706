package postgres

import (
	"bytes"
	"context"
	"time"

	"github.com/halum-hut/halum/ports"
)

const (
	// claim takes the lock of a key for this transaction without waiting, and inserts the key or reads it. A key older
	// than a day counts as never seen.
	claim = `with lock as materialized (
			select pg_try_advisory_xact_lock(hashtextextended(current_schema() || '/' || $1 || '/' || $2, 0)) as held
		), made as (
			insert into idempotency_keys as k (scope, key, fingerprint, ref, answer, lease_until, created_at)
			select $1, $2, $3, '', null, null, $4 from lock where held
			on conflict (scope, key) do update set fingerprint = excluded.fingerprint, ref = '', answer = null, lease_until = null,
				created_at = excluded.created_at where k.created_at < $5
			returning 1
		)
		select lock.held, exists (select 1 from made), k.key is not null, coalesce(k.fingerprint, ''), coalesce(k.ref, ''), k.answer, k.lease_until
		from lock left join idempotency_keys k on k.scope = $1 and k.key = $2`

	// record also drops a few keys whose day is over, so that the table needs no other care.
	record = `with old as (
			delete from idempotency_keys where (scope, key) in (
				select scope, key from idempotency_keys where created_at < $7 order by created_at limit 3 for update skip locked)
		)
		insert into idempotency_keys (scope, key, fingerprint, ref, answer, lease_until, created_at) values ($1, $2, $3, $4, $5, $6, $8)
		on conflict (scope, key) do update set ref = excluded.ref, answer = excluded.answer, lease_until = excluded.lease_until`

	keyLifetime = 24 * time.Hour
	// keyGrace is how long after its day a key is left alone, so that a request at work never loses its own.
	keyGrace = time.Hour
)

// Claim implements ports.OnceTx. It is one statement; a second one is needed only when another transaction stored the
// key in the instant between this one's snapshot and its lock.
func (s *session) Claim(ctx context.Context, o ports.Once) (rec ports.OnceRecord, fresh bool, err error) {
	for {
		var held, known bool
		var fingerprint []byte
		var lease *time.Time
		now := s.d.o.Now()
		rec = ports.OnceRecord{}
		err = s.db.QueryRow(ctx, claim, o.Scope, o.Key, bytesOf(o.Fingerprint), now, now.Add(-keyLifetime)).
			Scan(&held, &fresh, &known, &fingerprint, &rec.Ref, &rec.Answer, &lease)
		switch {
		case err != nil:
			return ports.OnceRecord{}, false, fault(err, "claim a key")
		case !held:
			return ports.OnceRecord{}, false, ports.ErrKeyBusy
		case fresh:
			return ports.OnceRecord{}, true, nil
		case !known:
			continue
		case !bytes.Equal(fingerprint, o.Fingerprint):
			return ports.OnceRecord{}, false, ports.ErrKeyReused
		}
		if lease != nil {
			rec.LeaseUntil = *lease
		}
		return rec, false, nil
	}
}

// Record implements ports.OnceTx.
func (s *session) Record(ctx context.Context, o ports.Once, rec ports.OnceRecord) error {
	now := s.d.o.Now()
	_, err := s.db.Exec(ctx, record, o.Scope, o.Key, bytesOf(o.Fingerprint), rec.Ref, rec.Answer, timeOrNull(rec.LeaseUntil),
		now.Add(-keyLifetime-keyGrace), now)
	return fault(err, "record a key")
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
