// Package reactions holds what follows an event: notifications with their live push, mail, and the settlement of
// payments that are still open. Each reaction is a job of its own, run at least once, and idempotent by the event's id.
// The table in Routes says which follow which.
package reactions

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/importing"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/app/pictures"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/review"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/core/wishlist"
	"github.com/halum-hut/halum/ports"
)

// Names of the reactions, as stored in jobs.
const (
	Resolve         = "resolve_payment"
	ResolveMove     = "resolve_move"
	ReturnMoney     = "return_money"
	TakeEvent       = "take_provider_event"
	ResolveShipment = "resolve_shipment"
	FollowParcel    = "follow_parcel"
	Notify          = "notify"
	DeliverFiles    = "deliver_files"
	MailShopper     = "mail_shopper"
	MailStaff       = "mail_staff"
	MailReset       = "mail_password_reset"
	ForgetCatalog   = "forget_catalog"
	TellWishers     = "tell_wishers"
	NotifyWisher    = "notify_wisher"
	MailWisher      = "mail_wisher"
	NotifyReview    = "notify_review"
	MailReviewer    = "mail_reviewer"
	NotifyLow       = "notify_low_stock"
	MailLow         = "mail_low_stock"
	EndHold         = "end_hold"
	TellWaiting     = "tell_waiting"
	MailRestock     = "mail_restock"
	IndexProducts   = "index_products"
	RebuildIndex    = "rebuild_search_index"
	PublishProduct  = "publish_product"
	TellOfCategory  = "tell_of_category"
	TurnPrices      = "turn_prices"
	ImportFile      = "import_file"
	DrawPicture     = "draw_picture"
	FetchPictures   = "fetch_pictures"
)

// resolveAfter is when a payment or shipment that is still open is looked at: after the request that began it has surely
// ended.
const resolveAfter = 20 * time.Second

// followAfter is when a carrier is first asked where a parcel is that it has just booked.
const followAfter = time.Minute

// shortestHold is when a cart's hold is first looked at.
const shortestHold = time.Minute

var routes = map[string][]event.Reaction{
	order.KindPlaced:                   {{Name: Resolve, Delay: resolveAfter}},
	order.KindConfirmed:                {{Name: Notify}, {Name: MailShopper}, {Name: MailStaff}, {Name: DeliverFiles}},
	order.KindPaid:                     {{Name: Notify}, {Name: DeliverFiles}},
	order.KindCancelled:                {{Name: Notify}, {Name: ForgetCatalog}, {Name: Resolve}, {Name: IndexProducts}},
	order.KindAction:                   {{Name: Notify}},
	order.KindPending:                  {{Name: Notify}, {Name: MailShopper}, {Name: MailStaff}},
	order.KindUnfit:                    {{Name: ReturnMoney}, {Name: Notify}, {Name: MailStaff}},
	order.KindLapsed:                   {{Name: Notify}, {Name: MailStaff}},
	order.KindMove:                     {{Name: ResolveMove, Delay: resolveAfter}},
	order.KindRefunded:                 {{Name: Notify}, {Name: MailShopper}},
	order.KindRefundFailed:             {{Name: Notify}, {Name: MailStaff}},
	order.KindCaptureFailed:            {{Name: Notify}, {Name: MailStaff}},
	order.KindDispute:                  {{Name: Notify}, {Name: MailStaff}},
	order.KindMismatch:                 {{Name: Notify}, {Name: MailStaff}},
	order.KindFulfilled:                {{Name: Notify}, {Name: MailShopper}},
	order.KindShipmentRequested:        {{Name: ResolveShipment, Delay: resolveAfter}},
	order.KindShipmentCancelling:       {{Name: ResolveShipment, Delay: resolveAfter}},
	order.KindShipmentBooked:           {{Name: FollowParcel, Delay: followAfter}, {Name: Notify}},
	order.KindShipmentDeclined:         {{Name: Notify}},
	order.KindShipmentCancelled:        {{Name: Notify}},
	order.KindParcelMoved:              {{Name: Notify}},
	order.KindResent:                   {{Name: Notify}, {Name: MailShopper}},
	settle.KindReceived:                {{Name: TakeEvent}},
	account.KindResetRequested:         {{Name: MailReset}},
	catalog.Changed{}.Kind():           {{Name: ForgetCatalog}, {Name: IndexProducts}, {Name: TellWishers}, {Name: TellWaiting}},
	catalog.CollectionChanged{}.Kind(): {{Name: ForgetCatalog}},
	catalog.AttributesChanged{}.Kind(): {{Name: ForgetCatalog}},
	catalog.CategoryChanged{}.Kind():   {{Name: ForgetCatalog}, {Name: TellOfCategory}},
	catalog.Scheduled{}.Kind():         {{Name: PublishProduct}},
	catalog.PricesTurn{}.Kind():        {{Name: TurnPrices}},
	catalog.KindImportRequested:        {{Name: ImportFile}},
	media.KindUploaded:                 {{Name: DrawPicture}},
	catalog.PicturesWanted{}.Kind():    {{Name: FetchPictures}},
	wishlist.KindTold:                  {{Name: NotifyWisher}, {Name: MailWisher}},
	review.KindWritten:                 {{Name: NotifyReview}},
	review.KindModerated:               {{Name: NotifyReview}, {Name: MailReviewer}},
	review.KindReplied:                 {{Name: NotifyReview}, {Name: MailReviewer}},
	search.Configured{}.Kind():         {{Name: ForgetCatalog}},
	indexing.Wanted{}.Kind():           {{Name: RebuildIndex}},
	inventory.KindRestockDue:           {{Name: MailRestock}},
	inventory.KindLow:                  {{Name: NotifyLow}, {Name: MailLow}},
	inventory.KindHeld:                 {{Name: EndHold, Delay: shortestHold}},
}

// Routes is the table of ports.Routes.
func Routes(kind string) []event.Reaction { return routes[kind] }

// Deps is what reactions stand on.
type Deps struct {
	Store    ports.Store
	Registry ports.Registry
	Staff    ports.Staff
	Settler  *settle.Settler
	Inbox    *settle.Inbox
	Dispatch *dispatch.Dispatcher
	Indexer  *indexing.Indexer
	Importer *importing.Importer
	Pictures *pictures.Keeper
	Mailer   ports.Mailer
	Live     ports.Live
	Forget   ports.Invalidation
	Now      app.Clock
	// ShopURL returns the address of a shop's pages, without a trailing slash.
	ShopURL func(tenant.Tenant) string
}

// Reactions runs them.
type Reactions struct{ d Deps }

// New returns the reactions.
func New(d Deps) *Reactions { return &Reactions{d} }

// happened is an event with what most reactions need of it.
type happened struct {
	event.Envelope
	tenant tenant.Tenant
	state  settle.State // of events about orders
}

// Run does one reaction. again > 0 asks to be run again after that time; an error asks for a retry with backoff.
func (r *Reactions) Run(ctx context.Context, job ports.ReactionJob) (again time.Duration, err error) {
	h, err := r.load(ctx, job)
	if err != nil {
		return 0, err
	}
	switch job.Reaction {
	case Resolve:
		return r.d.Settler.Resolve(ctx, job.Tenant, h.state.Order.ID)
	case DeliverFiles:
		return 0, r.deliver(ctx, h)
	case ReturnMoney:
		return r.returnMoney(ctx, h)
	case ResolveMove:
		return r.resolveMove(ctx, h)
	case TakeEvent:
		return r.d.Inbox.Process(ctx, job.Tenant, event.ID(h.Subject))
	case ResolveShipment, FollowParcel:
		return r.lookAtShipment(ctx, h, job.Reaction)
	case Notify:
		return 0, r.notify(ctx, h)
	case MailShopper:
		return 0, r.mailShopper(ctx, h)
	case MailStaff:
		return 0, r.mailStaff(ctx, h)
	case MailReset:
		return 0, r.mailReset(ctx, h)
	case TellWishers:
		return 0, r.tellWishers(ctx, h)
	case NotifyWisher:
		return 0, r.notifyWisher(ctx, h)
	case MailWisher:
		return 0, r.mailWisher(ctx, h)
	case NotifyReview:
		return 0, r.notifyReview(ctx, h)
	case MailReviewer:
		return 0, r.mailReviewer(ctx, h)
	case EndHold:
		return r.endHold(ctx, h)
	case TellWaiting:
		return 0, r.tellWaiting(ctx, h)
	case MailRestock:
		return 0, r.mailRestock(ctx, h)
	case NotifyLow:
		return 0, r.notifyLow(ctx, h)
	case MailLow:
		return 0, r.mailLow(ctx, h)
	case IndexProducts:
		return 0, r.indexProducts(ctx, h)
	case ImportFile:
		return r.importFile(ctx, h)
	case DrawPicture:
		return 0, r.drawPicture(ctx, h)
	case FetchPictures:
		return r.fetchPictures(ctx, h)
	case RebuildIndex:
		return 0, r.rebuildIndex(ctx, h)
	case PublishProduct:
		return r.publish(ctx, h)
	case TurnPrices:
		return r.turnPrices(ctx, h)
	case TellOfCategory:
		return 0, r.tellOfCategory(ctx, h)
	case ForgetCatalog:
		return 0, r.d.Forget.Forget(ctx, "catalog:"+string(job.Tenant))
	}
	return 0, fault.Newf(fault.Internal, "unknown_reaction", "there is no reaction %q", job.Reaction)
}

func (r *Reactions) load(ctx context.Context, job ports.ReactionJob) (h happened, err error) {
	if h.tenant, err = r.d.Registry.Tenant(ctx, job.Tenant); err != nil {
		return h, err
	}
	err = r.d.Store.View(ctx, job.Tenant, func(ctx context.Context, v ports.View) error {
		if h.Envelope, err = v.Event(ctx, job.Event); err != nil {
			return err
		}
		if !aboutOrder(h.Kind) {
			return nil
		}
		found, err := v.Order(ctx, order.ID(h.Subject))
		if err != nil {
			return err
		}
		h.state, err = settle.Read(ctx, v, found)
		return err
	})
	return h, err
}

func aboutOrder(kind string) bool {
	return len(kind) > 6 && kind[:6] == "order."
}
