package httpapi

import (
	"context"
	"strings"

	"github.com/halum-hut/halum/core/inventory"
)

// Location is a place where goods lie.
type Location struct {
	ID       string `json:"id" example:"loc_00000000000000000000000000"`
	Name     string `json:"name" example:"Warehouse"`
	Code     string `json:"code" example:"dhaka-1"`
	Country  string `json:"country" example:"BD"`
	Position int    `json:"position" doc:"Goods are taken from the first ones first"`
	Active   bool   `json:"active"`
	Revision int64  `json:"revision"`
}

// LocationList is all locations.
type LocationList struct {
	Locations []Location `json:"locations"`
}

// LocationEdit is what staff change of a location. What is left out stays as it is.
type LocationEdit struct {
	Name     *string `json:"name,omitempty" minLength:"1" maxLength:"80"`
	Code     *string `json:"code,omitempty" minLength:"1" maxLength:"32" doc:"Short and unique: letters, digits, hyphens, underscores"`
	Country  *string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2"`
	Position *int    `json:"position,omitempty" minimum:"0" maximum:"9999"`
	Active   *bool   `json:"active,omitempty"`
}

func locationToJSON(l inventory.Location) Location {
	return Location{string(l.ID), l.Name, l.Code, l.Country, l.Position, l.Active, l.Revision}
}

func (e LocationEdit) core() inventory.LocationEdit {
	return inventory.LocationEdit{Name: cloned(e.Name), Code: cloned(e.Code), Country: cloned(e.Country), Position: e.Position, Active: e.Active}
}

// locationAnswer is one location with its revision as ETag.
type locationAnswer struct {
	Replayed
	ETag string `header:"ETag" doc:"For If-Match"`
	Body Location
}

func (s *Server) listLocations(ctx context.Context, _ *none) (*body[LocationList], error) {
	all, err := s.d.Backoffice.Stock.Locations(ctx, actorOf(ctx))
	return &body[LocationList]{LocationList{mapped(all, locationToJSON)}}, err
}

func (s *Server) createLocation(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		LocationEdit
		// Said again, since a new location cannot do without them.
		Name string `json:"name" minLength:"1" maxLength:"80"`
		Code string `json:"code" minLength:"1" maxLength:"32" doc:"Short and unique: letters, digits, hyphens, underscores"`
	}
},
) (*locationAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /stock/locations", by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	edit := in.Body.LocationEdit
	edit.Name, edit.Code = &in.Body.Name, &in.Body.Code
	l, err := s.d.Backoffice.Stock.Open(ctx, by, edit.core(), once)
	return &locationAnswer{replayedOf(once), revisionTag(l.Revision), locationToJSON(l)}, err
}

func (s *Server) changeLocation(ctx context.Context, in *struct {
	IfMatch
	ID   string `path:"id" maxLength:"60"`
	Body LocationEdit
},
) (*locationAnswer, error) {
	id := inventory.LocationID(strings.Clone(in.ID))
	l, err := s.d.Backoffice.Stock.ChangeLocation(ctx, actorOf(ctx), id, in.revision(), in.Body.core())
	return &locationAnswer{ETag: revisionTag(l.Revision), Body: locationToJSON(l)}, err
}

// StockSettings is how a shop handles its stock.
type StockSettings struct {
	HoldMinutes int    `json:"hold_minutes" minimum:"1" maximum:"120" doc:"How long a checkout keeps what is in the cart"`
	LowAt       *int64 `json:"low_at,omitempty" minimum:"0" maximum:"1000000000" doc:"Tell staff when no more of a variant than this is left; left out to tell nobody"`
}

func (s *Server) stockSettings(ctx context.Context, _ *none) (*body[StockSettings], error) {
	v, err := s.d.Backoffice.Stock.Settings(ctx, actorOf(ctx))
	return &body[StockSettings]{StockSettings(v)}, err
}

func (s *Server) putStockSettings(ctx context.Context, in *struct{ Body StockSettings }) (*body[StockSettings], error) {
	return &body[StockSettings]{in.Body}, s.d.Backoffice.Stock.Configure(ctx, actorOf(ctx), inventory.Settings(in.Body))
}
