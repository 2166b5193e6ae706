package inventory

import (
	"slices"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// Faults of bundles.
var (
	ErrBundle  = fault.New(fault.Conflict, "is_bundle", "this is a bundle, whose stock is that of its parts: change theirs")
	ErrStocked = fault.New(fault.Conflict, "variant_has_stock", "something of this variant is on hand or sold: take it out and send it before it becomes a bundle")
	ErrNested  = fault.New(fault.Conflict, "bundle_in_bundle", "a bundle cannot be a part of a bundle: name its parts")
	ErrPart    = fault.New(fault.Conflict, "variant_in_bundle", "a bundle has this variant as a part: take it out of the bundle first")
)

const maxPerBundle = 1000

// Use is a bundle that a variant is a part of.
type Use struct {
	Product  catalog.ProductID
	Quantity int64 // of the part in one bundle
}

// Unpack replaces bundles by their parts, and adds up what is then named more than once. The lines come in the order of
// their variants.
func Unpack(lines []Line, parts map[catalog.VariantID][]catalog.Part) []Line {
	total := make(map[catalog.VariantID]int64, len(lines))
	for _, l := range lines {
		if parts[l.Variant] == nil {
			total[l.Variant] += l.Quantity
		}
		for _, p := range parts[l.Variant] {
			total[p.Variant] += l.Quantity * p.Quantity
		}
	}
	all := make([]Line, 0, len(total))
	for v, n := range total {
		all = append(all, Line{v, n})
	}
	slices.SortFunc(all, func(a, b Line) int { return strings.Compare(string(a.Variant), string(b.Variant)) })
	return all
}

// Bundle makes a variant one of the given parts; with none it has stock of its own again. shelves are those of the parts.
// Errors: ErrInvalid with the offending parts, ErrVariant, ErrStocked, ErrNested.
func (s State) Bundle(parts []Line, shelves map[catalog.VariantID]Shelf) (State, error) {
	if err := checkParts(s.Variant, parts); err != nil {
		return s, err
	}
	if s.Bundled = len(parts) > 0; s.Bundled {
		if s.Stock.OnHand != 0 || s.Stock.Reserved != 0 {
			return s, ErrStocked
		}
		if len(s.Uses) > 0 {
			return s, ErrNested
		}
	}
	for i, p := range parts {
		switch part, ok := shelves[p.Variant]; {
		case !ok:
			return s, ErrVariant.At(fault.Field{Path: "parts[" + strconv.Itoa(i) + "].variant_id", Message: ErrVariant.Message})
		case part.Bundled:
			return s, ErrNested.At(fault.Field{Path: "parts[" + strconv.Itoa(i) + "].variant_id", Message: ErrNested.Message})
		}
	}
	s.Revision++
	return s, nil
}

func checkParts(bundle catalog.VariantID, parts []Line) error {
	var bad []fault.Field
	seen := map[catalog.VariantID]bool{bundle: true}
	for i, p := range parts {
		at := "parts[" + strconv.Itoa(i) + "]"
		if seen[p.Variant] {
			bad = append(bad, fault.Field{Path: at + ".variant_id", Message: "name each variant once, and not the bundle itself"})
		}
		if p.Quantity < 1 || p.Quantity > maxPerBundle {
			bad = append(bad, fault.Field{Path: at + ".quantity", Message: "use 1 to 1000"})
		}
		seen[p.Variant] = true
	}
	if len(parts) > catalog.MaxParts {
		bad = append(bad, fault.Field{Path: "parts", Message: "a bundle has at most 50 different parts"})
	}
	if bad == nil {
		return nil
	}
	return ErrInvalid.At(bad...)
}
