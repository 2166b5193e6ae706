package web

import (
	"bytes"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/productfile"
	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// TestPreview serves every page with the demo catalogue and no database, to look at while designing:
//
//	HALUM_TEST_PREVIEW=127.0.0.1:8099 go test -run Preview -timeout 0 ./adapters/web/
func TestPreview(t *testing.T) {
	addr := os.Getenv("HALUM_TEST_PREVIEW")
	if addr == "" {
		t.Skip("set HALUM_TEST_PREVIEW to an address to look at the pages")
	}
	files := demoMedia{os.DirFS("../../cmd/halum/demo/media")}
	app, w := fiber.New(fiber.Config{DisableStartupMessage: true}), previewWeb(tenant.Tenant{}, files)
	for _, s := range []preview{neel(t), matir(t)} {
		s.mount(app.Group("/"+s.shop.Slug), files)
	}
	app.Get("/assets/:file", w.asset)
	app.Get("/theme.css", func(c *fiber.Ctx) error {
		for _, s := range []preview{neel(t), matir(t)} {
			if strings.Contains(c.Get("Referer"), "/"+s.shop.Slug) {
				return previewWeb(s.shop, files).theme(c)
			}
		}
		return w.theme(c)
	})
	app.Get("/media/*", func(c *fiber.Ctx) error { return c.Redirect("/neel/media/" + c.Params("*")) })
	app.Get("/landing", w.open(func(v *visit) error {
		return v.shown(landingPage(v.page(""), Landing{
			Shops: []LandingShop{{"http://neel.localhost:8080", neel(t).shop.Shop}, {"http://matir.localhost:8080", matir(t).shop.Shop}},
			Links: []Link{{"API documents", "/docs", "Storefront, admin and platform, OpenAPI 3.1"}, {"Mailbox", "/dev/mailbox", "Mail of this machine"}},
		}))
	}))
	require.NoError(t, app.Listen(addr))
}

func previewWeb(of tenant.Tenant, files fs.FS) *Web {
	return New(Deps{
		Key: make([]byte, 32), Media: files, Tenant: func(*fiber.Ctx) (tenant.Tenant, bool) { return of, of.ID != "" },
		Scheme: func(*fiber.Ctx) string { return "http" }, ClientIP: func(*fiber.Ctx) netip.Addr { return netip.Addr{} },
	})
}

type preview struct {
	shop     tenant.Tenant
	products []catalog.Product
}

func neel(t *testing.T) preview {
	return preview{tenant.Tenant{ID: "ten_neel", Slug: "neel", Shop: tenant.Shop{
		Name: "Neel", Tagline: "Indigo and handloom from the Shitalakkhya", Currency: "BDT", Locale: "en-BD", Country: "BD", Email: "hello@neel.example",
		About:   "Jamdani, khadi and block print, woven and dyed by forty families between Rupganj and Dhaka.",
		Colours: tenant.Colours{Primary: "#1f2f6b", OnPrimary: "#ffffff", Accent: "#b4552d", Tint: "#eceef7"},
		HeroURL: "/media/demo/neel/rupsha-jamdani-saree.svg",
	}}, readCatalogue(t, "neel", "BDT")}
}

func matir(t *testing.T) preview {
	return preview{tenant.Tenant{ID: "ten_matir", Slug: "matir", Shop: tenant.Shop{
		Name: "Matir Ghor", Tagline: "Pottery and things for a quiet home", Currency: "USD", Locale: "en-US", Country: "US",
		Colours: tenant.Colours{Primary: "#7a3b1e", OnPrimary: "#ffffff", Accent: "#2f6b5c", Tint: "#f6efe6"},
	}}, readCatalogue(t, "matir", "USD")}
}

func readCatalogue(t *testing.T, slug string, c money.Currency) (all []catalog.Product) {
	data, err := os.ReadFile("../../cmd/halum/demo/" + slug + ".csv")
	require.NoError(t, err)
	require.NoError(t, productfile.New(time.Now).Read(bytes.NewReader(data), "", c, func(p ports.SourceProduct) error {
		for i := range p.Product.Variants {
			p.Product.Variants[i].ID = catalog.VariantID("var_" + p.Product.Slug + itoa(i))
		}
		all = append(all, p.Product)
		return nil
	}))
	return all
}

func (s preview) summaries() []catalog.Summary {
	var all []catalog.Summary
	for _, p := range s.products {
		v := p.Variants[0]
		sum := catalog.Summary{Slug: p.Slug, Title: p.Title, MinPrice: v.Price, MaxPrice: v.Price, CompareAt: v.CompareAt, InStock: p.InStock()}
		if p.Category != nil {
			sum.Category = p.Category.Slug
		}
		if len(p.Images) > 0 {
			sum.Image = p.Images[0]
		}
		for _, v := range p.Variants {
			if v.Price.Amount > sum.MaxPrice.Amount {
				sum.MaxPrice = v.Price
			}
		}
		all = append(all, sum)
	}
	return all
}

func (s preview) categories() (all []catalog.Category) {
	for _, p := range s.products {
		if p.Category != nil && !slices.ContainsFunc(all, func(c catalog.Category) bool { return c.Slug == p.Category.Slug }) {
			all = append(all, catalog.Category{ID: catalog.CategoryID(p.Category.Slug), Slug: p.Category.Slug, Name: p.Category.Name})
		}
	}
	return all
}

func (s preview) cart() cart.Priced {
	c := cart.Cart{ID: "cart_x", Currency: s.shop.Shop.Currency}
	offers := map[catalog.VariantID]catalog.Offer{}
	for i, p := range s.products[:3] {
		v := p.Variants[0]
		offers[v.ID] = catalog.Offer{
			Variant: v.ID, Slug: p.Slug, Title: p.Title, VariantTitle: v.Title(), SKU: v.SKU, Image: p.Images[0], Price: v.Price,
			Active: true, Available: 3, RequiresShipping: true,
		}
		c.Lines = append(c.Lines, cart.Line{Variant: v.ID, Quantity: int64(i + 1), Seen: money.New(v.Price.Amount-int64(i%2)*500, v.Price.Currency)})
	}
	priced, _ := c.Price(offers)
	return priced
}

func (s preview) order(status order.Status, paid order.PaymentStatus) settle.State {
	at := time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	o, _ := order.Place(order.Draft{
		ID: "ord_x", Secret: "secret", Email: "rina@example.com", Cart: s.cart(), Provider: "sandbox", Note: "Please wrap it as a present.",
		Address: shipping.Address{Name: "Rina Akter", Line1: "House 12, Road 7", City: "Dhaka", PostalCode: "1205", Country: "BD", Phone: "+880 1700 000000"},
		Rate:    shipping.Rate{Provider: "flatrate", Service: "standard", Name: "Courier in Dhaka", Price: money.New(8000, s.shop.Shop.Currency), MinDays: 2, MaxDays: 4},
	}, at)
	o.Number, o.Status, o.Payment = 1042, status, paid
	return settle.State{Order: o, Payment: payment.New("pay_x", "ord_x", provider.Account{Plugin: "sandbox", Mode: provider.Test}, "card", o.Total, at)}
}

func (s preview) bookings() []shipping.Booking {
	at := time.Date(2026, 11, 21, 8, 10, 0, 0, time.UTC)
	sent := shipping.Booking{
		ID: "bkg_x", Direction: shipping.Outward, Plugin: "parcelpost", Mode: provider.Test, Service: "express", Status: shipping.Booked,
		TrackingNumber: "PP100200300BD", TrackingURL: "https://track.parcelpost.example/PP100200300BD", Price: money.New(16000, s.shop.Shop.Currency),
		Parcel: shipping.Parcel{Grams: 1450}, CreatedAt: at,
	}
	sent.Follow(shipping.Tracking{Steps: []shipping.Step{
		{Status: shipping.ParcelPreTransit, At: at, Text: "The sender has announced the parcel"},
		{Status: shipping.ParcelInTransit, At: at.Add(5 * time.Hour), Place: "Dhaka, Tejgaon hub", Text: "Collected from the sender"},
		{Status: shipping.ParcelOutForDelivery, At: at.Add(23 * time.Hour), Place: "Sylhet"},
	}}, at)
	back := shipping.Booking{
		ID: "bkg_y", Direction: shipping.Return, Plugin: "parcelpost", Mode: provider.Test, Service: "economy", Status: shipping.Declined,
		Message: "the carrier does not fetch parcels at this address", Parcel: shipping.Parcel{Grams: 1450}, CreatedAt: at.Add(48 * time.Hour),
	}
	return []shipping.Booking{back, sent}
}

func (s preview) mount(r fiber.Router, files fs.FS) {
	w := previewWeb(s.shop, files)
	show := func(path string, body func(page) component) {
		r.Get(path, w.open(func(v *visit) error {
			p := page{Shop: s.shop.Shop, Nonce: v.nonce, CSRF: v.formToken(), CSS: w.assets.css, JS: w.assets.js, CartCount: 3, Categories: s.categories(), Path: "/" + c1(path)}
			return v.shown(body(p))
		}))
	}
	summaries := s.summaries()
	show("/", func(p page) component {
		return homePage(p, summaries[:8], shelves(catalog.NewTree(p.Categories), summaries))
	})
	show("/products", func(p page) component {
		p.Title, p.Path = "All products", "/products"
		return listPage(p, list{Form: newForm(), base: "/products", Found: shop.Found{Result: search.Result{Next: "x", Total: 100}, Summaries: summaries}})
	})
	for i, f := range s.products[:12] {
		show("/p"+itoa(i), func(p page) component {
			p.Title = f.Title
			c := choose(f, func(string) string { return "" })
			c.Form, c.Text, c.Related = newForm(), w.html.Sanitize(f.Description), summaries[4:8]
			return productPage(p, c)
		})
	}
	show("/cart", func(p page) component { p.Notice = "Added to your cart."; return cartPage(p, s.cart(), newForm()) })
	show("/empty", func(p page) component { return cartPage(p, cart.Priced{}, newForm()) })
	show("/checkout1", func(p page) component {
		f := newForm()
		f.set("country", "BD")
		f.set("email", "rina@")
		f.errors["email"] = "Enter an email address, such as name@example.com."
		f.Message = "Please look at the marked fields."
		return checkoutPage(p, checkout{Form: f, Cart: s.cart(), Step: stepDelivery, Key: "k"})
	})
	show("/checkout2", func(p page) component {
		f := newForm()
		for k, v := range map[string]string{"email": "rina@example.com", "name": "Rina Akter", "line1": "House 12, Road 7", "city": "Dhaka", "postal_code": "1205", "country": "BD"} {
			f.set(k, v)
		}
		c := checkout{Form: f, Cart: s.cart(), Step: stepPlace, Key: "k"}
		c.Options.Rates = []shipping.Rate{
			{Provider: "flatrate", Service: "standard", Name: "Courier", Price: money.New(8000, c.Cart.Currency), MinDays: 2, MaxDays: 4},
			{Provider: "flatrate", Service: "express", Name: "Express", Price: money.New(18000, c.Cart.Currency), MinDays: 1, MaxDays: 1},
		}
		c.Options.Payments = []ports.PaymentMethod{
			{Provider: "sandbox", Kind: "card", Name: "Card", Hint: "Test cards only.", Fields: []ports.PaymentField{
				{Name: "card_number", Label: "Card number", Autocomplete: "cc-number", Example: "4242 4242 4242 4242", Secret: true},
				{Name: "expiry", Label: "Expiry", Autocomplete: "cc-exp", Example: "12 / 30"},
				{Name: "cvc", Label: "Security code", Autocomplete: "cc-csc", Secret: true},
			}},
			{Provider: "manual", Kind: "cash_on_delivery", Name: "Cash on delivery", Hint: "Pay when the parcel is handed over."},
		}
		return checkoutPage(p, c)
	})
	show("/order1", func(p page) component { return orderPage(p, s.order(order.Confirmed, order.Paid), nil, false) })
	show("/order2", func(p page) component {
		st := s.order(order.Pending, order.ActionRequired)
		st.Payment.Status, st.Payment.Next = payment.Waiting, &payment.NextAction{Kind: "redirect", URL: "http://127.0.0.1:9/authorise"}
		return orderPage(p, st, nil, false)
	})
	show("/order3", func(p page) component { return orderPage(p, s.order(order.Cancelled, order.Declined), nil, false) })
	show("/sign-in", func(p page) component {
		f := newForm()
		f.Message = "Email or password is wrong."
		return signInPage(p, f)
	})
	show("/account", func(p page) component {
		p.SignedIn = true
		o := s.order(order.Fulfilled, order.Paid).Order
		return accountPage(p, account.Account{Name: "Rina Akter", Email: "rina@example.com"}, ports.OrderPage{Orders: []order.Order{o, o}})
	})
	desk := func(p page) page { p.Staff, p.Path = "Anika Rahman", "/vendor"; return p }
	show("/desk", func(p page) component {
		var b board
		for i, st := range []order.Status{order.Confirmed, order.Pending, order.Fulfilled, order.Cancelled} {
			o := s.order(st, []order.PaymentStatus{order.Authorized, order.PaymentPending, order.Paid, order.Declined}[i]).Order
			o.Number -= int64(i)
			b.Orders.Orders = append(b.Orders.Orders, o)
		}
		b.Status = "all"
		b.Notices = []notification.Notification{{Seq: 2, Order: 1042, Title: "New order #1042", Body: "৳12,580 from rina@example.com", At: time.Now()}, {Seq: 1, Order: 1041, Title: "Order #1041 waits for its payment", Body: "৳3,200 from joy@example.com", At: time.Now()}}
		return boardPage(desk(p), b)
	})
	show("/desk-order", func(p page) component {
		st := s.order(order.Confirmed, order.Authorized)
		st.Payment.Status = payment.Reserved
		return deskOrderPage(desk(p), st, counter{State: st}, identity.For("x"), newForm())
	})
	show("/desk-parcel", func(p page) component {
		st := s.order(order.Fulfilled, order.Paid)
		f := newForm()
		f.set("return.grams", "half a kilo")
		f.errors["return.grams"] = "Write the weight in whole grams, such as 450."
		f.Message = "Please look at the marked fields."
		c := counter{State: st, Bookings: s.bookings(), Carriers: []provider.Account{{Plugin: "parcelpost"}, {Plugin: "swift"}}, Fulfil: true, Key: "k"}
		return deskOrderPage(desk(p), st, c, identity.For("x"), f)
	})
	show("/desk-send", func(p page) component {
		st := s.order(order.Confirmed, order.Paid)
		st.Order.Rate.Provider, st.Order.Rate.Service = "parcelpost", "express"
		c := counter{State: st, Carriers: []provider.Account{{Plugin: "parcelpost"}}, Fulfil: true, Key: "k"}
		return deskOrderPage(desk(p), st, c, identity.Actor{Kind: identity.Staff, Role: identity.Owner}, newForm())
	})
	show("/order4", func(p page) component {
		st := s.order(order.Fulfilled, order.Paid)
		st.Bookings, st.Order.Tracking = s.bookings(), "PP100200300BD"
		return orderPage(p, st, nil, false)
	})
	show("/failure", func(p page) component { return failurePage(p, "Page not found", "There is nothing at this address.") })
	r.Get("/media/*", w.media)
}

// demoMedia is the demo's pictures as the binary serves them, below "demo/".
type demoMedia struct{ fs.FS }

func (m demoMedia) Open(name string) (fs.File, error) {
	return m.FS.Open(strings.TrimPrefix(name, "demo/"))
}

func c1(path string) string { return path[1:] }
