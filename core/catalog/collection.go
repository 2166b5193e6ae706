package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
)

// CollectionID is "col_" and 26 characters.
type CollectionID string

// Collection is products that are shown together: those that staff chose, in their order, or when there are conditions
// all to which they apply. Shoppers see active ones, and in them what is for sale.
type Collection struct {
	ID          CollectionID
	Slug        string // unique among the shop's collections
	Title       string
	Description string // sanitised HTML
	Active      bool
	Products    []ProductID
	Conditions  []Condition
	Any         bool // one of the conditions is enough
	Revision    int64
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Condition is one thing that is asked of a product.
type Condition struct {
	Field    ConditionField
	Key      string // of the attribute
	Operator Operator
	Values   []string // prices in minor units, categories by id, stock as true or false
}

// ConditionField says what of a product is asked.
type ConditionField string

// The fields. A category has what is below it; the price is that of the cheapest variant.
const (
	FieldBrand     ConditionField = "brand"
	FieldTag       ConditionField = "tag"
	FieldCategory  ConditionField = "category"
	FieldPrice     ConditionField = "price"
	FieldAttribute ConditionField = "attribute"
	FieldStock     ConditionField = "in_stock"
	FieldTitle     ConditionField = "title"
)

// Operator says how a field is compared.
type Operator string

// The operators. Is holds for any of the values, IsNot for none of them.
const (
	Is       Operator = "is"
	IsNot    Operator = "is_not"
	AtLeast  Operator = "at_least"
	AtMost   Operator = "at_most"
	Contains Operator = "contains"
)

// Limits of collections.
const (
	MaxCollectionProducts = 1000
	MaxCollections        = 1000
	maxConditions         = 20
	maxConditionValues    = 50
)

// Faults of collections.
var (
	ErrNoCollection       = fault.New(fault.NotFound, "collection_not_found", "there is no such collection in this shop")
	ErrCollectionTaken    = fault.New(fault.Conflict, "slug_taken_collection", "another collection has this slug")
	ErrCollectionChanged  = fault.New(fault.Conflict, "revision_mismatch", "somebody else has changed this collection: read it again")
	ErrTooManyCollections = fault.New(fault.Exhausted, "too_many_collections", "a shop has at most 1,000 collections")
	ErrCollectionProducts = fault.InvalidField("products", "there is no product with one of these ids")
	errCollection         = fault.New(fault.Invalid, "invalid_collection", "the collection breaks a rule")
)

// operators are those that each field knows.
var operators = map[ConditionField][]Operator{
	FieldBrand: {Is, IsNot}, FieldTag: {Is, IsNot}, FieldCategory: {Is, IsNot}, FieldAttribute: {Is, IsNot},
	FieldStock: {Is}, FieldPrice: {AtLeast, AtMost}, FieldTitle: {Contains},
}

// CollectionEdit is what staff want of a collection. What is nil stays as it is; an empty list empties.
type CollectionEdit struct {
	Title       *string
	Slug        *string
	Description *string // sanitised HTML
	Active      *bool
	Products    []ProductID
	Conditions  []Condition
	Any         *bool
}

// CreateCollection makes one that shoppers do not see yet, unless the edit says so. Errors: Invalid.
func CreateCollection(e CollectionEdit, at time.Time) (Collection, error) {
	if e.Slug == nil && e.Title != nil {
		slug := SlugFor(*e.Title)
		e.Slug = &slug
	}
	return e.Apply(Collection{ID: CollectionID(id.New("col", at)), CreatedAt: at}, at)
}

// Apply returns the collection as edited, checked. Errors: Invalid with the fields.
func (e CollectionEdit) Apply(c Collection, at time.Time) (Collection, error) {
	set(&c.Title, e.Title)
	set(&c.Slug, e.Slug)
	set(&c.Description, e.Description)
	set(&c.Active, e.Active)
	set(&c.Any, e.Any)
	if e.Products != nil {
		c.Products = slices.Clone(e.Products)
	}
	if e.Conditions != nil {
		c.Conditions = slices.Clone(e.Conditions)
	}
	c.Title, c.UpdatedAt = strings.TrimSpace(c.Title), at
	c.Revision++
	return c, c.check()
}

func (c Collection) check() error {
	var bad []fault.Field
	add := func(path, msg string) { bad = append(bad, fault.Field{Path: path, Message: msg}) }
	if c.Title == "" || !isText(c.Title, maxText) {
		add("title", "needs 1 to 255 characters")
	}
	if !slugPattern.MatchString(c.Slug) || len(c.Slug) > maxText {
		add("slug", "use letters, digits and single hyphens")
	}
	if !isText(c.Description, MaxDescription) {
		add("description", "use at most 512 KB, without zero characters")
	}
	seen := map[ProductID]bool{}
	for i, p := range c.Products {
		if seen[p] {
			add(fmt.Sprintf("products[%d]", i), "every product is named once")
		}
		seen[p] = true
	}
	switch {
	case len(c.Products) > MaxCollectionProducts:
		add("products", "at most 1,000 products: use conditions for more")
	case len(c.Conditions) > maxConditions:
		add("conditions", "at most 20 conditions")
	case len(c.Products) > 0 && len(c.Conditions) > 0:
		add("conditions", "a collection has products of your choice or conditions, not both")
	}
	for i, condition := range c.Conditions {
		if message := condition.wrong(); message != "" {
			add(fmt.Sprintf("conditions[%d]", i), message)
		}
	}
	if bad != nil {
		return errCollection.At(bad...)
	}
	return nil
}

// wrong says what is wrong with a condition; "" when nothing is.
func (c Condition) wrong() string {
	known, ok := operators[c.Field]
	switch {
	case !ok:
		return "use brand, tag, category, price, attribute, in_stock or title as field"
	case !slices.Contains(known, c.Operator):
		return fmt.Sprintf("use %v as operator of %s", known, c.Field)
	case (c.Field == FieldAttribute) != (c.Key != "") || c.Key != "" && !keyPattern.MatchString(c.Key):
		return "an attribute is named by its key, and nothing else is"
	case len(c.Values) == 0 || len(c.Values) > maxConditionValues:
		return "give 1 to 50 values"
	case slices.ContainsFunc(c.Values, func(v string) bool { return strings.TrimSpace(v) == "" || !isText(v, maxText) }):
		return "values have 1 to 255 characters"
	case c.Field == FieldStock && (len(c.Values) > 1 || c.Values[0] != "true" && c.Values[0] != "false"):
		return "use true or false"
	}
	if c.Field == FieldPrice {
		n, err := strconv.ParseInt(c.Values[0], 10, 64)
		if err != nil || n < 0 || len(c.Values) > 1 {
			return "a price is one whole number of minor units"
		}
	}
	return ""
}

// ByRules reports whether conditions say what is in the collection.
func (c Collection) ByRules() bool { return len(c.Conditions) > 0 }

// SameAs reports whether two collections say the same: everything but times and revision.
func (c Collection) SameAs(o Collection) bool {
	return c.ID == o.ID && c.Slug == o.Slug && c.Title == o.Title && c.Description == o.Description && c.Active == o.Active &&
		c.Any == o.Any && slices.Equal(c.Products, o.Products) && slices.EqualFunc(c.Conditions, o.Conditions, func(a, b Condition) bool {
		return a.Field == b.Field && a.Key == b.Key && a.Operator == b.Operator && slices.Equal(a.Values, b.Values)
	})
}

// CollectionChanged tells that a collection was made, edited or deleted.
type CollectionChanged struct {
	Collection CollectionID `json:"collection"`
}

// Kind returns "catalog.collection_changed".
func (CollectionChanged) Kind() string { return "catalog.collection_changed" }

// Subject returns the collection's id.
func (c CollectionChanged) Subject() string { return string(c.Collection) }
