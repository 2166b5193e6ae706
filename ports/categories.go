package ports

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
)

// CategoryView reads the category tree.
type CategoryView interface {
	// Categories lists all categories, in no order, with where they stand and whether something in them is for sale.
	// One statement.
	Categories(ctx context.Context) ([]catalog.Category, error)
	// CategoryFormerly returns the category that had a slug last, which it does not have any more. Errors:
	// catalog.ErrNoCategory.
	CategoryFormerly(ctx context.Context, slug string) (catalog.CategoryID, error)
	// ProductsBelow lists the products of a category and of those below it, whatever their status, in the order of ids
	// after a given one.
	ProductsBelow(ctx context.Context, c catalog.CategoryID, after catalog.ProductID, limit int) ([]catalog.ProductID, error)
}

// CategoryTx writes the category tree.
type CategoryTx interface {
	// LockCategories lets one change of the tree happen at a time until commit.
	LockCategories(ctx context.Context) error
	// SaveCategories inserts or replaces categories by id, as they stand; products follow a slug that has changed. The
	// number of statements does not depend on how many there are.
	SaveCategories(ctx context.Context, all []catalog.Category) error
	// DeleteCategory removes one without products and without others below it. Errors: catalog.ErrCategoryKept.
	DeleteCategory(ctx context.Context, id catalog.CategoryID) error
}
