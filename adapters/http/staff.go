package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
)

func (s *Server) mountStaffAccount(api huma.API) {
	bad := http.StatusUnprocessableEntity
	huma.Register(api, post("/sessions", "sign_in", "Account", "Sign in at this shop").answers(http.StatusCreated).
		limited(s, limitSignIn).fails(http.StatusUnauthorized, bad).Operation, s.staffSignIn)
	huma.Register(api, post("/sessions/refresh", "refresh_session", "Account", "Exchange a refresh token").
		limited(s, limitSignIn).fails(http.StatusUnauthorized, http.StatusForbidden, bad).
		about("A refresh token works once. The role is read anew.").Operation, s.staffRefresh)
	huma.Register(api, post("/sessions/end", "sign_out", "Account", "Sign out").fails(bad).Operation, s.staffSignOut)
	huma.Register(api, post("/password-resets", "request_password_reset", "Account", "Ask for a mail to choose a new password").
		answers(http.StatusAccepted).limited(s, limitReset).fails(bad).Operation, s.staffRequestReset)
	huma.Register(api, post("/password-resets/confirm", "confirm_password_reset", "Account", "Choose a new password").
		limited(s, limitReset).fails(bad).Operation, s.staffConfirmReset)
}

// StaffSession is what a client keeps after signing in.
type StaffSession struct {
	Account     Account   `json:"account"`
	Role        string    `json:"role" enum:"owner,manager,fulfilment,read_only"`
	Access      string    `json:"access_token" doc:"Send it as Authorization: Bearer …"`
	AccessUntil time.Time `json:"access_expires_at"`
	Refresh     string    `json:"refresh_token" doc:"Works once: every refresh returns the next one"`
}

func staffSessionToJSON(s backoffice.Session) StaffSession {
	return StaffSession{accountToJSON(s.Account), string(s.Role), s.Access, timeToJSON(s.AccessUntil), s.Refresh}
}

func (s *Server) staffSignIn(ctx context.Context, in *input[credentials]) (*body[StaffSession], error) {
	if err := s.account(ctx, limitAccountSignIn, in.Body.Email); err != nil {
		return nil, err
	}
	out, err := s.d.Backoffice.Accounts.SignIn(ctx, requestOf(ctx).tenant.ID, in.Body.Email, in.Body.Password)
	return &body[StaffSession]{staffSessionToJSON(out)}, err
}

func (s *Server) staffRefresh(ctx context.Context, in *input[refreshToken]) (*body[StaffSession], error) {
	out, err := s.d.Backoffice.Accounts.Refresh(ctx, requestOf(ctx).tenant.ID, in.Body.Token)
	return &body[StaffSession]{staffSessionToJSON(out)}, err
}

func (s *Server) staffSignOut(ctx context.Context, in *input[refreshToken]) (*done, error) {
	return &done{}, s.d.Backoffice.Accounts.SignOut(ctx, in.Body.Token)
}

// staffRequestReset mails a link to the shop's own page, whatever host the request came to.
func (s *Server) staffRequestReset(ctx context.Context, in *input[resetRequest]) (*done, error) {
	if err := s.account(ctx, limitAccountReset, in.Body.Email); err != nil {
		return nil, err
	}
	t := requestOf(ctx).tenant
	return &done{}, s.d.Backoffice.Accounts.RequestReset(ctx, t, in.Body.Email, func(token string) string {
		return s.shopURL(t) + "/vendor/reset?token=" + url.QueryEscape(token)
	})
}

func (s *Server) staffConfirmReset(ctx context.Context, in *input[resetConfirm]) (*done, error) {
	return &done{}, s.d.Backoffice.Accounts.Reset(ctx, in.Body.Token, in.Body.Password)
}
