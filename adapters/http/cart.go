package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
)

func (s *Server) mountCart(api huma.API) {
	huma.Register(api, get("/cart", "get_cart", "Cart", "The cart at today's prices").maySignIn().fails(http.StatusNotFound).
		about("Prices and stock are checked again at every look; `notices` say what changed.").Operation, s.getCart)
	change := []int{http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}
	huma.Register(api, post("/cart/lines", "add_to_cart", "Cart", "Put a quantity of a variant into the cart").maySignIn().fails(change...).
		about("Without a cart token a new cart is made, and the answer holds its token: keep it.").Operation, s.addLine)
	huma.Register(api, describe(http.MethodPut, "/cart/currency", "put_cart_currency", "Cart", "Ask for the cart's prices in another currency of the shop").
		maySignIn().fails(change...).about("What is not sold in it stays in the cart, and cannot be bought. "+idempotent).Operation, s.putCartCurrency)
	huma.Register(api, describe(http.MethodPatch, "/cart/lines/{variant_id}", "set_cart_line", "Cart", "Set the quantity of a variant in the cart").
		maySignIn().fails(change...).Operation, s.setLine)
	huma.Register(api, describe(http.MethodDelete, "/cart/lines/{variant_id}", "remove_cart_line", "Cart", "Take a variant out of the cart").
		answers(http.StatusOK).maySignIn().fails(change...).Operation, s.removeLine)
}

// CartHeader is the input of operations on a cart.
type CartHeader struct {
	Token string `header:"Halum-Cart-Token" maxLength:"100" doc:"Names and opens the cart. A signed-in shopper may leave it out"`
}

// Cart is a cart at today's prices.
type Cart struct {
	ID       string     `json:"id" example:"cart_01jd3v4k2m0000000000000000"`
	Token    string     `json:"token,omitempty" doc:"Set once, when the cart was made just now: send it as Halum-Cart-Token"`
	Currency string     `json:"currency" example:"BDT"`
	Lines    []CartLine `json:"lines"`
	Subtotal Money      `json:"subtotal" doc:"Of the lines that can be bought"`
	Items    int64      `json:"item_count"`
	Shipped  bool       `json:"requires_shipping"`
	Ready    bool       `json:"ready" doc:"All lines can be bought: the cart can be checked out"`
}

// CartLine is one variant in a cart.
type CartLine struct {
	VariantID    string   `json:"variant_id"`
	ProductID    string   `json:"product_id"`
	Slug         string   `json:"slug"`
	Title        string   `json:"title"`
	VariantTitle string   `json:"variant_title"`
	SKU          string   `json:"sku"`
	Image        *Image   `json:"image,omitempty"`
	Quantity     int64    `json:"quantity"`
	Price        Money    `json:"price" doc:"Of one"`
	Total        Money    `json:"total"`
	Notices      []Notice `json:"notices" doc:"What changed since the last look"`
	Supply
}

// Notice tells the shopper about a line.
type Notice struct {
	Code    string `json:"code" enum:"price_changed,sold_out,quantity_short,not_for_sale"`
	Message string `json:"message"`
}

func cartToJSON(c cart.Priced, token string) Cart {
	return Cart{
		ID: string(c.ID), Token: token, Currency: string(c.Currency), Lines: mapped(c.Lines, cartLineToJSON),
		Subtotal: moneyToJSON(c.Subtotal), Items: c.Items, Shipped: c.Shipped, Ready: c.Ready,
	}
}

func cartLineToJSON(l cart.PricedLine) CartLine {
	return CartLine{
		VariantID: string(l.Offer.Variant), ProductID: string(l.Offer.Product), Slug: l.Offer.Slug, Title: l.Offer.Title,
		VariantTitle: l.Offer.VariantTitle, SKU: l.Offer.SKU, Image: imageToJSON(l.Offer.Image), Quantity: l.Quantity,
		Price: moneyToJSON(l.Price), Total: moneyToJSON(l.Total),
		Notices: mapped(l.Notices, func(n cart.Notice) Notice { return Notice(n) }), Supply: supplyToJSON(l.Offer.Stock, l.Quantity),
	}
}

// cartAnswer is a cart after a change.
type cartAnswer struct {
	Replayed
	Body Cart
}

func (s *Server) getCart(ctx context.Context, in *CartHeader) (*body[Cart], error) {
	view, err := s.d.Shop.Carts.Get(ctx, actorOf(ctx), in.Token)
	return &body[Cart]{cartToJSON(view.Priced, "")}, err
}

type addLine struct {
	CartHeader
	OnceHeader
	Body struct {
		VariantID string `json:"variant_id" minLength:"1" maxLength:"64" example:"var_01jd3v4k2m0000000000000000"`
		Quantity  int64  `json:"quantity" minimum:"1" maximum:"999" example:"1" doc:"Added to what is in the cart"`
		Currency  string `json:"currency,omitempty" maxLength:"3" doc:"One of the shop's, which the whole cart gets; left out, the cart stays in its own"`
	}
}

func (s *Server) addLine(ctx context.Context, in *addLine) (*cartAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /cart/lines", whoShops(ctx, by, in.Token), in.Body)
	if err != nil {
		return nil, err
	}
	if err := s.sells(ctx, in.Body.Currency); err != nil {
		return nil, err
	}
	view, err := s.d.Shop.Carts.Add(ctx, by, in.Token, shop.Adding{
		Variant: catalog.VariantID(in.Body.VariantID), Quantity: in.Body.Quantity, Currency: money.Currency(strings.Clone(in.Body.Currency)),
	}, once)
	return &cartAnswer{replayedOf(once), cartToJSON(view.Priced, view.Token)}, err
}

// sells checks a currency that a request names. Errors: tenant.ErrNotSold.
func (s *Server) sells(ctx context.Context, currency string) error {
	_, err := requestOf(ctx).tenant.Shop.Asks(currency)
	return err
}

func (s *Server) putCartCurrency(ctx context.Context, in *struct {
	CartHeader
	Body struct {
		Currency string `json:"currency" minLength:"3" maxLength:"3" example:"EUR" doc:"The shop's own, or a further one that it sells in"`
	}
},
) (*body[Cart], error) {
	if err := s.sells(ctx, in.Body.Currency); err != nil {
		return nil, err
	}
	view, err := s.d.Shop.Carts.Denominate(ctx, actorOf(ctx), in.Token, money.Currency(strings.Clone(in.Body.Currency)))
	return &body[Cart]{cartToJSON(view.Priced, "")}, err
}

type setLine struct {
	CartHeader
	OnceHeader
	Variant string `path:"variant_id" maxLength:"64"`
	Body    struct {
		Quantity int64 `json:"quantity" minimum:"0" maximum:"999" doc:"0 takes the line out"`
	}
}

func (s *Server) setLine(ctx context.Context, in *setLine) (*cartAnswer, error) {
	return s.set(ctx, "PATCH", in.CartHeader, in.OnceHeader, in.Variant, in.Body.Quantity)
}

type removeLine struct {
	CartHeader
	OnceHeader
	Variant string `path:"variant_id" maxLength:"64"`
}

func (s *Server) removeLine(ctx context.Context, in *removeLine) (*cartAnswer, error) {
	return s.set(ctx, "DELETE", in.CartHeader, in.OnceHeader, in.Variant, 0)
}

func (s *Server) set(ctx context.Context, method string, c CartHeader, h OnceHeader, variant string, quantity int64) (*cartAnswer, error) {
	by := actorOf(ctx)
	once, err := h.once(method+" /cart/lines/"+variant, whoShops(ctx, by, c.Token), quantity)
	if err != nil {
		return nil, err
	}
	var view shop.CartView
	view, err = s.d.Shop.Carts.Set(ctx, by, c.Token, catalog.VariantID(variant), quantity, once)
	return &cartAnswer{replayedOf(once), cartToJSON(view.Priced, "")}, err
}
