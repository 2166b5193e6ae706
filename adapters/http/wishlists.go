package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/wishlist"
)

func (s *Server) mountWishlists(api huma.API) {
	missing, conflict, bad := http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity
	const tag = "Wishlists"
	huma.Register(api, get("/wishlists", "list_wishlists", tag, "The shopper's lists at today's prices").maySignIn().Operation, s.listWishlists)
	huma.Register(api, post("/wishlists", "create_wishlist", tag, "Make a list").answers(http.StatusCreated).limited(s, limitWishlists).maySignIn().fails(conflict, bad).
		about("A guest without a token gets one with the answer: keep it.").Operation, s.createWishlist)
	huma.Register(api, describe(http.MethodPatch, "/wishlists/{list}", "update_wishlist", tag, "Rename a list, share it or stop sharing it").
		maySignIn().fails(missing, bad).Operation, s.updateWishlist)
	huma.Register(api, describe(http.MethodDelete, "/wishlists/{list}", "delete_wishlist", tag, "Remove a list").answers(http.StatusNoContent).
		maySignIn().fails(missing).Operation, s.deleteWishlist)
	huma.Register(api, post("/wishlists/items", "add_to_wishlist", tag, "Keep a product for later").limited(s, limitWishlists).maySignIn().fails(missing, bad).
		about("Without a list it goes on the first one, which is made when there is none. What is on the list already stays as it is.").Operation, s.addWish)
	huma.Register(api, post("/wishlists/{list}/items/remove", "remove_from_wishlist", tag, "Take a product off a list").answers(http.StatusNoContent).
		maySignIn().fails(missing, bad).Operation, s.removeWish)
	huma.Register(api, post("/wishlists/{list}/cart", "move_wishlist_to_cart", tag, "Put one of each item into the cart").maySignIn().fails(missing, conflict, bad).
		about("What cannot be bought stays on the list, and the answer says why.").Operation, s.moveWishes)
	huma.Register(api, post("/wishlists/merge", "merge_wishlists", tag, "Take a guest's lists into the account, as after signing in").answers(http.StatusNoContent).
		signedIn().fails(bad).Operation, s.mergeWishlists)
	huma.Register(api, get("/shared-wishlists/{share}", "get_shared_wishlist", tag, "A list that somebody shares").fails(missing).Operation, s.sharedWishlist)
}

// WishlistHeader is the input of operations on a guest's lists.
type WishlistHeader struct {
	Token string `header:"Halum-Wishlist-Token" maxLength:"100" doc:"Opens a guest's lists. Those of a signed-in shopper belong to the account"`
}

// Wishlist is a list at today's prices.
type Wishlist struct {
	ID    string         `json:"id" example:"wish_01jd3v4k2m0000000000000000"`
	Name  string         `json:"name" example:"Eid"`
	Share string         `json:"share,omitempty" doc:"Whoever knows it may read the list; missing while it is not shared"`
	Items []WishlistItem `json:"items" doc:"The newest first"`
}

// WishlistItem is a product that somebody keeps for later.
type WishlistItem struct {
	ProductID string          `json:"product_id"`
	VariantID string          `json:"variant_id,omitempty" doc:"Missing when any will do"`
	AddedAt   time.Time       `json:"added_at"`
	Product   *ProductSummary `json:"product,omitempty" doc:"Missing when it is no longer for sale"`
	Price     *Money          `json:"price,omitempty" doc:"Of the variant, or of the cheapest one"`
	Was       *Money          `json:"was,omitempty" doc:"What the shopper last knew, when the price has dropped since"`
	InStock   bool            `json:"in_stock"`
}

// WishlistMade names a list that was made or added to.
type WishlistMade struct {
	ID    string `json:"id"`
	Token string `json:"token,omitempty" doc:"Set once, for a guest: send it as Halum-Wishlist-Token"`
}

func wishlistToJSON(w shop.Wished) Wishlist {
	return Wishlist{string(w.ID), w.Name, w.Share, mapped(w.Items, wishToJSON)}
}

func wishToJSON(i shop.WishedItem) WishlistItem {
	out := WishlistItem{ProductID: string(i.Product), VariantID: string(i.Variant), AddedAt: timeToJSON(i.AddedAt), InStock: i.Now.InStock}
	if i.Gone() {
		return out
	}
	summary := summaryToJSON(i.Summary)
	out.Product, out.Price = &summary, optionalMoney(i.Now.Price)
	if i.Now.Price.Currency == i.Seen.Currency && i.Now.Price.Amount < i.Seen.Amount {
		out.Was = optionalMoney(i.Seen)
	}
	return out
}

// Wishlists is a shopper's lists.
type Wishlists struct {
	Lists []Wishlist `json:"wishlists" doc:"The oldest first"`
}

func (s *Server) listWishlists(ctx context.Context, in *WishlistHeader) (*body[Wishlists], error) {
	all, err := s.d.Shop.Wishlists.All(ctx, actorOf(ctx), in.Token)
	return &body[Wishlists]{Wishlists{mapped(all, wishlistToJSON)}}, err
}

func (s *Server) sharedWishlist(ctx context.Context, in *struct {
	Share string `path:"share" maxLength:"64"`
},
) (*body[Wishlist], error) {
	found, err := s.d.Shop.Wishlists.Shared(ctx, requestOf(ctx).tenant.ID, in.Share)
	return &body[Wishlist]{wishlistToJSON(found)}, err
}

type wishlistMadeAnswer struct {
	Replayed
	Body WishlistMade
}

func (s *Server) createWishlist(ctx context.Context, in *struct {
	WishlistHeader
	OnceHeader
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"320" example:"Eid"`
	}
},
) (*wishlistMadeAnswer, error) {
	by := actorOf(ctx)
	once, err := in.once("POST /wishlists", whoShops(ctx, by, in.Token), in.Body)
	if err != nil {
		return nil, err
	}
	made, err := s.d.Shop.Wishlists.Create(ctx, by, in.Token, in.Body.Name, once)
	return &wishlistMadeAnswer{replayedOf(once), WishlistMade{string(made.List), made.Token}}, err
}

// WishlistID is the input of operations on one list.
type WishlistID struct {
	WishlistHeader
	List string `path:"list" maxLength:"64" example:"wish_01jd3v4k2m0000000000000000"`
}

// WishlistState is what a list is called and who may read it.
type WishlistState struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Share string `json:"share,omitempty"`
}

func (s *Server) updateWishlist(ctx context.Context, in *struct {
	WishlistID
	Body struct {
		Name   *string `json:"name,omitempty" minLength:"1" maxLength:"320"`
		Shared *bool   `json:"shared,omitempty" doc:"true makes an address; false takes it away for good"`
	}
},
) (out *body[WishlistState], err error) {
	by, lists := actorOf(ctx), s.d.Shop.Wishlists
	if in.Body.Name == nil && in.Body.Shared == nil {
		return nil, fault.InvalidField("body", "give a name, or say whether the list is shared")
	}
	var l wishlist.List
	if in.Body.Name != nil {
		l, err = lists.Rename(ctx, by, in.Token, wishlist.ID(in.List), *in.Body.Name)
	}
	if err == nil && in.Body.Shared != nil {
		l, err = lists.Share(ctx, by, in.Token, wishlist.ID(in.List), *in.Body.Shared)
	}
	return &body[WishlistState]{WishlistState{string(l.ID), l.Name, l.Share}}, err
}

func (s *Server) deleteWishlist(ctx context.Context, in *WishlistID) (*struct{}, error) {
	return nil, s.d.Shop.Wishlists.Delete(ctx, actorOf(ctx), in.Token, wishlist.ID(in.List))
}

// Wish names a product, or one variant of it.
type Wish struct {
	ProductID string `json:"product_id" minLength:"1" maxLength:"64" example:"prod_01jd3v4k2m0000000000000000"`
	VariantID string `json:"variant_id,omitempty" maxLength:"64" doc:"Left out when any will do"`
}

func (s *Server) addWish(ctx context.Context, in *struct {
	WishlistHeader
	Body struct {
		Wish
		List string `json:"wishlist_id,omitempty" maxLength:"64"`
	}
},
) (*body[WishlistMade], error) {
	made, err := s.d.Shop.Wishlists.Add(ctx, actorOf(ctx), in.Token, in.Body.core(in.Body.List))
	return &body[WishlistMade]{WishlistMade{string(made.List), made.Token}}, err
}

func (w Wish) core(list string) shop.Wish {
	return shop.Wish{List: wishlist.ID(list), Product: catalog.ProductID(w.ProductID), Variant: catalog.VariantID(w.VariantID)}
}

func (s *Server) removeWish(ctx context.Context, in *struct {
	WishlistID
	Body Wish
},
) (*struct{}, error) {
	return nil, s.d.Shop.Wishlists.Remove(ctx, actorOf(ctx), in.Token, in.Body.core(in.List))
}

// WishesMoved is the cart after items came into it.
type WishesMoved struct {
	Cart Cart       `json:"cart"`
	Left []WishLeft `json:"left" doc:"What stayed on the list"`
}

// WishLeft is an item that could not be put into the cart.
type WishLeft struct {
	ProductID string `json:"product_id"`
	VariantID string `json:"variant_id,omitempty"`
	Code      string `json:"code" example:"out_of_stock"`
	Message   string `json:"message"`
}

func (s *Server) moveWishes(ctx context.Context, in *struct {
	WishlistID
	CartToken string `header:"Halum-Cart-Token" maxLength:"100"`
	Body      *struct {
		Only *Wish `json:"only,omitempty" doc:"Move this item and leave the others alone"`
	}
},
) (*body[WishesMoved], error) {
	var only *shop.Wish
	if in.Body != nil && in.Body.Only != nil {
		wish := in.Body.Only.core(in.List)
		only = &wish
	}
	view, left, err := s.d.Shop.Wishlists.MoveToCart(ctx, actorOf(ctx), in.Token, in.CartToken, wishlist.ID(in.List), only)
	return &body[WishesMoved]{WishesMoved{cartToJSON(view.Priced, view.Token), mapped(left, func(l shop.Left) WishLeft {
		return WishLeft{string(l.Product), string(l.Variant), fault.CodeOf(l.Err), l.Err.Error()}
	})}}, err
}

func (s *Server) mergeWishlists(ctx context.Context, in *struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"100" doc:"The guest's"`
	}
},
) (*struct{}, error) {
	return nil, s.d.Shop.Wishlists.Merge(ctx, actorOf(ctx), in.Body.Token)
}
