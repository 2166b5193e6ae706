package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

func (s *Server) mountStock(api huma.API) {
	const tag = "Stock"
	missing, conflict, bad := http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity
	edits := []int{missing, conflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired, bad}
	huma.Register(api, get("/stock/variants", "list_stock", tag, "How much there is of variants, and where").signedIn().fails(bad).Operation, s.listStock)
	huma.Register(api, get("/stock/variants/{id}", "get_stock", tag, "How much there is of one variant, and where").signedIn().fails(missing, bad).Operation, s.stockOf)
	huma.Register(api, describe(http.MethodPut, "/stock/variants/{id}/policy", "put_stock_policy", tag, "Decide how a variant is sold when none is left").
		signedIn().fails(edits...).about("Needs If-Match with the ETag its stock was read with. "+idempotent).Operation, s.putStockPolicy)
	huma.Register(api, describe(http.MethodPut, "/stock/variants/{id}/parts", "put_bundle_parts", tag, "Make a variant a bundle of others").
		signedIn().fails(edits...).
		about("A bundle is sold at its own price and takes its parts from stock: it is available as long as all of them are. Its parts may be "+
			"drafts, which are then sold in bundles only. It must have no stock of its own, and no bundle can be part of another. With an empty "+
			"list it is a variant with stock of its own again. Orders keep the parts they were placed with. Needs If-Match with the ETag its "+
			"stock was read with. "+idempotent).Operation, s.putBundleParts)
	huma.Register(api, get("/stock/movements", "list_stock_movements", tag, "Why quantities on hand changed, newest first").signedIn().fails(bad).Operation, s.listMovements)
	huma.Register(api, post("/stock/movements", "book_stock_movements", tag, "Receive, take back, adjust or transfer goods").answers(http.StatusCreated).
		signedIn().fails(missing, conflict, bad).
		about("All movements are booked or none. Each is tried on top of those before it; of a refused request the errors name each one that is "+
			"wrong. What orders have reserved at a location stays there.").Operation, s.bookMovements)
	huma.Register(api, get("/stock/locations", "list_locations", tag, "Where goods lie").signedIn().Operation, s.listLocations)
	huma.Register(api, post("/stock/locations", "create_location", tag, "Open a location").answers(http.StatusCreated).signedIn().fails(conflict, bad).
		Operation, s.createLocation)
	huma.Register(api, describe(http.MethodPatch, "/stock/locations/{id}", "change_location", tag, "Change a location").signedIn().fails(edits...).
		about("Needs If-Match. Fields that are left out stay as they are. An empty location can be closed by active: false. "+idempotent).Operation, s.changeLocation)
	huma.Register(api, get("/stock/settings", "get_stock_settings", tag, "How the shop handles its stock").signedIn().Operation, s.stockSettings)
	huma.Register(api, describe(http.MethodPut, "/stock/settings", "put_stock_settings", tag, "Change how the shop handles its stock").signedIn().fails(bad).
		about(idempotent).Operation, s.putStockSettings)
}

// StockLevel is how much lies at a location.
type StockLevel struct {
	LocationID string `json:"location_id" example:"loc_00000000000000000000000000"`
	OnHand     int64  `json:"on_hand"`
	Reserved   int64  `json:"reserved" doc:"Sold and not sent yet"`
	Available  int64  `json:"available"`
}

// VariantStock is how much there is of a variant.
type VariantStock struct {
	VariantID    string       `json:"variant_id" example:"var_01jd3v4k2m0000000000000000"`
	ProductID    string       `json:"product_id"`
	Title        string       `json:"title" example:"Indigo shirt"`
	VariantTitle string       `json:"variant_title" example:"Large / Indigo"`
	SKU          string       `json:"sku"`
	OnHand       int64        `json:"on_hand"`
	Reserved     int64        `json:"reserved" doc:"Sold and not sent yet, with backorders"`
	Held         int64        `json:"held" doc:"In carts at checkout, for some minutes"`
	Available    *int64       `json:"available" doc:"How many can be sold now; null for any number"`
	Levels       []StockLevel `json:"levels" doc:"Where it lies or once lay"`
	Policy       StockPolicy  `json:"policy"`
	Parts        []BundlePart `json:"parts,omitempty" doc:"Of a bundle, whose available is that of its parts"`
	Revision     int64        `json:"revision" doc:"Of the policy and the parts; the ETag names it"`
}

// StockPolicy is what happens when nothing is left.
type StockPolicy struct {
	Tracked bool       `json:"tracked" doc:"False: always available"`
	Selling string     `json:"selling" enum:"deny,backorder,preorder" doc:"What happens when none is left"`
	Cap     *int64     `json:"cap,omitempty" minimum:"0" maximum:"1000000000" doc:"How many more than are on hand may be sold; left out for any number"`
	ShipsAt *time.Time `json:"ships_at,omitempty" doc:"When pre-orders are sent"`
	LowAt   *int64     `json:"low_at,omitempty" minimum:"0" maximum:"1000000000" doc:"Tell staff when no more than this is left; left out for the shop's threshold"`
}

// StockPage is a part of the stock.
type StockPage struct {
	Stock []VariantStock `json:"stock"`
	Next  string         `json:"next,omitempty" doc:"Pass it as after; missing on the last page"`
}

func stockToJSON(i ports.StockItem) VariantStock {
	p := i.Policy()
	out := VariantStock{
		VariantID: string(i.Variant), ProductID: string(i.Product), Title: i.Title, VariantTitle: i.VariantTitle, SKU: i.SKU,
		OnHand: i.Stock.OnHand, Reserved: i.Stock.Reserved, Held: i.Stock.Held, Levels: []StockLevel{}, Revision: i.Revision,
		Parts:  mapped(i.Parts, partToJSON),
		Policy: StockPolicy{Tracked: p.Tracked, Selling: string(p.Selling), Cap: p.Cap, ShipsAt: optionalTime(p.ShipsAt), LowAt: p.LowAt},
	}
	supply := i.Stock
	if i.Bundled {
		supply = catalog.Together(i.Parts)
	}
	if available := supply.Available(); available < catalog.Unlimited {
		out.Available = &available
	}
	for _, at := range i.Places() {
		out.Levels = append(out.Levels, levelToJSON(at, i.Levels[at]))
	}
	return out
}

func levelToJSON(at inventory.LocationID, l inventory.Level) StockLevel {
	return StockLevel{string(at), l.OnHand, l.Reserved, l.OnHand - l.Reserved}
}

func (s *Server) listStock(ctx context.Context, in *struct {
	PageQuery
	ProductID  string `query:"product_id" maxLength:"60"`
	LocationID string `query:"location_id" maxLength:"60"`
	SKU        string `query:"sku" maxLength:"255"`
	Low        bool   `query:"low" doc:"Only what is at its threshold or below"`
},
) (*body[StockPage], error) {
	page, err := s.d.Backoffice.Stock.List(ctx, actorOf(ctx), ports.StockQuery{
		Low: in.Low, Location: inventory.LocationID(in.LocationID), SKU: in.SKU, Product: catalog.ProductID(in.ProductID), Limit: in.Limit, After: in.After,
	})
	return &body[StockPage]{StockPage{mapped(page.Items, stockToJSON), page.Next}}, err
}

// VariantID names a variant.
type VariantID struct {
	ID string `path:"id" maxLength:"60" example:"var_01jd3v4k2m0000000000000000"`
}

func (v VariantID) core() catalog.VariantID { return catalog.VariantID(strings.Clone(v.ID)) }

// stockAnswer is the stock of one variant with the policy's revision as ETag.
type stockAnswer struct {
	ETag string `header:"ETag" doc:"For If-Match"`
	Body VariantStock
}

func answerStock(i ports.StockItem, err error) (*stockAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &stockAnswer{revisionTag(i.Revision), stockToJSON(i)}, nil
}

func revisionTag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

func (s *Server) stockOf(ctx context.Context, in *VariantID) (*stockAnswer, error) {
	return answerStock(s.d.Backoffice.Stock.Get(ctx, actorOf(ctx), in.core()))
}

func (s *Server) putStockPolicy(ctx context.Context, in *struct {
	VariantID
	IfMatch
	Body StockPolicy
},
) (*stockAnswer, error) {
	p := inventory.Policy{Tracked: in.Body.Tracked, Selling: inventory.Selling(strings.Clone(in.Body.Selling)), Cap: in.Body.Cap, LowAt: in.Body.LowAt}
	if in.Body.ShipsAt != nil {
		p.ShipsAt = in.Body.ShipsAt.UTC().Truncate(time.Second)
	}
	return answerStock(s.d.Backoffice.Stock.Decide(ctx, actorOf(ctx), in.core(), in.revision(), p))
}

// PartOfBundle is a part that staff puts into a bundle.
type PartOfBundle struct {
	VariantID string `json:"variant_id" maxLength:"60" example:"var_01jd3v4k2m0000000000000000"`
	Quantity  int64  `json:"quantity" minimum:"1" maximum:"1000" doc:"In one bundle"`
}

func (s *Server) putBundleParts(ctx context.Context, in *struct {
	VariantID
	IfMatch
	Body struct {
		Parts []PartOfBundle `json:"parts" maxItems:"50"`
	}
},
) (*stockAnswer, error) {
	parts := mapped(in.Body.Parts, func(p PartOfBundle) inventory.Line {
		return inventory.Line{Variant: catalog.VariantID(strings.Clone(p.VariantID)), Quantity: p.Quantity}
	})
	return answerStock(s.d.Backoffice.Stock.Compose(ctx, actorOf(ctx), in.core(), in.revision(), parts))
}

// StockMovement is one row of the ledger.
type StockMovement struct {
	Seq        int64     `json:"seq" doc:"Grows with every movement"`
	VariantID  string    `json:"variant_id"`
	LocationID string    `json:"location_id"`
	Kind       string    `json:"kind" enum:"receive,sell,adjust,return,transfer_out,transfer_in,import"`
	Quantity   int64     `json:"quantity" doc:"Above zero when goods came, below when they went"`
	Reason     string    `json:"reason"`
	Reference  string    `json:"reference" doc:"Such as an order or a delivery note"`
	Actor      string    `json:"actor"`
	At         time.Time `json:"at"`
}

// MovementPage is a part of the ledger.
type MovementPage struct {
	Movements []StockMovement `json:"movements"`
	Next      string          `json:"next,omitempty" doc:"Pass it as after; missing on the last page"`
}

func movementToJSON(m inventory.Movement) StockMovement {
	return StockMovement{m.Seq, string(m.Variant), string(m.Location), string(m.Kind), m.Quantity, m.Reason, m.Reference, m.Actor, timeToJSON(m.At)}
}

func (s *Server) listMovements(ctx context.Context, in *struct {
	PageQuery
	VariantID  string `query:"variant_id" maxLength:"60"`
	LocationID string `query:"location_id" maxLength:"60"`
	Kind       string `query:"kind" enum:"receive,sell,adjust,return,transfer_out,transfer_in,import"`
},
) (*body[MovementPage], error) {
	page, err := s.d.Backoffice.Stock.Movements(ctx, actorOf(ctx), ports.MovementQuery{
		Variant: catalog.VariantID(in.VariantID), Location: inventory.LocationID(in.LocationID), Kind: inventory.Kind(in.Kind), Limit: in.Limit, After: in.After,
	})
	return &body[MovementPage]{MovementPage{mapped(page.Movements, movementToJSON), page.Next}}, err
}

// StockEntry is what staff ask to book.
type StockEntry struct {
	VariantID  string `json:"variant_id" maxLength:"60" example:"var_01jd3v4k2m0000000000000000"`
	LocationID string `json:"location_id,omitempty" maxLength:"60" doc:"Left out for the main location"`
	To         string `json:"to_location_id,omitempty" maxLength:"60" doc:"Of transfers"`
	Kind       string `json:"kind" enum:"receive,return,adjust,transfer"`
	Quantity   int64  `json:"quantity,omitempty" minimum:"-1000000000" maximum:"1000000000" doc:"1 or more; of adjustments also below zero"`
	SetTo      *int64 `json:"set_to,omitempty" minimum:"0" maximum:"1000000000" doc:"Of adjustments, instead of quantity: what was counted"`
	Expected   *int64 `json:"expected,omitempty" minimum:"0" maximum:"1000000000" doc:"Needed with set_to: what was on hand when it was counted"`
	Reason     string `json:"reason,omitempty" maxLength:"200" doc:"Adjustments need one" example:"broken"`
	Reference  string `json:"reference,omitempty" maxLength:"100" example:"DN-4711"`
}

func (e StockEntry) core() inventory.Entry {
	return inventory.Entry{
		Variant: catalog.VariantID(strings.Clone(e.VariantID)), Location: inventory.LocationID(strings.Clone(e.LocationID)),
		To: inventory.LocationID(strings.Clone(e.To)), Kind: inventory.Kind(strings.Clone(e.Kind)), Quantity: e.Quantity,
		SetTo: e.SetTo, Expected: e.Expected, Reason: strings.Clone(e.Reason), Reference: strings.Clone(e.Reference),
	}
}

// StockBooked is what lies where something was booked.
type StockBooked struct {
	Movements int           `json:"movements" doc:"How many were booked; a transfer is two"`
	Levels    []BookedLevel `json:"levels" doc:"How much lies where something was moved now"`
}

// BookedLevel is how much of a variant lies at a location.
type BookedLevel struct {
	VariantID string `json:"variant_id"`
	StockLevel
}

type bookedAnswer struct {
	Replayed
	Body StockBooked
}

func (s *Server) bookMovements(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		Movements []StockEntry `json:"movements" minItems:"1" maxItems:"500"`
	}
},
) (*bookedAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /stock/movements", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	booked, err := s.d.Backoffice.Stock.Book(ctx, by, mapped(in.Body.Movements, StockEntry.core), once)
	levels := mapped(booked.Places, func(p backoffice.Place) BookedLevel {
		return BookedLevel{string(p.Variant), levelToJSON(p.Location, p.Level)}
	})
	return &bookedAnswer{replayedOf(once), StockBooked{len(booked.Movements), levels}}, err
}
