package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/catalog"
)

func (s *Server) mountCollections(api huma.API) {
	huma.Register(api, get("/collections", "list_collections", "Catalogue", "Collections, by title").cached().Operation, s.listCollections)
	one := get("/collections/{slug}", "get_collection", "Catalogue", "One collection with a page of its products").cached().
		about("Sorted as the shop has put them, or when rules say what is in it the newest first. Follow `next` with `after` for more.").
		fails(http.StatusUnprocessableEntity)
	one.RejectUnknownQueryParameters = true
	huma.Register(api, one.Operation, s.getCollection)
}

// CollectionSummary is a collection in a list.
type CollectionSummary struct {
	Slug  string `json:"slug" example:"eid-gifts"`
	Title string `json:"title" example:"Eid gifts"`
}

// CollectionSummaries is all collections that shoppers see.
type CollectionSummaries struct {
	Collections []CollectionSummary `json:"collections"`
}

// CollectionPage is a collection with a part of its products.
type CollectionPage struct {
	CollectionSummary
	Description string           `json:"description" doc:"HTML from the vendor: clean it before you show it"`
	Products    []ProductSummary `json:"products"`
	Next        string           `json:"next,omitempty" doc:"Send it as after for more; missing on the last page"`
}

func (s *Server) listCollections(ctx context.Context, in *struct {
	Cacheable
	Spoken
},
) (*body[CollectionSummaries], error) {
	t := requestOf(ctx).tenant
	all, err := s.d.Shop.Catalog.Collections(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	said, err := s.d.Shop.Catalog.InLanguage(ctx, t, in.Locale, mapped(all, func(c catalog.Collection) string { return string(c.ID) })...)
	return &body[CollectionSummaries]{CollectionSummaries{mapped(all, func(c catalog.Collection) CollectionSummary {
		c = said.Collection(c)
		return CollectionSummary{c.Slug, c.Title}
	})}}, err
}

func (s *Server) getCollection(ctx context.Context, in *struct {
	Cacheable
	Spoken
	Slug  string `path:"slug" maxLength:"1000" example:"eid-gifts"`
	Sort  string `query:"sort" enum:"chosen,newest,price_asc,price_desc,title" doc:"chosen is not for those with rules"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	After string `query:"after" maxLength:"1000" doc:"next of the previous page"`
},
) (*body[CollectionPage], error) {
	t := requestOf(ctx).tenant
	c, err := s.d.Shop.Catalog.Collection(ctx, t.ID, in.Slug, catalog.Query{Sort: catalog.Sort(in.Sort), Limit: in.Limit, After: in.After})
	if err != nil {
		return nil, err
	}
	said, err := s.d.Shop.Catalog.InLanguage(ctx, t, in.Locale, string(c.ID))
	if err != nil {
		return nil, err
	}
	c.Collection = said.Collection(c.Collection)
	products, err := s.summaries(ctx, in.Spoken, c.Page.Products)
	return &body[CollectionPage]{CollectionPage{CollectionSummary{c.Slug, c.Title}, c.Description, products, c.Next}}, err
}
