package shop

import (
	"context"
	"io"

	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/tenant"
)

// Pictures is what shops show. Everybody may see them.
type Pictures struct{ d Deps }

// Open opens a file with its size. The caller closes it. Errors: media.ErrNotFound, also while it is on its way.
func (p *Pictures) Open(ctx context.Context, shop, name string) (io.ReadCloser, media.File, int64, error) {
	return p.d.Pictures.Open(ctx, tenant.ID(shop), name)
}
