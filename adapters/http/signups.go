package httpapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/catalog"
)

func (s *Server) mountSignups(api huma.API) {
	huma.Register(api, post("/restock-signups", "sign_up_for_restock", "Catalogue", "Ask for one mail when a variant can be bought again").
		answers(http.StatusNoContent).limited(s, limitSignups).fails(http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity).
		about("Asking twice changes nothing.").Operation, s.signUpForRestock)
}

func (s *Server) signUpForRestock(ctx context.Context, in *struct {
	Body struct {
		VariantID string `json:"variant_id" minLength:"1" maxLength:"60"`
		Email     string `json:"email" minLength:"1" maxLength:"254" example:"rina@example.com"`
	}
},
) (*struct{}, error) {
	return nil, s.d.Shop.Signups.Add(ctx, requestOf(ctx).tenant.ID, catalog.VariantID(strings.Clone(in.Body.VariantID)), strings.Clone(in.Body.Email))
}
