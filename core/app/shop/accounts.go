package shop

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Accounts is sign-up and sign-in of shoppers, inside one shop.
type Accounts struct {
	d     Deps
	carts *Carts
}

// Session is what a client keeps after signing in.
type Session struct {
	Account     account.Account
	Access      string
	AccessUntil time.Time
	Refresh     string // one use: every refresh returns the next one
}

// SignUp is a registration. CartToken, when given, is taken over into the account.
type SignUp struct {
	Email, Password, Name, CartToken string
}

// Register makes an account and signs it in. Errors: account.ErrEmailTaken, Invalid for bad input.
func (a *Accounts) Register(ctx context.Context, t tenant.ID, in SignUp) (Session, error) {
	acc, err := newAccount("cus", in, a.d.Now())
	if err != nil {
		return Session{}, err
	}
	if acc.PasswordHash, err = a.d.Passwords.Hash(ctx, in.Password); err != nil {
		return Session{}, err
	}
	if err := a.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCustomer(ctx, acc) }); err != nil {
		return Session{}, err
	}
	return a.start(ctx, t, acc, in.CartToken)
}

// SignIn opens a session. Errors: account.ErrCredentials.
func (a *Accounts) SignIn(ctx context.Context, t tenant.ID, email, password, cartToken string) (Session, error) {
	var acc account.Account
	email, err := account.CleanEmail(email)
	if err == nil {
		err = a.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
			acc, err = v.CustomerByEmail(ctx, email)
			return err
		})
	}
	if err != nil && fault.KindOf(err) != fault.NotFound && fault.KindOf(err) != fault.Invalid {
		return Session{}, err
	}
	// An unknown email costs the same work, so that it cannot be told from a wrong password.
	if ok, err := a.d.Passwords.Verify(ctx, password, acc.PasswordHash); err != nil || !ok {
		return Session{}, orCredentials(err)
	}
	return a.start(ctx, t, acc, cartToken)
}

// Refresh exchanges a refresh token for the next one and a new access token.
// Errors: account.ErrSession; account.ErrReuse, and then the session has ended.
func (a *Accounts) Refresh(ctx context.Context, t tenant.ID, token string) (out Session, err error) {
	name, _, _, ok := account.SplitToken(token)
	if !ok {
		return out, account.ErrSession
	}
	var reused error
	err = a.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		reused = nil
		s, err := tx.CustomerSession(ctx, name)
		if err != nil {
			return err
		}
		if out.Account, err = tx.Customer(ctx, s.Account); err != nil {
			return err
		}
		if out.Refresh, err = s.Rotate(token, a.d.Now()); errors.Is(err, account.ErrReuse) {
			reused = err // the revocation must be committed
		} else if err != nil {
			return err
		}
		return tx.SaveCustomerSession(ctx, s)
	})
	if err = errors.Join(err, reused); err != nil {
		return Session{}, err
	}
	return a.sign(ctx, t, out, name)
}

// Check verifies a refresh token without using it up, for the pages, which keep it in a cookie.
// Errors: account.ErrSession.
func (a *Accounts) Check(ctx context.Context, t tenant.ID, token string) (identity.Actor, account.Account, error) {
	name, _, _, ok := account.SplitToken(token)
	if !ok {
		return identity.Actor{}, account.Account{}, account.ErrSession
	}
	var acc account.Account
	err := a.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		s, err := v.CustomerSession(ctx, name)
		if err != nil {
			return err
		}
		if err := s.Verify(token, a.d.Now()); err != nil {
			return account.ErrSession
		}
		acc, err = v.Customer(ctx, s.Account)
		return err
	})
	return identity.Actor{Tenant: t, Kind: identity.Customer, ID: acc.ID, Session: name}, acc, err
}

// SignOut ends the session of a refresh token. Unknown tokens are fine: the aim is reached.
func (a *Accounts) SignOut(ctx context.Context, t tenant.ID, token string) error {
	name, _, _, ok := account.SplitToken(token)
	if !ok {
		return nil
	}
	err := a.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		s, err := tx.CustomerSession(ctx, name)
		if err != nil {
			return err
		}
		if err := s.Verify(token, a.d.Now()); err != nil && !errors.Is(err, account.ErrReuse) {
			return nil // a forged token ends nobody's session
		}
		s.Revoke(a.d.Now())
		return tx.SaveCustomerSession(ctx, s)
	})
	return ignore(err, account.ErrSession)
}

// RequestReset mails a link when there is such an account, and tells nobody whether there is.
func (a *Accounts) RequestReset(ctx context.Context, t tenant.ID, email string) error {
	email, err := account.CleanEmail(email)
	if err != nil {
		return err
	}
	err = a.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		acc, err := tx.CustomerByEmail(ctx, email)
		if err != nil {
			return err
		}
		tx.Emit(acc.ID, account.ResetRequested{Account: acc.ID})
		return nil
	})
	return ignore(err, account.ErrNotFound)
}

// Reset sets a new password with the token of the mail and ends all sessions. Errors: account.ErrResetToken, Invalid.
func (a *Accounts) Reset(ctx context.Context, t tenant.ID, token, password string) error {
	if err := account.CheckPassword(password); err != nil {
		return err
	}
	hash, err := a.d.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	return a.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		now := a.d.Now()
		customer, err := tx.TakeCustomerReset(ctx, account.HashToken(token), now)
		if err != nil {
			return err
		}
		acc, err := tx.Customer(ctx, customer)
		if err != nil {
			return err
		}
		acc.PasswordHash = hash
		if err := tx.SaveCustomer(ctx, acc); err != nil {
			return err
		}
		return tx.RevokeCustomerSessions(ctx, customer, now)
	})
}

// Me returns the signed-in shopper's account. Errors: identity.ErrSignIn.
func (a *Accounts) Me(ctx context.Context, by identity.Actor) (acc account.Account, err error) {
	customer, err := by.CustomerID()
	if err != nil {
		return acc, err
	}
	err = a.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		acc, err = v.Customer(ctx, customer)
		return err
	})
	return acc, err
}

func (a *Accounts) start(ctx context.Context, t tenant.ID, acc account.Account, cartToken string) (Session, error) {
	s, refresh := account.StartSession(acc.ID, a.d.Now())
	err := a.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error { return tx.SaveCustomerSession(ctx, s) })
	if err != nil {
		return Session{}, err
	}
	if err := a.carts.merge(ctx, t, acc.ID, cartToken); err != nil {
		return Session{}, err
	}
	return a.sign(ctx, t, Session{Account: acc, Refresh: refresh}, s.ID)
}

func (a *Accounts) sign(ctx context.Context, t tenant.ID, s Session, session string) (_ Session, err error) {
	actor := identity.Actor{Tenant: t, Kind: identity.Customer, ID: s.Account.ID, Session: session}
	if s.Access, s.AccessUntil, err = a.d.Tokens.Sign(ctx, actor); err != nil {
		return Session{}, err
	}
	s.Account.PasswordHash = ""
	return s, nil
}

func newAccount(prefix string, in SignUp, now time.Time) (acc account.Account, err error) {
	acc = account.Account{ID: id.New(prefix, now), CreatedAt: now}
	if acc.Email, err = account.CleanEmail(in.Email); err != nil {
		return acc, err
	}
	if acc.Name, err = account.CleanName(in.Name); err != nil {
		return acc, err
	}
	return acc, account.CheckPassword(in.Password)
}

func orCredentials(err error) error {
	if err != nil {
		return err
	}
	return account.ErrCredentials
}
