package inventory

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// Kind says why a quantity on hand changed.
type Kind string

// The kinds of movement.
const (
	Receive     Kind = "receive"
	Sell        Kind = "sell" // sent to a shopper
	Adjust      Kind = "adjust"
	Return      Kind = "return"
	TransferOut Kind = "transfer_out"
	TransferIn  Kind = "transfer_in"
	Import      Kind = "import"
)

// Transfer is booked as the two movements TransferOut and TransferIn.
const Transfer Kind = "transfer"

// Movement is one row of the ledger. It is never changed: a mistake is put right by another one.
type Movement struct {
	Seq       int64 // grows in the order of booking
	Variant   catalog.VariantID
	Location  LocationID
	Kind      Kind
	Quantity  int64 // above zero when goods came, below when they went
	Reason    string
	Reference string // such as an order or a delivery note
	Actor     string
	At        time.Time
}

// Entry is what staff asks to book.
type Entry struct {
	Variant   catalog.VariantID
	Location  LocationID // "" is Main
	To        LocationID // of transfers
	Kind      Kind       // Receive, Return, Adjust or Transfer
	Quantity  int64      // of adjustments, above or below zero
	SetTo     *int64     // of adjustments, instead of Quantity: what was counted
	Expected  *int64     // of SetTo: what was on hand when it was counted
	Reason    string     // adjustments need one
	Reference string
}

// MaxEntries is how much may be booked at once.
const MaxEntries = 500

// Level is how much of a variant lies at a location.
type Level struct {
	OnHand   int64
	Reserved int64
}

// Shelf is the stock of a variant with where it lies.
type Shelf struct {
	State
	Levels map[LocationID]Level
}

// Places lists where it lies or once lay, in the order of ids.
func (s Shelf) Places() []LocationID { return slices.Sorted(maps.Keys(s.Levels)) }

// Ledger books entries one after the other, each on top of those before it. Nothing is stored: the movements are.
type Ledger struct {
	Shelves   map[catalog.VariantID]Shelf
	Locations map[LocationID]Location
	Movements []Movement
}

// Book tries an entry. One that cannot be booked changes nothing. Errors: ErrVariant, ErrBundle, ErrLocation,
// ErrInactive, ErrInvalid, ErrTooFew, ErrChanged, ErrOversold, ErrTooMany.
func (l *Ledger) Book(e Entry) error {
	if e.Location == "" {
		e.Location = Main
	}
	shelf, ok := l.Shelves[e.Variant]
	switch {
	case !ok:
		return ErrVariant
	case shelf.Bundled:
		return ErrBundle
	case l.Locations[e.Location].ID == "":
		return ErrLocation
	}
	if err := e.check(); err != nil {
		return err
	}
	if e.Kind == Transfer {
		return l.transfer(shelf, e)
	}
	quantity := e.Quantity
	if e.SetTo != nil {
		if e.Expected != nil && *e.Expected != shelf.Levels[e.Location].OnHand {
			return ErrChanged.Saying("%d are on hand there, not %d", shelf.Levels[e.Location].OnHand, *e.Expected)
		}
		if quantity = *e.SetTo - shelf.Levels[e.Location].OnHand; quantity == 0 {
			return nil
		}
	}
	if quantity > 0 && !l.Locations[e.Location].Active {
		return ErrInactive
	}
	if err := shelf.fits(e.Location, quantity); err != nil {
		return err
	}
	l.move(shelf, e, e.Kind, e.Location, quantity)
	return nil
}

func (l *Ledger) transfer(shelf Shelf, e Entry) error {
	to, ok := l.Locations[e.To]
	switch {
	case !ok:
		return ErrLocation
	case !to.Active:
		return ErrInactive
	}
	from := shelf.Levels[e.Location]
	if from.OnHand-from.Reserved < e.Quantity {
		return ErrTooFew.Saying("%d can be moved from there", from.OnHand-from.Reserved)
	}
	l.move(shelf, e, TransferOut, e.Location, -e.Quantity)
	l.move(l.Shelves[e.Variant], e, TransferIn, e.To, e.Quantity)
	return nil
}

// fits reports whether a quantity may come to, or go from, a location.
func (s Shelf) fits(at LocationID, quantity int64) error {
	level := s.Levels[at]
	after := s.Stock
	after.OnHand += quantity
	left, limited := after.Left()
	switch {
	case after.OnHand > maxQuantity:
		return ErrTooMany
	case quantity < 0 && level.OnHand+quantity < level.Reserved:
		return ErrTooFew.Saying("%d can be taken from there", level.OnHand-level.Reserved)
	case quantity < 0 && limited && left < 0:
		return ErrOversold.Saying("%d more are already sold than this would leave", -left)
	}
	return nil
}

// move books a movement that fits.
func (l *Ledger) move(s Shelf, e Entry, k Kind, at LocationID, quantity int64) {
	levels := map[LocationID]Level{}
	maps.Copy(levels, s.Levels)
	level := levels[at]
	level.OnHand += quantity
	levels[at] = level
	s.Levels, s.Stock.OnHand = levels, s.Stock.OnHand+quantity
	l.Shelves[e.Variant] = s
	l.Movements = append(l.Movements, Movement{
		Variant: e.Variant, Location: at, Kind: k, Quantity: quantity, Reason: e.Reason, Reference: e.Reference,
	})
}

// check validates what an entry says by itself. Errors: ErrInvalid.
func (e Entry) check() error {
	var bad []fault.Field
	add := func(path, message string) { bad = append(bad, fault.Field{Path: path, Message: message}) }
	if !validText(e.Reason, 200) || !validText(e.Reference, 100) {
		add("reason", "use at most 200 characters, and 100 for the reference")
	}
	if (e.SetTo != nil || e.Expected != nil) && e.Kind != Adjust {
		add("set_to", "only adjustments set a quantity")
	}
	if e.To != "" && e.Kind != Transfer {
		add("to", "only transfers go somewhere")
	}
	switch e.Kind {
	case Receive, Return:
		e.counts(add)
	case Transfer:
		e.counts(add)
		if e.To == e.Location {
			add("to", "name another location")
		}
	case Adjust:
		e.checkAdjust(add)
	case Sell, TransferOut, TransferIn, Import:
		add("kind", "use receive, return, adjust or transfer")
	default:
		add("kind", "use receive, return, adjust or transfer")
	}
	if bad == nil {
		return nil
	}
	return ErrInvalid.At(bad...)
}

func (e Entry) counts(add func(path, message string)) {
	if e.Quantity < 1 || e.Quantity > maxQuantity {
		add("quantity", "use 1 or more")
	}
}

func (e Entry) checkAdjust(add func(path, message string)) {
	if e.Reason == "" {
		add("reason", "say why")
	}
	switch {
	case e.SetTo == nil && e.Expected != nil:
		add("expected", "only a set quantity is compared")
	case e.SetTo == nil && (e.Quantity == 0 || e.Quantity > maxQuantity || e.Quantity < -maxQuantity):
		add("quantity", "use a number above or below zero")
	case e.SetTo != nil && e.Quantity != 0:
		add("quantity", "set a quantity or change it, not both")
	case e.SetTo != nil && (*e.SetTo < 0 || *e.SetTo > maxQuantity):
		add("set_to", "use 0 or more")
	case e.SetTo != nil && e.Expected == nil:
		add("expected", "say what was on hand when you counted")
	}
}

func validText(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && !strings.ContainsRune(s, 0)
}

// BookAll books as many entries as can be. It returns what is wrong with each, nil for those that are booked.
func (l *Ledger) BookAll(entries []Entry) (wrong []error, failed int) {
	wrong = make([]error, len(entries))
	for i, e := range entries {
		if wrong[i] = l.Book(e); wrong[i] != nil {
			failed++
		}
	}
	return wrong, failed
}

// Rejected is the error of entries that are booked all or none, with one field for each thing that is wrong. A single
// entry's error keeps its code; of several it is a conflict when one of them is, since such rows may be booked later.
func Rejected(wrong []error) error {
	var first *fault.Error
	all := ErrRows.At()
	all.Kind = fault.Invalid
	for i, err := range wrong {
		var e *fault.Error
		if !errors.As(err, &e) {
			continue
		}
		if first == nil {
			first = e
		}
		if e.Kind == fault.Conflict {
			all.Kind = fault.Conflict
		}
		all = all.At(e.Under("movements[" + strconv.Itoa(i) + "]")...)
	}
	switch {
	case first == nil:
		return nil
	case len(wrong) == 1:
		return &fault.Error{Kind: first.Kind, Code: first.Code, Message: first.Message, Fields: all.Fields}
	}
	return all
}
