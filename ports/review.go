package ports

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/review"
)

// ReviewSort orders reviews.
type ReviewSort string

// The sorts of reviews. The newer ones come first among equals.
const (
	NewestReviews  ReviewSort = "newest"
	HelpfulReviews ReviewSort = "helpful"
	HighestReviews ReviewSort = "highest"
	LowestReviews  ReviewSort = "lowest"
)

// ReviewQuery filters a list of reviews. Zero fields do not filter.
type ReviewQuery struct {
	Product  catalog.ProductID
	Customer string
	Status   review.Status
	Stars    int
	Sort     ReviewSort // NewestReviews when empty
	Limit    int        // 1 to 100; 20 when zero
	After    string     // opaque cursor
}

// ReviewPage is a part of a list of reviews. Next is "" on the last page.
type ReviewPage struct {
	Reviews []review.Review
	Next    string
}

// ReviewView reads reviews.
type ReviewView interface {
	// Reviews lists. Errors: Invalid for a limit or a cursor of another list.
	Reviews(ctx context.Context, q ReviewQuery) (ReviewPage, error)
	// ReviewsByID returns those that exist. In a Tx they are locked until commit, in the order of ids.
	ReviewsByID(ctx context.Context, ids []review.ID) (map[review.ID]review.Review, error)
	// Purchases returns the lines of a customer's orders that were sent and not reviewed, the newest first, at most 100;
	// only is empty or names one order.
	Purchases(ctx context.Context, customer string, only order.ID) ([]review.Purchase, error)
	// VotedReviews returns those of the reviews that a customer finds helpful.
	VotedReviews(ctx context.Context, customer string, ids []review.ID) ([]review.ID, error)
	// CountPendingReviews counts those of one customer that the shop has not looked at.
	CountPendingReviews(ctx context.Context, customer string) (int, error)
}

// ReviewTx writes reviews.
type ReviewTx interface {
	// SaveReviews inserts or replaces reviews, but for their votes, and changes the ratings of their products by what is
	// given, in one round trip. Errors: review.ErrTwice for a line that has a review.
	SaveReviews(ctx context.Context, all []review.Review, ratings map[catalog.ProductID]catalog.Rating) error
	// DeleteReview removes a review with its votes, and changes its product's rating.
	DeleteReview(ctx context.Context, r review.Review, rating catalog.Rating) error
	// VoteReview says or unsays that a customer finds a review helpful. Saying it twice counts once.
	VoteReview(ctx context.Context, id review.ID, customer string, helpful bool) error
}
