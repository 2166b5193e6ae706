package ports

import (
	"context"

	"github.com/halum-hut/halum/core/catalog"
)

// TranslationView reads what products and categories are called in other languages.
type TranslationView interface {
	// Translations returns what is known of subjects in some locales, by subject and locale. No locales means all.
	Translations(ctx context.Context, subjects, locales []string) ([]catalog.Translation, error)
	// Subjects returns those of the ids that are a product's or a category's.
	Subjects(ctx context.Context, ids []string) ([]string, error)
}

// TranslationTx writes them.
type TranslationTx interface {
	// SaveTranslations replaces the texts of each subject and locale, and removes those that are empty, in one round trip.
	SaveTranslations(ctx context.Context, all []catalog.Translation) error
}
