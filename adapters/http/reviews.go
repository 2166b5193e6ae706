package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/ports"
)

func (s *Server) mountReviews(api huma.API) {
	missing, denied, conflict, bad := http.StatusNotFound, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity
	const tag = "Reviews"
	huma.Register(api, get("/products/{slug}/reviews", "list_product_reviews", tag, "What customers say of a product").maySignIn().fails(missing, bad).
		about("Published ones only. A signed-in shopper sees which of them they found helpful.").Operation, s.productReviews)
	huma.Register(api, get("/account/reviews", "list_account_reviews", tag, "The signed-in shopper's own reviews, and what they may still review").
		signedIn().fails(bad).Operation, s.myReviews)
	huma.Register(api, post("/account/reviews", "write_review", tag, "Review something that was bought").answers(http.StatusCreated).limited(s, limitReviews).
		signedIn().fails(conflict, bad).about("One for each line of an order that was sent. The shop looks at it before others see it.").Operation, s.writeReview)
	huma.Register(api, describe(http.MethodPut, "/account/reviews/{review}", "edit_review", tag, "Change one's own review").limited(s, limitReviews).
		signedIn().fails(missing, bad).about("The shop looks at it again. "+idempotent).Operation, s.editReview)
	huma.Register(api, describe(http.MethodDelete, "/account/reviews/{review}", "delete_review", tag, "Take one's own review away").
		answers(http.StatusNoContent).signedIn().fails(missing, bad).Operation, s.deleteReview)
	huma.Register(api, describe(http.MethodPut, "/reviews/{review}/vote", "vote_review", tag, "Say that a review helps").answers(http.StatusNoContent).
		limited(s, limitVotes).signedIn().fails(missing, denied, bad).about(idempotent).Operation, s.voteReview(true))
	huma.Register(api, describe(http.MethodDelete, "/reviews/{review}/vote", "unvote_review", tag, "Take a vote back").answers(http.StatusNoContent).
		limited(s, limitVotes).signedIn().fails(missing, denied, bad).Operation, s.voteReview(false))
}

func (s *Server) mountStaffReviews(api huma.API) {
	missing, conflict, bad := http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity
	const tag = "Reviews"
	huma.Register(api, get("/reviews", "list_reviews", tag, "Reviews of every status").signedIn().fails(bad).Operation, s.staffReviews)
	huma.Register(api, get("/reviews/{review}", "get_review", tag, "One review").signedIn().fails(missing, bad).Operation, s.staffReview)
	huma.Register(api, post("/reviews/moderation", "moderate_reviews", tag, "Publish or reject reviews").signedIn().fails(missing, conflict, bad).
		about("All or none. With the revision that was read, a review that its author has changed meanwhile is not touched. "+idempotent).Operation, s.moderate)
	huma.Register(api, describe(http.MethodPut, "/reviews/{review}/reply", "reply_to_review", tag, "Answer a review").signedIn().fails(missing, bad).
		about("There is one answer to each review: it is replaced, and an empty one takes it away. "+idempotent).Operation, s.reply)
}

// Rating is what the published reviews of a product add up to.
type Rating struct {
	Average float64 `json:"average" example:"4.25" doc:"Of 5, 0 without reviews"`
	Count   int64   `json:"count"`
	Stars   []int64 `json:"stars" doc:"How many gave 1, 2, 3, 4 and 5"`
}

func ratingToJSON(r catalog.Rating) Rating {
	return Rating{float64(r.Average()) / 100, r.Count(), slices.Clone(r[:])}
}

// Review is what a customer says of something they bought.
type Review struct {
	ID        string       `json:"id" example:"rev_01jd3v4k2m0000000000000000"`
	Author    string       `json:"author" example:"Rina K."`
	Stars     int          `json:"stars" minimum:"1" maximum:"5"`
	Title     string       `json:"title"`
	Text      string       `json:"text"`
	Verified  bool         `json:"verified" doc:"The author bought it in this shop"`
	Helpful   int64        `json:"helpful" doc:"How many say that it helps"`
	Voted     bool         `json:"voted" doc:"The shopper who asks said so"`
	Reply     *ReviewReply `json:"reply,omitempty"`
	CreatedAt time.Time    `json:"created_at"`
}

// ReviewReply is the shop's answer.
type ReviewReply struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

func reviewToJSON(r review.Review) Review {
	out := Review{
		ID: string(r.ID), Author: r.Author, Stars: r.Stars, Title: r.Title, Text: r.Text, Verified: r.Order != "", Helpful: r.Helpful,
		CreatedAt: timeToJSON(r.CreatedAt),
	}
	if r.Reply != "" {
		out.Reply = &ReviewReply{r.Reply, timeToJSON(r.RepliedAt)}
	}
	return out
}

// ReviewPage is a part of a product's reviews.
type ReviewPage struct {
	Rating  Rating   `json:"rating" doc:"Of all of the product's reviews"`
	Reviews []Review `json:"reviews"`
	Next    string   `json:"next,omitempty" doc:"Send it as after for more; missing on the last page"`
}

func (s *Server) productReviews(ctx context.Context, in *struct {
	PageQuery
	Slug  string `path:"slug" maxLength:"1000" example:"indigo-shirt"`
	Stars int    `query:"stars" minimum:"0" maximum:"5" doc:"Only those that gave so many; 0 for all"`
	Sort  string `query:"sort" enum:"newest,helpful,highest,lowest" default:"newest"`
},
) (*body[ReviewPage], error) {
	found, err := s.d.Shop.Reviews.Of(ctx, requestOf(ctx).tenant.ID, in.Slug, shop.ReviewFilter{
		Stars: in.Stars, Sort: ports.ReviewSort(in.Sort), Limit: in.Limit, After: in.After,
	})
	if err != nil {
		return nil, err
	}
	voted, err := s.d.Shop.Reviews.Voted(ctx, actorOf(ctx), mapped(found.Reviews, func(r review.Review) review.ID { return r.ID }))
	return &body[ReviewPage]{ReviewPage{ratingToJSON(found.Rating), mapped(found.Reviews, func(r review.Review) Review {
		out := reviewToJSON(r)
		out.Voted = slices.Contains(voted, r.ID)
		return out
	}), found.Next}}, err
}

// OwnReview is a review as its author sees it.
type OwnReview struct {
	Review
	ProductID string `json:"product_id"`
	VariantID string `json:"variant_id"`
	OrderID   string `json:"order_id"`
	Status    string `json:"status" enum:"pending,published,rejected"`
	Reason    string `json:"reason,omitempty" doc:"Why it was rejected"`
}

func ownReviewToJSON(r review.Review) OwnReview {
	return OwnReview{reviewToJSON(r), string(r.Product), string(r.Variant), string(r.Order), string(r.Status), r.Reason}
}

// Purchase is something that was bought and may be reviewed.
type Purchase struct {
	OrderID      string `json:"order_id"`
	Order        int64  `json:"order_number"`
	VariantID    string `json:"variant_id"`
	ProductID    string `json:"product_id"`
	Slug         string `json:"slug"`
	Title        string `json:"title"`
	VariantTitle string `json:"variant_title"`
	ImageURL     string `json:"image_url"`
}

func purchaseToJSON(p review.Purchase) Purchase {
	return Purchase{string(p.Order), p.Number, string(p.Variant), string(p.Product), p.Slug, p.Title, p.VariantTitle, p.ImageURL}
}

// OwnReviews is what a shopper has said, and may still say.
type OwnReviews struct {
	Reviews   []OwnReview `json:"reviews" doc:"The newest first"`
	Purchases []Purchase  `json:"purchases" doc:"What was sent and not reviewed, the newest 100; on the first page only"`
	Next      string      `json:"next,omitempty" doc:"Send it as after for more; missing on the last page"`
}

func (s *Server) myReviews(ctx context.Context, in *PageQuery) (*body[OwnReviews], error) {
	found, err := s.d.Shop.Reviews.Mine(ctx, actorOf(ctx), in.After, in.Limit)
	return &body[OwnReviews]{OwnReviews{mapped(found.Reviews, ownReviewToJSON), mapped(found.Purchases, purchaseToJSON), found.Next}}, err
}

// ReviewWords are what an author writes.
type ReviewWords struct {
	Stars  int    `json:"stars" minimum:"1" maximum:"5"`
	Title  string `json:"title,omitempty" maxLength:"480"`
	Text   string `json:"text" minLength:"1" maxLength:"20000" doc:"At most 5000 characters, without links"`
	Author string `json:"author,omitempty" maxLength:"320" doc:"As others see it; left out, the account's name, shortened"`
}

func (w ReviewWords) core() review.Words {
	return review.Words{Stars: w.Stars, Title: strings.Clone(w.Title), Text: strings.Clone(w.Text), Author: strings.Clone(w.Author)}
}

func (s *Server) writeReview(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		ReviewWords
		OrderID   string `json:"order_id" maxLength:"64"`
		VariantID string `json:"variant_id" maxLength:"64"`
	}
},
) (*struct {
	Replayed
	Body OwnReview
}, error,
) {
	by := actorOf(ctx)
	once, err := in.once("POST /account/reviews", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	made, err := s.d.Shop.Reviews.Write(ctx, by, shop.Draft{
		Order: order.ID(strings.Clone(in.Body.OrderID)), Variant: catalog.VariantID(strings.Clone(in.Body.VariantID)), Words: in.Body.core(),
	}, once)
	return &struct {
		Replayed
		Body OwnReview
	}{replayedOf(once), ownReviewToJSON(made)}, err
}

// ReviewID is the input of operations on one review.
type ReviewID struct {
	Review string `path:"review" maxLength:"64" example:"rev_01jd3v4k2m0000000000000000"`
}

func (r ReviewID) core() review.ID { return review.ID(strings.Clone(r.Review)) }

func (s *Server) editReview(ctx context.Context, in *struct {
	ReviewID
	Body ReviewWords
},
) (*body[OwnReview], error) {
	out, err := s.d.Shop.Reviews.Edit(ctx, actorOf(ctx), in.ReviewID.core(), in.Body.core())
	return &body[OwnReview]{ownReviewToJSON(out)}, err
}

func (s *Server) deleteReview(ctx context.Context, in *ReviewID) (*struct{}, error) {
	return nil, s.d.Shop.Reviews.Delete(ctx, actorOf(ctx), in.core())
}

func (s *Server) voteReview(helpful bool) func(context.Context, *ReviewID) (*struct{}, error) {
	return func(ctx context.Context, in *ReviewID) (*struct{}, error) {
		return nil, s.d.Shop.Reviews.Vote(ctx, actorOf(ctx), in.core(), helpful)
	}
}

// StaffReview is a review as staff sees it.
type StaffReview struct {
	OwnReview
	CustomerID string    `json:"customer_id"`
	Revision   int64     `json:"revision" doc:"Grows with every change"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func staffReviewToJSON(r review.Review) StaffReview {
	return StaffReview{ownReviewToJSON(r), r.Customer, r.Revision, timeToJSON(r.UpdatedAt)}
}

// StaffReviews is a part of a list of reviews.
type StaffReviews struct {
	Reviews []StaffReview `json:"reviews"`
	Next    string        `json:"next,omitempty" doc:"Send it as after for more; missing on the last page"`
}

func (s *Server) staffReviews(ctx context.Context, in *struct {
	PageQuery
	Status  string `query:"status" enum:"pending,published,rejected"`
	Product string `query:"product_id" maxLength:"64"`
	Stars   int    `query:"stars" minimum:"0" maximum:"5"`
	Sort    string `query:"sort" enum:"newest,helpful,highest,lowest" default:"newest"`
},
) (*body[StaffReviews], error) {
	page, err := s.d.Backoffice.Reviews.List(ctx, actorOf(ctx), ports.ReviewQuery{
		Status: review.Status(in.Status), Product: catalog.ProductID(in.Product), Stars: in.Stars, Sort: ports.ReviewSort(in.Sort), Limit: in.Limit, After: in.After,
	})
	return &body[StaffReviews]{StaffReviews{mapped(page.Reviews, staffReviewToJSON), page.Next}}, err
}

func (s *Server) staffReview(ctx context.Context, in *ReviewID) (*body[StaffReview], error) {
	r, err := s.d.Backoffice.Reviews.Get(ctx, actorOf(ctx), in.core())
	return &body[StaffReview]{staffReviewToJSON(r)}, err
}

// Verdict is what staff decide about one review.
type Verdict struct {
	ReviewID string `json:"review_id" maxLength:"64"`
	Revision int64  `json:"revision,omitempty" minimum:"0" doc:"Of the review that was read"`
	Decision string `json:"decision" enum:"publish,reject"`
	Reason   string `json:"reason,omitempty" maxLength:"2000" doc:"The author is told; needed to reject"`
}

func (s *Server) moderate(ctx context.Context, in *struct {
	Body struct {
		Verdicts []Verdict `json:"reviews" minItems:"1" maxItems:"100"`
	}
},
) (*body[StaffReviews], error) {
	all, err := s.d.Backoffice.Reviews.Moderate(ctx, actorOf(ctx), mapped(in.Body.Verdicts, func(v Verdict) backoffice.Verdict {
		return backoffice.Verdict{
			Review: review.ID(strings.Clone(v.ReviewID)), Revision: v.Revision, Publish: v.Decision == "publish", Reason: strings.Clone(v.Reason),
		}
	}))
	return &body[StaffReviews]{StaffReviews{Reviews: mapped(all, staffReviewToJSON)}}, err
}

func (s *Server) reply(ctx context.Context, in *struct {
	ReviewID
	Body struct {
		Text string `json:"text" maxLength:"8000" doc:"At most 2000 characters"`
	}
},
) (*body[StaffReview], error) {
	r, err := s.d.Backoffice.Reviews.Reply(ctx, actorOf(ctx), in.ReviewID.core(), strings.Clone(in.Body.Text))
	return &body[StaffReview]{staffReviewToJSON(r)}, err
}
