package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
)

// PriceListID is "prl_" and 26 characters.
type PriceListID string

// PriceList is prices that apply for a time, to everybody or to groups of customers, beside the usual ones. Whoever may
// have several prices gets the lowest.
type PriceList struct {
	ID        PriceListID
	Name      string
	Groups    []string // of customers, one of which is enough; empty for everybody
	Sale      bool     // shown as a reduction of the usual price
	StartsAt  time.Time
	EndsAt    time.Time // zero for never
	Revision  int64
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ListPrice is what a list asks for each piece of a variant, when at least From are bought. Of List "" it is what
// everybody is asked in a further currency: From is 1 then.
type ListPrice struct {
	Variant   VariantID
	List      PriceListID
	From      int64
	Price     money.Money
	CompareAt money.Money // of List "" only; zero when there is none
}

// Limits of price lists.
const (
	MaxPriceLists    = 500
	MaxPricesAtOnce  = 5000
	MaxDiscounted    = 20_000
	MaxTierQuantity  = 999
	maxGroups        = 20
	maxPriceListName = 120
)

// Faults of price lists.
var (
	ErrNoPriceList       = fault.New(fault.NotFound, "price_list_not_found", "there is no such price list in this shop")
	ErrPriceListChanged  = fault.New(fault.Conflict, "revision_mismatch", "somebody else has changed this price list: read it again")
	ErrTooManyPriceLists = fault.New(fault.Exhausted, "too_many_price_lists", "a shop has at most 500 price lists: delete old ones")
	ErrTooManyDiscounts  = fault.New(fault.Exhausted, "too_many_prices", "these are more than 20,000 variants: name categories or products, in several calls")
	ErrPrices            = fault.New(fault.Invalid, "invalid_prices", "some of the prices break a rule: none of them was changed")
	ErrGroups            = fault.InvalidField("groups", "use at most 20 different names of small letters, digits and hyphens, such as wholesale")
	errPriceList         = fault.New(fault.Invalid, "invalid_price_list", "the price list breaks a rule")
)

var groupPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,59}$`)

// CheckGroups validates names of customers' groups. Errors: ErrGroups.
func CheckGroups(groups []string) error {
	for i, g := range groups {
		if !groupPattern.MatchString(g) || slices.Index(groups, g) < i {
			return ErrGroups
		}
	}
	if len(groups) > maxGroups {
		return ErrGroups
	}
	return nil
}

// PriceListEdit is what staff want of a list. What is nil stays as it is.
type PriceListEdit struct {
	Name     *string
	Groups   []string // an empty one is everybody
	Sale     *bool
	StartsAt *time.Time
	EndsAt   *time.Time // zero for never
}

// CreatePriceList makes one that applies at once, unless the edit says otherwise. Errors: Invalid.
func CreatePriceList(e PriceListEdit, at time.Time) (PriceList, error) {
	return e.Apply(PriceList{ID: PriceListID(id.New("prl", at)), StartsAt: at, CreatedAt: at}, at)
}

// Apply returns the list as edited, checked. Errors: Invalid with the fields.
func (e PriceListEdit) Apply(l PriceList, at time.Time) (PriceList, error) {
	set(&l.Name, e.Name)
	set(&l.Sale, e.Sale)
	set(&l.StartsAt, e.StartsAt)
	set(&l.EndsAt, e.EndsAt)
	if e.Groups != nil {
		l.Groups = slices.Clone(e.Groups)
	}
	l.Name, l.UpdatedAt = strings.TrimSpace(l.Name), at
	l.Revision++
	return l, l.check()
}

func (l PriceList) check() error {
	var bad []fault.Field
	add := func(path, msg string) { bad = append(bad, fault.Field{Path: path, Message: msg}) }
	if l.Name == "" || !isText(l.Name, maxPriceListName) {
		add("name", "needs 1 to 120 characters")
	}
	if CheckGroups(l.Groups) != nil {
		add("groups", ErrGroups.Fields[0].Message)
	}
	if l.StartsAt.IsZero() {
		add("starts_at", "give a time")
	}
	if !l.EndsAt.IsZero() && !l.EndsAt.After(l.StartsAt) {
		add("ends_at", "must be after starts_at")
	}
	if bad == nil {
		return nil
	}
	return errPriceList.At(bad...)
}

// Public reports whether the list is for everybody.
func (l PriceList) Public() bool { return len(l.Groups) == 0 }

// Active reports whether the list applies at a time.
func (l PriceList) Active(at time.Time) bool {
	return !at.Before(l.StartsAt) && (l.EndsAt.IsZero() || at.Before(l.EndsAt))
}

// Turns returns when the list next begins or ends to apply, after a time; zero for never.
func (l PriceList) Turns(after time.Time) time.Time {
	for _, t := range []time.Time{l.StartsAt, l.EndsAt} {
		if t.After(after) {
			return t
		}
	}
	return time.Time{}
}

// SameAs reports whether two lists say the same: everything but times of editing and revision.
func (l PriceList) SameAs(o PriceList) bool {
	return l.ID == o.ID && l.Name == o.Name && slices.Equal(l.Groups, o.Groups) && l.Sale == o.Sale && l.StartsAt.Equal(o.StartsAt) &&
		l.EndsAt.Equal(o.EndsAt)
}

// Problem says what is wrong with a price; "" when nothing is. allowed are the currencies that it may be in.
func (p ListPrice) Problem(allowed []money.Currency) string {
	switch {
	case !slices.Contains(allowed, p.Price.Currency):
		return fmt.Sprintf("use one of the currencies %v", allowed)
	case p.Price.Amount < 0 || p.Price.Amount > maxPrice:
		return "use an amount from 0 to 100 billion minor units"
	case p.From < 1 || p.From > MaxTierQuantity || p.List == "" && p.From != 1:
		return "use a min_quantity from 1 to 999, and 1 for prices without a list"
	case p.CompareAt.Amount != 0 && (p.List != "" || p.CompareAt.Currency != p.Price.Currency || p.CompareAt.Amount <= p.Price.Amount || p.CompareAt.Amount > maxPrice):
		return "compare_at is for prices without a list, in their currency and above the price"
	}
	return ""
}

// PricesTurn tells that a price list has changed, and when it will begin or end to apply.
type PricesTurn struct {
	List     PriceListID `json:"list"`
	Revision int64       `json:"revision"`
	At       time.Time   `json:"at"`
	After    VariantID   `json:"after,omitempty"` // what is before it is done
}

// Kind returns "catalog.prices_turn".
func (PricesTurn) Kind() string { return "catalog.prices_turn" }

// Subject returns the list's id.
func (p PricesTurn) Subject() string { return string(p.List) }
