package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app/shop"
)

func (s *Server) mountAccount(api huma.API) {
	bad := http.StatusUnprocessableEntity
	huma.Register(api, post("/account", "register", "Account", "Register and sign in").answers(http.StatusCreated).
		limited(s, limitRegister).fails(http.StatusConflict, bad).Operation, s.register)
	huma.Register(api, get("/account", "get_account", "Account", "The signed-in shopper").signedIn().Operation, s.getAccount)
	huma.Register(api, post("/account/sessions", "sign_in", "Account", "Sign in").answers(http.StatusCreated).
		limited(s, limitSignIn).fails(http.StatusUnauthorized, bad).
		about("The cart of `Halum-Cart-Token`, when sent, is taken over into the account.").Operation, s.signIn)
	huma.Register(api, post("/account/sessions/refresh", "refresh_session", "Account", "Exchange a refresh token").
		limited(s, limitSignIn).fails(http.StatusUnauthorized, bad).
		about("A refresh token works once. Using it again ends the session, since it may have been stolen.").Operation, s.refresh)
	huma.Register(api, post("/account/sessions/end", "sign_out", "Account", "Sign out").fails(bad).Operation, s.signOut)
	huma.Register(api, post("/account/password-resets", "request_password_reset", "Account", "Ask for a mail to choose a new password").
		answers(http.StatusAccepted).limited(s, limitReset).fails(bad).
		about("The answer is the same whether or not there is such an account.").Operation, s.requestReset)
	huma.Register(api, post("/account/password-resets/confirm", "confirm_password_reset", "Account", "Choose a new password").
		limited(s, limitReset).fails(bad).Operation, s.confirmReset)
}

// Account is who is signed in.
type Account struct {
	ID    string `json:"id" example:"cus_01jd3v4k2m0000000000000000"`
	Email string `json:"email" example:"ayesha@example.com"`
	Name  string `json:"name" example:"Ayesha Rahman"`
}

func accountToJSON(a account.Account) Account { return Account{a.ID, a.Email, a.Name} }

// Session is what a client keeps after signing in.
type Session struct {
	Account     Account   `json:"account"`
	Access      string    `json:"access_token" doc:"Send it as Authorization: Bearer …"`
	AccessUntil time.Time `json:"access_expires_at"`
	Refresh     string    `json:"refresh_token" doc:"Works once: every refresh returns the next one"`
}

func sessionToJSON(s shop.Session) Session {
	return Session{accountToJSON(s.Account), s.Access, timeToJSON(s.AccessUntil), s.Refresh}
}

type credentials struct {
	Email    string `json:"email" maxLength:"254" example:"ayesha@example.com"`
	Password string `json:"password" maxLength:"800" format:"password"`
}

type refreshToken struct {
	Token string `json:"refresh_token" maxLength:"200"`
}

type resetRequest struct {
	Email string `json:"email" maxLength:"254" example:"ayesha@example.com"`
}

type resetConfirm struct {
	Token    string `json:"token" maxLength:"200" doc:"From the mail"`
	Password string `json:"password" maxLength:"800" format:"password" doc:"10 to 200 characters"`
}

// input is a request with nothing but a body.
type input[T any] struct{ Body T }

// done answers without a body.
type done struct{}

func (s *Server) register(ctx context.Context, in *struct {
	CartHeader
	Body struct {
		Email    string `json:"email" maxLength:"254" example:"ayesha@example.com"`
		Name     string `json:"name" maxLength:"120" example:"Ayesha Rahman"`
		Password string `json:"password" maxLength:"800" format:"password" doc:"10 to 200 characters"`
	}
},
) (*body[Session], error) {
	out, err := s.d.Shop.Accounts.Register(ctx, requestOf(ctx).tenant.ID, shop.SignUp{
		Email: in.Body.Email, Password: in.Body.Password, Name: in.Body.Name, CartToken: in.Token,
	})
	return &body[Session]{sessionToJSON(out)}, err
}

func (s *Server) getAccount(ctx context.Context, _ *none) (*body[Account], error) {
	acc, err := s.d.Shop.Accounts.Me(ctx, actorOf(ctx))
	return &body[Account]{accountToJSON(acc)}, err
}

func (s *Server) signIn(ctx context.Context, in *struct {
	CartHeader
	Body credentials
},
) (*body[Session], error) {
	if err := s.account(ctx, limitAccountSignIn, in.Body.Email); err != nil {
		return nil, err
	}
	out, err := s.d.Shop.Accounts.SignIn(ctx, requestOf(ctx).tenant.ID, in.Body.Email, in.Body.Password, in.Token)
	return &body[Session]{sessionToJSON(out)}, err
}

func (s *Server) refresh(ctx context.Context, in *input[refreshToken]) (*body[Session], error) {
	out, err := s.d.Shop.Accounts.Refresh(ctx, requestOf(ctx).tenant.ID, in.Body.Token)
	return &body[Session]{sessionToJSON(out)}, err
}

func (s *Server) signOut(ctx context.Context, in *input[refreshToken]) (*done, error) {
	return &done{}, s.d.Shop.Accounts.SignOut(ctx, requestOf(ctx).tenant.ID, in.Body.Token)
}

func (s *Server) requestReset(ctx context.Context, in *input[resetRequest]) (*done, error) {
	if err := s.account(ctx, limitAccountReset, in.Body.Email); err != nil {
		return nil, err
	}
	return &done{}, s.d.Shop.Accounts.RequestReset(ctx, requestOf(ctx).tenant.ID, in.Body.Email)
}

func (s *Server) confirmReset(ctx context.Context, in *input[resetConfirm]) (*done, error) {
	return &done{}, s.d.Shop.Accounts.Reset(ctx, requestOf(ctx).tenant.ID, in.Body.Token, in.Body.Password)
}
