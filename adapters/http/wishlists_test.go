package httpapi

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/core/wishlist"
	"github.com/halum-hut/halum/ports"
)

// wisher is somebody with lists: a guest with a token, or a shopper who is signed in.
type wisher struct {
	*stack
	host   string
	header map[string]string
}

func (w wisher) ask(method, path string, body any) answered {
	w.t.Helper()
	return w.do(call{method, w.host, front + path, body, w.header})
}

func (w wisher) lists() []Wishlist {
	w.t.Helper()
	var all Wishlists
	w.ask("GET", "/wishlists", nil).is(200).into(&all)
	return all.Lists
}

func (s *stack) guest(of tenant.Tenant) wisher { return wisher{s, hostOf(of), map[string]string{}} }

func (s *stack) signedUp(of tenant.Tenant, email string) wisher {
	s.t.Helper()
	var in Session
	s.do(call{"POST", hostOf(of), front + "/account", map[string]any{"email": email, "password": "long enough to keep", "name": "Rina"}, nil}).is(201).into(&in)
	return wisher{s, hostOf(of), map[string]string{"Authorization": "Bearer " + in.Access}}
}

func wish(p catalog.Product, more ...any) map[string]any {
	out := map[string]any{"product_id": p.ID}
	for i := 0; i < len(more); i += 2 {
		out[more[i].(string)] = more[i+1] //nolint:forcetypeassert // a panic fails the test
	}
	return out
}

func TestAGuestKeepsThingsForLater(t *testing.T) {
	s := start(t)
	of, _ := s.configured(10)
	pot, cup := product("pot", 5), product("cup", 0)
	cup.Variants, cup.Options = cup.Variants[:1], nil
	cup.Variants[0].Values = nil
	s.save(of, pot, cup)
	w := s.guest(of)
	require.Empty(t, w.lists())

	var made, again WishlistMade
	w.ask("POST", "/wishlists/items", wish(pot)).is(200).into(&made)
	require.NotEmpty(t, made.Token)
	w.header["Halum-Wishlist-Token"] = made.Token
	w.ask("POST", "/wishlists/items", wish(pot)).is(200).into(&again)
	require.Equal(t, WishlistMade{ID: made.ID}, again)
	w.ask("POST", "/wishlists/items", wish(cup)).is(200)
	large := pot.Variants[1]
	w.ask("POST", "/wishlists/items", wish(pot, "variant_id", large.ID)).is(200)
	l := w.lists()
	require.Len(t, l, 1)
	require.Equal(t, wishlist.DefaultName, l[0].Name)
	require.Len(t, l[0].Items, 3)
	require.EqualValues(t, 24900, l[0].Items[0].Price.Amount, "of the variant")
	require.False(t, l[0].Items[1].InStock)
	require.EqualValues(t, 19900, l[0].Items[2].Price.Amount, "of the cheapest")

	w.ask("POST", "/wishlists/items", map[string]any{"product_id": "prod_none"}).is(404, "product_not_found")
	w.ask("POST", "/wishlists/items", wish(pot, "variant_id", "var_none")).is(404, "product_not_found")
	w.ask("POST", "/wishlists/items", wish(pot, "wishlist_id", "wish_none")).is(404, "wishlist_not_found")
	w.ask("POST", "/wishlists/items", wish(pot, "price", 1)).is(422, "invalid_request")

	var moved WishesMoved
	w.ask("POST", "/wishlists/"+made.ID+"/cart", nil).is(200).into(&moved)
	require.Len(t, moved.Cart.Lines, 1)
	require.NotEmpty(t, moved.Cart.Token)
	codes := map[string]string{}
	for _, left := range moved.Left {
		codes[left.ProductID] = left.Code
	}
	require.Equal(t, map[string]string{string(pot.ID): "variant_needed", string(cup.ID): "out_of_stock"}, codes)
	require.Len(t, w.lists()[0].Items, 2, "what is in the cart is off the list")
	w.ask("POST", "/wishlists/"+made.ID+"/items/remove", wish(cup)).is(204)
	w.ask("POST", "/wishlists/"+made.ID+"/items/remove", wish(cup)).is(404, "wishlist_item_not_found")

	var state WishlistState
	w.ask("PATCH", "/wishlists/"+made.ID, map[string]any{"name": " ঈদ  gifts ", "shared": true}).is(200).into(&state)
	require.Equal(t, "ঈদ gifts", state.Name)
	require.Len(t, state.Share, 26)
	w.ask("PATCH", "/wishlists/"+made.ID, map[string]any{}).is(422)
	w.ask("PATCH", "/wishlists/"+made.ID, map[string]any{"name": "  "}).is(422)

	stranger := s.guest(of)
	var shared Wishlist
	stranger.ask("GET", "/shared-wishlists/"+state.Share, nil).is(200).into(&shared)
	require.Len(t, shared.Items, 1)
	stranger.header["Halum-Wishlist-Token"] = strings.Repeat("x", 26)
	require.Empty(t, stranger.lists())
	stranger.ask("DELETE", "/wishlists/"+made.ID, nil).is(404, "wishlist_not_found")
	stranger.ask("POST", "/wishlists/"+made.ID+"/cart", nil).is(404, "wishlist_not_found")
	neighbour, _ := s.configured(10)
	next := s.guest(neighbour)
	next.header["Halum-Wishlist-Token"] = made.Token
	require.Empty(t, next.lists(), "another shop")
	next.ask("GET", "/shared-wishlists/"+state.Share, nil).is(404, "wishlist_not_found")
	next.ask("POST", "/wishlists/items", wish(pot)).is(404, "product_not_found")

	w.ask("PATCH", "/wishlists/"+made.ID, map[string]any{"shared": false}).is(200)
	stranger.ask("GET", "/shared-wishlists/"+state.Share, nil).is(404, "wishlist_not_found")
	w.ask("DELETE", "/wishlists/"+made.ID, nil).is(204)
	require.Empty(t, w.lists())
}

func TestWishlistsHaveLimits(t *testing.T) {
	s := start(t)
	of, _ := s.configured(10)
	w := s.signedUp(of, "many@example.com")
	once := maps.Clone(w.header)
	once[headerOnce] = "k1"
	var first, second WishlistMade
	s.do(call{"POST", w.host, front + "/wishlists", map[string]any{"name": "One"}, once}).is(201).into(&first)
	s.do(call{"POST", w.host, front + "/wishlists", map[string]any{"name": "One"}, once}).is(201).into(&second)
	require.Equal(t, first, second)
	require.Empty(t, first.Token, "the account opens it")
	for n := range wishlist.MaxLists - 1 {
		w.ask("POST", "/wishlists", map[string]any{"name": fmt.Sprint("List ", n)}).is(201)
	}
	w.ask("POST", "/wishlists", map[string]any{"name": "One more"}).is(422, "too_many_wishlists")

	// Many at once on one list: nothing is lost.
	var products []catalog.Product
	for n := range 12 {
		products = append(products, product(fmt.Sprint("thing-", n), 5))
	}
	s.save(of, products...)
	var crowd sync.WaitGroup
	for _, p := range products {
		crowd.Go(func() { w.ask("POST", "/wishlists/items", wish(p, "wishlist_id", first.ID)).is(200) })
	}
	crowd.Wait()
	require.Len(t, w.lists()[0].Items, len(products))
}

func TestSigningInTakesTheGuestsListsAlong(t *testing.T) {
	s := start(t)
	of, _ := s.configured(10)
	pot, cup := product("pot", 5), product("cup", 5)
	s.save(of, pot, cup)
	guest, own := s.guest(of), s.signedUp(of, "rina@example.com")
	own.ask("POST", "/wishlists/items", wish(pot)).is(200)
	var made WishlistMade
	guest.ask("POST", "/wishlists/items", wish(cup)).is(200).into(&made)
	guest.header["Halum-Wishlist-Token"] = made.Token
	guest.ask("POST", "/wishlists/items", wish(pot)).is(200)
	guest.ask("POST", "/wishlists", map[string]any{"name": "Eid"}).is(201)
	for range 2 {
		own.ask("POST", "/wishlists/merge", map[string]any{"token": made.Token}).is(204)
	}
	guest.ask("POST", "/wishlists/merge", map[string]any{"token": made.Token}).is(401)
	require.Empty(t, guest.lists())
	all := own.lists()
	require.Len(t, all, 2)
	require.Len(t, all[0].Items, 2)
	require.Equal(t, "Eid", all[1].Name)
}

// told runs what wishers hear of each event of a shop, twice, as a queue may, and returns the mails.
func (s *stack) told(of tenant.Tenant) []ports.Mail {
	s.t.Helper()
	return s.after(of, reactions.TellWishers, reactions.NotifyWisher, reactions.MailWisher)
}

// after runs these reactions to each event of a shop, twice, and returns the mails.
func (s *stack) after(of tenant.Tenant, names ...string) []ports.Mail {
	s.t.Helper()
	box, err := mail.NewMailbox(s.t.TempDir(), time.Now)
	require.NoError(s.t, err)
	r := reactions.New(reactions.Deps{
		Store: s.db, Registry: s.db, Staff: s.db, Mailer: box, Live: s.live, Pictures: s.pictures, Forget: s.forget, Now: time.Now,
		ShopURL: func(t tenant.Tenant) string { return "http://" + hostOf(t) },
	})
	for range 2 {
		for _, e := range pgtest.Texts(s.t, of.ID, `select kind || ' ' || id from events order by seq`) {
			kind, id, _ := strings.Cut(e, " ")
			for _, follows := range reactions.Routes(kind) {
				if !slices.Contains(names, follows.Name) {
					continue
				}
				_, err := r.Run(s.t.Context(), ports.ReactionJob{Tenant: of.ID, Event: event.ID(id), Reaction: follows.Name})
				require.NoError(s.t, err)
			}
		}
	}
	found, err := box.List(s.t.Context())
	require.NoError(s.t, err)
	sent := map[string]ports.Mail{} // by id: a repeat can be told
	for _, e := range found {
		sent[e.Mail.ID] = e.Mail
	}
	return slices.Collect(maps.Values(sent))
}

func TestOwnersHearOfDropsAndReturns(t *testing.T) {
	s := start(t)
	of, _ := s.configured(10)
	pot, cup := product("pot", 5), product("cup", 0)
	s.save(of, pot, cup)
	own, guest := s.signedUp(of, "rina@example.com"), s.guest(of)
	for _, w := range []wisher{own, guest} {
		w.ask("POST", "/wishlists/items", wish(pot)).is(200)
	}
	own.ask("POST", "/wishlists/items", wish(cup)).is(200)
	change := func(p catalog.Product, price, stock int64) {
		for i := range p.Variants {
			p.Variants[i].Price, p.Variants[i].Stock.OnHand = money.New(price, "BDT"), stock
		}
		require.NoError(t, s.db.Update(t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) error {
			tx.Emit("system", catalog.Changed{Products: []catalog.ProductID{p.ID}})
			return tx.SaveProducts(ctx, []catalog.Product{p})
		}))
	}
	change(pot, 29900, 5)
	require.Empty(t, s.told(of), "dearer")
	change(pot, 14900, 5)
	mails := s.told(of)
	require.Len(t, mails, 1)
	require.Equal(t, "rina@example.com", mails[0].To)
	require.Contains(t, mails[0].Text, "now 149.00 BDT instead of 299.00 BDT")
	require.Contains(t, mails[0].Text, "http://"+hostOf(of)+"/p/pot")
	change(cup, 9900, 0)
	require.Len(t, s.told(of), 1, "cheaper, but sold out")
	change(cup, 9900, 3)
	mails = s.told(of)
	require.Len(t, mails, 2)
	topic := pgtest.Texts(t, of.ID, `select topic || ': ' || body from notifications order by seq`)
	require.Len(t, topic, 2)
	require.Contains(t, topic[1], "back in stock, now 99.00 BDT instead of 199.00 BDT")
	items := own.lists()[0].Items
	require.Nil(t, items[0].Was, "they know by now")
}
