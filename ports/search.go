package ports

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
)

// Shelf says whose index is meant, and in which language its texts are.
type Shelf struct {
	Tenant tenant.ID
	Locale string // BCP 47, such as "en-BD"
}

// SearchIndex finds products. Every call names the shop; an implementation keeps the shops apart by its own means, a
// schema, an index or a filter that is always set. Errors of all: Unavailable when the index cannot be reached.
type SearchIndex interface {
	// Put writes documents. One whose version is not above the version that is known is left out, so that a slow writer
	// cannot undo a faster one. What was put is found by every Search that begins after Put has returned.
	Put(ctx context.Context, s Shelf, docs []search.Document) error
	// Search answers a checked query. Counts are exact. A cursor leads on behind the last product of its page by key and
	// id, so that changes in between neither repeat nor skip a product that did not change itself.
	// Errors: catalog.ErrCursor.
	Search(ctx context.Context, s Shelf, q search.Query) (search.Result, error)
	// Suggest completes what was typed.
	Suggest(ctx context.Context, s Shelf, b search.Beginning) (search.Suggestions, error)
}

// SearchView reads what documents are made of, and what results show.
type SearchView interface {
	// Summaries returns the active products among ids, in the order of ids, with their price and stock of now.
	Summaries(ctx context.Context, ids []catalog.ProductID) ([]catalog.Summary, error)
	// Searchable lists ids in order after a given one: of all products, and of documents whose product is no more.
	Searchable(ctx context.Context, after catalog.ProductID, limit int) ([]catalog.ProductID, error)
	// CountSearchable counts what Searchable lists.
	CountSearchable(ctx context.Context) (int, error)
	// UnitsSold adds up the units of each product in orders that are not cancelled, in thousandths. What was sold a
	// half-life before at counts half; what is older than six half-lives does not count.
	UnitsSold(ctx context.Context, at time.Time, halfLife time.Duration) (map[catalog.ProductID]int64, error)
	// SearchSettings returns the shop's settings; version 0 when there are none.
	SearchSettings(ctx context.Context) (search.Settings, error)
}

// SearchClaim is the right to write one version of a document.
type SearchClaim struct {
	Version int64
	Sold    int64 // what is remembered of UnitsSold
}

// SearchTx claims documents and writes settings.
type SearchTx interface {
	// ClaimDocuments gives out the next version of each document and locks them until commit: who then reads the
	// products in the same transaction has read them after everybody with a lower version. sold replaces what is
	// remembered; nil keeps it. One statement.
	ClaimDocuments(ctx context.Context, ids []catalog.ProductID, sold map[catalog.ProductID]int64) (map[catalog.ProductID]SearchClaim, error)
	// ClaimedProducts returns the products of ids that exist, whatever their status.
	ClaimedProducts(ctx context.Context, ids []catalog.ProductID) (map[catalog.ProductID]catalog.Product, error)
	// SaveSearchSettings replaces the settings of the version before. Errors: search.ErrSettingsChanged.
	SaveSearchSettings(ctx context.Context, s search.Settings) error
}
