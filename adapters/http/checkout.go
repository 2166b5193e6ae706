package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func (s *Server) mountCheckout(api huma.API) {
	huma.Register(api, post("/checkout/options", "checkout_options", "Checkout", "Shipping rates and ways to pay for a cart and an address").
		maySignIn().fails(http.StatusNotFound, http.StatusUnprocessableEntity).Operation, s.checkoutOptions)
	huma.Register(api, post("/checkout/hold", "hold_cart", "Checkout", "Keep what is in the cart for some minutes").limited(s, limitCheckout).
		maySignIn().fails(http.StatusNotFound, http.StatusConflict).
		about("Call it when the shopper begins to check out: nobody else can buy it meanwhile. Calling it again follows the cart, but does "+
			"not prolong a hold that has not ended.").Operation, s.holdCart)
	huma.Register(api, post("/checkout", "checkout", "Checkout", "Order the cart and pay for it").
		answers(http.StatusCreated).within(checkoutTimeout).limited(s, limitCheckout).maySignIn().
		fails(http.StatusPaymentRequired, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity).
		about("Needs an `Idempotency-Key`. Whatever is lost on the way, send the same request with the same key again: it ends in "+
			"the same order, charged once. When `payment.next_action` is there, the shopper must act before the order is confirmed.").
		Operation, s.checkout)
	huma.Register(api, post("/checkout/return", "checkout_return", "Checkout", "Go on after the shopper came back from the provider's page").
		within(checkoutTimeout).limited(s, limitCheckout).fails(http.StatusPaymentRequired, http.StatusNotFound, http.StatusUnprocessableEntity).
		Operation, s.checkoutReturn)
}

// CheckoutOptions is what a shopper can choose from.
type CheckoutOptions struct {
	Cart     Cart            `json:"cart"`
	Rates    []ShippingRate  `json:"shipping_rates"`
	Payments []PaymentMethod `json:"payment_methods"`
}

// CartHold is until when a cart's content is kept.
type CartHold struct {
	Until *time.Time `json:"held_until,omitempty" doc:"Missing when nothing in the cart can sell out"`
}

func (s *Server) holdCart(ctx context.Context, in *CartHeader) (*body[CartHold], error) {
	until, err := s.d.Shop.Checkout.Hold(ctx, actorOf(ctx), in.Token)
	return &body[CartHold]{CartHold{optionalTime(until)}}, err
}

// PaymentMethod is one way to pay.
type PaymentMethod struct {
	Provider string         `json:"provider" example:"manual"`
	Kind     string         `json:"kind" example:"cash_on_delivery"`
	Name     string         `json:"name" example:"Cash on delivery"`
	Hint     string         `json:"hint,omitempty"`
	Test     bool           `json:"test,omitempty" doc:"No real money moves"`
	Fields   []PaymentField `json:"fields" doc:"What the provider asks the shopper for"`
}

// PaymentField is an input the provider needs.
type PaymentField struct {
	Name         string `json:"name" example:"card_number"`
	Label        string `json:"label"`
	Autocomplete string `json:"autocomplete,omitempty" doc:"HTML autocomplete token"`
	Example      string `json:"example,omitempty"`
	Secret       bool   `json:"secret" doc:"Never store or log it"`
	ByLibrary    bool   `json:"by_library,omitempty" doc:"Filled in by the provider's own code in the browser, such as Stripe.js"`
}

func methodToJSON(m ports.PaymentMethod) PaymentMethod {
	return PaymentMethod{m.Provider, m.Kind, m.Name, m.Hint, m.Test, mapped(m.Fields, func(f ports.PaymentField) PaymentField { return PaymentField(f) })}
}

// destination is an address as far as it is known: rates may be asked for early.
type destination struct {
	Name       string `json:"name,omitempty" maxLength:"120"`
	Line1      string `json:"line1,omitempty" maxLength:"200"`
	Line2      string `json:"line2,omitempty" maxLength:"200"`
	City       string `json:"city,omitempty" maxLength:"120"`
	Region     string `json:"region,omitempty" maxLength:"200"`
	PostalCode string `json:"postal_code,omitempty" maxLength:"200"`
	Country    string `json:"country" maxLength:"2" example:"BD" doc:"ISO 3166-1 alpha-2"`
	Phone      string `json:"phone,omitempty" maxLength:"200"`
}

func (s *Server) checkoutOptions(ctx context.Context, in *struct {
	CartHeader
	Body struct {
		Address destination `json:"address" doc:"Needs a country; the rest may come later"`
	}
},
) (*body[CheckoutOptions], error) {
	to := Address(in.Body.Address)
	o, err := s.d.Shop.Checkout.Options(ctx, actorOf(ctx), in.Token, to.core())
	return &body[CheckoutOptions]{CheckoutOptions{
		Cart: cartToJSON(o.Cart, ""), Rates: mapped(o.Rates, rateToJSON), Payments: mapped(o.Payments, methodToJSON),
	}}, err
}

// payBody says how to pay.
type payBody struct {
	Provider string            `json:"provider" minLength:"1" maxLength:"64" example:"manual"`
	Kind     string            `json:"kind" maxLength:"64" example:"cash_on_delivery"`
	Fields   map[string]string `json:"fields,omitempty" doc:"What the way to pay asks for"`
}

// placeOrder is a checkout. No price is in it but the one the shopper saw.
type placeOrder struct {
	Email    string   `json:"email" maxLength:"254" example:"ayesha@example.com"`
	Address  *Address `json:"shipping_address,omitempty" doc:"Required when something must be shipped"`
	Rate     string   `json:"shipping_rate,omitempty" maxLength:"200" example:"flatrate/standard" doc:"key of a quoted rate"`
	Payment  payBody  `json:"payment,omitempty" doc:"Not needed for an order that costs nothing"`
	Note     string   `json:"note,omitempty" maxLength:"1000"`
	Expected *Money   `json:"expected_total,omitempty" doc:"The total the shopper saw: another one is refused with total_changed"`
}

// masked is the request with its payment fields cut down to their ends, for the fingerprint of its key: a card number
// must not be stored, not even as a hash that can be guessed.
func (p placeOrder) masked() placeOrder {
	fields := make(map[string]string, len(p.Payment.Fields))
	for name, value := range p.Payment.Fields {
		fields[name] = ""
		if len(value) >= 12 {
			fields[name] = value[len(value)-4:]
		}
	}
	p.Payment.Fields = fields
	return p
}

type orderAnswer struct {
	Replayed
	Body PlacedOrder
}

func (s *Server) checkout(ctx context.Context, in *struct {
	CartHeader
	OnceHeader
	Body placeOrder
},
) (*orderAnswer, error) {
	if in.Key == "" {
		return nil, shop.ErrKeyRequired
	}
	by := actorOf(ctx)
	once, err := in.once("POST /checkout", whoShops(ctx, by, in.Token), in.Body.masked())
	if err != nil {
		return nil, err
	}
	place := shop.PlaceOrder{
		CartToken: in.Token, Email: in.Body.Email, Address: in.Body.Address.core(), Rate: in.Body.Rate,
		Provider: in.Body.Payment.Provider, Method: payment.Method{Kind: in.Body.Payment.Kind, Fields: in.Body.Payment.Fields},
		Note: in.Body.Note, ReturnURL: s.pages(ctx) + "/checkout/return", HooksURL: s.pages(ctx) + hooksPath,
	}
	if e := in.Body.Expected; e != nil {
		m := money.New(e.Amount, money.Currency(e.Currency))
		place.Expected = &m
	}
	st, err := s.d.Shop.Checkout.Place(ctx, by, place, once)
	return &orderAnswer{replayedOf(once), placedToJSON(st)}, err
}

// pages is the address of the shop's own pages: the host of the request, or the shop's default one when the request came
// to the shared host.
func (s *Server) pages(ctx context.Context) string {
	r := requestOf(ctx)
	if r.platform {
		return s.shopURL(r.tenant)
	}
	return r.scheme + "://" + r.host
}

func (s *Server) shopURL(t tenant.Tenant) string {
	return s.d.Scheme + "://" + t.Slug + "." + s.d.BaseDomain
}

func (s *Server) checkoutReturn(ctx context.Context, in *struct {
	Body struct {
		Number int64             `json:"number" minimum:"1" example:"1001"`
		Secret string            `json:"secret" maxLength:"100"`
		Params map[string]string `json:"params" doc:"The query the shopper came back with"`
	}
},
) (*body[PlacedOrder], error) {
	st, err := s.d.Shop.Checkout.Return(ctx, requestOf(ctx).tenant.ID, in.Body.Number, in.Body.Secret, in.Body.Params)
	return &body[PlacedOrder]{placedToJSON(st)}, err
}
