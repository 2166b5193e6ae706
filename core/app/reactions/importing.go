package reactions

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/catalog"
)

// importTurn is how long an import is worked on at a time. A job has half a minute.
const importTurn = 20 * time.Second

// importFile goes on with an import. One that was deleted meanwhile needs nothing.
func (r *Reactions) importFile(ctx context.Context, h happened) (again time.Duration, err error) {
	again, err = r.d.Importer.Work(ctx, h.tenant.ID, catalog.ImportID(h.Subject), importTurn, nil)
	if errors.Is(err, catalog.ErrImportNotFound) {
		return 0, nil
	}
	return again, err
}
