package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// buyer is a signed-in shopper who has bought each of the variants once.
func (v *vendor) buyer(email string, send bool) (wisher, string) {
	v.t.Helper()
	w := v.signedUp(v.of, email)
	for _, variant := range v.variants {
		w.ask("POST", "/cart/lines", line(variant, 1)).is(200)
	}
	w.header[headerOnce] = id.Secret()
	var placed PlacedOrder
	w.ask("POST", "/checkout", checkoutBody("manual", "counter", map[string]string{})).is(201).into(&placed)
	delete(w.header, headerOnce)
	if send {
		v.send("POST", fmt.Sprint(adminPath, "/orders/", placed.Order.Number, "/fulfilment"), map[string]any{}, nil).is(200)
	}
	return w, placed.Order.ID
}

func opinion(order, variant string, stars int) map[string]any {
	return map[string]any{"order_id": order, "variant_id": variant, "stars": stars, "title": "Fine", "text": "Soft and\nwell sewn."}
}

func (v *vendor) decide(decision string, all ...OwnReview) answered {
	v.t.Helper()
	var verdicts []any
	for _, r := range all {
		verdicts = append(verdicts, map[string]any{"review_id": r.ID, "decision": decision, "reason": "It is about the courier."})
	}
	return v.send("POST", adminPath+"/reviews/moderation", map[string]any{"reviews": verdicts}, nil)
}

func (v *vendor) shownReviews(query string, who map[string]string) (page ReviewPage) {
	v.t.Helper()
	v.do(call{"GET", v.host, front + "/products/indigo-shirt/reviews" + query, nil, who}).is(200).into(&page)
	return page
}

func TestACustomerReviewsWhatTheyBought(t *testing.T) {
	v := start(t).vendor()
	w, order := v.buyer("rina@example.com", true)
	var mine OwnReviews
	w.ask("GET", "/account/reviews", nil).is(200).into(&mine)
	require.Len(t, mine.Purchases, len(v.variants))
	require.Equal(t, "indigo-shirt", mine.Purchases[0].Slug)

	var made, again OwnReview
	w.header[headerOnce] = id.Secret()
	w.ask("POST", "/account/reviews", opinion(order, v.variants[0], 5)).is(201).into(&made)
	w.ask("POST", "/account/reviews", opinion(order, v.variants[0], 5)).is(201).into(&again)
	delete(w.header, headerOnce)
	require.Equal(t, made, again)
	require.Equal(t, "pending", made.Status)
	require.Equal(t, "Rina", made.Author)
	require.Empty(t, v.shownReviews("", nil).Reviews, "nobody sees it yet")
	w.ask("POST", "/account/reviews", opinion(order, v.variants[0], 1)).is(409, "review_exists")

	v.decide("publish", made).is(200)
	v.decide("publish", made).is(200)
	page := v.shownReviews("", nil)
	require.Len(t, page.Reviews, 1)
	require.True(t, page.Reviews[0].Verified)
	require.Equal(t, Rating{5, 1, []int64{0, 0, 0, 0, 1}}, page.Rating)
	v.work(v.of)
	var found SearchPage
	v.do(call{"GET", v.host, front + "/search?rating=4&sort=rating&facets=rating", nil, nil}).is(200).into(&found)
	require.Len(t, found.Products, 1)
	require.Equal(t, 5.0, found.Products[0].Rating.Average)
	var shown Product
	v.do(call{"GET", v.host, front + "/products/indigo-shirt", nil, nil}).is(200).into(&shown)
	require.EqualValues(t, 1, shown.Rating.Count)

	v.send("PUT", adminPath+"/reviews/"+made.ID+"/reply", map[string]any{"text": "Thank you!"}, nil).is(200)
	require.Equal(t, "Thank you!", v.shownReviews("", nil).Reviews[0].Reply.Text)
	w.ask("PUT", "/account/reviews/"+made.ID, map[string]any{"stars": 2, "text": "It shrank."}).is(200).into(&made)
	require.Equal(t, "pending", made.Status)
	require.Equal(t, Rating{0, 0, []int64{0, 0, 0, 0, 0}}, v.shownReviews("", nil).Rating)
	v.decide("publish", made).is(200)
	require.Equal(t, 2.0, v.shownReviews("", nil).Rating.Average)
	v.decide("reject", made).is(200)
	require.Zero(t, v.shownReviews("", nil).Rating.Count)
	w.ask("GET", "/account/reviews", nil).is(200).into(&mine)
	require.Equal(t, "It is about the courier.", mine.Reviews[0].Reason)
	require.Len(t, mine.Purchases, len(v.variants)-1)
	v.decide("publish", made).is(200)
	w.ask("DELETE", "/account/reviews/"+made.ID, nil).is(204)
	w.ask("DELETE", "/account/reviews/"+made.ID, nil).is(404, "review_not_found")
	require.Zero(t, v.shownReviews("", nil).Rating.Count)
}

func TestOnlyBuyersReview(t *testing.T) {
	s := start(t)
	v, other := s.vendor(), s.vendor()
	w, order := v.buyer("rina@example.com", false)
	stranger, guest := v.signedUp(v.of, "sam@example.com"), v.guest(v.of)
	body := opinion(order, v.variants[0], 5)
	w.ask("POST", "/account/reviews", body).is(403, "not_purchased") // it was not sent yet
	v.send("POST", adminPath+"/orders/1001/fulfilment", map[string]any{}, nil).is(200)
	stranger.ask("POST", "/account/reviews", body).is(403, "not_purchased")
	guest.ask("POST", "/account/reviews", body).is(401, "sign_in_required")
	w.ask("POST", "/account/reviews", opinion(order, "var_none", 5)).is(403, "not_purchased")
	w.ask("POST", "/account/reviews", opinion("ord_none", v.variants[0], 5)).is(403, "not_purchased")
	for _, bad := range []map[string]any{
		{"stars": 0},
		{"stars": 6},
		{"text": ""},
		{"text": "See https://spam.example"},
		{"title": strings.Repeat("x", 121)},
		{"text": "a\x00b"},
		{"author": "WWW.spam.example"},
		{"text": strings.Repeat("ঈ", 5001)},
		{"verified": true},
	} {
		w.ask("POST", "/account/reviews", with(body, bad)).is(422)
	}
	var made OwnReview
	w.ask("POST", "/account/reviews", with(body, map[string]any{"text": strings.Repeat("ঈ", 5000)})).is(201).into(&made)
	stranger.ask("PUT", "/account/reviews/"+made.ID, map[string]any{"stars": 1, "text": "x"}).is(404, "review_not_found")
	stranger.ask("DELETE", "/account/reviews/"+made.ID, nil).is(404, "review_not_found")
	stranger.ask("PUT", "/reviews/"+made.ID+"/vote", nil).is(404, "review_not_found") // it is not published

	reader := s.staff(v.of, identity.ReadOnly)
	moderation := map[string]any{"reviews": []any{map[string]any{"review_id": made.ID, "decision": "publish"}}}
	v.do(call{"POST", v.host, adminPath + "/reviews/moderation", moderation, reader}).is(403, "forbidden")
	v.do(call{"GET", v.host, adminPath + "/reviews?status=pending", nil, reader}).is(200)
	other.send("POST", adminPath+"/reviews/moderation", moderation, nil).is(404, "review_not_found")
	v.send("POST", adminPath+"/reviews/moderation", map[string]any{"reviews": []any{map[string]any{"review_id": made.ID, "decision": "reject"}}}, nil).is(422)
	stale := map[string]any{"reviews": []any{map[string]any{"review_id": made.ID, "decision": "publish", "revision": 7}}}
	v.send("POST", adminPath+"/reviews/moderation", stale, nil).is(409, "review_changed")

	v.decide("publish", made).is(200)
	w.ask("PUT", "/reviews/"+made.ID+"/vote", nil).is(403, "own_review")
	stranger.ask("PUT", "/reviews/"+made.ID+"/vote", nil).is(204)
	stranger.ask("PUT", "/reviews/"+made.ID+"/vote", nil).is(204)
	page := v.shownReviews("", stranger.header)
	require.EqualValues(t, 1, page.Reviews[0].Helpful)
	require.True(t, page.Reviews[0].Voted)
	require.False(t, v.shownReviews("", nil).Reviews[0].Voted)
	stranger.ask("DELETE", "/reviews/"+made.ID+"/vote", nil).is(204)
	stranger.ask("DELETE", "/reviews/"+made.ID+"/vote", nil).is(204)
	require.Zero(t, v.shownReviews("", nil).Reviews[0].Helpful)
	other.do(call{"GET", other.host, front + "/products/indigo-shirt/reviews", nil, nil}).is(200).into(&page)
	require.Empty(t, page.Reviews, "another shop's product of the same address")
}

// TestRatingsAreRightWhateverHappensAtOnce lets authors edit and delete while staff decides and others vote, and counts
// again afterwards.
func TestRatingsAreRightWhateverHappensAtOnce(t *testing.T) {
	v := start(t, func(d *Deps) { d.Limiter = unlimited{} }).vendor()
	var all []OwnReview
	var authors []wisher
	for n := range 4 {
		w, order := v.buyer(fmt.Sprintf("buyer%d@example.com", n), true)
		for i, variant := range v.variants {
			var made OwnReview
			w.ask("POST", "/account/reviews", opinion(order, variant, 1+(n+i)%5)).is(201).into(&made)
			all, authors = append(all, made), append(authors, w)
		}
	}
	var going sync.WaitGroup
	quiet := func(method, path string, body any, who map[string]string) {
		if status := v.do(call{method, v.host, path, body, who}).status; status >= http.StatusInternalServerError {
			t.Errorf("%s %s: %d", method, path, status)
		}
	}
	verdict := func(r OwnReview, decision string) map[string]any {
		return map[string]any{"review_id": r.ID, "decision": decision, "reason": "no"}
	}
	for i, r := range all {
		going.Go(func() {
			for n := range 6 {
				quiet("PUT", front+"/account/reviews/"+r.ID, map[string]any{"stars": 1 + (i+n)%5, "text": "again"}, authors[i].header)
			}
			if i%3 == 0 {
				quiet("DELETE", front+"/account/reviews/"+r.ID, nil, authors[i].header)
			}
		})
		going.Go(func() {
			for n := range 6 {
				decision := []string{"publish", "reject", "publish"}[n%3]
				body := map[string]any{"reviews": []any{verdict(r, decision), verdict(all[(i+1)%len(all)], "publish")}}
				quiet("POST", adminPath+"/reviews/moderation", body, v.bearer)
				quiet("PUT", front+"/reviews/"+r.ID+"/vote", nil, authors[(i+n)%len(all)].header)
				quiet("DELETE", front+"/reviews/"+r.ID+"/vote", nil, authors[(i+n+1)%len(all)].header)
			}
		})
	}
	going.Wait()
	require.Empty(t, pgtest.Texts(t, v.of.ID, `select p.slug from products p where p.stars <> (
		select array_agg((select count(*) from reviews r where r.product_id = p.id and r.status = 'published' and r.stars = n) order by n) from generate_series(1, 5) n)`))
	require.Empty(t, pgtest.Texts(t, v.of.ID, `select r.id from reviews r where r.helpful <> (select count(*) from review_votes v where v.review_id = r.id)`))
	require.NotEmpty(t, pgtest.Texts(t, v.of.ID, `select id from reviews`))
}

func TestPeopleHearOfReviewsOnce(t *testing.T) {
	v := start(t).vendor()
	w, order := v.buyer("rina@example.com", true)
	var made OwnReview
	w.ask("POST", "/account/reviews", opinion(order, v.variants[0], 5)).is(201).into(&made)
	v.decide("reject", made).is(200)
	v.decide("publish", made).is(200)
	v.send("PUT", adminPath+"/reviews/"+made.ID+"/reply", map[string]any{"text": "Thank you!"}, nil).is(200)
	box, err := mail.NewMailbox(t.TempDir(), time.Now)
	require.NoError(t, err)
	r := reactions.New(reactions.Deps{
		Store: v.db, Registry: v.db, Mailer: box, Live: v.live, Forget: v.forget, Now: time.Now,
		ShopURL: func(tenant.Tenant) string { return "http://" + v.host },
	})
	for range 2 {
		for _, e := range pgtest.Texts(t, v.of.ID, `select kind || ' ' || id from events where kind like 'review.%' order by seq`) {
			kind, id, _ := strings.Cut(e, " ")
			for _, follows := range reactions.Routes(kind) {
				_, err := r.Run(t.Context(), ports.ReactionJob{Tenant: v.of.ID, Event: event.ID(id), Reaction: follows.Name})
				require.NoError(t, err)
			}
		}
	}
	require.Equal(t, []string{"A review waits for you"}, pgtest.Texts(t, v.of.ID, `select title from notifications where topic = 'staff' and kind like 'review.%'`))
	require.Equal(t, []string{"The shop has answered your review", "Your review is published", "Your review was not published"},
		pgtest.Texts(t, v.of.ID, `select title from notifications where topic like 'customer:%' and kind like 'review.%' order by title`))
	mails, err := box.List(t.Context())
	require.NoError(t, err)
	ids := map[string]bool{}
	for _, m := range mails {
		require.Equal(t, "rina@example.com", m.Mail.To)
		ids[m.Mail.ID] = true
	}
	require.Len(t, ids, 3)
}

func TestReviewsAreListedInEveryOrder(t *testing.T) {
	v := start(t).vendor()
	for n := range 3 {
		w, order := v.buyer(fmt.Sprintf("buyer%d@example.com", n), true)
		for i, variant := range v.variants {
			var made OwnReview
			w.ask("POST", "/account/reviews", opinion(order, variant, 1+(n*2+i)%5)).is(201).into(&made)
			v.decide("publish", made).is(200)
		}
	}
	total := 3 * len(v.variants)
	for _, sort := range []string{"newest", "helpful", "highest", "lowest"} {
		seen, after, last := map[string]bool{}, "", 0
		for {
			page := v.shownReviews("?limit=2&sort="+sort+"&after="+after, nil)
			for _, r := range page.Reviews {
				require.False(t, seen[r.ID], sort)
				if seen[r.ID] = true; last > 0 && sort == "highest" {
					require.LessOrEqual(t, r.Stars, last)
				}
				if last > 0 && sort == "lowest" {
					require.GreaterOrEqual(t, r.Stars, last)
				}
				last = r.Stars
			}
			if after = page.Next; after == "" {
				break
			}
		}
		require.Len(t, seen, total, sort)
	}
	first := v.shownReviews("?limit=1", nil)
	v.do(call{"GET", v.host, front + "/products/indigo-shirt/reviews?sort=lowest&after=" + first.Next, nil, nil}).is(422, "invalid_cursor")
	for _, r := range v.shownReviews("?stars=3", nil).Reviews {
		require.Equal(t, 3, r.Stars)
	}
}

// unlimited lets everything through, where many requests are the point.
type unlimited struct{}

func (unlimited) Allow(context.Context, string, ports.Rate) ports.Allowance {
	return ports.Allowance{Allowed: true}
}
