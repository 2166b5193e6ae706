package reactions

import (
	"context"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/ports"
)

// reviewed is an event about a review with what is said of it.
type reviewed struct {
	review.Review
	title  string // of the product
	slug   string
	author account.Account
}

// reviewed reads the review as it is now; ok is false when its author has taken it away.
func (r *Reactions) reviewed(ctx context.Context, h happened) (out reviewed, ok bool, err error) {
	err = r.d.Store.View(ctx, h.tenant.ID, func(ctx context.Context, v ports.View) error {
		found, err := v.ReviewsByID(ctx, []review.ID{review.ID(h.Subject)})
		if err != nil {
			return err
		}
		if out.Review, ok = found[review.ID(h.Subject)]; !ok {
			return nil
		}
		products, err := v.ProductsByID(ctx, []catalog.ProductID{out.Product})
		if err != nil {
			return err
		}
		out.title, out.slug = products[out.Product].Title, products[out.Product].Slug
		out.author, err = v.Customer(ctx, out.Customer)
		return err
	})
	return out, ok, err
}

// notifyReview tells staff of a review that waits, and its author of what became of it.
func (r *Reactions) notifyReview(ctx context.Context, h happened) error {
	about, ok, err := r.reviewed(ctx, h)
	if err != nil || !ok {
		return err
	}
	topic, told := notification.StaffTopic, words{"A review waits for you", stars(about.Stars) + " for " + about.title}
	if h.Kind != review.KindWritten {
		topic = notification.CustomerTopic(about.Customer)
		if told, err = about.words(h); err != nil {
			return err
		}
	}
	return r.store(ctx, h, notification.Notification{Topic: topic, EventID: h.ID, Kind: h.Kind, Title: told.title, Body: told.body, At: h.At})
}

// mailReviewer mails its author the same.
func (r *Reactions) mailReviewer(ctx context.Context, h happened) error {
	about, ok, err := r.reviewed(ctx, h)
	if err != nil || !ok {
		return err
	}
	told, err := about.words(h)
	if err != nil {
		return err
	}
	link := r.d.ShopURL(h.tenant) + "/account/reviews"
	if about.Status == review.Published {
		link = r.d.ShopURL(h.tenant) + "/p/" + about.slug + "#reviews"
	}
	return r.send(ctx, h, "reviewer", about.author.Email, told.title,
		"Hello "+about.author.Name+",\n\n"+told.body+"\n\n"+link+"\n\n"+h.tenant.Shop.Name+"\n")
}

func (about reviewed) words(h happened) (words, error) {
	if h.Kind == review.KindReplied {
		return words{"The shop has answered your review", "About " + about.title + ": " + about.Reply}, nil
	}
	decided, err := factOf[review.Moderated](h)
	if err != nil || decided.Status != review.Rejected {
		return words{"Your review is published", "Thank you for what you said of " + about.title + "."}, err
	}
	return words{"Your review was not published", "About " + about.title + ": " + decided.Reason + " You may change it and send it again."}, nil
}

func stars(n int) string {
	if n == 1 {
		return "1 star"
	}
	return string(rune('0'+n)) + " stars"
}
