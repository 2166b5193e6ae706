package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func (s *Server) mountAdmin() {
	api := s.newAPI("admin", adminPath, "Halum admin API", "What a vendor's staff do. Call it on the shop's own host.")
	api.UseMiddleware(s.authenticate(identity.Staff))
	s.mountStaffAccount(api)
	bad := http.StatusUnprocessableEntity
	huma.Register(api, get("/orders", "list_orders", "Orders", "Orders, newest first").signedIn().fails(bad).Operation, s.listOrders)
	huma.Register(api, get("/orders/{number}", "get_order", "Orders", "One order with its payments, captures, refunds and disputes").
		signedIn().fails(http.StatusNotFound, bad).Operation, s.staffOrder)
	huma.Register(api, post("/orders/{number}/fulfilment", "fulfil_order", "Orders", "Mark an order as sent").
		signedIn().fails(http.StatusNotFound, http.StatusConflict, bad).Operation, s.fulfil)
	s.mountOrderMoney(api)
	s.mountShipments(api)
	s.mountProviders(api)
	s.mountStaffSearch(api)
	s.mountStaffReviews(api)
	s.mountProducts(api)
	s.mountBulkProducts(api)
	s.mountStock(api)
	s.mountStaffPrices(api)
	s.mountCustomers(api)
	s.mountTranslations(api)
	s.mountCategories(api)
	s.mountAttributes(api)
	s.mountStaffCollections(api)
	s.mountImports(api)
	s.mountMedia(api)
	s.mountDigital(api)
	s.mountExport(api)
	huma.Register(api, get("/notifications", "list_notifications", "Live", "What staff were told").signedIn().fails(bad).Operation, s.notifications)
	huma.Register(api, post("/live/tickets", "create_live_ticket", "Live", "A ticket for one socket").answers(http.StatusCreated).
		limited(s, limitTickets).signedIn().about("Open `/ws?ticket=…` with it within 30 seconds.").Operation, s.staffTicket)
	huma.Register(api, get("/shop", "get_shop", "Shop", "What the shop shows of itself").signedIn().Operation, s.staffShop)
	huma.Register(api, describe(http.MethodPatch, "/shop", "change_shop", "Shop", "Change what the shop shows of itself").signedIn().fails(bad).
		about("Fields that are left out stay as they are. The currency never changes.").Operation, s.changeShop)
}

func (s *Server) listOrders(ctx context.Context, in *struct {
	PageQuery
	Status string `query:"status" enum:"pending,confirmed,fulfilled,cancelled"`
},
) (*body[OrderPage], error) {
	page, err := s.d.Backoffice.Orders.List(ctx, actorOf(ctx), ports.OrderQuery{Status: order.Status(in.Status), Limit: in.Limit, After: in.After})
	return &body[OrderPage]{orderPageToJSON(page)}, err
}

func (s *Server) staffOrder(ctx context.Context, in *OrderNumber) (*body[StaffOrder], error) {
	st, err := s.d.Backoffice.Orders.Get(ctx, actorOf(ctx), in.Number)
	return &body[StaffOrder]{staffOrderToJSON(st)}, err
}

func (s *Server) fulfil(ctx context.Context, in *struct {
	OrderNumber
	OnceHeader
	Body struct {
		Tracking string `json:"tracking,omitempty" maxLength:"200" doc:"A number or address to follow the parcel"`
	}
},
) (*orderAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /orders/fulfilment", by.Who(), []any{in.Number, in.Body})
	if err != nil {
		return nil, err
	}
	st, err := s.d.Backoffice.Orders.Fulfil(ctx, by, in.Number, in.Body.Tracking, once)
	return &orderAnswer{replayedOf(once), stateToJSON(st)}, err
}

func (s *Server) staffProducts(ctx context.Context, in *ProductQuery) (*body[ProductPage], error) {
	page, err := s.d.Backoffice.Catalog.List(ctx, actorOf(ctx), in.core())
	out := ProductPage{mapped(page.Products, summaryToJSON), page.Next}
	for i, p := range page.Products {
		out.Products[i].Status = string(p.Status)
	}
	return &body[ProductPage]{out}, err
}

// Notification is one message to people.
type Notification struct {
	Seq     int64     `json:"seq" doc:"Grows by one within its topic"`
	Topic   string    `json:"topic"`
	Kind    string    `json:"kind" example:"order.confirmed"`
	OrderID string    `json:"order_id"`
	Order   int64     `json:"order_number"`
	Title   string    `json:"title"`
	Body    string    `json:"body"`
	At      time.Time `json:"at"`
}

// NotificationList is what a topic holds.
type NotificationList struct {
	Notifications []Notification `json:"notifications"`
}

func notificationToJSON(n notification.Notification) Notification {
	return Notification{n.Seq, n.Topic, n.Kind, n.OrderID, n.Order, n.Title, n.Body, timeToJSON(n.At)}
}

func (s *Server) notifications(ctx context.Context, in *struct {
	After int64 `query:"after" minimum:"-1" default:"-1" doc:"Those after this seq, oldest first; -1 for the newest"`
	Limit int   `query:"limit" minimum:"1" maximum:"100" default:"50"`
},
) (*body[NotificationList], error) {
	all, err := s.d.Backoffice.Live.Notifications(ctx, actorOf(ctx), in.After, in.Limit)
	return &body[NotificationList]{NotificationList{mapped(all, notificationToJSON)}}, err
}

func (s *Server) staffTicket(ctx context.Context, _ *none) (*body[Ticket], error) {
	ticket, err := s.d.Backoffice.Live.Ticket(ctx, actorOf(ctx))
	return &body[Ticket]{Ticket{ticket}}, err
}

func (s *Server) staffShop(ctx context.Context, _ *none) (*body[Shop], error) {
	shop, err := s.d.Backoffice.Settings.Shop(ctx, actorOf(ctx))
	return &body[Shop]{shopToJSON(shop)}, err
}

func (s *Server) changeShop(ctx context.Context, in *struct {
	Body struct {
		Name       *string  `json:"name,omitempty" maxLength:"120"`
		Tagline    *string  `json:"tagline,omitempty" maxLength:"200"`
		About      *string  `json:"about,omitempty" maxLength:"2000"`
		Email      *string  `json:"email,omitempty" maxLength:"254"`
		LogoURL    *string  `json:"logo_url,omitempty" maxLength:"500"`
		HeroURL    *string  `json:"hero_url,omitempty" maxLength:"500"`
		Languages  []string `json:"languages,omitempty" maxItems:"20" doc:"Further ones that shoppers may choose, BCP 47, such as bn or en-GB"`
		Currencies []string `json:"currencies,omitempty" maxItems:"10" doc:"Further ones that shoppers may choose, ISO 4217: variants need prices in them"`
		Colours    *Colours `json:"colours,omitempty" doc:"All four at once"`
		Hold       *bool    `json:"hold_unfit_payments,omitempty" doc:"Keep money that cannot be for its order until staff decides, instead of giving it back at once"`
	}
},
) (*body[Shop], error) {
	b := in.Body
	change := backoffice.ShopChange{Name: b.Name, Tagline: b.Tagline, About: b.About, Email: b.Email, LogoURL: b.LogoURL, HeroURL: b.HeroURL, HoldUnfit: b.Hold}
	if b.Languages != nil {
		change.Languages = copied(b.Languages)
	}
	if b.Currencies != nil {
		change.Currencies = copied(b.Currencies)
	}
	if b.Colours != nil {
		c := tenant.Colours(*b.Colours)
		change.Colours = &c
	}
	shop, err := s.d.Backoffice.Settings.Change(ctx, actorOf(ctx), change)
	return &body[Shop]{shopToJSON(shop)}, err
}
