package inventory

import "github.com/halum-hut/halum/core/catalog"

// Kinds of events about stock.
const (
	KindLow        = "inventory.low"
	KindHeld       = "inventory.held"
	KindRestockDue = "inventory.restock_due"
)

// Low tells that variants have fallen to their thresholds.
type Low struct {
	Items []Left `json:"items"`
}

// Left is how many of a variant are on hand and not reserved.
type Left struct {
	Variant catalog.VariantID `json:"variant"`
	Left    int64             `json:"left"`
}

// Kind returns KindLow.
func (Low) Kind() string { return KindLow }

// Subject returns the first variant's id.
func (l Low) Subject() string { return string(l.Items[0].Variant) }

// Held tells that a cart began to hold stock.
type Held struct {
	Cart string `json:"cart"`
}

// Kind returns KindHeld.
func (Held) Kind() string { return KindHeld }

// Subject returns the cart's id.
func (h Held) Subject() string { return h.Cart }

// RestockDue tells that one shopper is to be mailed that a variant is back.
type RestockDue struct {
	Signup SignupID `json:"signup"`
}

// Kind returns KindRestockDue.
func (RestockDue) Kind() string { return KindRestockDue }

// Subject returns the sign-up's id.
func (r RestockDue) Subject() string { return string(r.Signup) }
