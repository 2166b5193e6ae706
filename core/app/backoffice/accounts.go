package backoffice

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

// Accounts is sign-in of staff. The account belongs to the platform; every session is for one shop.
type Accounts struct{ d Deps }

// Session is what a client keeps after signing in.
type Session struct {
	Account     account.Account
	Role        identity.Role
	Access      string
	AccessUntil time.Time
	Refresh     string // one use: every refresh returns the next one
}

// SignIn opens a session at one shop. Errors: account.ErrCredentials, also for staff of other shops.
func (a *Accounts) SignIn(ctx context.Context, t tenant.ID, email, password string) (Session, error) {
	var acc account.Account
	email, err := account.CleanEmail(email)
	if err == nil {
		acc, err = a.d.Staff.StaffByEmail(ctx, email)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound && fault.KindOf(err) != fault.Invalid {
		return Session{}, err
	}
	if ok, err := a.d.Passwords.Verify(ctx, password, acc.PasswordHash); err != nil {
		return Session{}, err
	} else if !ok {
		return Session{}, account.ErrCredentials
	}
	role, err := a.d.Staff.Membership(ctx, acc.ID, t)
	if err != nil {
		if errors.Is(err, identity.ErrForbidden) {
			return Session{}, account.ErrCredentials
		}
		return Session{}, err
	}
	s, refresh := account.StartSession(acc.ID, a.d.Now())
	if err := a.d.Sessions.InsertStaffSession(ctx, s); err != nil {
		return Session{}, err
	}
	return a.sign(ctx, t, Session{Account: acc, Role: role, Refresh: refresh}, s.ID)
}

// Refresh exchanges a refresh token. The role is read anew, so that a demotion takes effect with the next token.
// Errors: account.ErrSession, account.ErrReuse (the session has ended), identity.ErrForbidden (no longer staff here).
func (a *Accounts) Refresh(ctx context.Context, t tenant.ID, token string) (out Session, err error) {
	name, _, _, ok := account.SplitToken(token)
	if !ok {
		return out, account.ErrSession
	}
	var staff string
	err = a.d.Sessions.UpdateStaffSession(ctx, name, func(s *account.Session) error {
		staff = s.Account
		out.Refresh, err = s.Rotate(token, a.d.Now())
		return err
	})
	if err != nil {
		return Session{}, err
	}
	if out.Account, err = a.d.Staff.StaffAccount(ctx, staff); err != nil {
		return Session{}, err
	}
	if out.Role, err = a.d.Staff.Membership(ctx, staff, t); err != nil {
		return Session{}, err
	}
	return a.sign(ctx, t, out, name)
}

// Check verifies a refresh token without using it up, for the vendor page, which keeps it in a cookie.
// Errors: account.ErrSession, identity.ErrForbidden.
func (a *Accounts) Check(ctx context.Context, t tenant.ID, token string) (identity.Actor, account.Account, error) {
	name, _, _, ok := account.SplitToken(token)
	if !ok {
		return identity.Actor{}, account.Account{}, account.ErrSession
	}
	s, err := a.d.Sessions.StaffSession(ctx, name)
	if err != nil {
		return identity.Actor{}, account.Account{}, err
	}
	if err := s.Verify(token, a.d.Now()); err != nil {
		return identity.Actor{}, account.Account{}, account.ErrSession
	}
	role, err := a.d.Staff.Membership(ctx, s.Account, t)
	if err != nil {
		return identity.Actor{}, account.Account{}, err
	}
	acc, err := a.d.Staff.StaffAccount(ctx, s.Account)
	acc.PasswordHash = ""
	return identity.Actor{Tenant: t, Kind: identity.Staff, ID: s.Account, Role: role, Session: name}, acc, err
}

// SignOut ends the session of a refresh token. Unknown tokens are fine.
func (a *Accounts) SignOut(ctx context.Context, token string) error {
	name, _, _, ok := account.SplitToken(token)
	if !ok {
		return nil
	}
	err := a.d.Sessions.UpdateStaffSession(ctx, name, func(s *account.Session) error {
		if err := s.Verify(token, a.d.Now()); err != nil {
			return err // an older token revokes too, a forged one does nothing
		}
		s.Revoke(a.d.Now())
		return nil
	})
	if errors.Is(err, account.ErrSession) || errors.Is(err, account.ErrReuse) {
		return nil
	}
	return err
}

// ResetLifetime is how long the link of a reset mail works.
const ResetLifetime = time.Hour

// RequestReset mails a link when there is such an account at this shop, and tells nobody whether there is. link makes
// the address of the page from a token. The mail is sent in the background of the request.
func (a *Accounts) RequestReset(ctx context.Context, t tenant.Tenant, email string, link func(token string) string) error {
	email, err := account.CleanEmail(email)
	if err != nil {
		return err
	}
	acc, err := a.d.Staff.StaffByEmail(ctx, email)
	if err == nil {
		_, err = a.d.Staff.Membership(ctx, acc.ID, t.ID)
	}
	if err != nil {
		if k := fault.KindOf(err); k == fault.NotFound || k == fault.Denied {
			return nil
		}
		return err
	}
	token := id.Secret()
	if err := a.d.Sessions.SaveStaffReset(ctx, acc.ID, account.HashToken(token), a.d.Now().Add(ResetLifetime)); err != nil {
		return err
	}
	return a.d.Mailer.Send(ctx, ports.Mail{
		ID: id.New("mail", a.d.Now()), FromName: t.Shop.Name, ReplyTo: t.Shop.Email, To: acc.Email,
		Subject: "Choose a new password for " + t.Shop.Name,
		Text: "Hello " + acc.Name + ",\n\nopen this link within an hour to choose a new password:\n\n" + link(token) +
			"\n\nIf you did not ask for it, ignore this mail: nothing has changed.\n",
	})
}

// Reset sets a new password with the token of the mail and ends all sessions. Errors: account.ErrResetToken, Invalid.
func (a *Accounts) Reset(ctx context.Context, token, password string) error {
	if err := account.CheckPassword(password); err != nil {
		return err
	}
	hash, err := a.d.Passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	staff, err := a.d.Sessions.TakeStaffReset(ctx, account.HashToken(token), a.d.Now())
	if err != nil {
		return err
	}
	return a.d.Staff.SavePassword(ctx, staff, hash, a.d.Now())
}

func (a *Accounts) sign(ctx context.Context, t tenant.ID, s Session, session string) (_ Session, err error) {
	actor := identity.Actor{Tenant: t, Kind: identity.Staff, ID: s.Account.ID, Role: s.Role, Session: session}
	if s.Access, s.AccessUntil, err = a.d.Tokens.Sign(ctx, actor); err != nil {
		return Session{}, err
	}
	s.Account.PasswordHash = ""
	return s, nil
}
