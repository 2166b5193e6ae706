// Package review owns what customers say of what they bought: one review for each line of an order that was sent, with
// its stars, its way through moderation, the shop's reply, and how it counts towards a product's rating. It refuses
// reviews of what nobody bought.
package review

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/order"
)

// ID is "rev_" and 26 characters.
type ID string

// Status says who sees a review: only published ones are shown to shoppers and count.
type Status string

// The statuses. An edit makes a review pending again.
const (
	Pending   Status = "pending"
	Published Status = "published"
	Rejected  Status = "rejected"
)

// Limits, in characters where they are about text.
const (
	MaxTitle   = 120
	MaxText    = 5000
	MaxAuthor  = 80
	MaxReply   = 2000
	MaxReason  = 500
	MaxPending = 20 // of one customer
	MaxAtOnce  = 100
)

// Review is what somebody says of one thing they bought.
type Review struct {
	ID        ID
	Product   catalog.ProductID
	Variant   catalog.VariantID
	Order     order.ID
	Customer  string
	Author    string // as shoppers see it
	Stars     int    // 1 to 5
	Title     string
	Text      string
	Status    Status
	Reason    string // why it was rejected
	Reply     string // of the shop; "" for none
	RepliedAt time.Time
	Helpful   int64 // votes of other customers
	Revision  int64 // counts the changes
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Words are what an author writes.
type Words struct {
	Stars  int
	Title  string
	Text   string
	Author string // "" for the name of the account, shortened
}

// Purchase is a line of an order that was sent, which may be reviewed once.
type Purchase struct {
	Order        order.ID
	Number       int64
	Product      catalog.ProductID
	Variant      catalog.VariantID
	Slug         string
	Title        string
	VariantTitle string
	ImageURL     string
}

// Faults of this package.
var (
	ErrNotFound = fault.New(fault.NotFound, "review_not_found", "there is no such review")
	ErrNotYours = fault.New(fault.Denied, "not_purchased", "only what you bought here, and what was sent to you, can be reviewed")
	ErrTwice    = fault.New(fault.Conflict, "review_exists", "you have reviewed this already: change that review instead")
	ErrTooMany  = fault.New(fault.Exhausted, "too_many_pending_reviews", "the shop has not looked at your last reviews yet: come back when it has")
	ErrOwnVote  = fault.New(fault.Denied, "own_review", "others say whether your review helps")
	ErrChanged  = fault.New(fault.Conflict, "review_changed", "the author has changed this review meanwhile: read it again")
	ErrInvalid  = fault.New(fault.Invalid, "invalid_review", "the review cannot be kept like this")
)

// New returns a pending review of a purchase. name is that of the customer's account. Errors: ErrInvalid.
func New(p Purchase, customer, name string, w Words, at time.Time) (Review, error) {
	r := Review{
		ID: ID(id.New("rev", at)), Product: p.Product, Variant: p.Variant, Order: p.Order, Customer: customer, CreatedAt: at,
	}
	if w.Author == "" {
		w.Author = shortened(name)
	}
	return r.Edited(w, at)
}

// Edited returns the review with other words, pending again; the shop's reply was to the old ones and goes. Errors:
// ErrInvalid with the fields.
func (r Review) Edited(w Words, at time.Time) (Review, error) {
	if w.Author == "" {
		w.Author = r.Author
	}
	w.Title, w.Text, w.Author = oneLine(w.Title), strings.TrimSpace(w.Text), oneLine(w.Author)
	if err := w.check(); err != nil {
		return r, err
	}
	r.Stars, r.Title, r.Text, r.Author = w.Stars, w.Title, w.Text, w.Author
	r.Status, r.Reason, r.Reply, r.RepliedAt = Pending, "", "", time.Time{}
	r.UpdatedAt, r.Revision = at, r.Revision+1
	return r, nil
}

func (w Words) check() error {
	var bad []fault.Field
	add := func(field, message string) { bad = append(bad, fault.Field{Path: field, Message: message}) }
	if w.Stars < 1 || w.Stars > 5 {
		add("stars", "give 1 to 5 stars")
	}
	if !plain(w.Title, MaxTitle) {
		add("title", "use at most 120 characters, and no links")
	}
	if w.Text == "" || !plain(w.Text, MaxText) {
		add("text", "use 1 to 5000 characters, and no links")
	}
	if w.Author == "" || !plain(w.Author, MaxAuthor) {
		add("author", "use a name of 1 to 80 characters")
	}
	if bad == nil {
		return nil
	}
	return ErrInvalid.At(bad...)
}

// plain reports text without links, which reviews are abused for, and without characters that cannot be seen.
func plain(s string, limit int) bool {
	lower := strings.ToLower(s)
	for _, link := range []string{"http:", "https:", "www.", "://"} {
		if strings.Contains(lower, link) {
			return false
		}
	}
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
	})
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// shortened keeps the first name and the initial of the last: strangers read it.
func shortened(name string) string {
	parts := strings.Fields(name)
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return parts[0]
	}
	last, _ := utf8.DecodeRuneInString(parts[len(parts)-1])
	return parts[0] + " " + string(last) + "."
}

// Publish lets shoppers see the review.
func (r Review) Publish(at time.Time) Review {
	if r.Status != Published {
		r.Status, r.Reason, r.UpdatedAt, r.Revision = Published, "", at, r.Revision+1
	}
	return r
}

// Reject hides the review; its author is told why. Errors: Invalid without a reason.
func (r Review) Reject(reason string, at time.Time) (Review, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > MaxReason {
		return r, fault.InvalidField("reason", "tell the author why, in 1 to 500 characters")
	}
	if r.Status != Rejected || r.Reason != reason {
		r.Status, r.Reason, r.UpdatedAt, r.Revision = Rejected, reason, at, r.Revision+1
	}
	return r, nil
}

// Answer gives the review the shop's one reply, or takes it away. Errors: Invalid.
func (r Review) Answer(text string, at time.Time) (Review, error) {
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > MaxReply {
		return r, fault.InvalidField("reply", "use at most 2000 characters")
	}
	if text == r.Reply {
		return r, nil
	}
	if r.Reply, r.RepliedAt = text, at; text == "" {
		r.RepliedAt = time.Time{}
	}
	r.Revision++
	return r, nil
}

// Counts is how the change from one state of a review to another changes its product's rating. Either may be zero: a
// review that is not there.
func Counts(before, after Review) (change catalog.Rating) {
	if before.Status == Published {
		change[before.Stars-1]--
	}
	if after.Status == Published {
		change[after.Stars-1]++
	}
	return change
}
