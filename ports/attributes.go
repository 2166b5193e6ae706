package ports

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
)

// AttributeView reads what attributes a shop's products may have.
type AttributeView interface {
	// Attributes lists the definitions in display order.
	Attributes(ctx context.Context) ([]catalog.Attribute, error)
}

// AttributeTx writes them.
type AttributeTx interface {
	// LockAttributes lets one change of the definitions happen at a time until commit.
	LockAttributes(ctx context.Context) error
	// SaveAttribute inserts or replaces a definition by key.
	SaveAttribute(ctx context.Context, a catalog.Attribute) error
	// DeleteAttribute removes a definition with the values that products have of it.
	DeleteAttribute(ctx context.Context, key string) error
}
