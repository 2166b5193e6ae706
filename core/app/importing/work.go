package importing

import (
	"context"
	"errors"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

const (
	batch = 100 // products in one transaction

	// hold is how long an import belongs to a worker after its last batch; somebody who dies is waited for no longer.
	hold  = 30 * time.Second
	pause = time.Second // between two turns, in which other work gets its turn
)

// What ends a pass over the file.
var (
	errTurn = errors.New("the turn is over")
	errLost = errors.New("somebody else has it, or it was cancelled")
)

// work is one worker's turn at an import.
type work struct {
	x      *Importer
	t      tenant.Tenant
	holder string
	now    catalog.Import // as of the last batch
	skip   int            // products that earlier turns have done
	end    time.Time      // of the turn; zero for none
	tell   func(catalog.Import)
	wrote  bool

	batch []ports.SourceProduct
}

// Work goes on with an import until it ends, or for about the given time; 0 has no limit. again > 0 asks for another turn
// after that time. tell, which may be nil, is called after every batch. Only one worker at a time has an import; a second
// one is told to come again. Errors: catalog.ErrImportNotFound, those of the store; after them the work can go on.
func (x *Importer) Work(ctx context.Context, t tenant.ID, which catalog.ImportID, turn time.Duration, tell func(catalog.Import)) (again time.Duration, err error) {
	w := &work{x: x, holder: id.New("wrk", x.d.Now()), tell: tell}
	if turn > 0 {
		w.end = x.d.Now().Add(turn)
	}
	if w.t, err = x.d.Registry.Tenant(ctx, t); err != nil {
		return 0, err
	}
	mine, err := w.claim(ctx, which)
	if err != nil {
		return 0, err
	}
	if !mine {
		if w.now.Ended() {
			return 0, nil
		}
		return hold / 10, nil
	}
	for err == nil && !w.now.Ended() {
		err = w.pass(ctx)
	}
	if w.wrote {
		_ = x.d.Forget.Forget(ctx, "catalog:"+string(t)) // the events' reactions do it too
	}
	switch {
	case errors.Is(err, errTurn):
		return pause, w.release(ctx)
	case errors.Is(err, errLost):
		return hold / 10, nil
	case err != nil:
		return 0, errors.Join(err, w.release(context.WithoutCancel(ctx)))
	}
	return 0, nil
}

// claim takes the import, unless somebody else has it.
func (w *work) claim(ctx context.Context, which catalog.ImportID) (mine bool, err error) {
	err = w.x.d.Store.Update(ctx, w.t.ID, func(ctx context.Context, tx ports.Tx) error {
		if w.now, err = tx.CatalogImport(ctx, which); err != nil {
			return err
		}
		now := w.x.d.Now()
		if mine = w.now.Claim(w.holder, now, now.Add(hold)); !mine {
			return nil
		}
		return tx.SaveImport(ctx, w.now)
	})
	return mine, err
}

// change writes to the import, as long as it is this worker's and nothing was done that it does not know.
func (w *work) change(ctx context.Context, fn func(context.Context, ports.Tx, *catalog.Import) error) error {
	var next catalog.Import
	err := w.x.d.Store.Update(ctx, w.t.ID, func(ctx context.Context, tx ports.Tx) (err error) {
		if next, err = tx.CatalogImport(ctx, w.now.ID); err != nil {
			return err
		}
		if !next.HeldBy(w.holder, w.now.Products, w.now.Checking) {
			return errLost
		}
		now := w.x.d.Now()
		next.HeldUntil, next.UpdatedAt = now.Add(hold), now
		if err := fn(ctx, tx, &next); err != nil {
			return err
		}
		return tx.SaveImport(ctx, next)
	})
	if err != nil {
		return err
	}
	if w.now = next; w.tell != nil {
		w.tell(next)
	}
	return nil
}

// release lets others take the import at once.
func (w *work) release(ctx context.Context) error {
	err := w.change(ctx, func(_ context.Context, _ ports.Tx, i *catalog.Import) error {
		i.Holder = ""
		return nil
	})
	if errors.Is(err, errLost) || errors.Is(err, catalog.ErrImportNotFound) {
		return nil
	}
	return err
}

// pass reads the file from its beginning, leaves out what is done, and does the rest.
func (w *work) pass(ctx context.Context) error {
	w.skip, w.batch = w.now.Products, nil
	source := &file{ctx: ctx, x: w.x, t: w.t.ID, id: w.now.ID, size: w.now.Size}
	var own error // what is wrong with the work, not with the file
	err := w.x.d.Source.Read(source, w.now.Format, w.t.Shop.Currency, func(p ports.SourceProduct) error {
		own = w.take(ctx, p)
		return own
	})
	if own == nil && err == nil {
		if own = w.flush(ctx); own == nil {
			return w.ends(ctx, func(i *catalog.Import) { i.Complete(w.x.d.Now()) })
		}
	}
	if own != nil {
		return own
	}
	if fault.KindOf(err) != fault.Invalid {
		return err
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return w.ends(ctx, func(i *catalog.Import) { i.Fail(messageOf(err), w.x.d.Now()) })
}

// ends closes a pass, and forgets the file when it was the last one.
func (w *work) ends(ctx context.Context, how func(*catalog.Import)) error {
	return w.change(ctx, func(ctx context.Context, tx ports.Tx, i *catalog.Import) error {
		if how(i); !i.Ended() {
			return nil
		}
		return tx.DropImportFile(ctx, i.ID)
	})
}

func messageOf(err error) string {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return f.Message
	}
	return err.Error()
}

// take puts a product to the batch.
func (w *work) take(ctx context.Context, p ports.SourceProduct) error {
	if w.skip > 0 {
		w.skip--
		return ctx.Err()
	}
	if len(p.Errors) == 0 {
		if err := p.Product.Check(); err != nil {
			p.Errors = unfit(p.Line, err)
		}
	}
	if w.batch = append(w.batch, p); len(w.batch) < batch {
		return nil
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	if !w.end.IsZero() && w.x.d.Now().After(w.end) {
		return errTurn
	}
	return nil
}

// unfit says in which fields a product breaks the rules of the catalogue.
func unfit(line int, err error) (all []catalog.RowError) {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		for _, field := range f.Fields {
			all = append(all, catalog.RowError{Line: line, Column: field.Path, Message: field.Message})
		}
	}
	if all == nil {
		all = []catalog.RowError{{Line: line, Message: messageOf(err)}}
	}
	return all
}
