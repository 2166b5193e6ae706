package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

const (
	priceListsPath = "/price-lists"
	priceListPath  = "/price-lists/{id}"
)

func (s *Server) mountStaffPrices(api huma.API) {
	const tag = "Prices"
	bad, missing := http.StatusUnprocessableEntity, http.StatusNotFound
	edits := []int{missing, http.StatusConflict, http.StatusPreconditionFailed, bad}
	huma.Register(api, get(priceListsPath, "list_price_lists", tag, "Sales and prices of groups, the newest first").signedIn().Operation, s.priceLists)
	huma.Register(api, get(priceListPath, "get_price_list", tag, "One price list").signedIn().fails(missing, bad).Operation, s.priceList)
	huma.Register(api, post(priceListsPath, "create_price_list", tag, "Make a price list, without prices yet").answers(http.StatusCreated).
		signedIn().fails(http.StatusConflict, bad).
		about("While it applies, its prices are beside the usual ones: whoever may have several prices gets the lowest. A list without groups is a "+
			"sale for everybody and shown as a reduction.").Operation, s.createPriceList)
	huma.Register(api, describe(http.MethodPatch, priceListPath, "change_price_list", tag, "Change a price list").
		signedIn().fails(edits...).fails(http.StatusPreconditionRequired).
		about("Needs If-Match. Fields that are left out stay as they are. "+idempotent).Operation, s.changePriceList)
	huma.Register(api, describe(http.MethodDelete, priceListPath, "delete_price_list", tag, "Delete a price list with its prices").
		answers(http.StatusNoContent).signedIn().fails(edits...).about("If-Match may be sent.").Operation, s.deletePriceList)
	huma.Register(api, get(priceListPath+"/prices", "list_prices", tag, "Prices of a list").signedIn().fails(missing, bad).Operation, s.pricesOfList)
	huma.Register(api, large(describe(http.MethodPut, priceListPath+"/prices", "put_prices", tag, "Set and remove prices of a list").
		answers(http.StatusNoContent).signedIn().fails(missing, bad).
		about("All or none, at most 5,000; of a refused request the errors name each one that is wrong. Prices that are not named stay. "+idempotent)), s.putPrices)
	huma.Register(api, describe(http.MethodPut, priceListPath+"/discount", "put_discount", tag, "Take a part off the usual prices").
		signedIn().fails(missing, http.StatusTooManyRequests, bad).
		about("Writes a price into the list for each variant of the products and categories, or of all when none is named, at most 20,000 at once, in "+
			"all their currencies and rounded to minor units. Later changes of the usual prices do not change them. "+idempotent).Operation, s.putDiscount)
	huma.Register(api, get("/prices", "list_further_prices", tag, "Usual prices in further currencies").signedIn().fails(bad).Operation, s.furtherPrices)
	huma.Register(api, large(describe(http.MethodPut, "/prices", "put_further_prices", tag, "Set and remove usual prices in further currencies").
		answers(http.StatusNoContent).signedIn().fails(bad).
		about("As put_prices. A variant without a price in a currency is not for sale in it.")), s.putFurtherPrices)
}

// PriceList is prices that apply for a time.
type PriceList struct {
	ID        string     `json:"id" example:"prl_01jd3v4k2m0000000000000000"`
	Name      string     `json:"name" example:"Winter sale"`
	Groups    []string   `json:"groups" doc:"Of customers; empty for everybody"`
	Sale      bool       `json:"sale" doc:"Shown as a reduction; lists for everybody always are"`
	StartsAt  time.Time  `json:"starts_at"`
	EndsAt    *time.Time `json:"ends_at,omitempty"`
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt time.Time  `json:"updated_at"`
	Revision  int64      `json:"revision" doc:"Grows with every change of the list itself; the ETag names it"`
}

// PriceListList is all price lists.
type PriceListList struct {
	PriceLists []PriceList `json:"price_lists"`
}

func priceListToJSON(l catalog.PriceList) PriceList {
	return PriceList{
		ID: string(l.ID), Name: l.Name, Groups: copied(l.Groups), Sale: l.Sale || l.Public(), StartsAt: timeToJSON(l.StartsAt), EndsAt: optionalTime(l.EndsAt),
		CreatedAt: timeToJSON(l.CreatedAt), UpdatedAt: timeToJSON(l.UpdatedAt), Revision: l.Revision,
	}
}

// PriceListEdit is what staff change of a price list. What is left out stays as it is.
type PriceListEdit struct {
	Name     *string  `json:"name,omitempty" minLength:"1" maxLength:"120" example:"Winter sale"`
	Groups   []string `json:"groups,omitempty" maxItems:"20" doc:"Of customers, such as wholesale; empty for everybody"`
	Sale     *bool    `json:"sale,omitempty"`
	StartsAt *string  `json:"starts_at,omitempty" maxLength:"40" example:"2027-01-01T00:00:00Z" doc:"At once when left out at first"`
	EndsAt   *string  `json:"ends_at,omitempty" maxLength:"40" example:"2027-02-01T00:00:00Z" doc:"Empty for never"`
}

func (e PriceListEdit) core() (catalog.PriceListEdit, error) {
	out := catalog.PriceListEdit{Name: cloned(e.Name), Sale: e.Sale}
	if e.Groups != nil {
		out.Groups = copied(e.Groups)
	}
	for _, f := range []struct {
		field string
		text  *string
		into  **time.Time
	}{{"starts_at", e.StartsAt, &out.StartsAt}, {"ends_at", e.EndsAt, &out.EndsAt}} {
		if f.text == nil {
			continue
		}
		at, err := timeToCore(f.field, *f.text)
		if err != nil {
			return out, err
		}
		*f.into = &at
	}
	return out, nil
}

// PriceListID names a price list.
type PriceListID struct {
	ID string `path:"id" maxLength:"60" example:"prl_01jd3v4k2m0000000000000000"`
}

func (p PriceListID) core() catalog.PriceListID { return catalog.PriceListID(strings.Clone(p.ID)) }

type priceListAnswer struct {
	Replayed
	ETag string `header:"ETag" doc:"For If-Match"`
	Body PriceList
}

func answerPriceList(l catalog.PriceList, err error) (*priceListAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &priceListAnswer{ETag: revisionTag(l.Revision), Body: priceListToJSON(l)}, nil
}

func (s *Server) priceLists(ctx context.Context, _ *none) (*body[PriceListList], error) {
	all, err := s.d.Backoffice.Prices.Lists(ctx, actorOf(ctx))
	return &body[PriceListList]{PriceListList{mapped(all, priceListToJSON)}}, err
}

func (s *Server) priceList(ctx context.Context, in *PriceListID) (*priceListAnswer, error) {
	return answerPriceList(s.d.Backoffice.Prices.List(ctx, actorOf(ctx), in.core()))
}

func (s *Server) createPriceList(ctx context.Context, in *struct {
	OnceHeader
	Body struct {
		PriceListEdit
		Name string `json:"name" minLength:"1" maxLength:"120" example:"Winter sale"`
	}
},
) (*priceListAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST "+priceListsPath, by.Who(), in.Body)
	if err != nil {
		return nil, err
	}
	edit := in.Body.PriceListEdit
	edit.Name = &in.Body.Name
	change, err := edit.core()
	if err != nil {
		return nil, err
	}
	out, err := answerPriceList(s.d.Backoffice.Prices.Create(ctx, by, change, once))
	if err == nil {
		out.Replayed = replayedOf(once)
	}
	return out, err
}

func (s *Server) changePriceList(ctx context.Context, in *struct {
	PriceListID
	IfMatch
	Body PriceListEdit
},
) (*priceListAnswer, error) {
	change, err := in.Body.core()
	if err != nil {
		return nil, err
	}
	return answerPriceList(s.d.Backoffice.Prices.Change(ctx, actorOf(ctx), in.PriceListID.core(), in.revision(), change))
}

func (s *Server) deletePriceList(ctx context.Context, in *struct {
	PriceListID
	IfMatch
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Prices.Delete(ctx, actorOf(ctx), in.core(), in.revision())
}

// ListedPrice is a price beside the usual one.
type ListedPrice struct {
	VariantID    string `json:"variant_id" example:"var_01jd3v4k2m0000000000000000"`
	SKU          string `json:"sku"`
	Title        string `json:"title"`
	VariantTitle string `json:"variant_title"`
	MinQuantity  int64  `json:"min_quantity" doc:"From how many on, of one variant"`
	Price        Money  `json:"price" doc:"Of each"`
	CompareAt    *Money `json:"compare_at,omitempty" doc:"What it cost before; of usual prices"`
}

// ListedPricePage is a part of the prices.
type ListedPricePage struct {
	Prices []ListedPrice `json:"prices"`
	Next   string        `json:"next,omitempty" doc:"Pass it as after; missing on the last page"`
}

func pricePageToJSON(page ports.PricePage, err error) (*body[ListedPricePage], error) {
	return &body[ListedPricePage]{ListedPricePage{mapped(page.Prices, func(p ports.PricedVariant) ListedPrice {
		return ListedPrice{
			VariantID: string(p.Variant), SKU: p.SKU, Title: p.Title, VariantTitle: p.VariantTitle, MinQuantity: p.From, Price: moneyToJSON(p.Price),
			CompareAt: optionalMoney(p.CompareAt),
		}
	}), page.Next}}, err
}

func (s *Server) pricesOfList(ctx context.Context, in *struct {
	PriceListID
	PageQuery
	Variant string `query:"variant_id" maxLength:"60"`
},
) (*body[ListedPricePage], error) {
	return pricePageToJSON(s.d.Backoffice.Prices.Page(ctx, actorOf(ctx), ports.PriceQuery{
		List: in.core(), Variant: catalog.VariantID(in.Variant), Limit: in.Limit, After: in.After,
	}))
}

func (s *Server) furtherPrices(ctx context.Context, in *struct {
	PageQuery
	Variant string `query:"variant_id" maxLength:"60"`
},
) (*body[ListedPricePage], error) {
	return pricePageToJSON(s.d.Backoffice.Prices.Page(ctx, actorOf(ctx), ports.PriceQuery{
		Variant: catalog.VariantID(in.Variant), Limit: in.Limit, After: in.After,
	}))
}

// PriceEdit is a price that is wanted, or no more.
type PriceEdit struct {
	Variant     string `json:"variant" minLength:"1" maxLength:"255" example:"var_01jd3v4k2m0000000000000000" doc:"Its id, or its SKU when no other variant has it"`
	MinQuantity int64  `json:"min_quantity,omitempty" minimum:"1" maximum:"999" default:"1" doc:"From how many on; 1 without a list"`
	Price       Money  `json:"price" doc:"Of each; of one to remove the currency counts"`
	CompareAt   *Money `json:"compare_at,omitempty" doc:"What it cost before; without a list only"`
	Remove      bool   `json:"remove,omitempty"`
}

// PriceEdits are prices that are wanted, or no more.
type PriceEdits struct {
	Prices []PriceEdit `json:"prices" minItems:"1" maxItems:"5000"`
}

func (e PriceEdits) core() []backoffice.PriceEdit {
	return mapped(e.Prices, func(p PriceEdit) backoffice.PriceEdit {
		out := backoffice.PriceEdit{Variant: strings.Clone(p.Variant), From: max(p.MinQuantity, 1), Price: *p.Price.core(), Remove: p.Remove}
		if was := p.CompareAt.core(); was != nil {
			out.CompareAt = *was
		}
		return out
	})
}

func (s *Server) putPrices(ctx context.Context, in *struct {
	PriceListID
	Body PriceEdits
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Prices.Put(ctx, actorOf(ctx), in.PriceListID.core(), in.Body.core())
}

func (s *Server) putFurtherPrices(ctx context.Context, in *struct{ Body PriceEdits }) (*struct{}, error) {
	return nil, s.d.Backoffice.Prices.Put(ctx, actorOf(ctx), "", in.Body.core())
}

// Discount says what is taken off, and from which prices.
type Discount struct {
	BasisPoints int64    `json:"basis_points" minimum:"1" maximum:"10000" example:"1500" doc:"Off the usual price: 1500 is 15 %"`
	Products    []string `json:"products,omitempty" maxItems:"1000" doc:"Ids"`
	Categories  []string `json:"categories,omitempty" maxItems:"100" doc:"Ids; what is below them belongs to them"`
}

// Discounted says how many variants have a reduced price now.
type Discounted struct {
	Variants int `json:"variants"`
}

func (s *Server) putDiscount(ctx context.Context, in *struct {
	PriceListID
	Body Discount
},
) (*body[Discounted], error) {
	n, err := s.d.Backoffice.Prices.Discount(ctx, actorOf(ctx), in.PriceListID.core(), ports.Discount{
		BasisPoints: in.Body.BasisPoints, Products: productIDsToCore(in.Body.Products),
		Categories: mapped(in.Body.Categories, func(id string) catalog.CategoryID { return catalog.CategoryID(strings.Clone(id)) }),
	})
	return &body[Discounted]{Discounted{n}}, err
}

// Tier is what each piece costs when more are bought.
type Tier struct {
	MinQuantity int64 `json:"min_quantity"`
	Price       Money `json:"price" doc:"Of each"`
}

// Asked is what somebody is asked for a variant.
type Asked struct {
	Price     Money  `json:"price" doc:"Of one: the lowest of all that apply"`
	CompareAt *Money `json:"compare_at,omitempty" doc:"What it costs otherwise, or cost before"`
	Tiers     []Tier `json:"tiers,omitempty" doc:"What each costs when more are bought"`
	Lowest    *Money `json:"lowest_price_30_days,omitempty" doc:"Of a reduced price: the lowest in the 30 days before it"`
}

func askedToJSON(q catalog.Quote) Asked {
	out := Asked{Price: moneyToJSON(q.For(1)), CompareAt: optionalMoney(q.Was())}
	for _, step := range q.Steps() {
		out.Tiers = append(out.Tiers, Tier{step.From, moneyToJSON(step.Price)})
	}
	if out.CompareAt != nil {
		out.Lowest = optionalMoney(q.Lowest)
	}
	return out
}

// VariantPrice is what the asking shopper pays for a variant.
type VariantPrice struct {
	ProductID string `json:"product_id"`
	VariantID string `json:"variant_id"`
	Asked
}

// VariantPrices are prices of one shopper.
type VariantPrices struct {
	Currency money.Currency `json:"currency" example:"BDT"`
	Prices   []VariantPrice `json:"prices" doc:"Of active products; variants that are not sold in the currency are missing"`
}

func (s *Server) mountPrices(api huma.API) {
	huma.Register(api, get("/prices", "list_prices", "Catalogue", "What you pay: as a signed-in shopper with your groups' prices, in a currency of the shop").
		maySignIn().fails(http.StatusUnprocessableEntity).
		about("The other answers of the catalogue are the same for everybody and in the shop's own currency. Ask here for what is shown beside them.").
		Operation, s.listMyPrices)
}

func (s *Server) listMyPrices(ctx context.Context, in *struct {
	Products []string `query:"product,explode" minItems:"1" maxItems:"100" doc:"Ids; repeat it for several"`
	Currency string   `query:"currency" maxLength:"3" doc:"The shop's own when left out"`
},
) (*body[VariantPrices], error) {
	t := requestOf(ctx).tenant
	ids := productIDsToCore(in.Products)
	found, currency, err := s.d.Shop.Catalog.Prices(ctx, t, actorOf(ctx), in.Currency, ids)
	if err != nil {
		return nil, err
	}
	out := VariantPrices{Currency: currency, Prices: []VariantPrice{}}
	for _, p := range found {
		out.Prices = append(out.Prices, VariantPrice{string(p.Product), string(p.Variant), askedToJSON(p.Quote)})
	}
	return &body[VariantPrices]{out}, nil
}
