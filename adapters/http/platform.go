package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/platform"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
)

func (s *Server) mountPlatform() {
	api := s.newAPI("platform", platformPath, "Halum platform API", "Opening shops. Call it on the platform's own host.")
	signUp := post("/vendors", "create_vendor", "Vendors", "Open a shop").answers(http.StatusCreated).
		limited(s, limitVendors).fails(http.StatusUnauthorized, http.StatusConflict, http.StatusUnprocessableEntity).
		about("Makes the owner's account and the shop in one step; the shop answers at once. An owner who has an account already proves it with its password.")
	signUp.Security = []map[string][]string{{}}
	huma.Register(api, signUp.Operation, s.createVendor)
}

// Vendor is a shop that was opened.
type Vendor struct {
	ID             string `json:"id" example:"ten_01jd3v4k2m0000000000000000"`
	Slug           string `json:"slug" example:"my-shop"`
	URL            string `json:"url" doc:"Where the shop answers"`
	PublishableKey string `json:"publishable_key" doc:"Names the shop on the shared API host; not a secret"`
	Shop           Shop   `json:"shop"`
}

type signUp struct {
	Slug      string  `json:"slug" maxLength:"30" example:"my-shop" doc:"First part of the shop's address"`
	ShopName  string  `json:"shop_name" maxLength:"120" example:"My shop"`
	Currency  string  `json:"currency" minLength:"3" maxLength:"3" example:"BDT" doc:"ISO 4217; it never changes"`
	Country   string  `json:"country,omitempty" maxLength:"2" example:"BD" doc:"ISO 3166-1 alpha-2, where the shop ships from"`
	Locale    string  `json:"locale,omitempty" maxLength:"35" example:"en-BD" doc:"BCP 47"`
	Tagline   string  `json:"tagline,omitempty" maxLength:"200"`
	Colours   Colours `json:"colours,omitempty"`
	OwnerName string  `json:"owner_name" maxLength:"120"`
	Email     string  `json:"email" maxLength:"254" example:"owner@example.com"`
	Password  string  `json:"password" maxLength:"800" format:"password" doc:"10 to 200 characters"`
}

func (s *Server) createVendor(ctx context.Context, in *input[signUp]) (*body[Vendor], error) {
	b := in.Body
	if err := s.account(ctx, limitAccountSignIn, b.Email); err != nil {
		return nil, err
	}
	t, err := s.d.Vendors.SignUp(ctx, platform.SignUp{
		Slug: b.Slug, OwnerName: b.OwnerName, Email: b.Email, Password: b.Password,
		Shop: tenant.Shop{
			Name: b.ShopName, Currency: money.Currency(b.Currency), Country: b.Country, Locale: b.Locale, Tagline: b.Tagline,
			Colours: tenant.Colours(b.Colours),
		},
	})
	return &body[Vendor]{Vendor{string(t.ID), t.Slug, s.shopURL(t), t.PublishableKey, shopToJSON(t.Shop)}}, err
}
