package reactions

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/media"
)

// fetchTurn is how long pictures are fetched before other work gets its turn.
const fetchTurn = 20 * time.Second

// drawPicture makes what is served of an uploaded picture.
func (r *Reactions) drawPicture(ctx context.Context, h happened) error {
	uploaded, err := factOf[media.Uploaded](h)
	if err != nil {
		return err
	}
	return r.d.Pictures.Process(ctx, h.tenant.ID, uploaded.Media)
}

// fetchPictures brings the pictures of imported products into the shop.
func (r *Reactions) fetchPictures(ctx context.Context, h happened) (again time.Duration, err error) {
	wanted, err := factOf[catalog.PicturesWanted](h)
	if err != nil {
		return 0, err
	}
	return r.d.Pictures.FetchFor(ctx, h.tenant.ID, wanted.Products, h.At, fetchTurn)
}
