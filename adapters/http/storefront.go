package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/ports"
)

// Prefixes of the three APIs.
const (
	storefrontPath = "/api/storefront/v1"
	adminPath      = "/api/admin/v1"
	platformPath   = "/api/platform/v1"
)

func (s *Server) mountStorefront() {
	api := s.newAPI("storefront", storefrontPath, "Halum storefront API",
		"What shoppers do: look, fill a cart, check out, follow their orders. Call it on the shop's own host.")
	api.UseMiddleware(s.authenticate(identity.Customer))
	s.mountCatalog(api)
	s.mountPrices(api)
	s.mountSearch(api)
	s.mountWishlists(api)
	s.mountReviews(api)
	s.mountSignups(api)
	s.mountCart(api)
	s.mountCheckout(api)
	s.mountOrders(api)
	s.mountAccount(api)
	s.mountHooks(api)
	huma.Register(api, post("/live/tickets", "create_live_ticket", "Live", "A ticket for one socket").answers(http.StatusCreated).
		maySignIn().limited(s, limitTickets).fails(http.StatusForbidden, http.StatusNotFound, http.StatusUnprocessableEntity).
		about("Open `/ws?ticket=…` with it within 30 seconds; add `last_seq` to get what you missed. Name an order with its secret, "+
			"or leave both out as a signed-in shopper.").Operation, s.shopperTicket)
}

func (s *Server) mountOrders(api huma.API) {
	huma.Register(api, get("/orders/{number}/downloads", "list_order_downloads", "Orders", "Links to the files of an order, once it is paid").
		fails(http.StatusNotFound, http.StatusUnprocessableEntity).Operation, s.orderDownloads)
	huma.Register(api, get("/orders/{number}", "get_order", "Orders", "An order by its number and secret").
		fails(http.StatusNotFound, http.StatusUnprocessableEntity).Operation, s.getOrder)
	huma.Register(api, post("/orders/{number}/payments", "pay_order", "Orders", "Pay an order that waits for its payment in another way").
		answers(http.StatusCreated).within(checkoutTimeout).limited(s, limitCheckout).
		fails(http.StatusPaymentRequired, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity).
		about("The payment it waits for is given up; should it succeed all the same, the one that comes second goes back. Needs an "+
			"`Idempotency-Key`.").Operation, s.payOrder)
	huma.Register(api, get("/orders/{number}/payment-methods", "list_order_payment_methods", "Orders", "How an order may be paid instead").
		within(checkoutTimeout).limited(s, limitCheckout).fails(http.StatusNotFound, http.StatusUnprocessableEntity).
		about("None when the order does not wait for its payment.").Operation, s.orderWays)
	huma.Register(api, post("/orders/{number}/cancellation", "cancel_order", "Orders", "Cancel an order that waits for its payment").
		within(checkoutTimeout).limited(s, limitCheckout).fails(http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity).
		about("The cart is open again.").Operation, s.cancelMyOrder)
	huma.Register(api, get("/account/orders", "list_account_orders", "Orders", "The signed-in shopper's orders, newest first").
		signedIn().fails(http.StatusUnprocessableEntity).Operation, s.listMyOrders)
	huma.Register(api, get("/account/orders/{number}/downloads", "list_account_order_downloads", "Orders", "Links to the files of an order, once it is paid").
		signedIn().fails(http.StatusNotFound, http.StatusUnprocessableEntity).Operation, s.myDownloads)
	huma.Register(api, get("/account/orders/{number}", "get_account_order", "Orders", "One order of the signed-in shopper").
		signedIn().fails(http.StatusNotFound, http.StatusUnprocessableEntity).Operation, s.getMyOrder)
}

// OrderNumber is the input of what is asked about one order.
type OrderNumber struct {
	Number int64 `path:"number" minimum:"1" example:"1001"`
}

// OpenedOrder is the input of what a shopper asks about one order.
type OpenedOrder struct {
	OrderNumber
	Secret string `header:"Halum-Order-Secret" maxLength:"100" doc:"The secret from the checkout's answer"`
}

func (s *Server) payOrder(ctx context.Context, in *struct {
	OpenedOrder
	OnceHeader
	Body payBody
},
) (*orderAnswer, error) {
	if in.Key == "" {
		return nil, shop.ErrKeyRequired
	}
	masked := placeOrder{Payment: in.Body}.masked()
	once, err := in.once("POST /orders/payments", in.Secret, []any{in.Number, masked.Payment})
	if err != nil {
		return nil, err
	}
	st, err := s.d.Shop.Checkout.PayOtherwise(ctx, requestOf(ctx).tenant.ID, shop.PayOtherwise{
		Number: in.Number, Secret: in.Secret, Provider: in.Body.Provider, Method: payment.Method{Kind: in.Body.Kind, Fields: in.Body.Fields},
		ReturnURL: s.pages(ctx) + "/checkout/return", HooksURL: s.pages(ctx) + hooksPath,
	}, once)
	return &orderAnswer{replayedOf(once), placedToJSON(st)}, err
}

// WaysToPay is how an order may be paid instead.
type WaysToPay struct {
	Payments []PaymentMethod `json:"payment_methods"`
}

func (s *Server) orderWays(ctx context.Context, in *OpenedOrder) (*body[WaysToPay], error) {
	_, all, err := s.d.Shop.Checkout.Ways(ctx, requestOf(ctx).tenant.ID, in.Number, in.Secret)
	return &body[WaysToPay]{WaysToPay{mapped(all, methodToJSON)}}, err
}

func (s *Server) cancelMyOrder(ctx context.Context, in *OpenedOrder) (*body[PlacedOrder], error) {
	st, err := s.d.Shop.Checkout.Cancel(ctx, requestOf(ctx).tenant.ID, in.Number, in.Secret)
	return &body[PlacedOrder]{placedToJSON(st)}, err
}

func (s *Server) getOrder(ctx context.Context, in *OpenedOrder) (*body[PlacedOrder], error) {
	if in.Secret == "" {
		return nil, order.ErrNotFound
	}
	st, err := s.d.Shop.Orders.ByNumber(ctx, requestOf(ctx).tenant.ID, in.Number, in.Secret)
	return &body[PlacedOrder]{placedToJSON(st)}, err
}

// PageQuery is the input of lists.
type PageQuery struct {
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After string `query:"after" maxLength:"1000" doc:"next of the previous page"`
}

func (s *Server) listMyOrders(ctx context.Context, in *PageQuery) (*body[OrderPage], error) {
	page, err := s.d.Shop.Orders.List(ctx, actorOf(ctx), in.After, in.Limit)
	return &body[OrderPage]{orderPageToJSON(page)}, err
}

func orderPageToJSON(p ports.OrderPage) OrderPage {
	return OrderPage{mapped(p.Orders, orderToJSON), p.Next}
}

func (s *Server) getMyOrder(ctx context.Context, in *OrderNumber) (*body[PlacedOrder], error) {
	st, err := s.d.Shop.Orders.Mine(ctx, actorOf(ctx), in.Number)
	return &body[PlacedOrder]{stateToJSON(st)}, err
}

// Ticket opens one socket.
type Ticket struct {
	Ticket string `json:"ticket" doc:"Works once, within 30 seconds"`
}

func (s *Server) shopperTicket(ctx context.Context, in *struct {
	Body *struct {
		Number int64  `json:"order_number,omitempty" minimum:"1"`
		Secret string `json:"order_secret,omitempty" maxLength:"100"`
	}
},
) (*body[Ticket], error) {
	if in.Body == nil || in.Body.Number == 0 && in.Body.Secret == "" {
		ticket, err := s.d.Shop.Live.CustomerTicket(ctx, actorOf(ctx))
		return &body[Ticket]{Ticket{ticket}}, err
	}
	if in.Body.Number == 0 || in.Body.Secret == "" {
		return nil, fault.InvalidField("order_secret", "send the order's number and its secret")
	}
	ticket, err := s.d.Shop.Live.OrderTicket(ctx, requestOf(ctx).tenant.ID, in.Body.Number, in.Body.Secret)
	return &body[Ticket]{Ticket{ticket}}, err
}
