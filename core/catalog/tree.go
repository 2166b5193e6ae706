package catalog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
)

// Limits of the category tree.
const (
	MaxCategories    = 10_000
	MaxCategoryDepth = 10
)

// Unplaced is the position of a category that nobody has placed: behind those that somebody has, by name.
const Unplaced = 1_000_000

// Faults of categories.
var (
	ErrNoCategory        = fault.New(fault.NotFound, "category_not_found", "there is no such category in this shop")
	ErrCategoryTaken     = fault.New(fault.Conflict, "slug_taken_category", "another category has this slug")
	ErrCategoryChanged   = fault.New(fault.Conflict, "revision_mismatch", "somebody else has changed this category: read it again")
	ErrCategoryKept      = fault.New(fault.Conflict, "category_not_empty", "only a category without products and without categories below it can be deleted")
	ErrCategoryCycle     = fault.New(fault.Conflict, "category_cycle", "a category cannot be moved below itself")
	ErrCategoryDepth     = fault.New(fault.Conflict, "category_depth", "at most ten categories may be below one another")
	ErrTooManyCategories = fault.New(fault.Exhausted, "too_many_categories", "a shop has at most 10,000 categories")
)

// Tree is all categories of a shop. It does not change, so that it may be shared.
type Tree struct {
	all    []Category // each before those below it, siblings in display order
	depth  []int
	byID   map[CategoryID]int
	bySlug map[string]int
}

// NewTree arranges categories. One whose parent is missing stands at the top.
func NewTree(rows []Category) *Tree {
	below := map[CategoryID][]Category{}
	known := map[CategoryID]bool{}
	for _, c := range rows {
		known[c.ID] = true
	}
	for _, c := range rows {
		if !known[c.Parent] {
			c.Parent = ""
		}
		below[c.Parent] = append(below[c.Parent], c)
	}
	for _, siblings := range below {
		slices.SortFunc(siblings, func(a, b Category) int {
			return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.Name, b.Name), strings.Compare(a.Slug, b.Slug))
		})
	}
	t := &Tree{byID: map[CategoryID]int{}, bySlug: map[string]int{}}
	t.add(below, "", 0)
	return t
}

func (t *Tree) add(below map[CategoryID][]Category, parent CategoryID, depth int) {
	for _, c := range below[parent] {
		t.byID[c.ID], t.bySlug[c.Slug] = len(t.all), len(t.all)
		t.all, t.depth = append(t.all, c), append(t.depth, depth)
		t.add(below, c.ID, depth+1)
	}
}

// All lists the categories, each before those below it. It must not be changed.
func (t *Tree) All() []Category { return t.all }

// Depth is how many categories are above one.
func (t *Tree) Depth(id CategoryID) int { return t.depth[t.byID[id]] }

// ByID finds a category.
func (t *Tree) ByID(id CategoryID) (Category, bool) {
	i, ok := t.byID[id]
	if !ok {
		return Category{}, false
	}
	return t.all[i], true
}

// BySlug finds a category.
func (t *Tree) BySlug(slug string) (Category, bool) {
	i, ok := t.bySlug[slug]
	if !ok {
		return Category{}, false
	}
	return t.all[i], true
}

// Above lists the categories above one, from the top.
func (t *Tree) Above(id CategoryID) (way []Category) {
	c, _ := t.ByID(id)
	for c.Parent != "" {
		c, _ = t.ByID(c.Parent)
		way = append(way, c)
	}
	slices.Reverse(way)
	return way
}

// Children lists the categories right below one, or at the top.
func (t *Tree) Children(id CategoryID) (all []Category) {
	from, depth := 0, 0
	if id != "" {
		i, ok := t.byID[id]
		if !ok {
			return nil
		}
		from, depth = i+1, t.depth[i]+1
	}
	for i := from; i < len(t.all) && t.depth[i] >= depth; i++ {
		if t.depth[i] == depth {
			all = append(all, t.all[i])
		}
	}
	return all
}

// Below lists a category and all below it.
func (t *Tree) Below(id CategoryID) []Category {
	from, ok := t.byID[id]
	if !ok {
		return nil
	}
	to := from + 1
	for to < len(t.all) && t.depth[to] > t.depth[from] {
		to++
	}
	return t.all[from:to]
}

// Stocked is the tree of the categories in which, or below which, something is for sale.
func (t *Tree) Stocked() *Tree {
	keep := map[CategoryID]bool{}
	for _, c := range t.all {
		if c.Stocked {
			for keep[c.ID] = true; c.Parent != "" && !keep[c.Parent]; keep[c.ID] = true {
				c, _ = t.ByID(c.Parent)
			}
		}
	}
	return NewTree(slices.DeleteFunc(slices.Clone(t.all), func(c Category) bool { return !keep[c.ID] }))
}

// CategoryEdit is what staff want of a category. What is nil stays as it is.
type CategoryEdit struct {
	Name     *string
	Slug     *string
	Parent   *CategoryID // "" for the top
	Position *int        // among its siblings, from 0; without one it goes behind them when it gets another parent
}

// Create makes a category, with a slug of its name that is free when none is given. It returns it, and all categories
// that are to be saved: it and siblings that make room. Errors: ErrInvalid, ErrCategoryTaken, ErrTooManyCategories and
// those of a move.
func (t *Tree) Create(e CategoryEdit, at time.Time) (CategoryID, []Category, error) {
	if len(t.all) >= MaxCategories {
		return "", nil, ErrTooManyCategories
	}
	c := Category{ID: CategoryID(id.New("cat", at)), Position: Unplaced}
	if (e.Slug == nil || *e.Slug == "") && e.Name != nil {
		slug := t.freeSlug(SlugFor(*e.Name))
		e.Slug = &slug
	}
	if e.Parent == nil {
		e.Parent = new(CategoryID)
	}
	changed, err := t.change(c, e)
	return c.ID, changed, err
}

// Change edits a category and returns those that are to be saved; none when it says what was there already. Errors:
// ErrNoCategory, ErrInvalid, ErrCategoryTaken, ErrCategoryCycle, ErrCategoryDepth.
func (t *Tree) Change(id CategoryID, e CategoryEdit) ([]Category, error) {
	c, ok := t.ByID(id)
	if !ok {
		return nil, ErrNoCategory
	}
	if e.Parent != nil && *e.Parent == c.Parent {
		e.Parent = nil
	}
	return t.change(c, e)
}

func (t *Tree) freeSlug(slug string) string {
	for n := 16; ; n *= 16 {
		for _, s := range SlugsLike(slug, n) {
			if _, taken := t.bySlug[s]; !taken {
				return s
			}
		}
	}
}

func (t *Tree) change(old Category, e CategoryEdit) ([]Category, error) {
	c := old
	set(&c.Name, e.Name)
	set(&c.Slug, e.Slug)
	if c.Name = strings.TrimSpace(c.Name); c.Name == "" || !isText(c.Name, maxText) {
		return nil, fault.InvalidField("name", "needs 1 to 255 characters")
	}
	if !slugPattern.MatchString(c.Slug) || len(c.Slug) > maxText {
		return nil, fault.InvalidField("slug", "use letters, digits and single hyphens")
	}
	if other, taken := t.BySlug(c.Slug); taken && other.ID != c.ID {
		return nil, ErrCategoryTaken
	}
	if e.Parent == nil && e.Position == nil {
		if c.Name == old.Name && c.Slug == old.Slug {
			return nil, nil
		}
		c.Revision++
		return []Category{c}, nil
	}
	if e.Parent != nil {
		c.Parent = *e.Parent
	}
	return t.place(old, c, e.Position)
}

// place puts c among the siblings it shall have. Its path, and those of all below it, follow.
func (t *Tree) place(old, c Category, position *int) ([]Category, error) {
	if err := t.fits(c); err != nil {
		return nil, err
	}
	siblings := slices.DeleteFunc(slices.Clone(t.Children(c.Parent)), func(o Category) bool { return o.ID == c.ID })
	at := len(siblings)
	if position != nil {
		at = max(0, min(*position, at))
	}
	siblings = slices.Insert(siblings, at, c)
	var changed []Category
	for i, s := range siblings {
		if s.Position != i || s.ID == c.ID {
			s.Position = i
			changed = append(changed, s)
		}
	}
	me := slices.IndexFunc(changed, func(o Category) bool { return o.ID == c.ID })
	if now := changed[me]; len(changed) == 1 && now.Position == old.Position && now.Parent == old.Parent && now.Name == old.Name && now.Slug == old.Slug && old.Revision > 0 {
		return nil, nil
	}
	changed[me].Revision++
	return t.rooted(changed, changed[me], old), nil
}

// fits checks that a category may have its parent.
func (t *Tree) fits(c Category) error {
	depth := 0
	if c.Parent != "" {
		parent, ok := t.ByID(c.Parent)
		if !ok {
			return fault.InvalidField("parent_id", "there is no category with this id")
		}
		if c.ID == parent.ID || slices.ContainsFunc(t.Above(parent.ID), func(o Category) bool { return o.ID == c.ID }) {
			return ErrCategoryCycle
		}
		depth = t.Depth(parent.ID) + 1
	}
	height := 1
	for _, b := range t.Below(c.ID) {
		height = max(height, t.Depth(b.ID)-t.Depth(c.ID)+1)
	}
	if depth+height > MaxCategoryDepth {
		return ErrCategoryDepth
	}
	return nil
}

// rooted gives the category its path, and adds those below it when the path has changed.
func (t *Tree) rooted(changed []Category, c, old Category) []Category {
	parent, _ := t.ByID(c.Parent)
	path := append(slices.Clone(parent.Path), c.ID)
	for i := range changed {
		if changed[i].ID == c.ID {
			changed[i].Path = path
		}
	}
	if slices.Equal(path, old.Path) {
		return changed
	}
	for _, b := range t.Below(c.ID) {
		if b.ID != c.ID {
			b.Path = append(slices.Clone(path), b.Path[len(old.Path):]...)
			changed = append(changed, b)
		}
	}
	return changed
}

// CategoryChanged tells that a category was made, renamed, moved or deleted: what is known of the products in it and
// below it, behind After in the order of ids, has to be told anew.
type CategoryChanged struct {
	Category CategoryID `json:"category"`
	After    ProductID  `json:"after,omitempty"`
}

// Kind returns "catalog.category_changed".
func (CategoryChanged) Kind() string { return "catalog.category_changed" }

// Subject returns the category's id.
func (c CategoryChanged) Subject() string { return string(c.Category) }
