package inventory

import (
	"time"

	"github.com/halum-hut/halum/core/catalog"
)

// SignupID is "sgn_" and 26 characters.
type SignupID string

// Signup is the wish of somebody to be told once, by mail, when a variant can be bought again.
type Signup struct {
	ID        SignupID
	Variant   catalog.VariantID
	Email     string
	CreatedAt time.Time
}
