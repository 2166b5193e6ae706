package backoffice

import (
	"context"
	"slices"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/ports"
)

// Reviews is what staff make of what customers say.
type Reviews struct{ d Deps }

// List returns reviews of any status. Permission catalog:read. Errors: Invalid.
func (r *Reviews) List(ctx context.Context, by identity.Actor, q ports.ReviewQuery) (page ports.ReviewPage, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return page, err
	}
	err = r.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		page, err = v.Reviews(ctx, q)
		return err
	})
	return page, err
}

// Get returns one review. Permission catalog:read. Errors: review.ErrNotFound.
func (r *Reviews) Get(ctx context.Context, by identity.Actor, id review.ID) (out review.Review, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return out, err
	}
	err = r.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		found, err := v.ReviewsByID(ctx, []review.ID{id})
		if err != nil {
			return err
		}
		one, ok := found[id]
		if !ok {
			return review.ErrNotFound
		}
		out = one
		return nil
	})
	return out, err
}

// Verdict is what staff decide about a review. Revision, when it is not 0, is the one they read: an author may have
// written something else meanwhile.
type Verdict struct {
	Review   review.ID
	Revision int64
	Publish  bool
	Reason   string // why it is rejected
}

// Moderate publishes and rejects reviews, all or none; a decision that holds already changes nothing. Permission
// reviews:moderate. Errors: review.ErrNotFound, ErrChanged, Invalid.
func (r *Reviews) Moderate(ctx context.Context, by identity.Actor, verdicts []Verdict) (out []review.Review, err error) {
	if len(verdicts) > review.MaxAtOnce {
		return nil, fault.InvalidField("reviews", "decide about at most 100 at once")
	}
	ids := make([]review.ID, len(verdicts))
	for i, v := range verdicts {
		ids[i] = v.Review
	}
	return r.change(ctx, by, ids, func(i int, was review.Review) (review.Review, error) {
		v := verdicts[i]
		switch {
		case v.Revision != 0 && v.Revision != was.Revision:
			return was, review.ErrChanged
		case v.Publish:
			return was.Publish(r.d.Now()), nil
		}
		return was.Reject(v.Reason, r.d.Now())
	})
}

// Reply gives a review the shop's answer, or takes it away when text is "". Permission reviews:moderate. Errors:
// review.ErrNotFound, Invalid.
func (r *Reviews) Reply(ctx context.Context, by identity.Actor, id review.ID, text string) (review.Review, error) {
	out, err := r.change(ctx, by, []review.ID{id}, func(_ int, was review.Review) (review.Review, error) {
		return was.Answer(text, r.d.Now())
	})
	if err != nil {
		return review.Review{}, err
	}
	return out[0], nil
}

func (r *Reviews) change(ctx context.Context, by identity.Actor, ids []review.ID, decide func(int, review.Review) (review.Review, error)) (out []review.Review, err error) {
	if err := by.May(identity.ModerateReviews); err != nil {
		return nil, err
	}
	var rated catalog.Changed
	err = r.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		out, rated = make([]review.Review, len(ids)), catalog.Changed{}
		found, err := tx.ReviewsByID(ctx, ids)
		if err != nil {
			return err
		}
		var changed []review.Review
		ratings := map[catalog.ProductID]catalog.Rating{}
		for i, id := range ids {
			was, ok := found[id]
			if !ok {
				return review.ErrNotFound
			}
			now, err := decide(i, was)
			if err != nil {
				return err
			}
			if out[i], found[id] = now, now; now.Revision == was.Revision {
				continue
			}
			changed = append(changed, now)
			tx.Emit(by.Who(), tell(was, now)...)
			ratings[now.Product] = added(ratings[now.Product], review.Counts(was, now))
			if was.Status == review.Published || now.Status == review.Published {
				rated.Products = appendNew(rated.Products, now.Product)
			}
		}
		if changed == nil {
			return nil
		}
		if rated.Products != nil {
			tx.Emit(by.Who(), rated)
		}
		return tx.SaveReviews(ctx, changed, ratings)
	})
	if rated.Products != nil {
		(&Catalog{r.d}).forget(ctx, by, err)
	}
	return out, err
}

// tell is what the author hears of.
func tell(was, now review.Review) (facts []event.Fact) {
	if now.Status != was.Status || now.Reason != was.Reason {
		facts = append(facts, review.Moderated{Review: now.ID, Status: now.Status, Reason: now.Reason})
	}
	if now.Reply != was.Reply && now.Reply != "" && now.Status == review.Published {
		facts = append(facts, review.Replied{Review: now.ID})
	}
	return facts
}

func added(a, b catalog.Rating) catalog.Rating {
	for i := range a {
		a[i] += b[i]
	}
	return a
}

func appendNew(all []catalog.ProductID, p catalog.ProductID) []catalog.ProductID {
	if slices.Contains(all, p) {
		return all
	}
	return append(all, p)
}
