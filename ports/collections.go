package ports

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
)

// CollectionView reads collections. Which products are in one is told by CatalogView.Products.
type CollectionView interface {
	// Collections lists all by title, without their descriptions, products and conditions.
	Collections(ctx context.Context) ([]catalog.Collection, error)
	// Collection returns one. In a Tx the row is locked until commit. Errors: catalog.ErrNoCollection.
	Collection(ctx context.Context, id catalog.CollectionID) (catalog.Collection, error)
	// CollectionBySlug is Collection by slug, or by one that it had before, without locking.
	CollectionBySlug(ctx context.Context, slug string) (catalog.Collection, error)
}

// CollectionTx writes them.
type CollectionTx interface {
	// SaveCollection inserts or replaces one by id. Errors: catalog.ErrCollectionTaken.
	SaveCollection(ctx context.Context, c catalog.Collection) error
	// DeleteCollection removes one. Deleting what is not there is fine.
	DeleteCollection(ctx context.Context, id catalog.CollectionID) error
}
