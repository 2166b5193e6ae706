package backoffice

import (
	"context"
	"io"

	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/ports"
)

// Media is the pictures that staff upload.
type Media struct{ d Deps }

// Upload takes a picture. Permission catalog:manage. Errors: those of pictures.Keeper.Upload.
func (m *Media) Upload(ctx context.Context, by identity.Actor, name string, content io.Reader) (media.Media, error) {
	if err := by.May(identity.ManageCatalog); err != nil {
		return media.Media{}, err
	}
	return m.d.Pictures.Upload(ctx, by.Tenant, by.Who(), name, content)
}

// List returns pictures, the newest first, after a given one; "" is every status. Permission catalog:read.
func (m *Media) List(ctx context.Context, by identity.Actor, status media.Status, after media.ID, limit int) (all []media.Media, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return nil, err
	}
	err = m.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		all, err = v.MediaPage(ctx, status, after, limit)
		return err
	})
	return all, err
}

// Get returns one. Permission catalog:read. Errors: media.ErrNotFound.
func (m *Media) Get(ctx context.Context, by identity.Actor, which media.ID) (out media.Media, err error) {
	if err := by.May(identity.ReadCatalog); err != nil {
		return out, err
	}
	err = m.d.Store.View(ctx, by.Tenant, func(ctx context.Context, v ports.View) error {
		out, err = v.Media(ctx, which)
		return err
	})
	return out, err
}

// Delete forgets one with its files. Permission catalog:manage. Errors: media.ErrNotFound, media.ErrUsed.
func (m *Media) Delete(ctx context.Context, by identity.Actor, which media.ID) error {
	if err := by.May(identity.ManageCatalog); err != nil {
		return err
	}
	if id.Check("med", string(which)) != nil {
		return media.ErrNotFound
	}
	return m.d.Pictures.Delete(ctx, by.Tenant, which)
}
