package ports

import (
	"context"
	"io"

	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/tenant"
)

// Blob says what a stored file is.
type Blob struct {
	Type string // media type
	Size int64
}

// Blobs stores files by name. A name that was written is not written anew: names say the content. Names are parts of
// letters, digits, dots, hyphens and underscores with slashes between. Errors of all: Unavailable when the store cannot be
// reached.
type Blobs interface {
	// Put stores a file, whole or not at all. One that is there already is left as it is.
	Put(ctx context.Context, name, mediaType string, content []byte) error
	// Write stores what is read, whole or not at all, without having it in memory, and returns how long it is. Errors: those
	// of r.
	Write(ctx context.Context, name, mediaType string, r io.Reader) (size int64, err error)
	// From opens a file from a byte of it on. The caller closes it. Errors: media.ErrNotFound.
	From(ctx context.Context, name string, offset int64) (io.ReadCloser, error)
	// Get opens a file. The caller closes it. Errors: media.ErrNotFound.
	Get(ctx context.Context, name string) (io.ReadCloser, Blob, error)
	// Delete removes files; what is not there is fine.
	Delete(ctx context.Context, names ...string) error
}

// Pictures reads and makes pictures. Few are decoded at once, so that memory stays bounded.
type Pictures interface {
	// Inspect reads the beginning of a picture, and decodes none of it. Errors: media.ErrFormat, ErrBroken.
	Inspect(content []byte) (media.Header, error)
	// Render decodes a picture, turns it upright and hands the whole and its renditions to put, without anything that is not
	// seen: no place, no camera, no thumbnail. Errors: media.ErrBroken, ErrTooLarge, those of put.
	Render(ctx context.Context, content []byte, f media.File, put func(media.File, []byte) error) error
}

// Fetcher gets what strangers' addresses lead to, and never what is on our own networks.
type Fetcher interface {
	// Fetch returns at most limit bytes. Errors: fault.Invalid that tells why an address is of no use: refused, gone, too
	// large, or no answer in time; fault.Unavailable when trying again may help.
	Fetch(ctx context.Context, address string, limit int64) ([]byte, error)
}

// MediaView reads pictures.
type MediaView interface {
	// Media returns one. In a Tx it is locked until commit. Errors: media.ErrNotFound.
	Media(ctx context.Context, id media.ID) (media.Media, error)
	// MediaByFile returns one by the name of its file. Errors: media.ErrNotFound.
	MediaByFile(ctx context.Context, file string) (media.Media, error)
	// MediaPage lists them, the newest first, after a given one; status "" is all.
	MediaPage(ctx context.Context, status media.Status, after media.ID, limit int) ([]media.Media, error)
	// MediaBySource returns pictures by names of where they were fetched from. Those that never were are missing.
	MediaBySource(ctx context.Context, sources []string) (map[string]media.Media, error)
	// MediaUsed reports whether a product shows the file at an address.
	MediaUsed(ctx context.Context, address string) (bool, error)
}

// MediaTx writes pictures.
type MediaTx interface {
	// SaveMedia inserts or replaces one by id. Errors: fault.Conflict when another one has its file.
	SaveMedia(ctx context.Context, m media.Media) error
	// AddMediaSource remembers another place where a picture was fetched from.
	AddMediaSource(ctx context.Context, id media.ID, source string) error
	// DeleteMedia removes one.
	DeleteMedia(ctx context.Context, id media.ID) error
}

// MediaFiles are the names of files in the store.
type MediaFiles struct{ Tenant tenant.ID }

// Raw is where what was uploaded waits to be processed. It is never served.
func (f MediaFiles) Raw(id media.ID) string { return "raw/" + string(f.Tenant) + "/" + string(id) }

// Served is where a file is served from.
func (f MediaFiles) Served(file string) string { return "files/" + string(f.Tenant) + "/" + file }
