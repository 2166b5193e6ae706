package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/notification"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
)

// Store opens transactions on one tenant's data. The handles inside are bound to that tenant's schema: no method below
// takes a tenant, so naming another vendor cannot be written.
type Store interface {
	// View runs fn on one consistent snapshot of t's data (repeatable read, read only).
	// Errors: tenant.ErrUnknownHost when t is not registered; those of fn.
	View(ctx context.Context, t tenant.ID, fn func(context.Context, View) error) error
	// Update runs fn in one read-committed transaction and commits if fn returns nil; then, and only then, the emitted
	// facts and their jobs are stored too. It may run fn again after a serialisation failure, a deadlock or a changed
	// cached plan, so fn must set its results afresh and never call a provider. A panic rolls back and goes on.
	Update(ctx context.Context, t tenant.ID, fn func(context.Context, Tx) error) error
}

// View is all that can be read of one tenant.
type View interface {
	CatalogView
	PriceView
	MediaView
	DigitalView
	ImportView
	TranslationView
	ReviewView
	SearchView
	WishlistView
	StockView
	CartView
	OrderView
	CustomerView
	NotificationView
	ProviderAccountView
	// Event returns one stored event. Errors: fault.NotFound.
	Event(ctx context.Context, id event.ID) (event.Envelope, error)
}

// Tx is all that can be read and written of one tenant in one transaction.
type Tx interface {
	View
	CatalogTx
	PriceTx
	MediaTx
	DigitalTx
	ImportTx
	TranslationTx
	ReviewTx
	SearchTx
	WishlistTx
	StockTx
	StockBookTx
	HoldTx
	SignupTx
	CartTx
	OrderTx
	CustomerTx
	BookingTx
	NotificationTx
	ProviderAccountTx
	InboxTx
	OnceTx
	// Emit stores facts, at commit, in the events table with one job per reaction. by is the actor's id.
	Emit(by string, facts ...event.Fact)
}

// CatalogView reads products.
type CatalogView interface {
	// Products lists summaries. q must have been checked. Errors: catalog.ErrCursor.
	Products(ctx context.Context, q catalog.Query) (catalog.Page, error)
	// ProductBySlug returns the product that a slug leads to whatever its status, or when there is none the one that was
	// the last to have it. Errors: catalog.ErrNotFound.
	ProductBySlug(ctx context.Context, slug string) (catalog.Product, error)
	// ProductsBySlug returns those of the named products that exist, keyed by slug, with variants and stock.
	ProductsBySlug(ctx context.Context, slugs []string) (map[string]catalog.Product, error)
	// ProductsByID returns those of the products that exist, whatever their status. In a Tx they and their stock are
	// locked until commit, in the order of ids, and are read after that.
	ProductsByID(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error)
	// TakenSlugs returns those of the slugs that lead to a product, or led to one.
	TakenSlugs(ctx context.Context, slugs []string) ([]string, error)
	// CategoriesBySlug returns those of the named categories that exist, also empty ones, keyed by slug.
	CategoriesBySlug(ctx context.Context, slugs []string) (map[string]catalog.Category, error)
	// ProductsMissing returns those of the ids that no product has.
	ProductsMissing(ctx context.Context, ids []catalog.ProductID) ([]catalog.ProductID, error)
	// Addresses lists the pages of active products from the offset on, in an order that edits do not change.
	Addresses(ctx context.Context, offset, limit int) ([]catalog.Address, error)
	// CountAddresses counts what Addresses lists.
	CountAddresses(ctx context.Context) (int, error)
	CategoryView
	AttributeView
	CollectionView
	// EachProduct hands all products to fn, whatever their status, in the byte order of their slugs and a few at a time.
	// The slice is fn's own. Errors: those of fn.
	EachProduct(ctx context.Context, fn func([]catalog.Product) error) error
	// Offers returns the current price and stock of variants in one statement; unknown ones are missing in the map.
	Offers(ctx context.Context, variants []catalog.VariantID) (map[catalog.VariantID]catalog.Offer, error)
}

// CatalogTx writes products.
type CatalogTx interface {
	// SaveProducts inserts or replaces whole products by id, with their variants, images, categories (made by slug when
	// new) and on-hand stock, in a number of statements that does not depend on how many there are. A variant that an
	// order line refers to may disappear: orders keep copies. Their
	// revisions grow by one; a slug that one of them had before goes on to lead to it unless another one takes it. A changed
	// quantity on hand is booked as a movement at the main location, and never goes below what is reserved.
	// Errors: catalog.ErrSlugTaken.
	SaveProducts(ctx context.Context, products []catalog.Product) error
	CategoryTx
	AttributeTx
	CollectionTx
	// PublishDue makes a draft active whose time has come, and reports whether it did.
	PublishDue(ctx context.Context, id catalog.ProductID, at time.Time) (bool, error)
	// DeleteProduct removes a product with all that belongs to it, unless an order has it. Errors: catalog.ErrKept.
	DeleteProduct(ctx context.Context, id catalog.ProductID) error
}

// CartView reads carts.
type CartView interface {
	// Cart returns a cart with its lines, in the order they were added. In a Tx the row is locked until commit.
	// Errors: cart.ErrNotFound.
	Cart(ctx context.Context, id cart.ID) (cart.Cart, error)
	// CustomerCart returns the customer's newest cart that is not ordered. Errors: cart.ErrNotFound. Locks as Cart.
	CustomerCart(ctx context.Context, customer string) (cart.Cart, error)
}

// CartTx writes carts.
type CartTx interface {
	// SaveCart inserts or replaces a cart with its lines in one statement.
	SaveCart(ctx context.Context, c cart.Cart) error
	// DeleteCart removes a cart, as after a merge. Deleting what is not there is fine.
	DeleteCart(ctx context.Context, id cart.ID) error
}

// OrderQuery filters a list of orders, newest first. Zero fields do not filter.
type OrderQuery struct {
	Customer string
	Status   order.Status
	Limit    int
	After    string // opaque cursor
}

// OrderPage is a part of a list of orders, with lines. Next is "" on the last page.
type OrderPage struct {
	Orders []order.Order
	Next   string
}

// OrderView reads orders and payments.
type OrderView interface {
	// Order returns an order with its lines. In a Tx the row is locked until commit. Errors: order.ErrNotFound.
	Order(ctx context.Context, id order.ID) (order.Order, error)
	// OrderByNumber is Order by the number people use. It never locks.
	OrderByNumber(ctx context.Context, number int64) (order.Order, error)
	Orders(ctx context.Context, q OrderQuery) (OrderPage, error)
	PaymentView
	BooksView
	BookingView
}

// BooksView reads what is compared with the providers' truth.
type BooksView interface {
	// PaymentPage lists payments begun in [from, to), in the order of their ids, after a given one.
	PaymentPage(ctx context.Context, from, to time.Time, after payment.ID, limit int) ([]payment.Payment, error)
	// Ledger sums the entries of payments by account, in minor units. A payment without entries is missing.
	Ledger(ctx context.Context, of []payment.ID) (map[payment.ID]map[payment.Account]int64, error)
	// Waiting counts the events of providers received before a time that wait for their payment, or were given up.
	Waiting(ctx context.Context, before time.Time) (parked, dead int, err error)
}

// PaymentView reads payments with their captures, refunds and disputes.
type PaymentView interface {
	// Payments lists the payments of an order, newest first. In a Tx the rows are locked until commit.
	Payments(ctx context.Context, id order.ID) ([]payment.Payment, error)
	// Payment returns a payment by its id, without locking. Errors: payment.ErrNotFound.
	Payment(ctx context.Context, id payment.ID) (payment.Payment, error)
	// PaymentByRef is Payment by the provider's reference. Errors: payment.ErrNotFound.
	PaymentByRef(ctx context.Context, plugin string, mode provider.Mode, ref string) (payment.Payment, error)
	// Moves lists the captures and refunds of an order's payments, oldest first.
	Moves(ctx context.Context, id order.ID) ([]payment.Move, error)
	// Disputes lists the disputes of an order's payments, oldest first.
	Disputes(ctx context.Context, id order.ID) ([]payment.Dispute, error)
}

// OrderTx writes orders and payments.
type OrderTx interface {
	// PlaceOrder inserts an order with its lines and its payment intent in one statement, and returns the number it got.
	// Errors: order.ErrTransition when the cart already has an order that is not cancelled.
	PlaceOrder(ctx context.Context, o order.Order, p payment.Payment) (number int64, err error)
	// AddPayment inserts another payment intent of an order.
	AddPayment(ctx context.Context, p payment.Payment) error
	// SaveSettlement updates the changing fields of an order and of one of its payments, and appends ledger entries.
	// Entries of a posting that is already there are refused as fault.Conflict "already_posted".
	SaveSettlement(ctx context.Context, o order.Order, p payment.Payment, entries []payment.Entry) error
	// SaveMoves inserts or updates captures and refunds by id.
	SaveMoves(ctx context.Context, moves ...payment.Move) error
	// SaveDispute inserts or updates a dispute by payment and reference.
	SaveDispute(ctx context.Context, d payment.Dispute) error
	// SaveOrder updates the changing fields of an order: status, payment status, reason, tracking.
	SaveOrder(ctx context.Context, o order.Order) error
}

// CustomerQuery filters a list of customers, the newest first. Zero fields do not filter.
type CustomerQuery struct {
	Email string // cleaned
	Group string
	Limit int
	After string // opaque cursor
}

// CustomerEntry is a customer in a list.
type CustomerEntry struct {
	ID, Email, Name string
	Groups          []string // to which price lists may apply
	CreatedAt       time.Time
}

// CustomerPage is a part of a list of customers. Next is "" on the last page.
type CustomerPage struct {
	Customers []CustomerEntry
	Next      string
}

// CustomerView reads shoppers' accounts and their sessions.
type CustomerView interface {
	// Customer returns an account by id. Errors: account.ErrNotFound.
	Customer(ctx context.Context, id string) (account.Account, error)
	// CustomerByEmail expects a cleaned address. Errors: account.ErrNotFound.
	CustomerByEmail(ctx context.Context, email string) (account.Account, error)
	// Customers lists accounts. Errors: catalog.ErrCursor.
	Customers(ctx context.Context, q CustomerQuery) (CustomerPage, error)
	// CustomerSession returns a session. In a Tx the row is locked until commit. Errors: account.ErrSession.
	CustomerSession(ctx context.Context, id string) (account.Session, error)
}

// CustomerTx writes shoppers' accounts and their sessions.
type CustomerTx interface {
	// SaveCustomer inserts or replaces an account. Errors: account.ErrEmailTaken.
	SaveCustomer(ctx context.Context, a account.Account) error
	// SaveGroups replaces the groups of a customer. Errors: account.ErrNotFound.
	SaveGroups(ctx context.Context, customer string, groups []string) (CustomerEntry, error)
	// SaveCustomerSession inserts or replaces a session.
	SaveCustomerSession(ctx context.Context, s account.Session) error
	// RevokeCustomerSessions ends all sessions of an account, as after a password reset.
	RevokeCustomerSessions(ctx context.Context, customer string, at time.Time) error
	// SaveCustomerReset stores the hash of a reset token, replacing older ones of that account.
	SaveCustomerReset(ctx context.Context, customer string, tokenHash []byte, expires time.Time) error
	// TakeCustomerReset uses a reset token up and returns whose it is. Errors: account.ErrResetToken.
	TakeCustomerReset(ctx context.Context, tokenHash []byte, at time.Time) (customer string, err error)
}

// NotificationView reads notifications.
type NotificationView interface {
	// Notifications returns those of a topic after a sequence number, oldest first; with after < 0, the newest limit.
	Notifications(ctx context.Context, topic string, after int64, limit int) ([]notification.Notification, error)
}

// NotificationTx writes notifications.
type NotificationTx interface {
	// Notify stores notifications, one per topic, and returns them with their sequence numbers. One that exists already
	// for its event and topic is returned as it was stored, so that a reaction may run again.
	Notify(ctx context.Context, all []notification.Notification) ([]notification.Notification, error)
}

// ProviderAccountView reads which providers the vendor uses.
type ProviderAccountView interface {
	// ProviderAccounts lists the accounts of a kind, disabled ones too, in the vendor's order.
	ProviderAccounts(ctx context.Context, kind provider.Kind) ([]provider.Account, error)
}

// ProviderAccountTx writes which providers the vendor uses.
type ProviderAccountTx interface {
	// SaveProviderAccount inserts or replaces the vendor's account of a plugin in a mode and raises its revision.
	// Errors: fault.Conflict "both_modes_enabled" when it is enabled and so is the plugin's other mode.
	SaveProviderAccount(ctx context.Context, a provider.Account) error
	// LockProviderAccounts lets one change of the vendor's accounts, or of their order, happen at a time until commit.
	LockProviderAccounts(ctx context.Context) error
	// OrderProviders sets the order in which the plugins of a kind are offered.
	OrderProviders(ctx context.Context, kind provider.Kind, plugins []string) error
}

// InboxEvent is one event of a provider, as it is kept: verified, not yet believed.
type InboxEvent struct {
	ID         event.ID // our own
	Plugin     string
	Event      payment.Event
	Raw        []byte // the body it came in
	ReceivedAt time.Time
	Status     InboxStatus
	Note       string // why it was ignored or is still waiting
}

// InboxStatus is where an event of a provider stands.
type InboxStatus string

// The statuses. A parked event waits for the payment it is about.
const (
	InboxReceived  InboxStatus = "received"
	InboxProcessed InboxStatus = "processed"
	InboxIgnored   InboxStatus = "ignored"
	InboxParked    InboxStatus = "parked"
	InboxDead      InboxStatus = "dead"
)

// InboxTx keeps what providers send.
type InboxTx interface {
	// KeepEvents stores events and returns those that were not known yet by plugin, mode and the provider's event id.
	KeepEvents(ctx context.Context, events []InboxEvent) ([]InboxEvent, error)
	// InboxEvent returns a kept event, locked until commit. Errors: fault.NotFound.
	InboxEvent(ctx context.Context, id event.ID) (InboxEvent, error)
	// MarkEvent writes what became of a kept event.
	MarkEvent(ctx context.Context, id event.ID, s InboxStatus, note string, at time.Time) error
}

// Once identifies a request that must have its effect once: the client's Idempotency-Key, whose it is and of which
// operation (Scope), and a hash of what was asked (Fingerprint). Keys are kept for a day.
type Once struct {
	Key         string
	Scope       string
	Fingerprint []byte
}

// OnceRecord is what is stored for a key. Answer is nil while the request is still worked on.
type OnceRecord struct {
	Ref    string // what the request has made so far, such as an order id
	Answer []byte
	// Busy says that somebody works on it right now: until LeaseUntil, or in a transaction that is still open.
	LeaseUntil time.Time
}

// OnceTx remembers requests by their key.
type OnceTx interface {
	// Claim takes the key for this transaction. fresh reports that it was never seen; otherwise the record is what was
	// stored. Errors: ErrKeyBusy when another open transaction holds the key, ErrKeyReused when the fingerprint differs.
	Claim(ctx context.Context, o Once) (rec OnceRecord, fresh bool, err error)
	// Record stores what is known for a claimed key.
	Record(ctx context.Context, o Once, rec OnceRecord) error
}
