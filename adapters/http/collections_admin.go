package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/catalog"
)

const collectionPath = "/collections/{id}"

func (s *Server) mountStaffCollections(api huma.API) {
	bad, missing := http.StatusUnprocessableEntity, http.StatusNotFound
	edits := []int{missing, http.StatusConflict, http.StatusPreconditionFailed, bad}
	huma.Register(api, get("/collections", "list_collections", "Catalogue", "All collections, by title").signedIn().Operation, s.staffCollections)
	huma.Register(api, get(collectionPath, "get_collection", "Catalogue", "One collection with its rules or the ids of its products").
		signedIn().fails(missing, bad).Operation, s.staffCollection)
	huma.Register(api, post("/collections", "create_collection", "Catalogue", "Make a collection").answers(http.StatusCreated).
		signedIn().fails(http.StatusConflict, bad).
		about("Shoppers see it when it is active. It has products of your choice, or conditions: then all products to which they apply.").Operation, s.createCollection)
	huma.Register(api, describe(http.MethodPatch, collectionPath, "change_collection", "Catalogue", "Change a collection").
		signedIn().fails(edits...).fails(http.StatusPreconditionRequired).
		about("Needs If-Match. Fields that are left out stay as they are, lists that are given replace the whole list. "+idempotent).Operation, s.changeCollection)
	huma.Register(api, describe(http.MethodDelete, collectionPath, "delete_collection", "Catalogue", "Delete a collection, and none of its products").
		answers(http.StatusNoContent).signedIn().fails(edits...).about("If-Match may be sent.").Operation, s.deleteCollection)
}

// Condition is one thing that is asked of a product.
type Condition struct {
	Field    string   `json:"field" enum:"brand,tag,category,price,attribute,in_stock,title"`
	Key      string   `json:"key,omitempty" maxLength:"60" doc:"Of the attribute"`
	Operator string   `json:"operator" enum:"is,is_not,at_least,at_most,contains" doc:"at_least and at_most for price, contains for title, is and is_not for the others"`
	Values   []string `json:"values" minItems:"1" maxItems:"50" doc:"Any of them: names, ids of categories, true or false for in_stock; minor units for price"`
}

// StaffCollection is a collection with all that staff may edit.
type StaffCollection struct {
	ID          string      `json:"id" example:"col_01jd3v4k2m0000000000000000"`
	Slug        string      `json:"slug" example:"eid-gifts"`
	Title       string      `json:"title" example:"Eid gifts"`
	Description string      `json:"description" doc:"HTML"`
	Active      bool        `json:"active" doc:"Shoppers see it"`
	Products    []string    `json:"products" doc:"Ids, in order"`
	Conditions  []Condition `json:"conditions"`
	AnyOf       bool        `json:"any_of" doc:"One of the conditions is enough"`
	CreatedAt   time.Time   `json:"created_at"`
	UpdatedAt   time.Time   `json:"updated_at"`
	Revision    int64       `json:"revision" doc:"Grows with every change; the ETag names it"`
}

// StaffCollectionSummary is a collection in a list.
type StaffCollectionSummary struct {
	ID        string    `json:"id" example:"col_01jd3v4k2m0000000000000000"`
	Slug      string    `json:"slug"`
	Title     string    `json:"title"`
	Active    bool      `json:"active"`
	UpdatedAt time.Time `json:"updated_at"`
	Revision  int64     `json:"revision"`
}

// StaffCollectionList is all collections.
type StaffCollectionList struct {
	Collections []StaffCollectionSummary `json:"collections"`
}

// CollectionEdit is what staff change of a collection. What is left out stays as it is.
type CollectionEdit struct {
	Title       *string     `json:"title,omitempty" minLength:"1" maxLength:"255" example:"Eid gifts"`
	Slug        *string     `json:"slug,omitempty" maxLength:"255" example:"eid-gifts" doc:"Made of the title when left out at first"`
	Description *string     `json:"description,omitempty" maxLength:"65536" doc:"HTML; what is not safe is taken out"`
	Active      *bool       `json:"active,omitempty"`
	Products    []string    `json:"products,omitempty" maxItems:"1000" doc:"Ids, in order; empty for a collection with conditions"`
	Conditions  []Condition `json:"conditions,omitempty" maxItems:"20"`
	AnyOf       *bool       `json:"any_of,omitempty"`
}

func collectionToJSON(c catalog.Collection) StaffCollection {
	return StaffCollection{
		ID: string(c.ID), Slug: c.Slug, Title: c.Title, Description: c.Description, Active: c.Active, AnyOf: c.Any,
		Products: mapped(c.Products, func(id catalog.ProductID) string { return string(id) }),
		Conditions: mapped(c.Conditions, func(one catalog.Condition) Condition {
			return Condition{string(one.Field), one.Key, string(one.Operator), copied(one.Values)}
		}),
		CreatedAt: timeToJSON(c.CreatedAt), UpdatedAt: timeToJSON(c.UpdatedAt), Revision: c.Revision,
	}
}

func (e CollectionEdit) core() catalog.CollectionEdit {
	out := catalog.CollectionEdit{Title: cloned(e.Title), Slug: cloned(e.Slug), Description: cloned(e.Description), Active: e.Active, Any: e.AnyOf}
	if e.Products != nil {
		out.Products = productIDsToCore(e.Products)
	}
	if e.Conditions != nil {
		out.Conditions = mapped(e.Conditions, func(c Condition) catalog.Condition {
			return catalog.Condition{
				Field: catalog.ConditionField(strings.Clone(c.Field)), Key: strings.Clone(c.Key),
				Operator: catalog.Operator(strings.Clone(c.Operator)), Values: copied(c.Values),
			}
		})
	}
	return out
}

// CollectionID names a collection.
type CollectionID struct {
	ID string `path:"id" maxLength:"60" example:"col_01jd3v4k2m0000000000000000"`
}

func (c CollectionID) core() catalog.CollectionID { return catalog.CollectionID(strings.Clone(c.ID)) }

type collectionAnswer struct {
	Replayed
	ETag string `header:"ETag" doc:"For If-Match"`
	Body StaffCollection
}

func answerCollection(c catalog.Collection, err error) (*collectionAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &collectionAnswer{ETag: `"` + strconv.FormatInt(c.Revision, 10) + `"`, Body: collectionToJSON(c)}, nil
}

func (s *Server) staffCollections(ctx context.Context, _ *struct{}) (*body[StaffCollectionList], error) {
	all, err := s.d.Backoffice.Catalog.Collections(ctx, actorOf(ctx))
	return &body[StaffCollectionList]{StaffCollectionList{mapped(all, func(c catalog.Collection) StaffCollectionSummary {
		return StaffCollectionSummary{string(c.ID), c.Slug, c.Title, c.Active, timeToJSON(c.UpdatedAt), c.Revision}
	})}}, err
}

func (s *Server) staffCollection(ctx context.Context, in *CollectionID) (*collectionAnswer, error) {
	return answerCollection(s.d.Backoffice.Catalog.Collection(ctx, actorOf(ctx), in.core()))
}

func (s *Server) createCollection(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		CollectionEdit
		Title string `json:"title" minLength:"1" maxLength:"255" example:"Eid gifts"`
	}
},
) (*collectionAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /collections", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	edit := in.Body.CollectionEdit
	edit.Title = &in.Body.Title
	out, err := answerCollection(s.d.Backoffice.Catalog.CreateCollection(ctx, by, edit.core(), once))
	if err == nil {
		out.Replayed = replayedOf(once)
	}
	return out, err
}

func (s *Server) changeCollection(ctx context.Context, in *struct {
	CollectionID
	IfMatch
	Body CollectionEdit
},
) (*collectionAnswer, error) {
	return answerCollection(s.d.Backoffice.Catalog.ChangeCollection(ctx, actorOf(ctx), in.CollectionID.core(), in.revision(), in.Body.core()))
}

func (s *Server) deleteCollection(ctx context.Context, in *struct {
	CollectionID
	IfMatch
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Catalog.DeleteCollection(ctx, actorOf(ctx), in.core(), in.revision())
}
