package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/ports"
)

func (s *Server) mountCustomers(api huma.API) {
	const tag = "Customers"
	bad := http.StatusUnprocessableEntity
	huma.Register(api, get("/customers", "list_customers", tag, "Shoppers with an account").signedIn().fails(bad).Operation, s.listCustomers)
	huma.Register(api, describe(http.MethodPut, "/customers/{id}/groups", "put_customer_groups", tag, "Put a customer into groups, to whom price lists apply").
		signedIn().fails(http.StatusNotFound, bad).about("Replaces all groups of the customer. "+idempotent).Operation, s.putGroups)
}

// CustomerEntry is a shopper with an account, as staff see it.
type CustomerEntry struct {
	ID        string    `json:"id" example:"cus_01jd3v4k2m0000000000000000"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Groups    []string  `json:"groups" doc:"Price lists may be for some of them"`
	CreatedAt time.Time `json:"created_at"`
}

// CustomerPage is a part of the customers.
type CustomerPage struct {
	Customers []CustomerEntry `json:"customers"`
	Next      string          `json:"next,omitempty" doc:"Pass it as after; missing on the last page"`
}

func customerToJSON(c ports.CustomerEntry) CustomerEntry {
	return CustomerEntry{ID: c.ID, Email: c.Email, Name: c.Name, Groups: copied(c.Groups), CreatedAt: timeToJSON(c.CreatedAt)}
}

func (s *Server) listCustomers(ctx context.Context, in *struct {
	PageQuery
	Email string `query:"email" maxLength:"254" doc:"Only this one"`
	Group string `query:"group" maxLength:"60" doc:"Only those in it"`
},
) (*body[CustomerPage], error) {
	page, err := s.d.Backoffice.Customers.List(ctx, actorOf(ctx), ports.CustomerQuery{Email: in.Email, Group: in.Group, Limit: in.Limit, After: in.After})
	return &body[CustomerPage]{CustomerPage{mapped(page.Customers, customerToJSON), page.Next}}, err
}

func (s *Server) putGroups(ctx context.Context, in *struct {
	ID   string `path:"id" maxLength:"60" example:"cus_01jd3v4k2m0000000000000000"`
	Body struct {
		Groups []string `json:"groups" maxItems:"20" doc:"Small letters, digits and hyphens, such as wholesale"`
	}
},
) (*body[CustomerEntry], error) {
	c, err := s.d.Backoffice.Customers.SetGroups(ctx, actorOf(ctx), strings.Clone(in.ID), copied(in.Body.Groups))
	if err != nil {
		return nil, err
	}
	return &body[CustomerEntry]{customerToJSON(c)}, nil
}
