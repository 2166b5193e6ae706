//go:build faults

package e2e

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// stale is how old an answer about a product may be, on any node, while the machine is busy with all of this.
const stale = time.Second

// shelves is what one shop's staff was told about its products: when each version was saved, and when some were hidden.
// A product's version is part of its title, and its price.
type shelves struct {
	shop  string
	nodes []*process
	desks []*shopper // one per node

	mu      sync.Mutex
	saved   map[string][]time.Time // of slug, by version
	hidden  map[string]time.Time
	wins    int
	losses  int
	looks   int
	lag     []time.Duration // of answers that were older than what was saved before they were asked for
	lagging map[string]int
}

// TestFaultCatalogueOnTwoNodes lets staff of two shops with the same addresses edit, hide and delete products through two
// nodes while shoppers look at them through both: no edit is lost, no answer is older than a second, belongs to the other
// shop, mixes two versions, or shows what is gone.
func TestFaultCatalogueOnTwoNodes(t *testing.T) {
	edits := setting("HALUM_FAULTS_EDITS", 1500)
	s := newStack(t)
	for _, shop := range []string{"amber", "birch"} {
		s.halum("tenant", "create", "--slug", shop, "--name", shop, "--currency", "USD", "--email", "owner@"+shop+".example", "--password", owner)
	}
	nodes := []*process{s.start("serve"), s.start("serve")}
	s.start("worker")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var shops []*shelves
	for _, shop := range []string{"amber", "birch"} {
		shops = append(shops, newShelves(ctx, t, shop, nodes))
	}
	looking, stop := context.WithCancel(ctx)
	var readers, editors sync.WaitGroup
	for _, shop := range shops {
		for i := range 3 {
			readers.Go(func() { shop.browse(looking, t, nodes[i%2]) })
			editors.Go(func() { shop.edit(ctx, t, edits/6) })
		}
		editors.Go(func() { shop.comeAndGo(ctx, t, edits/20) })
	}
	editors.Wait()
	stop()
	readers.Wait()
	for _, shop := range shops {
		shop.compare(ctx, t, s)
	}
}

func newShelves(ctx context.Context, t *testing.T, shop string, nodes []*process) *shelves {
	t.Helper()
	h := &shelves{shop: shop, nodes: nodes, saved: map[string][]time.Time{}, hidden: map[string]time.Time{}, lagging: map[string]int{}}
	for _, n := range nodes {
		desk := newShopper(n.addr, shop+".localhost")
		desk.api = "/api/admin/v1"
		require.True(t, (&crowd{t: t, slug: shop}).signIn(ctx, desk))
		h.desks = append(h.desks, desk)
	}
	for i := range 8 {
		h.make(ctx, t, fmt.Sprintf("item-%d", i))
	}
	return h
}

// staffProduct is what staff reads of a product.
type staffProduct struct {
	ID, Slug, Title string
	Revision        int64
}

func (h *shelves) title(slug string, version int) string {
	return fmt.Sprintf("%s %s v%d", h.shop, slug, version)
}

func price(version int) map[string]any {
	return map[string]any{"amount": 1000 + version, "currency": "USD"}
}

// desk is one at any node: what is changed at one node is shown at both.
func (h *shelves) desk() *shopper { return h.desks[mathrand.IntN(len(h.desks))] }

func (h *shelves) make(ctx context.Context, t *testing.T, slug string) (p staffProduct) {
	a, err := h.desk().persist(ctx, http.MethodPost, "/products", rand.Text(), map[string]any{
		"title": h.title(slug, 0), "slug": slug, "status": "active", "variants": []any{map[string]any{"price": price(0)}},
	})
	if err != nil || a.status != http.StatusCreated || a.into(&p) != nil {
		t.Errorf("make %s: %d %s (%v)", slug, a.status, a.body, err)
		return p
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.saved[slug] = append(h.saved[slug], time.Now())
	return p
}

// edit saves the next version of one product after the other, against others who do the same.
func (h *shelves) edit(ctx context.Context, t *testing.T, times int) {
	ids := map[string]string{}
	for range times {
		slug := fmt.Sprintf("item-%d", mathrand.IntN(8))
		if ids[slug] == "" {
			ids[slug] = h.find(ctx, t, slug)
		}
		if !h.editOnce(ctx, t, ids[slug]) {
			return
		}
	}
}

func (h *shelves) find(ctx context.Context, t *testing.T, slug string) string {
	a, err := h.desk().do(ctx, http.MethodGet, "/products?limit=100", "", nil)
	var list struct{ Products []staffProduct }
	if err == nil && a.into(&list) == nil {
		for _, p := range list.Products {
			if p.Slug == slug {
				return p.ID
			}
		}
	}
	t.Errorf("staff does not find %s: %d %s (%v)", slug, a.status, a.body, err)
	return ""
}

func (h *shelves) editOnce(ctx context.Context, t *testing.T, id string) bool {
	a, err := h.desk().do(ctx, http.MethodGet, "/products/"+id, "", nil)
	var p staffProduct
	if err != nil || a.into(&p) != nil || p.ID == "" {
		t.Errorf("read %s: %d %s (%v)", id, a.status, a.body, err)
		return false
	}
	next := versionOf(p.Title) + 1
	a, err = h.desk().matching(p.Revision).do(ctx, http.MethodPatch, "/products/"+id, "", map[string]any{
		"title": h.title(p.Slug, next), "variants": []any{map[string]any{"price": price(next)}},
		"brand": rand.Text(), // two edits that say the same would both be right
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case err == nil && a.status == http.StatusOK:
		h.wins++
		for len(h.saved[p.Slug]) <= next {
			h.saved[p.Slug] = append(h.saved[p.Slug], time.Time{})
		}
		h.saved[p.Slug][next] = time.Now()
	case err == nil && (a.status == http.StatusConflict || a.status == http.StatusPreconditionFailed):
		h.losses++
	default:
		t.Errorf("edit %s: %d %s (%v)", id, a.status, a.body, err)
		return false
	}
	return true
}

// matching is a copy that asks for a revision.
func (s *shopper) matching(revision int64) *shopper {
	out := *s
	out.match = `"` + strconv.FormatInt(revision, 10) + `"`
	return &out
}

// comeAndGo shows a product, hides it and deletes it.
func (h *shelves) comeAndGo(ctx context.Context, t *testing.T, times int) {
	for i := range times {
		p := h.make(ctx, t, fmt.Sprintf("fleeting-%d", i))
		pause(ctx, 20*time.Millisecond, 200*time.Millisecond)
		a, err := h.desk().matching(p.Revision).do(ctx, http.MethodPatch, "/products/"+p.ID, "", map[string]any{"status": "draft"})
		if err != nil || a.status != http.StatusOK {
			t.Errorf("hide %s: %d %s (%v)", p.Slug, a.status, a.body, err)
			return
		}
		h.mu.Lock()
		h.hidden[p.Slug] = time.Now()
		h.mu.Unlock()
		if a, err = h.desk().do(ctx, http.MethodDelete, "/products/"+p.ID, "", nil); err != nil || a.status != http.StatusNoContent {
			t.Errorf("delete %s: %d %s (%v)", p.Slug, a.status, a.body, err)
			return
		}
	}
}

// shown is what a shopper is told of a product.
type shown struct {
	Slug, Title string
	MinPrice    *amount                  `json:"min_price"` // in lists
	Variants    []struct{ Price amount } // of one product
}

type amount struct{ Amount int64 }

// browse looks at products one by one, in listings and by searching, until the context ends.
func (h *shelves) browse(ctx context.Context, t *testing.T, node *process) {
	visitor := newShopper(node.addr, h.shop+".localhost")
	for n := 0; ctx.Err() == nil; n++ {
		var seen []shown
		var page struct{ Products []shown }
		began := time.Now()
		slug := fmt.Sprintf("item-%d", mathrand.IntN(8))
		how, path := "detail", "/products/"+slug
		switch n % 4 {
		case 1:
			how, path = "list", "/products?limit=50&sort=title"
		case 2:
			how, path = "search", "/search?limit=50&q="+url.QueryEscape(h.shop)
		case 3:
			h.mu.Lock()
			path = fmt.Sprintf("/products/fleeting-%d", max(0, len(h.hidden)-mathrand.IntN(3)))
			h.mu.Unlock()
		}
		a, err := visitor.do(ctx, http.MethodGet, path, "", nil)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && a.status == http.StatusNotFound && strings.HasPrefix(path, "/products/fleeting-"):
		case err != nil || a.status != http.StatusOK:
			t.Errorf("look at %s: %d %s (%v)", path, a.status, a.body, err)
			return
		case how == "detail":
			seen = make([]shown, 1)
			err = a.into(&seen[0])
		default:
			err = a.into(&page)
			seen = page.Products
		}
		if err != nil {
			t.Error(err)
			return
		}
		if how == "list" && len(seen) < 8 {
			t.Errorf("%d products in the list of %s: %s", len(seen), h.shop, a.body)
		}
		h.judge(t, how, began, seen)
	}
}

// judge compares what was shown with what was saved before it was asked for.
func (h *shelves) judge(t *testing.T, how string, began time.Time, seen []shown) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looks++
	for _, p := range seen {
		version := versionOf(p.Title)
		if p.Title != h.title(p.Slug, version) {
			t.Errorf("%s: %q at /%s of %s", how, p.Title, p.Slug, h.shop)
		}
		prices := []amount{}
		if p.MinPrice != nil {
			prices = append(prices, *p.MinPrice)
		}
		for _, v := range p.Variants {
			prices = append(prices, v.Price)
		}
		if len(prices) != 1 || prices[0].Amount != int64(1000+version) {
			t.Errorf("%s: %q costs %v: two versions in one answer", how, p.Title, prices)
		}
		newer := h.hidden[p.Slug]
		if known := h.saved[p.Slug]; version+1 < len(known) {
			newer = known[version+1]
		}
		if newer.IsZero() || !newer.Before(began) {
			continue
		}
		h.lag = append(h.lag, began.Sub(newer))
		h.lagging[how]++
		if began.Sub(newer) > stale {
			t.Errorf("%s: %q was shown %s after there was something newer", how, p.Title, began.Sub(newer))
		}
	}
}

func versionOf(title string) int {
	n, err := strconv.Atoi(title[strings.LastIndexByte(title, 'v')+1:])
	if err != nil {
		return -1
	}
	return n
}

// compare looks at the database: every edit that was answered is there, and nothing that was deleted.
func (h *shelves) compare(ctx context.Context, t *testing.T, s *stack) {
	t.Helper()
	t.Logf("%s: %d edits, %d refused as made from an old revision; %d looks; older than saved %v, at most %s", h.shop, h.wins, h.losses,
		h.looks, h.lagging, quantile(h.lag, 1))
	require.Positive(t, h.wins)
	require.Positive(t, h.looks)
	versions := 0
	for i := range 8 {
		slug := fmt.Sprintf("item-%d", i)
		a, err := h.desk().do(ctx, http.MethodGet, "/products/"+h.find(ctx, t, slug), "", nil)
		require.NoError(t, err)
		var p staffProduct
		require.NoError(t, a.into(&p))
		require.Equal(t, len(h.saved[slug])-1, versionOf(p.Title), slug)
		versions += versionOf(p.Title)
	}
	require.Equal(t, h.wins, versions, "every edit counts one")
	require.EqualValues(t, 8, s.count(h.shop, `select count(*) from %s.products`))
	require.Zero(t, s.count(h.shop, `select count(*) from %[1]s.stock k where not exists (select from %[1]s.variants v where v.id = k.variant_id)`))
}
