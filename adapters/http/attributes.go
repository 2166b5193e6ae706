package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/catalog"
)

const attributePath = "/attributes/{key}"

func (s *Server) mountAttributes(api huma.API) {
	bad, missing := http.StatusUnprocessableEntity, http.StatusNotFound
	edits := []int{missing, http.StatusConflict, http.StatusPreconditionFailed, bad}
	huma.Register(api, get("/attributes", "list_attributes", "Catalogue", "The properties that products may have").signedIn().Operation, s.staffAttributes)
	huma.Register(api, get(attributePath, "get_attribute", "Catalogue", "One attribute").signedIn().fails(missing, bad).Operation, s.staffAttribute)
	huma.Register(api, post("/attributes", "create_attribute", "Catalogue", "Make an attribute").answers(http.StatusCreated).
		signedIn().fails(http.StatusConflict, bad).about("Its key and type never change. At most 100, 20 of which may be filtered by.").Operation, s.createAttribute)
	huma.Register(api, describe(http.MethodPatch, attributePath, "change_attribute", "Catalogue", "Change an attribute").
		signedIn().fails(edits...).fails(http.StatusPreconditionRequired).
		about("Needs If-Match. Products keep a choice that is taken away until they are given another. "+idempotent).Operation, s.changeAttribute)
	huma.Register(api, describe(http.MethodDelete, attributePath, "delete_attribute", "Catalogue", "Delete an attribute with all its values").
		answers(http.StatusNoContent).signedIn().fails(edits...).about("If-Match may be sent.").Operation, s.deleteAttribute)
}

// Attribute is a property that products may have.
type Attribute struct {
	Key        string   `json:"key" pattern:"^[a-z][a-z0-9_]{0,59}$" example:"material"`
	Name       string   `json:"name" minLength:"1" maxLength:"255" example:"Material"`
	Type       string   `json:"type" enum:"text,number,choice,boolean,date"`
	Choices    []string `json:"choices,omitempty" maxItems:"500" doc:"Of a choice, in display order"`
	Filterable bool     `json:"filterable,omitempty" doc:"Shoppers may filter by it, and see how many products have each value"`
	Position   int      `json:"position,omitempty" minimum:"0" maximum:"100000" doc:"The lowest one is shown first"`
}

// StaffAttribute is an attribute with its revision.
type StaffAttribute struct {
	Attribute
	Revision int64 `json:"revision" doc:"Grows with every change; the ETag names it"`
}

// AttributeList is all attributes of a shop, in display order.
type AttributeList struct {
	Attributes []StaffAttribute `json:"attributes"`
}

// AttributeEdit is what staff change of an attribute. What is left out stays as it is.
type AttributeEdit struct {
	Name       *string  `json:"name,omitempty" minLength:"1" maxLength:"255"`
	Choices    []string `json:"choices,omitempty" maxItems:"500"`
	Filterable *bool    `json:"filterable,omitempty"`
	Position   *int     `json:"position,omitempty" minimum:"0" maximum:"100000"`
}

func attributeToJSON(a catalog.Attribute) StaffAttribute {
	return StaffAttribute{Attribute{a.Key, a.Name, string(a.Type), a.Choices, a.Filterable, a.Position}, a.Revision}
}

// ProductAttribute is what a product has of an attribute.
type ProductAttribute struct {
	Key   string `json:"key" example:"material"`
	Name  string `json:"name" example:"Material"`
	Type  string `json:"type" enum:"text,number,choice,boolean,date"`
	Value any    `json:"value" doc:"A number, a boolean, or a text for the others; dates as 2026-12-31"`
	Label string `json:"label,omitempty" doc:"What the value is called in the locale that was asked for, if it has another name"`
}

func productAttributeToJSON(v catalog.AttributeValue) ProductAttribute {
	return ProductAttribute{v.Key, v.Name, string(v.Type), valueToJSON(v), v.Label}
}

// valueToJSON falls back to the text for what cannot be read, which never was written.
func valueToJSON(v catalog.AttributeValue) any {
	switch v.Type {
	case catalog.NumberAttribute:
		if n, err := strconv.ParseFloat(v.Value, 64); err == nil {
			return n
		}
	case catalog.BooleanAttribute:
		return v.Value == "true"
	case catalog.TextAttribute, catalog.ChoiceAttribute, catalog.DateAttribute:
	}
	return v.Value
}

// valuesToCore copies the texts, since the request's memory is used again.
func valuesToCore(given map[string]any) map[string]any {
	out := make(map[string]any, len(given))
	for key, value := range given {
		switch v := value.(type) {
		case string:
			value = strings.Clone(v)
		case float64:
			value = catalog.Number(strconv.FormatFloat(v, 'f', -1, 64))
		}
		out[strings.Clone(key)] = value
	}
	return out
}

// AttributeKey names an attribute.
type AttributeKey struct {
	Key string `path:"key" maxLength:"60" example:"material"`
}

type attributeAnswer struct {
	Replayed
	ETag string `header:"ETag" doc:"For If-Match"`
	Body StaffAttribute
}

func answerAttribute(a catalog.Attribute, err error) (*attributeAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &attributeAnswer{ETag: `"` + strconv.FormatInt(a.Revision, 10) + `"`, Body: attributeToJSON(a)}, nil
}

func (s *Server) staffAttributes(ctx context.Context, _ *struct{}) (*body[AttributeList], error) {
	all, err := s.d.Backoffice.Catalog.Attributes(ctx, actorOf(ctx))
	return &body[AttributeList]{AttributeList{mapped(all, attributeToJSON)}}, err
}

func (s *Server) staffAttribute(ctx context.Context, in *AttributeKey) (*attributeAnswer, error) {
	return answerAttribute(s.d.Backoffice.Catalog.Attribute(ctx, actorOf(ctx), in.Key))
}

func (s *Server) createAttribute(ctx context.Context, in *struct {
	OnceHeader
	Body Attribute
},
) (*attributeAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /attributes", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	out, err := answerAttribute(s.d.Backoffice.Catalog.CreateAttribute(ctx, by, catalog.Attribute{
		Key: strings.Clone(in.Body.Key), Name: strings.Clone(in.Body.Name), Type: catalog.AttributeType(strings.Clone(in.Body.Type)),
		Choices: copied(in.Body.Choices), Filterable: in.Body.Filterable, Position: in.Body.Position,
	}, once))
	if err == nil {
		out.Replayed = replayedOf(once)
	}
	return out, err
}

func (s *Server) changeAttribute(ctx context.Context, in *struct {
	AttributeKey
	IfMatch
	Body AttributeEdit
},
) (*attributeAnswer, error) {
	e := backoffice.AttributeEdit{Name: cloned(in.Body.Name), Filterable: in.Body.Filterable, Position: in.Body.Position}
	if in.Body.Choices != nil {
		e.Choices = copied(in.Body.Choices)
	}
	return answerAttribute(s.d.Backoffice.Catalog.ChangeAttribute(ctx, actorOf(ctx), strings.Clone(in.Key), in.revision(), e))
}

func (s *Server) deleteAttribute(ctx context.Context, in *struct {
	AttributeKey
	IfMatch
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Catalog.DeleteAttribute(ctx, actorOf(ctx), strings.Clone(in.Key), in.revision())
}
