package shop

import (
	"cmp"
	"context"
	"errors"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Carts is the shopper's basket.
type Carts struct{ d Deps }

// CartView is a cart at today's prices. Token is set when the cart was made just now: the guest must keep it.
type CartView struct {
	cart.Priced
	Token string
}

// Get values a cart. Without a token, a signed-in shopper gets the cart of the account. Errors: cart.ErrNotFound.
func (c *Carts) Get(ctx context.Context, by identity.Actor, token string) (view CartView, err error) {
	err = c.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		basket, err := find(ctx, v, by, token)
		if err != nil {
			return err
		}
		view.Priced, err = price(ctx, v, basket)
		return err
	})
	return view, err
}

// Adding is what somebody puts into a cart.
type Adding struct {
	Variant  catalog.VariantID
	Quantity int64
	Currency money.Currency // of the shop, which the cart gets; "" leaves the cart in its own
}

// Add puts a quantity of a variant into the cart, and makes the cart when there is none.
// Errors: those of cart.Add, catalog.ErrNotFound for an unknown variant, cart.ErrNotFound for a bad token.
func (c *Carts) Add(ctx context.Context, by identity.Actor, token string, in Adding, once *app.Once) (CartView, error) {
	if in.Quantity < 1 || in.Quantity > cart.MaxQuantity {
		return CartView{}, cart.ErrQuantity
	}
	return app.Update(ctx, c.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (CartView, error) {
		basket, fresh, err := c.open(ctx, tx, by, token)
		if err != nil {
			return CartView{}, err
		}
		buyer := basket.Buyer()
		buyer.Currency = cmp.Or(in.Currency, basket.Currency)
		offers, err := tx.OffersTo(ctx, buyer, append(basket.Variants(), in.Variant))
		if err != nil {
			return CartView{}, err
		}
		offer, ok := offers[in.Variant]
		if !ok {
			return CartView{}, catalog.ErrNotFound.Saying("there is no such variant in this shop")
		}
		if basket.Currency != offer.Price.Currency {
			if err := basket.Denominate(offer.Price.Currency, offers, c.d.Now()); err != nil {
				return CartView{}, err
			}
		}
		if err := basket.Add(offer, in.Quantity, c.d.Now()); err != nil {
			return CartView{}, err
		}
		return save(ctx, tx, basket, offers, fresh)
	})
}

// open finds the shopper's cart, or begins one that is not saved yet; fresh is the token of such a one.
func (c *Carts) open(ctx context.Context, tx ports.Tx, by identity.Actor, token string) (basket cart.Cart, fresh string, err error) {
	basket, err = find(ctx, tx, by, token)
	if !errors.Is(err, cart.ErrNotFound) || token != "" {
		return basket, "", err
	}
	now := c.d.Now()
	basket = cart.Cart{ID: cart.ID(id.New("cart", now)), CreatedAt: now, UpdatedAt: now}
	fresh, basket.TokenHash = newCartToken(basket.ID)
	if by.Kind == identity.Customer {
		basket.CustomerID = by.ID
	}
	return basket, fresh, nil
}

// Set makes quantity the quantity of a variant that is in the cart; 0 takes it out. Errors: those of cart.Set.
func (c *Carts) Set(ctx context.Context, by identity.Actor, token string, v catalog.VariantID, quantity int64, once *app.Once) (CartView, error) {
	return app.Update(ctx, c.d.Store, by.Tenant, once, func(ctx context.Context, tx ports.Tx) (CartView, error) {
		basket, err := find(ctx, tx, by, token)
		if err != nil {
			return CartView{}, err
		}
		offers, err := tx.OffersTo(ctx, basket.Buyer(), append(basket.Variants(), v))
		if err != nil {
			return CartView{}, err
		}
		offer, ok := offers[v]
		if !ok {
			offer.Variant = v // removed from the catalogue: it can only be taken out
		}
		if err := basket.Set(offer, quantity, c.d.Now()); err != nil {
			return CartView{}, err
		}
		return save(ctx, tx, basket, offers, "")
	})
}

// Denominate makes the cart one in a currency of the shop. What is not sold in it stays, and cannot be bought.
// Errors: cart.ErrNotFound, ErrOrdered.
func (c *Carts) Denominate(ctx context.Context, by identity.Actor, token string, in money.Currency) (CartView, error) {
	return app.Update(ctx, c.d.Store, by.Tenant, nil, func(ctx context.Context, tx ports.Tx) (CartView, error) {
		basket, err := find(ctx, tx, by, token)
		if err != nil {
			return CartView{}, err
		}
		buyer := basket.Buyer()
		buyer.Currency = in
		offers, err := tx.OffersTo(ctx, buyer, basket.Variants())
		if err != nil {
			return CartView{}, err
		}
		if err := basket.Denominate(in, offers, c.d.Now()); err != nil {
			return CartView{}, err
		}
		return save(ctx, tx, basket, offers, "")
	})
}

// Seen takes over today's prices as those the shopper has seen, so that price notices are shown once.
func (c *Carts) Seen(ctx context.Context, by identity.Actor, token string) (CartView, error) {
	return app.Update(ctx, c.d.Store, by.Tenant, nil, func(ctx context.Context, tx ports.Tx) (CartView, error) {
		basket, err := find(ctx, tx, by, token)
		if err != nil {
			return CartView{}, err
		}
		offers, err := tx.OffersTo(ctx, basket.Buyer(), basket.Variants())
		if err != nil {
			return CartView{}, err
		}
		view, err := basket.Price(offers)
		if err != nil {
			return CartView{}, err
		}
		for i, l := range basket.Lines {
			if o, ok := offers[l.Variant]; ok {
				basket.Lines[i].Seen = o.For(l.Quantity)
			}
		}
		return CartView{Priced: view}, tx.SaveCart(ctx, basket)
	})
}

// merge moves a guest cart into the account at sign-in. A bad or used token is ignored: signing in must not fail for it.
func (c *Carts) merge(ctx context.Context, t tenant.ID, customer, token string) error {
	if token == "" {
		return nil
	}
	return c.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		guest, err := find(ctx, tx, identity.GuestOf(t), token)
		if err != nil || guest.Ordered {
			return ignore(err, cart.ErrNotFound)
		}
		own, err := tx.CustomerCart(ctx, customer)
		if errors.Is(err, cart.ErrNotFound) {
			guest.CustomerID = customer
			return tx.SaveCart(ctx, guest)
		}
		if err != nil {
			return err
		}
		offers, err := tx.OffersTo(ctx, own.Buyer(), guest.Variants())
		if err != nil {
			return err
		}
		own.Merge(guest, offers, c.d.Now())
		if err := tx.SaveCart(ctx, own); err != nil {
			return err
		}
		return tx.DeleteCart(ctx, guest.ID)
	})
}

func save(ctx context.Context, tx ports.Tx, basket cart.Cart, offers map[catalog.VariantID]catalog.Offer, token string) (CartView, error) {
	priced, err := basket.Price(offers)
	if err != nil {
		return CartView{}, err
	}
	return CartView{Priced: priced, Token: token}, tx.SaveCart(ctx, basket)
}

func find(ctx context.Context, v ports.CartView, by identity.Actor, token string) (cart.Cart, error) {
	if token == "" {
		if by.Kind != identity.Customer {
			return cart.Cart{}, cart.ErrNotFound
		}
		return v.CustomerCart(ctx, by.ID)
	}
	name, secret, err := splitCartToken(token)
	if err != nil {
		return cart.Cart{}, err
	}
	basket, err := v.Cart(ctx, name)
	if err == nil && !mayUse(basket, secret, by) {
		return cart.Cart{}, cart.ErrNotFound
	}
	return basket, err
}

func price(ctx context.Context, v ports.StockView, basket cart.Cart) (cart.Priced, error) {
	offers, err := v.OffersTo(ctx, basket.Buyer(), basket.Variants())
	if err != nil {
		return cart.Priced{}, err
	}
	return basket.Price(offers)
}

func ignore(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}
