package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/ports"
)

const (
	onProduct  = 4  // reviews on a product's page
	reviewPage = 10 // reviews on a page of their own
)

var reviewRate = ports.Rate{Limit: 30, Per: time.Minute, Burst: 20}

// starPath draws five stars beside each other, each in a square of 24.
var starPath = func() string {
	const star = "l2.6 6 6.5.6-4.9 4.300 1.500 6.400-5.700-3.400-5.700 3.400 1.500-6.400-4.900-4.300 6.500-.6z"
	var b strings.Builder
	for n := range 5 {
		b.WriteString("M" + itoa(12+24*n) + " 2.500" + star)
	}
	return b.String()
}()

// opinion is a review with what its reader said of it.
type opinion struct {
	review.Review
	Voted bool
}

var reviewSorts = []pick{
	{Value: string(ports.NewestReviews), Label: "Newest"},
	{Value: string(ports.HelpfulReviews), Label: "Most helpful"},
	{Value: string(ports.HighestReviews), Label: "Best first"},
	{Value: string(ports.LowestReviews), Label: "Worst first"},
}

// bar is how many gave a number of stars.
type bar struct {
	Stars   int
	Count   int64
	Percent int64
}

func barsOf(r catalog.Rating) (all []bar) {
	for stars := 5; stars > 0; stars-- {
		n := r[stars-1]
		all = append(all, bar{stars, n, n * 100 / max(r.Count(), 1)})
	}
	return all
}

// averageText writes an average with one digit: "4.3".
func averageText(ctx context.Context, r catalog.Rating) string {
	tenths := (r.Average() + 5) / 10
	return t(ctx, "%d.%d", tenths/10, tenths%10)
}

func reviewsPath(slug string) string { return productPath(slug) + "/reviews" }

func moreReviews(slug string, stars int, sort, after string) string {
	q := url.Values{"after": {after}, "sort": {sort}}
	if stars > 0 {
		q.Set("stars", itoa(stars))
	}
	return reviewsPath(slug) + "?" + q.Encode()
}

func writePath(p review.Purchase) string {
	return "/account/reviews/new?" + url.Values{"order": {string(p.Order)}, "variant": {string(p.Variant)}}.Encode()
}

func reviewBadge(s review.Status) badge {
	switch s {
	case review.Published:
		return badge{"Published", "good"}
	case review.Rejected:
		return badge{"Not published", "bad"}
	case review.Pending:
	}
	return badge{"Waiting for the shop", "wait"}
}

// opinions adds the reader's votes. They are best effort: without them, a vote that is there can be given again.
func (v *visit) opinions(all []review.Review) []opinion {
	ids := make([]review.ID, len(all))
	out := make([]opinion, len(all))
	for i, r := range all {
		ids[i], out[i].Review = r.ID, r
	}
	by, _, err := v.actor()
	if err != nil {
		return out
	}
	voted, err := v.web.d.Shop.Reviews.Voted(v.ctx, by, ids)
	if err != nil {
		v.web.d.Log.WarnContext(v.ctx, "the page does not know the reader's votes", "error", err)
	}
	for i := range out {
		out[i].Voted = slices.Contains(voted, out[i].ID)
	}
	return out
}

// said of a product are its first reviews; best effort, since a product can be bought without them.
func (v *visit) firstReviews(p catalog.Product) []opinion {
	if p.Rating.Count() == 0 {
		return nil
	}
	found, err := v.web.d.Shop.Reviews.Of(v.ctx, v.shop.ID, p.Slug, shop.ReviewFilter{Sort: ports.HelpfulReviews, Limit: onProduct})
	if err != nil {
		v.web.d.Log.WarnContext(v.ctx, "the page has no reviews", "error", err)
	}
	return v.opinions(found.Reviews)
}

func productReviews(v *visit) error {
	p, err := v.product(v.slug())
	if err != nil {
		return err
	}
	stars, err := strconv.Atoi(v.query("stars"))
	if err != nil || stars < 0 || stars > 5 {
		stars = 0
	}
	sort := v.query("sort")
	if !slices.ContainsFunc(reviewSorts, func(s pick) bool { return s.Value == sort }) {
		sort = string(ports.NewestReviews)
	}
	found, err := v.web.d.Shop.Reviews.Of(v.ctx, v.shop.ID, p.Slug, shop.ReviewFilter{
		Stars: stars, Sort: ports.ReviewSort(sort), Limit: reviewPage, After: v.query("after"),
	})
	if err != nil {
		return err
	}
	shown := v.page(t(v.ctx, "Reviews of %s", p.Title))
	shown.Hidden = true // they are on the product's page too
	return v.shown(reviewsPage(shown, p, found, v.opinions(found.Reviews), stars, sort))
}

func vote(v *visit) error {
	by, _, err := v.actor()
	if err == nil {
		err = v.limit("vote", reviewRate, "")
	}
	if err == nil {
		err = v.web.d.Shop.Reviews.Vote(v.ctx, by, review.ID(v.form("review")), v.form("helpful") == "1")
	}
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect(withQuery("/account/sign-in", "next", ownPath(v.form("next"), "/")))
	}
	if err != nil {
		return err
	}
	return v.redirect(ownPath(v.form("next"), "/") + "#" + url.PathEscape(v.form("review")))
}

func myReviews(v *visit) error {
	by, _, err := v.actor()
	if err != nil {
		return err
	}
	found, err := v.web.d.Shop.Reviews.Mine(v.ctx, by, v.query("after"), reviewPage)
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect(withQuery("/account/sign-in", "next", "/account/reviews"))
	}
	if err != nil {
		return err
	}
	names, err := v.named(found.Reviews)
	if err != nil {
		return err
	}
	p := v.page(t(v.ctx, "Your reviews"))
	p.Hidden = true
	switch v.query("did") {
	case "sent":
		p.Notice = t(v.ctx, "Thank you. The shop reads your review and publishes it.")
	case "gone":
		p.Notice = t(v.ctx, "Your review is taken away.")
	}
	return v.private(200, myReviewsPage(p, found, names))
}

// named finds the products that reviews are about, those that are for sale.
func (v *visit) named(all []review.Review) (map[catalog.ProductID]catalog.Summary, error) {
	var ids []catalog.ProductID
	for _, r := range all {
		ids = append(ids, r.Product)
	}
	found, err := v.web.d.Shop.Catalog.Summaries(v.ctx, v.shop.ID, ids)
	names := map[catalog.ProductID]catalog.Summary{}
	for _, s := range v.offered(found) {
		names[s.ID] = s
	}
	return names, err
}

// writing is a form for a review: a new one, or one that is there.
type writing struct {
	Title  string
	Action string
	Review review.ID
}

func showWrite(v *visit) error {
	f := newForm()
	f.set("order", v.query("order"))
	f.set("variant", v.query("variant"))
	return v.writeForm(200, f)
}

func (v *visit) writeForm(status int, f form) error {
	by, _, err := v.actor()
	if err != nil {
		return err
	}
	if _, err := by.CustomerID(); err != nil {
		return v.redirect(withQuery("/account/sign-in", "next", "/account/reviews"))
	}
	w := writing{Title: t(v.ctx, "Your review"), Action: "/account/reviews/new"}
	if id := v.param("review"); id != "" {
		w.Action, w.Review = "/account/reviews/"+url.PathEscape(id), review.ID(id)
	}
	p := v.page(w.Title)
	p.Hidden = true
	return v.private(status, writePage(p, f, w))
}

func writeReview(v *visit) error {
	f := v.read("order", "variant", "stars", "title", "text", "author")
	err := v.limit("review", reviewRate, "")
	if err == nil {
		var by identity.Actor
		if by, _, err = v.actor(); err == nil {
			_, err = v.web.d.Shop.Reviews.Write(v.ctx, by, shop.Draft{
				Order: order.ID(f.Value("order")), Variant: catalog.VariantID(f.Value("variant")), Words: f.words(),
			}, nil)
		}
	}
	return v.wrote(err, f, "sent")
}

func (f form) words() review.Words {
	stars, err := strconv.Atoi(f.Value("stars"))
	if err != nil {
		stars = 0 // refused by the rules, in their words
	}
	return review.Words{Stars: stars, Title: f.Value("title"), Text: f.Value("text"), Author: f.Value("author")}
}

func (v *visit) wrote(err error, f form, did string) error {
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect(withQuery("/account/sign-in", "next", "/account/reviews"))
	}
	if err == nil {
		return v.redirect(withQuery("/account/reviews", "did", did))
	}
	status := statusOf[fault.KindOf(err)]
	if err := f.explain(v.ctx, err); err != nil {
		return err
	}
	return v.writeForm(status, f)
}

func showReview(v *visit) error {
	by, _, err := v.actor()
	if err != nil {
		return err
	}
	r, err := v.web.d.Shop.Reviews.Own(v.ctx, by, review.ID(v.param("review")))
	if err != nil {
		return v.wrote(err, newForm(), "")
	}
	f := newForm()
	for name, value := range map[string]string{"stars": itoa(r.Stars), "title": r.Title, "text": r.Text, "author": r.Author} {
		f.set(name, value)
	}
	return v.writeForm(200, f)
}

func changeReview(v *visit) error {
	f := v.read("stars", "title", "text", "author")
	err := v.limit("review", reviewRate, "")
	if err == nil {
		var by identity.Actor
		if by, _, err = v.actor(); err == nil {
			_, err = v.web.d.Shop.Reviews.Edit(v.ctx, by, review.ID(v.param("review")), f.words())
		}
	}
	return v.wrote(err, f, "sent")
}

func removeReview(v *visit) error {
	by, _, err := v.actor()
	if err == nil {
		err = v.web.d.Shop.Reviews.Delete(v.ctx, by, review.ID(v.param("review")))
	}
	if errors.Is(err, review.ErrNotFound) {
		err = nil // a second click
	}
	return v.wrote(err, newForm(), "gone")
}

// reviewBoard is the desk's list of reviews.
type reviewBoard struct {
	ports.ReviewPage
	Status review.Status
	Names  map[catalog.ProductID]catalog.Summary
}

var reviewTabs = []struct {
	Status review.Status
	Name   string
}{{review.Pending, "To read"}, {review.Published, "Published"}, {review.Rejected, "Rejected"}}

func showDeskReviews(v *visit) error { return v.deskReviewsAnswer(200, newForm()) }

func (v *visit) deskReviewsAnswer(status int, f form) error {
	by, me, err := v.staff()
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect("/vendor/sign-in")
	}
	if err != nil {
		return err
	}
	b := reviewBoard{Status: review.Status(v.query("status"))}
	if b.Status != review.Published && b.Status != review.Rejected {
		b.Status = review.Pending
	}
	if b.ReviewPage, err = v.web.d.Backoffice.Reviews.List(v.ctx, by, ports.ReviewQuery{Status: b.Status, Limit: reviewPage, After: v.query("after")}); err != nil {
		return err
	}
	if b.Names, err = v.named(b.Reviews); err != nil {
		return err
	}
	p := v.deskPage("Reviews", me)
	if v.query("did") != "" {
		p.Notice = "Saved."
	}
	return v.private(status, deskReviews(p, b, f))
}

// judge publishes, rejects or answers a review.
func judge(v *visit) error {
	f := v.read("reason", "reply", "status")
	by, _, err := v.staff()
	if errors.Is(err, identity.ErrSignIn) {
		return v.redirect("/vendor/sign-in")
	}
	id := review.ID(v.form("review"))
	revision, parseErr := strconv.ParseInt(v.form("revision"), 10, 64)
	if err == nil && parseErr != nil {
		err = errForm
	}
	if err == nil {
		switch v.form("do") {
		case "publish", "reject":
			verdict := backoffice.Verdict{Review: id, Revision: revision, Publish: v.form("do") == "publish", Reason: f.Value("reason")}
			_, err = v.web.d.Backoffice.Reviews.Moderate(v.ctx, by, []backoffice.Verdict{verdict})
		case "reply":
			_, err = v.web.d.Backoffice.Reviews.Reply(v.ctx, by, id, f.Value("reply"))
		default:
			err = errForm
		}
	}
	if err == nil {
		return v.redirect(withQuery("/vendor/reviews", "status", f.Value("status")) + "&did=1")
	}
	status := statusOf[fault.KindOf(err)]
	if err := f.explain(v.ctx, err); err != nil {
		return err
	}
	for _, wrong := range f.errors {
		f.Message = wrong // every review on the page has such fields
	}
	return v.deskReviewsAnswer(status, f)
}
