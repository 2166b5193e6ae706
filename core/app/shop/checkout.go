package shop

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/event"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Checkout turns a cart into an order and gets it paid.
type Checkout struct{ d Deps }

// Options is what a shopper can choose from for a cart and an address.
type Options struct {
	Cart     cart.Priced
	Rates    []shipping.Rate
	Payments []ports.PaymentMethod
}

// PlaceOrder is a checkout request. Everything in it is the shopper's word; prices are not among it.
type PlaceOrder struct {
	CartToken string
	Email     string
	Address   shipping.Address
	Rate      string // shipping.Rate.Key
	Provider  string
	Method    payment.Method
	Note      string
	Expected  *money.Money // the total the shopper saw; nil to accept any
	Locale    string       // BCP 47, of the shopper
	ReturnURL string       // the shop's page for shoppers coming back; number and secret are appended
	HooksURL  string       // where the shop listens to providers; plugin and mode are appended
}

// ErrKeyRequired is answered to a checkout without an idempotency key.
var ErrKeyRequired = fault.New(fault.Invalid, "idempotency_key_required", "send an Idempotency-Key header: a random value that stays the same when you retry")

// Options quotes shipping rates for an address and lists the ways to pay. The address needs a country; the rest may be
// empty. A provider that does not answer is left out. Errors: cart.ErrNotFound, shipping.ErrNoRates when none answers,
// shipping.ErrCurrency when none ships at prices in the cart's currency.
func (c *Checkout) Options(ctx context.Context, by identity.Actor, token string, to shipping.Address) (Options, error) {
	p, err := c.prepare(ctx, by, token)
	if err == nil && errors.Is(p.refused, cart.ErrNotFound) {
		err = p.refused
	}
	if err != nil {
		return Options{}, err
	}
	out := Options{Cart: p.priced, Payments: c.ways(ctx, p.payments, to.Country, p.priced.Subtotal)}
	if p.priced.Shipped {
		if out.Rates, err = c.quote(ctx, p, to.Clean()); err != nil {
			return Options{}, err
		}
	}
	return out, nil
}

// Place orders the cart and pays for it, once per key: whatever is lost on the way, the same request may be sent again
// and ends in the same order. An order whose payment needs a step of the shopper, or is not known yet, comes back with
// its payment open. Errors: Invalid for bad input, cart and order faults, out_of_stock, total_changed,
// payment.ErrDeclined and payment.ErrUnavailable (nothing was charged, the cart is open again), ports.ErrKeyBusy.
func (c *Checkout) Place(ctx context.Context, by identity.Actor, in PlaceOrder, once *app.Once) (settle.State, error) {
	if once == nil || once.Key == "" {
		return settle.State{}, ErrKeyRequired
	}
	var err error
	if in.Email, err = account.CleanEmail(in.Email); err != nil {
		return settle.State{}, err
	}
	if len(in.Note) > 1000 || !utf8.ValidString(in.Note) || strings.Contains(in.Note, "\x00") {
		return settle.State{}, fault.InvalidField("note", "use at most 1000 characters of text")
	}
	p, err := c.prepare(ctx, by, in.CartToken)
	if err != nil {
		return settle.State{}, err
	}
	var rate shipping.Rate
	if p.refused == nil {
		rate, p.refused = c.choose(ctx, p, &in)
	}
	placed, err := c.commit(ctx, by, in, p, rate, once)
	if err != nil {
		return settle.State{}, err
	}
	c.forget(ctx, by.Tenant, placed.soldOut)
	if placed.settled {
		return placed.State, settle.Refusal(placed.State)
	}
	account := provider.Find(p.payments, by.Tenant, provider.Payment, placed.Payment.Provider, placed.Payment.Mode)
	return c.d.Settler.Pay(ctx, account, beginning(in, account, placed.Order, placed.Payment), placed.State, once)
}

// beginning is what a provider is told about a new payment.
func beginning(in PlaceOrder, account provider.Account, o order.Order, p payment.Payment) ports.CreatePayment {
	out := ports.CreatePayment{
		Payment: p, Method: in.Method, CaptureLater: account.Rules.CaptureLater, OrderNumber: o.Name(), Email: o.Email,
		ShippingAddress: o.Address, Locale: in.Locale, ReturnURL: returnURL(in.ReturnURL, o),
	}
	if in.HooksURL != "" {
		out.WebhookURL = in.HooksURL + "/payment/" + account.Plugin + "/" + string(account.Mode)
	}
	return out
}

// Return goes on after the provider's page. params are what the shopper came back with.
// Errors: order.ErrNotFound for a wrong secret, payment.ErrDeclined.
func (c *Checkout) Return(ctx context.Context, t tenant.ID, number int64, secret string, params map[string]string) (settle.State, error) {
	st, err := (*Orders)(c).ByNumber(ctx, t, number, secret)
	if err != nil {
		return st, err
	}
	if !st.Payment.Status.Open() {
		return st, ignore(settle.Refusal(st), payment.ErrAmountDiffers)
	}
	st, err = c.d.Settler.Continue(ctx, t, st.Order.ID, params)
	return st, ignore(err, payment.ErrAmountDiffers) // the order's page says that it is held
}

// PayOtherwise is another try to pay an order that waits for its payment, with another card or another provider.
type PayOtherwise struct {
	Number    int64
	Secret    string
	Provider  string
	Method    payment.Method
	Locale    string
	ReturnURL string
	HooksURL  string
}

// PayOtherwise gives up the payment an order waits for and begins another, once per key. If the first one succeeds all
// the same, whichever comes second is returned. Errors: order.ErrNotFound, payment.ErrNothingPending,
// payment.ErrNoProvider, settle.ErrTries, payment.ErrDeclined and payment.ErrUnavailable as Place.
func (c *Checkout) PayOtherwise(ctx context.Context, t tenant.ID, in PayOtherwise, once *app.Once) (settle.State, error) {
	if once == nil || once.Key == "" {
		return settle.State{}, ErrKeyRequired
	}
	st, err := (*Orders)(c).ByNumber(ctx, t, in.Number, in.Secret)
	if err != nil {
		return st, err
	}
	var accounts []provider.Account
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
		accounts, err = v.ProviderAccounts(ctx, provider.Payment)
		return err
	})
	if err != nil {
		return st, err
	}
	account, err := offered(accounts, in.Provider, st.Order.Address.Country, st.Order.Total)
	if err != nil {
		return st, err
	}
	next, err := c.d.Settler.Replace(ctx, st.Order.ID, account, in.Method.Kind, once)
	if err != nil || next.Payment.Status != payment.Created {
		return next, err
	}
	begin := PlaceOrder{Method: in.Method, Locale: in.Locale, ReturnURL: in.ReturnURL, HooksURL: in.HooksURL}
	return c.d.Settler.Pay(ctx, account, beginning(begin, account, next.Order, next.Payment), next, once)
}

// Ways lists how an order that waits for its payment may be paid instead; none when it does not wait.
// Errors: order.ErrNotFound.
func (c *Checkout) Ways(ctx context.Context, t tenant.ID, number int64, secret string) (settle.State, []ports.PaymentMethod, error) {
	st, err := (*Orders)(c).ByNumber(ctx, t, number, secret)
	if err != nil || st.Order.Status != order.Pending {
		return st, nil, err
	}
	var accounts []provider.Account
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
		accounts, err = v.ProviderAccounts(ctx, provider.Payment)
		return err
	})
	return st, c.ways(ctx, accounts, st.Order.Address.Country, st.Order.Total), err
}

// ways asks the providers; one that does not answer is left out.
func (c *Checkout) ways(ctx context.Context, accounts []provider.Account, country string, total money.Money) (all []ports.PaymentMethod) {
	for _, a := range accounts {
		if a.Disabled || !a.Rules.Allow(country, total) {
			continue
		}
		if methods, err := c.d.Payments.Methods(ctx, a, country, total); err == nil {
			all = append(all, methods...)
		}
	}
	return all
}

// Cancel ends an order of the shopper that still waits for its payment; the cart is open again. Errors:
// order.ErrNotFound, order.ErrFinished, also when it is already paid: then only the shop can.
func (c *Checkout) Cancel(ctx context.Context, t tenant.ID, number int64, secret string) (settle.State, error) {
	st, err := (*Orders)(c).ByNumber(ctx, t, number, secret)
	if err != nil {
		return st, err
	}
	if st.Order.Status != order.Pending {
		return st, order.ErrFinished
	}
	st, err = c.d.Settler.Cancel(ctx, t, st.Order.ID, "cancelled_by_shopper", "")
	if err != nil {
		return st, err
	}
	c.forget(ctx, t, []catalog.ProductID{st.Order.Lines[0].Product})
	return st, nil
}

// prepared is what a checkout reads before it asks any provider.
type prepared struct {
	basket             cart.Cart
	priced             cart.Priced
	payments, shipping []provider.Account
	refused            error // why no new order can be placed; a repeat gets its old one all the same
}

func (c *Checkout) prepare(ctx context.Context, by identity.Actor, token string) (p prepared, err error) {
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		if p.payments, err = v.ProviderAccounts(ctx, provider.Payment); err != nil {
			return err
		}
		if p.shipping, err = v.ProviderAccounts(ctx, provider.Shipping); err != nil {
			return err
		}
		if p.basket, err = find(ctx, v, by, token); errors.Is(err, cart.ErrNotFound) {
			p.refused = err
			return nil
		}
		if err == nil && p.basket.Ordered {
			p.refused = cart.ErrOrdered
		}
		if err == nil {
			p.priced, err = price(ctx, v, p.basket)
		}
		return err
	})
	return p, err
}

// choose checks the address and finds the chosen rate among today's quotes.
func (c *Checkout) choose(ctx context.Context, p prepared, in *PlaceOrder) (shipping.Rate, error) {
	if !p.priced.Shipped {
		return shipping.Rate{Price: money.Zero(p.priced.Currency)}, nil
	}
	if in.Address == (shipping.Address{}) {
		return shipping.Rate{}, order.ErrNoAddress
	}
	in.Address = in.Address.Clean()
	if err := in.Address.Check("shipping_address"); err != nil {
		return shipping.Rate{}, err
	}
	rates, err := c.quote(ctx, p, in.Address)
	if err != nil {
		return shipping.Rate{}, err
	}
	for _, r := range rates {
		if r.Key() == in.Rate {
			return r, nil
		}
	}
	return shipping.Rate{}, shipping.ErrUnknownRate
}

func (c *Checkout) quote(ctx context.Context, p prepared, to shipping.Address) (rates []shipping.Rate, err error) {
	answered, further := false, false
	for _, a := range p.shipping {
		if a.Disabled || !a.Rules.Allow(to.Country, p.priced.Subtotal) {
			continue
		}
		if p.priced.Further && !slices.Contains(a.Rules.Currencies, p.priced.Currency) {
			further = true
			continue // its prices may be meant in the shop's own currency
		}
		quoted, err := c.d.Shipping.Quote(ctx, a, shipping.Parcel{Items: p.priced.Items, Grams: p.priced.Grams, Subtotal: p.priced.Subtotal, To: to})
		if err != nil {
			continue // never sell at 0 by accident, and never block on one provider
		}
		answered = true
		rates = append(rates, quoted...)
	}
	if !answered && further {
		return nil, shipping.ErrCurrency
	}
	if !answered {
		return nil, shipping.ErrNoRates
	}
	return rates, nil
}

// placed is the outcome of the first transaction.
type placed struct {
	settle.State
	settled bool // it is a repeat and there is nothing left to pay
	soldOut []catalog.ProductID
}

// commit is the first transaction: the key, the order, the held stock and the payment intent, or nothing of it.
func (c *Checkout) commit(ctx context.Context, by identity.Actor, in PlaceOrder, p prepared, rate shipping.Rate, once *app.Once) (out placed, err error) {
	err = c.d.Store.Update(ctx, by.Tenant, func(ctx context.Context, tx ports.Tx) error {
		out = placed{}
		rec, fresh, err := tx.Claim(ctx, once.Once)
		if err != nil {
			return err
		}
		if !fresh {
			again, err := c.resume(ctx, tx, rec, once, &out)
			if err != nil || !again {
				return err
			}
		}
		return c.place(ctx, tx, by, in, p, rate, once, &out)
	})
	return out, err
}

// resume answers a repeated request: with the stored answer, or by taking over what a lost request left behind. again
// asks for a new order, since the provider could not be reached for the old one.
func (c *Checkout) resume(ctx context.Context, tx ports.Tx, rec ports.OnceRecord, once *app.Once, out *placed) (again bool, err error) {
	if rec.Answer != nil {
		once.Replayed, out.settled = true, true
		return false, app.Decode(rec.Answer, &out.State)
	}
	if out.Order, err = tx.Order(ctx, order.ID(rec.Ref)); err != nil {
		return false, err
	}
	if out.State, err = settle.Read(ctx, tx, out.Order); err != nil {
		return false, err
	}
	switch {
	case out.Payment.Status == payment.Refused && out.Payment.Code == payment.ErrUnavailable.Code:
		*out = placed{}
		return true, nil
	case out.Payment.Status != payment.Created:
		once.Replayed, out.settled = true, true
		return false, nil
	case c.d.Now().Before(rec.LeaseUntil):
		return false, ports.ErrKeyBusy
	}
	rec.LeaseUntil = c.d.Now().Add(settle.Lease)
	return false, tx.Record(ctx, once.Once, rec)
}

func (c *Checkout) place(ctx context.Context, tx ports.Tx, by identity.Actor, in PlaceOrder, p prepared, rate shipping.Rate, once *app.Once, out *placed) error {
	if p.refused != nil {
		return p.refused // no rate was chosen: not even a cart that has opened again since can be ordered now
	}
	basket, err := find(ctx, tx, by, in.CartToken)
	if err != nil {
		return err
	}
	if basket.Ordered {
		return cart.ErrOrdered
	}
	priced, err := price(ctx, tx, basket)
	if err != nil {
		return err
	}
	if priced.ID != p.priced.ID || priced.Shipped != p.priced.Shipped || priced.Subtotal != p.priced.Subtotal || priced.Items != p.priced.Items || priced.Grams != p.priced.Grams {
		return order.ErrCartChanged // the rate was quoted for another parcel
	}
	now := c.d.Now()
	o, err := order.Place(order.Draft{
		ID: order.ID(id.New("ord", now)), Secret: id.Secret(), CustomerID: customerOf(by), Email: in.Email, Address: in.Address,
		Rate: rate, Cart: priced, Provider: in.Provider, Note: in.Note,
	}, now)
	if err != nil {
		return err
	}
	if in.Expected != nil && *in.Expected != o.Total {
		return order.ErrTotalChanged.Saying("the total is now %s", o.Total)
	}
	short, soldOut, err := tx.Reserve(ctx, inventory.Reservation{Reference: string(o.ID), Cart: string(basket.ID), Lines: o.Stock()})
	if err != nil {
		return err
	}
	if len(short) > 0 {
		return outOfStock(takenByOrder(o), short)
	}
	pay, err := c.intent(p, in, o, now)
	if err != nil {
		return err
	}
	if err := basket.Order(now); err != nil {
		return err
	}
	facts := []event.Fact{order.Placed{Order: o.ID, Payment: pay.ID, Total: o.Total}}
	if o.Total.IsZero() {
		more, _ := o.Settle(&pay, payment.Payment{Status: payment.Created}, nil, now)
		facts = append(facts, more...)
	}
	if o.Number, err = tx.PlaceOrder(ctx, o, pay); err != nil {
		return err
	}
	if err := tx.SaveCart(ctx, basket); err != nil {
		return err
	}
	tx.Emit(by.Who(), facts...)
	st := settle.State{Order: o, Payment: pay, Payments: []payment.Payment{pay}}
	*out = placed{State: st, soldOut: soldOut, settled: o.Total.IsZero()}
	rec := ports.OnceRecord{Ref: string(o.ID), LeaseUntil: now.Add(settle.Lease)}
	if out.settled {
		rec.Answer = app.Encode(st)
	}
	return tx.Record(ctx, once.Once, rec)
}

// intent is the payment that an order begins with. An order that costs nothing is paid, and no provider hears of it.
// Errors: payment.ErrNoProvider.
func (c *Checkout) intent(p prepared, in PlaceOrder, o order.Order, now time.Time) (payment.Payment, error) {
	name := payment.ID(id.New("pay", now))
	if o.Total.IsZero() {
		return payment.Free(name, string(o.ID), o.Total, now), nil
	}
	account, err := offered(p.payments, in.Provider, o.Address.Country, o.Total)
	if err != nil {
		return payment.Payment{}, err
	}
	return payment.New(name, string(o.ID), account, in.Method.Kind, o.Total, now), nil
}

// offered finds the account with which a purchase may be paid. Errors: payment.ErrNoProvider.
func offered(accounts []provider.Account, plugin, country string, total money.Money) (provider.Account, error) {
	for _, a := range accounts {
		if a.Plugin == plugin && !a.Disabled && a.Rules.Allow(country, total) {
			return a, nil
		}
	}
	return provider.Account{}, payment.ErrNoProvider
}

// forget lets caches show that something sold out. It is only a hint: they also expire.
func (c *Checkout) forget(ctx context.Context, t tenant.ID, soldOut []catalog.ProductID) {
	if len(soldOut) > 0 {
		_ = c.d.Forget.Forget(ctx, "catalog:"+string(t))
	}
}

func takenByOrder(o order.Order) []taken {
	all := make([]taken, len(o.Lines))
	for i, l := range o.Lines {
		all[i].title = l.Title
		if l.Parts == nil {
			all[i].takes = []inventory.Line{{Variant: l.Variant, Quantity: 1}}
		}
		for _, p := range l.Parts {
			all[i].takes = append(all[i].takes, inventory.Line{Variant: p.Variant, Quantity: p.Quantity})
		}
	}
	return all
}

func customerOf(by identity.Actor) string {
	if by.Kind == identity.Customer {
		return by.ID
	}
	return ""
}

func returnURL(base string, o order.Order) string {
	return base + "?order=" + strconv.FormatInt(o.Number, 10) + "&secret=" + o.Secret
}
