package ports

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/wishlist"
)

// WishlistView reads wishlists. In a Tx what it reads is locked until commit.
type WishlistView interface {
	// Wishlists returns an owner's lists, the oldest first.
	Wishlists(ctx context.Context, of wishlist.Owner) ([]wishlist.List, error)
	// SharedWishlist returns the list with a share secret. Errors: wishlist.ErrNotFound.
	SharedWishlist(ctx context.Context, share string) (wishlist.List, error)
	// WishlistsWith returns customers' lists that hold any of the products, after a given list, in the order of ids.
	WishlistsWith(ctx context.Context, products []catalog.ProductID, after wishlist.ID, limit int) ([]wishlist.List, error)
	// Offering returns the variants of products with price and stock, in one statement; unknown products are missing.
	Offering(ctx context.Context, products []catalog.ProductID) (map[catalog.ProductID][]catalog.Offer, error)
}

// WishlistTx writes wishlists.
type WishlistTx interface {
	// SaveWishlists inserts or replaces lists with their items, in one statement.
	SaveWishlists(ctx context.Context, all ...wishlist.List) error
	// DeleteWishlist removes a list. Deleting what is not there is fine.
	DeleteWishlist(ctx context.Context, id wishlist.ID) error
}
