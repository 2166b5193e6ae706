package pictures

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// SourceOf names an address that a picture was fetched from.
func SourceOf(address string) string {
	sum := sha256.Sum256([]byte(address))
	return hex.EncodeToString(sum[:])
}

// Remote lists the pictures of products that lie elsewhere: addresses of the web that are no videos.
func Remote(products ...catalog.Product) (all []string) {
	for _, p := range products {
		for _, i := range p.Images {
			all = append(all, i.URL)
		}
		for _, v := range p.Variants {
			all = append(all, v.ImageURL)
		}
	}
	all = slices.DeleteFunc(all, func(address string) bool {
		return !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://") || media.VideoAt(address) != ""
	})
	slices.Sort(all)
	return slices.Compact(all)
}

// Replace puts our own addresses in the place of others.
func Replace(p catalog.Product, known map[string]string) catalog.Product {
	p.Images, p.Variants = slices.Clone(p.Images), slices.Clone(p.Variants)
	for i, image := range p.Images {
		if own, ok := known[image.URL]; ok {
			p.Images[i].URL = own
		}
	}
	for i, v := range p.Variants {
		if own, ok := known[v.ImageURL]; ok {
			p.Variants[i].ImageURL = own
		}
	}
	return p
}

// Known returns our own addresses of pictures that were fetched before, by where they were fetched from.
func Known(ctx context.Context, v ports.MediaView, t tenant.ID, addresses []string) (map[string]string, error) {
	if len(addresses) == 0 {
		return nil, nil //nolint:nilnil // nothing is known of nothing
	}
	sources := make([]string, len(addresses))
	for i, a := range addresses {
		sources[i] = SourceOf(a)
	}
	found, err := v.MediaBySource(ctx, sources)
	known := map[string]string{}
	for _, a := range addresses {
		if m, ok := found[SourceOf(a)]; ok && m.Status == media.Ready {
			known[a] = media.URL(string(t), m.File)
		}
	}
	return known, err
}

// FetchFor fetches the pictures of products that lie elsewhere, for about the given time, and has the products show them
// from then on; again > 0 asks for another turn. What cannot be fetched stays where it is, and is listed among the
// pictures with the reason; it was tried once since a time. Errors: those of the stores; after them the work can go on.
func (k *Keeper) FetchFor(ctx context.Context, t tenant.ID, ids []catalog.ProductID, since time.Time, turn time.Duration) (again time.Duration, err error) {
	end := k.d.Now().Add(turn)
	var found map[catalog.ProductID]catalog.Product
	err = k.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		found, err = v.ProductsByID(ctx, ids)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, one := range ids {
		p, there := found[one]
		if remote := Remote(p); !there || len(remote) == 0 {
			continue
		}
		finished, err := k.fetchProduct(ctx, t, p, since, end)
		if err != nil {
			return 0, err
		}
		if !finished || k.d.Now().After(end) {
			return wait, nil
		}
	}
	return 0, nil
}

// fetchProduct fetches the pictures of one product. finished says that there is nothing left to try.
func (k *Keeper) fetchProduct(ctx context.Context, t tenant.ID, p catalog.Product, since, end time.Time) (finished bool, err error) {
	for _, address := range Remote(p) {
		if k.d.Now().After(end) {
			return false, k.show(ctx, t, p.ID)
		}
		if err := k.fetch(ctx, t, address, since); err != nil {
			return false, err
		}
	}
	return true, k.show(ctx, t, p.ID)
}

// fetch fetches one picture and processes it at once. What cannot be used is written down.
func (k *Keeper) fetch(ctx context.Context, t tenant.ID, address string, since time.Time) error {
	var old map[string]media.Media
	source := SourceOf(address)
	err := k.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
		old, err = v.MediaBySource(ctx, []string{source})
		return err
	})
	before, tried := old[source]
	if err != nil || tried && (before.Status == media.Ready || before.Status == media.Failed && before.CreatedAt.After(since)) {
		return err
	}
	content, err := k.d.Fetch.Fetch(ctx, address, media.MaxBytes)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var m media.Media
	if err == nil {
		m, err = k.take(ctx, t, "system", lastPart(address), source, content)
	}
	switch {
	case err == nil:
		if m.Source != source {
			err = k.alias(ctx, t, m, source) // the same picture is at several addresses
		}
		if err == nil {
			err = k.Process(ctx, t, m.ID)
		}
		return err
	case fault.KindOf(err) == fault.Invalid, fault.CodeOf(err) == "address_silent":
		return k.failed(ctx, t, before, source, address, err)
	}
	return err
}

// alias remembers another address of a picture.
func (k *Keeper) alias(ctx context.Context, t tenant.ID, m media.Media, source string) error {
	return k.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		return tx.AddMediaSource(ctx, m.ID, source)
	})
}

func (k *Keeper) failed(ctx context.Context, t tenant.ID, before media.Media, source, address string, why error) error {
	now := k.d.Now()
	m := media.Media{ID: media.ID(id.New("med", now)), Name: shortened(address), Source: source, Status: media.Failed, Problem: problemOf(why), CreatedAt: now}
	m.File = "failed-" + string(m.ID)
	return k.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		if before.ID != "" {
			if err := tx.DeleteMedia(ctx, before.ID); err != nil {
				return err
			}
		}
		return tx.SaveMedia(ctx, m)
	})
}

// show has a product show what was fetched.
func (k *Keeper) show(ctx context.Context, t tenant.ID, which catalog.ProductID) error {
	changed := false
	err := k.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		changed = false
		found, err := tx.ProductsByID(ctx, []catalog.ProductID{which})
		if err != nil {
			return err
		}
		p, there := found[which]
		if !there {
			return nil
		}
		known, err := Known(ctx, tx, t, Remote(p))
		if err != nil || len(known) == 0 {
			return err
		}
		changed = true
		tx.Emit("system", catalog.Changed{Products: []catalog.ProductID{which}})
		return tx.SaveProducts(ctx, []catalog.Product{Replace(p, known)})
	})
	if err == nil && changed {
		_ = k.d.Forget.Forget(ctx, "catalog:"+string(t)) // the event does it too
	}
	if errors.Is(err, catalog.ErrSlugTaken) {
		return nil // the product was changed in a way that its next save has to mend
	}
	return err
}

// lastPart is what a picture at an address is called.
func lastPart(address string) string {
	path, _, _ := strings.Cut(address, "?")
	return shortened(path[strings.LastIndexByte(path, '/')+1:])
}

func shortened(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xfffd {
			return -1
		}
		return r
	}, text)
	for len(text) > media.MaxName {
		runes := []rune(text)
		text = string(runes[:len(runes)-1])
	}
	return text
}
