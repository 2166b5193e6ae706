package journal

import (
	"context"
	"slices"
	"time"
)

// Parcel is a delivery that this process has claimed.
type Parcel struct {
	Record
	Secret string // that signs it
}

func (j *Journal) applyDelivery(r Record) {
	k := delivery{r.ID, r.Delivery.Copy}
	if r.State != Due {
		delete(j.outbox, k)
		return
	}
	if was, ok := j.outbox[k]; ok && r.Delivery.Body == "" {
		d := *r.Delivery
		d.URL, d.Body = was.Delivery.URL, was.Delivery.Body
		r.Delivery = &d
	}
	j.outbox[k] = r
}

// Claim takes up to n deliveries that are due for this process alone, for as long as the lease. One that is not finished
// by then, as by a process that was killed, is due again.
func (j *Journal) Claim(ctx context.Context, n int, lease time.Duration) (claimed []Parcel, err error) {
	some := false
	if err := j.look(ctx, func() { some = len(j.due(1)) > 0 }); err != nil || !some {
		return nil, err
	}
	err = j.write(ctx, false, func() (claims []Record) {
		for _, r := range j.due(n) {
			claims = append(claims, j.later(r, r.Delivery.Attempt, lease))
			claimed = append(claimed, Parcel{Record: r, Secret: j.merchants[ID{Tenant: r.Tenant, Mode: r.Mode}].Secret})
		}
		return claims
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}

// due lists up to n deliveries, in no order: no provider promises one.
func (j *Journal) due(n int) (out []Record) {
	now := j.now()
	for _, r := range j.outbox {
		if len(out) == n {
			break
		}
		if !r.Delivery.NotBefore.After(now) {
			out = append(out, r)
		}
	}
	return out
}

// later is a record that a delivery is due at another time.
func (j *Journal) later(r Record, attempt int, wait time.Duration) Record {
	r.State, r.At = Due, j.stamp()
	r.Delivery = &Delivery{Copy: r.Delivery.Copy, Attempt: attempt, NotBefore: r.At.Add(wait)}
	return r
}

// Finish notes that a delivery has arrived or is given up.
func (j *Journal) Finish(ctx context.Context, p Parcel, state State) error {
	r := p.Record
	r.State, r.At, r.Delivery = state, j.stamp(), &Delivery{Copy: r.Delivery.Copy, Attempt: r.Delivery.Attempt + 1}
	return j.write(ctx, false, func() []Record { return []Record{r} })
}

// Retry notes that a delivery did not arrive and is due again after a while.
func (j *Journal) Retry(ctx context.Context, p Parcel, wait time.Duration) error {
	return j.write(ctx, false, func() []Record { return []Record{j.later(p.Record, p.Delivery.Attempt+1, wait)} })
}

// NextDelivery is when the next delivery is due; the zero time when there is none.
func (j *Journal) NextDelivery(ctx context.Context) (next time.Time, err error) {
	err = j.look(ctx, func() {
		for _, r := range j.outbox {
			if next.IsZero() || r.Delivery.NotBefore.Before(next) {
				next = r.Delivery.NotBefore
			}
		}
	})
	return next, err
}

// Waiting counts the deliveries that have not arrived yet.
func (j *Journal) Waiting(ctx context.Context) (n int, err error) {
	err = j.look(ctx, func() { n = len(j.outbox) })
	return n, err
}

// Sent returns the webhooks of a payment as they were first put into the outbox, one of each event.
func (j *Journal) Sent(id ID) ([]Record, error) {
	var sent []Record
	err := readFile(j.file.Name(), func(r Record) {
		if r.Kind == KindWebhook && r.PaymentID() == id && r.Delivery.Body != "" && !slices.ContainsFunc(sent, func(s Record) bool { return s.ID == r.ID }) {
			sent = append(sent, r)
		}
	})
	return sent, err
}
