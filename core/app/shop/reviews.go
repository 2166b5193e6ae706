package shop

import (
	"context"
	"errors"
	"slices"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Reviews is what shoppers say of what they bought, and read of what others say.
type Reviews struct{ d Deps }

// ReviewFilter says which of a product's reviews are wanted.
type ReviewFilter struct {
	Stars int
	Sort  ports.ReviewSort
	Limit int
	After string
}

// Reviewed is a part of a product's published reviews.
type Reviewed struct {
	ports.ReviewPage
	Rating catalog.Rating
}

// Of lists the published reviews of an active product. Errors: catalog.ErrNotFound, Invalid.
func (r *Reviews) Of(ctx context.Context, t tenant.ID, slug string, f ReviewFilter) (out Reviewed, err error) {
	err = r.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		p, err := v.ProductBySlug(ctx, slug)
		if err != nil {
			return err
		}
		if p.Status != catalog.Active {
			return catalog.ErrNotFound
		}
		out.Rating = p.Rating
		out.ReviewPage, err = v.Reviews(ctx, ports.ReviewQuery{
			Product: p.ID, Status: review.Published, Stars: f.Stars, Sort: f.Sort, Limit: f.Limit, After: f.After,
		})
		return err
	})
	return out, err
}

// Mine is what the signed-in shopper has said, the newest first, and what they may still review.
type Mine struct {
	ports.ReviewPage
	Purchases []review.Purchase // on the first page only
}

// Mine returns the shopper's own reviews. Errors: identity.ErrSignIn, Invalid.
func (r *Reviews) Mine(ctx context.Context, by identity.Actor, after string, limit int) (out Mine, err error) {
	customer, err := by.CustomerID()
	if err != nil {
		return out, err
	}
	err = r.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		if out.ReviewPage, err = v.Reviews(ctx, ports.ReviewQuery{Customer: customer, After: after, Limit: limit}); err != nil || after != "" {
			return err
		}
		out.Purchases, err = v.Purchases(ctx, customer, "")
		return err
	})
	return out, err
}

// Own returns one of the shopper's reviews. Errors: identity.ErrSignIn, review.ErrNotFound.
func (r *Reviews) Own(ctx context.Context, by identity.Actor, id review.ID) (out review.Review, err error) {
	customer, err := by.CustomerID()
	if err != nil {
		return out, err
	}
	err = r.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		found, err := v.ReviewsByID(ctx, []review.ID{id})
		if err != nil {
			return err
		}
		if out = found[id]; out.Customer != customer {
			return review.ErrNotFound
		}
		return nil
	})
	return out, err
}

// Voted returns those of the reviews that the shopper finds helpful; none for a guest.
func (r *Reviews) Voted(ctx context.Context, by identity.Actor, ids []review.ID) (voted []review.ID, err error) {
	if by.Kind != identity.Customer || len(ids) == 0 {
		return nil, nil
	}
	err = r.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		voted, err = v.VotedReviews(ctx, by.ID, ids)
		return err
	})
	return voted, err
}

// Draft is a review to be written: of one line of one order.
type Draft struct {
	Order   order.ID
	Variant catalog.VariantID
	review.Words
}

// Write keeps a review of something the shopper bought; the shop looks at it before others see it. Errors:
// identity.ErrSignIn, review.ErrNotYours, ErrTwice, ErrTooMany, ErrInvalid.
func (r *Reviews) Write(ctx context.Context, by identity.Actor, d Draft, once *app.Once) (review.Review, error) {
	customer, err := by.CustomerID()
	if err != nil {
		return review.Review{}, err
	}
	return app.Update(ctx, r.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (review.Review, error) {
		made, err := r.begin(ctx, tx, customer, d)
		if err != nil {
			return made, err
		}
		tx.Emit(by.Who(), review.Written{Review: made.ID, Stars: made.Stars})
		return made, tx.SaveReviews(ctx, []review.Review{made}, nil)
	})
}

func (r *Reviews) begin(ctx context.Context, tx ports.Tx, customer string, d Draft) (review.Review, error) {
	of, err := tx.Order(ctx, d.Order)
	switch {
	case err != nil && !errors.Is(err, order.ErrNotFound):
		return review.Review{}, err
	case err != nil, of.CustomerID != customer, of.Status != order.Fulfilled:
		return review.Review{}, review.ErrNotYours
	}
	open, err := tx.Purchases(ctx, customer, d.Order)
	if err != nil {
		return review.Review{}, err
	}
	at := slices.IndexFunc(open, func(p review.Purchase) bool { return p.Variant == d.Variant })
	if at < 0 {
		if slices.ContainsFunc(of.Lines, func(l order.Line) bool { return l.Variant == d.Variant }) {
			return review.Review{}, review.ErrTwice
		}
		return review.Review{}, review.ErrNotYours
	}
	pending, err := tx.CountPendingReviews(ctx, customer)
	if err != nil {
		return review.Review{}, err
	}
	if pending >= review.MaxPending {
		return review.Review{}, review.ErrTooMany
	}
	account, err := tx.Customer(ctx, customer)
	if err != nil {
		return review.Review{}, err
	}
	return review.New(open[at], customer, account.Name, d.Words, r.d.Now())
}

// Edit changes the shopper's own review; it waits for the shop again. Errors: identity.ErrSignIn, review.ErrNotFound, also
// for others' reviews, ErrInvalid.
func (r *Reviews) Edit(ctx context.Context, by identity.Actor, id review.ID, w review.Words) (out review.Review, err error) {
	err = r.own(ctx, by, id, func(ctx context.Context, tx ports.Tx, was review.Review) error {
		if out, err = was.Edited(w, r.d.Now()); err != nil {
			return err
		}
		tx.Emit(by.Who(), review.Written{Review: id, Stars: out.Stars})
		ratings := map[catalog.ProductID]catalog.Rating{was.Product: review.Counts(was, out)}
		return tx.SaveReviews(ctx, []review.Review{out}, ratings)
	})
	return out, err
}

// Delete takes the shopper's own review away. Errors: identity.ErrSignIn, review.ErrNotFound.
func (r *Reviews) Delete(ctx context.Context, by identity.Actor, id review.ID) error {
	return r.own(ctx, by, id, func(ctx context.Context, tx ports.Tx, was review.Review) error {
		return tx.DeleteReview(ctx, was, review.Counts(was, review.Review{}))
	})
}

// own locks the shopper's own review and tells of its product when the rating changes with it.
func (r *Reviews) own(ctx context.Context, by identity.Actor, id review.ID, fn func(context.Context, ports.Tx, review.Review) error) error {
	customer, err := by.CustomerID()
	if err != nil {
		return err
	}
	rated := false
	err = r.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		found, err := tx.ReviewsByID(ctx, []review.ID{id})
		if err != nil {
			return err
		}
		was, ok := found[id]
		if !ok || was.Customer != customer {
			return review.ErrNotFound
		}
		if rated = was.Status == review.Published; rated {
			tx.Emit(by.Who(), catalog.Changed{Products: []catalog.ProductID{was.Product}})
		}
		return fn(ctx, tx, was)
	})
	if err == nil && rated {
		_ = r.d.Forget.Forget(ctx, "catalog:"+string(by.Tenant)) // a hint: the event does the same
	}
	return err
}

// Vote says, or unsays, that the shopper finds a review helpful. Idempotent. Errors: identity.ErrSignIn,
// review.ErrNotFound, ErrOwnVote.
func (r *Reviews) Vote(ctx context.Context, by identity.Actor, id review.ID, helpful bool) error {
	customer, err := by.CustomerID()
	if err != nil {
		return err
	}
	return r.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		found, err := tx.ReviewsByID(ctx, []review.ID{id})
		if err != nil {
			return err
		}
		was, ok := found[id]
		switch {
		case !ok || was.Status != review.Published:
			return review.ErrNotFound
		case was.Customer == customer:
			return review.ErrOwnVote
		}
		return tx.VoteReview(ctx, id, customer, helpful)
	})
}
