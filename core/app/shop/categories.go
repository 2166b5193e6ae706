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
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	treeLifetime = 30 * time.Second // what a lost invalidation costs at most
	maxTrees     = 1000             // of shops and languages, in one process
)

// trees keeps the category trees that shoppers see: every page shows a part of one. Nobody reads a tree into it that was
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
	tree  *catalog.Tree
	until time.Time
}

func newTrees(now app.Clock) *trees { return &trees{now: now, kept: map[treeKey]keptTree{}} }

func (t *trees) find(id treeKey) (tree *catalog.Tree, changes uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k, ok := t.kept[id]; ok && t.now().Before(k.until) {
		return k.tree, t.changes
	}
	return nil, t.changes
}

func (t *trees) keep(id treeKey, tree *catalog.Tree, changes uint64) {
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
	t.kept[id] = keptTree{tree, t.now().Add(treeLifetime)}
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
	locales := locale.Wanted(asked, t.Shop.Locale)
	key := treeKey{t.ID, strings.Join(locales, " ")}
	tree, changes := c.trees.find(key)
	if tree != nil {
		return tree, nil
	}
	err := c.d.Store.View(ctx, t.ID, func(ctx context.Context, v ports.View) error {
		rows, err := v.Categories(ctx)
		if err != nil {
			return err
		}
		tree = catalog.NewTree(rows).Stocked()
		if len(locales) > 0 {
			tree, err = spoken(ctx, v, tree, locales)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	c.trees.keep(key, tree, changes)
	return tree, nil
}

// spoken calls the categories by their names in the first of the locales in which they have one.
func spoken(ctx context.Context, v ports.View, tree *catalog.Tree, locales []string) (*catalog.Tree, error) {
	all := slices.Clone(tree.All())
	subjects := make([]string, len(all))
	for i, c := range all {
		subjects[i] = string(c.ID)
	}
	found, err := v.Translations(ctx, subjects, locales)
	if err != nil {
		return nil, err
	}
	said := catalog.InOrder(found, locales)
	for i, c := range all {
		all[i] = said.Category(c)
	}
	return catalog.NewTree(all), nil
}

// Shelf is a category as shoppers see it.
type Shelf struct {
	catalog.Category
	Children []catalog.Category // with something for sale in or below them
}

// Category returns a category with something for sale in or below it, as Categories does. Errors: catalog.ErrNoCategory.
func (c *Catalog) Category(ctx context.Context, t tenant.Tenant, asked, slug string) (Shelf, error) {
	tree, err := c.Categories(ctx, t, asked)
	if err != nil {
		return Shelf{}, err
	}
	found, ok := tree.BySlug(slug)
	if !ok {
		return Shelf{}, catalog.ErrNoCategory
	}
	found.Above = tree.Above(found.ID)
	return Shelf{found, tree.Children(found.ID)}, nil
}
