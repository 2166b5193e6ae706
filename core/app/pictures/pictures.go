// Package pictures takes pictures in, has them drawn anew in several sizes, and fetches those that files name by address.
// What was uploaded is kept aside until that is done, so that a worker that dies has done nothing, and the next one begins
// again: names say the content, and what was stored already is not stored twice.
package pictures

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"time"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Deps is what pictures stand on.
type Deps struct {
	Store    ports.Store
	Blobs    ports.Blobs
	Pictures ports.Pictures
	Fetch    ports.Fetcher
	Forget   ports.Invalidation
	Now      app.Clock
}

// Keeper keeps pictures. It is safe for concurrent use, on any number of nodes.
type Keeper struct {
	d       Deps
	reading chan struct{} // few uploads are in memory at once
}

// uploadsAtOnce bounds the memory of uploads: each may take media.MaxBytes.
const uploadsAtOnce = 4

// New returns a Keeper.
func New(d Deps) *Keeper { return &Keeper{d, make(chan struct{}, uploadsAtOnce)} }

// Upload takes a picture. It is served when its processing is done, which Process does in the background. The same
// content is the same picture: it is returned as it is. Errors: media.ErrFormat, ErrBroken, ErrTooLarge, ErrName, those of r.
func (k *Keeper) Upload(ctx context.Context, t tenant.ID, by, name string, r io.Reader) (media.Media, error) {
	select {
	case k.reading <- struct{}{}:
		defer func() { <-k.reading }()
	case <-ctx.Done():
		return media.Media{}, ctx.Err()
	}
	content, err := io.ReadAll(io.LimitReader(r, media.MaxBytes+1))
	if err != nil {
		return media.Media{}, err
	}
	return k.take(ctx, t, by, name, "", content)
}

// take keeps a picture aside and asks for its processing.
func (k *Keeper) take(ctx context.Context, t tenant.ID, by, name, source string, content []byte) (media.Media, error) {
	if len(content) > media.MaxBytes {
		return media.Media{}, media.ErrTooLarge
	}
	h, err := k.d.Pictures.Inspect(content)
	if err != nil {
		return media.Media{}, err
	}
	now := k.d.Now()
	m, err := media.New(media.ID(id.New("med", now)), name, sha256.Sum256(content), int64(len(content)), h, now)
	if err != nil {
		return m, err
	}
	m.Source = source
	known, err := k.byFile(ctx, t, m.File)
	if err == nil && known.Status != media.Failed {
		return known, nil
	}
	if err != nil && !errors.Is(err, media.ErrNotFound) {
		return m, err
	}
	if known.ID != "" { // it failed before, for a reason that may be gone
		known.Status, known.Problem = media.Processing, ""
		m = known
	}
	if err := k.d.Blobs.Put(ctx, files(t).Raw(m.ID), "application/octet-stream", content); err != nil {
		return m, err
	}
	err = k.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		tx.Emit(by, media.Uploaded{Media: m.ID})
		if err := tx.SaveMedia(ctx, m); err != nil || source == "" {
			return err
		}
		return tx.AddMediaSource(ctx, m.ID, source)
	})
	if fault.KindOf(err) == fault.Conflict { // somebody else has uploaded the same in between
		if other, again := k.byFile(ctx, t, m.File); again == nil {
			return other, nil
		}
	}
	return m, err
}

func files(t tenant.ID) ports.MediaFiles { return ports.MediaFiles{Tenant: t} }

func (k *Keeper) byFile(ctx context.Context, t tenant.ID, file string) (m media.Media, err error) {
	err = k.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) error {
		m, err = v.MediaByFile(ctx, file)
		return err
	})
	return m, err
}

// Process draws a picture anew and stores it in all its sizes. Run again it changes nothing. Errors: those of the stores,
// after which it may be run again.
func (k *Keeper) Process(ctx context.Context, t tenant.ID, which media.ID) error {
	var m media.Media
	err := k.d.Store.View(ctx, t, func(ctx context.Context, v ports.View) (err error) {
		m, err = v.Media(ctx, which)
		return err
	})
	switch {
	case errors.Is(err, media.ErrNotFound):
		return k.d.Blobs.Delete(ctx, files(t).Raw(which)) // it was deleted in between
	case err != nil || m.Status != media.Processing:
		return err
	}
	err = k.render(ctx, t, m)
	switch {
	case err == nil:
		m.Status = media.Ready
	case fault.KindOf(err) == fault.Invalid, errors.Is(err, media.ErrNotFound):
		m.Status, m.Problem = media.Failed, problemOf(err)
	default:
		return err
	}
	err = k.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		if _, err := tx.Media(ctx, which); err != nil {
			return err
		}
		return tx.SaveMedia(ctx, m)
	})
	if err != nil && !errors.Is(err, media.ErrNotFound) {
		return err
	}
	return k.d.Blobs.Delete(ctx, files(t).Raw(which))
}

func (k *Keeper) render(ctx context.Context, t tenant.ID, m media.Media) error {
	r, _, err := k.d.Blobs.Get(ctx, files(t).Raw(m.ID))
	if err != nil {
		return err
	}
	defer r.Close()
	content, err := io.ReadAll(io.LimitReader(r, media.MaxBytes+1))
	if err != nil {
		return fault.Wrap(err, "read an upload")
	}
	f, _ := media.ParseFile(m.File)
	return k.d.Pictures.Render(ctx, content, f, func(one media.File, content []byte) error {
		return k.d.Blobs.Put(ctx, files(t).Served(one.Name()), one.Type(), content)
	})
}

// problemOf says for people what is wrong, briefly.
func problemOf(err error) string {
	var known *fault.Error
	if !errors.As(err, &known) {
		return "the picture cannot be read"
	}
	runes := []rune(known.Message)
	return string(runes[:min(len(runes), media.MaxProblem)])
}

// Open opens a file that is served. Errors: media.ErrNotFound for names that are none, and for files that are not there
// (yet).
func (k *Keeper) Open(ctx context.Context, t tenant.ID, name string) (io.ReadCloser, media.File, int64, error) {
	f, ok := media.ParseFile(name)
	if !ok {
		return nil, f, 0, media.ErrNotFound
	}
	r, b, err := k.d.Blobs.Get(ctx, files(t).Served(name))
	return r, f, b.Size, err
}

// Delete forgets a picture with its files. Errors: media.ErrNotFound, media.ErrUsed while a product shows it.
func (k *Keeper) Delete(ctx context.Context, t tenant.ID, which media.ID) error {
	var m media.Media
	err := k.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) (err error) {
		if m, err = tx.Media(ctx, which); err != nil {
			return err
		}
		used, err := tx.MediaUsed(ctx, media.URL(string(t), m.File))
		if err != nil {
			return err
		}
		if used {
			return media.ErrUsed
		}
		return tx.DeleteMedia(ctx, which)
	})
	if err != nil {
		return err
	}
	f, ok := media.ParseFile(m.File)
	if !ok {
		return nil
	}
	names := []string{files(t).Raw(which)}
	for _, one := range append(f.Renditions(), f) {
		names = append(names, files(t).Served(one.Name()))
	}
	return k.d.Blobs.Delete(ctx, names...)
}

// wait is between two looks at what is still on its way.
const wait = time.Second
