package importing

import (
	"context"
	"errors"
	"io"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// partsInMemory is how many parts of a file are kept at hand: formats in which the rows of a product stand apart go
// back and forth.
const partsInMemory = 8

// file reads the parts of a kept file as one.
type file struct {
	ctx   context.Context //nolint:containedctx // the reader's interface has no room for it, and it lives as long as one pass
	x     *Importer
	t     tenant.ID
	id    catalog.ImportID
	size  int64
	parts []part // the latest used is the last
}

type part struct {
	n    int
	data []byte
}

// Size implements ports.File.
func (f *file) Size() int64 { return f.size }

// ReadAt implements ports.File. Errors: io.EOF, and faults that are not the file's own.
func (f *file) ReadAt(p []byte, at int64) (done int, err error) {
	for done < len(p) {
		if at >= f.size {
			return done, io.EOF
		}
		data, err := f.part(int(at / ports.ImportChunk))
		if err != nil {
			return done, err
		}
		offset := int(at % ports.ImportChunk)
		if offset >= len(data) {
			return done, fault.New(fault.Internal, "import_file_short", "a part of the file is shorter than it was")
		}
		n := copy(p[done:], data[offset:])
		done, at = done+n, at+int64(n)
	}
	return done, nil
}

func (f *file) part(n int) (data []byte, err error) {
	for i, have := range f.parts {
		if have.n == n {
			f.parts = append(append(f.parts[:i:i], f.parts[i+1:]...), have)
			return have.data, nil
		}
	}
	err = f.x.d.Store.View(f.ctx, f.t, func(ctx context.Context, v ports.View) error {
		data, err = v.ImportChunk(ctx, f.id, n)
		return err
	})
	if known := (*fault.Error)(nil); err != nil && !errors.As(err, &known) {
		err = fault.New(fault.Unavailable, "import_file_unread", "the file could not be read just now").With(err)
	}
	if err != nil {
		return nil, err
	}
	if len(f.parts) >= partsInMemory {
		f.parts = f.parts[1:]
	}
	f.parts = append(f.parts, part{n, data})
	return data, nil
}
