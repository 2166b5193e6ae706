package shop

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/locale"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	treeLifetime = 30 * time.Second // what a lost invalidation costs at most
	maxTrees     = 1000             // of shops and languages, in one process
)

// trees keeps the category trees that shoppers see, and the attributes they filter by: every page shows a part of them. Nobody reads a tree into it that was
// begun to be read before a change.
type trees struct {
	now app.Clock

	mu      sync.Mutex
	kept    map[treeKey]keptTree
	changes uint64 // grows when anything is forgotten
}

type treeKey struct {
	tenant tenant.ID
	locale string
}

type keptTree struct {
	tree    *catalog.Tree
	filters Filters
	until   time.Time
}

func newTrees(now app.Clock) *trees { return &trees{now: now, kept: map[treeKey]keptTree{}} }

func (t *trees) find(id treeKey) (k keptTree, changes uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.kept[id]; ok && t.now().Before(k.until) {
		return k, t.changes
	}
	return keptTree{}, t.changes
}

func (t *trees) keep(id treeKey, k keptTree, changes uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changes != changes {
		return
	}
	if len(t.kept) >= maxTrees {
		for other := range t.kept { // any one
			delete(t.kept, other)
			break
		}
	}
	k.until = t.now().Add(treeLifetime)
	t.kept[id] = k
}

// Forget takes an invalidation, such as "catalog:<tenant>".
func (c *Catalog) Forget(what string) {
	kind, id, _ := strings.Cut(what, ":")
	if kind != "catalog" && kind != "tenant" {
		return
	}
	c.trees.mu.Lock()
	defer c.trees.mu.Unlock()
	for k := range c.trees.kept {
		if string(k.tenant) == id {
			delete(c.trees.kept, k)
		}
	}
	c.trees.changes++
}

// ForgetAll takes a gap in the invalidations.
func (c *Catalog) ForgetAll() {
	c.trees.mu.Lock()
	defer c.trees.mu.Unlock()
	clear(c.trees.kept)
	c.trees.changes++
}

// Categories returns the tree of the categories in which, or below which, something is for sale, in a language as far as
// it is said in it. It is kept in memory: what changed is seen after Forget, or half a minute.
func (c *Catalog) Categories(ctx context.Context, t tenant.Tenant, asked string) (*catalog.Tree, error) {
	k, err := c.trees.read(ctx, c.d.Store, t, asked)
	return k.tree, err
}

// Filters are the attributes by which shoppers may filter, and what facets are called in a language.
type Filters struct {
	Attributes []catalog.Attribute
	Said       catalog.Translations // of attributes and of the options that many products have
}

// Attribute is the one with a key; it has no name when shoppers cannot filter by it.
func (f Filters) Attribute(key string) catalog.Attribute {
	for _, a := range f.Attributes {
		if a.Key == key {
			return a
		}
	}
	return catalog.Attribute{Key: key}
}

// Label is what a value of a facet is called; "" when it has no other name.
func (f Filters) Label(group, value string) string {
	if key, is := search.AttributeOf(group); is {
		return f.Said.Choice(key, value)
	}
	if name, is := search.OptionOf(group); is {
		return f.Said.Option(name).Values[value]
	}
	return ""
}

// Filters returns those of a shop in a language, kept as the categories are.
func (c *Catalog) Filters(ctx context.Context, t tenant.Tenant, asked string) (Filters, error) {
	k, err := c.trees.read(ctx, c.d.Store, t, asked)
	return k.filters, err
}

func (t *trees) read(ctx context.Context, store ports.Store, of tenant.Tenant, asked string) (k keptTree, err error) {
	locales := locale.Wanted(asked, of.Shop.Locale)
	key := treeKey{of.ID, strings.Join(locales, " ")}
	k, changes := t.find(key)
	if k.tree != nil {
		return k, nil
	}
	err = store.View(ctx, of.ID, func(ctx context.Context, v ports.View) error {
		rows, err := v.Categories(ctx)
		if err != nil {
			return err
		}
		attributes, err := v.Attributes(ctx)
		if err != nil {
			return err
		}
		k.filters = Filters{Attributes: slices.DeleteFunc(attributes, func(a catalog.Attribute) bool { return !a.Filterable })}
		k.tree = catalog.NewTree(rows).Stocked()
		if len(locales) > 0 {
			err = k.speak(ctx, v, locales)
		}
		return err
	})
	if err != nil {
		return keptTree{}, err
	}
	t.keep(key, k, changes)
	return k, nil
}

// speak calls categories and filters by their names in the first of the locales in which they have one.
func (k *keptTree) speak(ctx context.Context, v ports.View, locales []string) error {
	all := slices.Clone(k.tree.All())
	subjects := []string{catalog.OptionsSubject}
	for _, c := range all {
		subjects = append(subjects, string(c.ID))
	}
	for _, a := range k.filters.Attributes {
		subjects = append(subjects, catalog.AttributeSubject(a.Key))
	}
	found, err := v.Translations(ctx, subjects, locales)
	if err != nil {
		return err
	}
	k.filters.Said = catalog.InOrder(found, locales)
	for i, c := range all {
		all[i] = k.filters.Said.Category(c)
	}
	for i, a := range k.filters.Attributes {
		k.filters.Attributes[i] = k.filters.Said.Attribute(a)
	}
	k.tree = catalog.NewTree(all)
	return nil
}

// Shelf is a category as shoppers see it.
type Shelf struct {
	catalog.Category
	Children []catalog.Category // with something for sale in or below them
}

// Category returns a category with something for sale in or below it, by its slug or by one that it had before, as
// Categories does. Errors: catalog.ErrNoCategory.
func (c *Catalog) Category(ctx context.Context, t tenant.Tenant, asked, slug string) (Shelf, error) {
	tree, err := c.Categories(ctx, t, asked)
	if err != nil {
		return Shelf{}, err
	}
	found, ok := tree.BySlug(slug)
	if !ok {
		if found, err = c.formerly(ctx, t.ID, tree, slug); err != nil {
			return Shelf{}, err
		}
	}
	found.Above = tree.Above(found.ID)
	return Shelf{found, tree.Children(found.ID)}, nil
}

func (c *Catalog) formerly(ctx context.Context, t tenant.ID, tree *catalog.Tree, slug string) (found catalog.Category, err error) {
	var id catalog.CategoryID
	err = c.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		id, err = v.CategoryFormerly(ctx, slug)
		return err
	})
	if err != nil {
		return found, err
	}
	found, ok := tree.ByID(id)
	if !ok {
		return found, catalog.ErrNoCategory
	}
	return found, nil
}
