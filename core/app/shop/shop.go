// Package shop holds what shoppers do: look, fill a cart, check out, follow their orders, sign in. Read checkout.go for
// the heart of it. Every price is the server's.
package shop

import (
	"crypto/subtle"
	"strings"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/pictures"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/cart"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// Deps is what the shopper's use cases stand on.
type Deps struct {
	Store     ports.Store
	Search    ports.SearchIndex
	Payments  ports.PaymentProviders
	Shipping  ports.ShippingProviders
	Settler   *settle.Settler
	Tokens    ports.Tokens
	Passwords ports.Passwords
	Tickets   ports.Tickets
	Forget    ports.Invalidation
	Pictures  *pictures.Keeper
	Blobs     ports.Blobs
	Sealer    ports.Sealer // of links
	Now       app.Clock
}

// Shop is the use cases by area.
type Shop struct {
	Catalog   *Catalog
	Search    *Search
	Carts     *Carts
	Wishlists *Wishlists
	Reviews   *Reviews
	Signups   *Signups
	Checkout  *Checkout
	Orders    *Orders
	Accounts  *Accounts
	Live      *Live
	Pictures  *Pictures
	Downloads *Downloads
}

// New builds them.
func New(d Deps) *Shop {
	kept := newTrees(d.Now)
	carts, search := &Carts{d}, &Search{d, kept}
	return &Shop{&Catalog{d, search, kept}, search, carts, &Wishlists{d, carts}, &Reviews{d}, &Signups{d}, &Checkout{d}, &Orders{d}, &Accounts{d, carts}, &Live{d}, &Pictures{d}, &Downloads{d}}
}

// cartToken is "cart_…" + "." + secret: it finds the cart and proves that the bearer may use it.
func newCartToken(cartID cart.ID) (token string, hash []byte) {
	secret := id.Secret()
	return string(cartID) + "." + secret, account.HashToken(secret)
}

func splitCartToken(token string) (cart.ID, string, error) {
	name, secret, ok := strings.Cut(token, ".")
	if !ok || id.Check("cart", name) != nil {
		return "", "", cart.ErrNotFound
	}
	return cart.ID(name), secret, nil
}

// mayUse checks a cart against the secret half of a token and the actor: a cart that belongs to an account is only
// for that account.
func mayUse(c cart.Cart, secret string, by identity.Actor) bool {
	if c.CustomerID != "" {
		return by.Kind == identity.Customer && by.ID == c.CustomerID
	}
	return subtle.ConstantTimeCompare(account.HashToken(secret), c.TokenHash) == 1
}
