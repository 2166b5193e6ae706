// Package blobs stores files in a folder or in object storage (S3 and what speaks its API), by gocloud.dev/blob.
package blobs

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"regexp"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // opens s3:// addresses
	"gocloud.dev/gcerrors"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/ports"
)

// Store implements ports.Blobs. It is safe for concurrent use.
type Store struct{ bucket *blob.Bucket }

// ErrAddress says how the address of a store is written.
var ErrAddress = fault.New(fault.Invalid, "invalid_store", "the address of the store for files cannot be used: write file:///folder or s3://bucket?region=eu-central-1, "+
	"for other servers with &endpoint=https://…&use_path_style=true; credentials come from the AWS_ variables")

// Open opens a store. "file:///folder" is made when it is not there; "s3://bucket?region=…" takes its credentials from the
// environment as AWS's tools do. Nothing is asked of S3 yet. Errors: ErrAddress.
func Open(ctx context.Context, address string) (*Store, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, ErrAddress
	}
	var bucket *blob.Bucket
	switch u.Scheme {
	case "file":
		// Without sidecars: a file's name says its type. Renaming across file systems is not needed when temporary files are
		// beside the files.
		bucket, err = openFolder(u.Path)
	case "s3":
		bucket, err = blob.OpenBucket(ctx, address)
	default:
		return nil, ErrAddress
	}
	if err != nil {
		return nil, ErrAddress.Saying("%s: %v", ErrAddress.Message, err)
	}
	return &Store{bucket}, nil
}

func openFolder(path string) (*blob.Bucket, error) {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return nil, err
	}
	return fileblob.OpenBucket(path, &fileblob.Options{NoTempDir: true, Metadata: fileblob.MetadataDontWrite, DirFileMode: 0o750})
}

// Close ends the store.
func (s *Store) Close() error { return s.bucket.Close() }

// namePattern keeps names inside the store: no part begins with a dot.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`)

// Put implements ports.Blobs.
func (s *Store) Put(ctx context.Context, name, mediaType string, content []byte) error {
	if !namePattern.MatchString(name) {
		return media.ErrNotFound
	}
	switch there, err := s.bucket.Exists(ctx, name); {
	case err != nil:
		return fault.Wrap(unavailable(err), "look for a file")
	case there:
		return nil
	}
	err := s.bucket.WriteAll(ctx, name, content, &blob.WriterOptions{ContentType: mediaType, CacheControl: "public, max-age=31536000, immutable"})
	return fault.Wrap(unavailable(err), "store a file")
}

// Write implements ports.Blobs.
func (s *Store) Write(ctx context.Context, name, mediaType string, r io.Reader) (int64, error) {
	if !namePattern.MatchString(name) {
		return 0, media.ErrNotFound
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	read := &reading{r: r, abort: cancel}
	err := s.bucket.Upload(ctx, name, read, &blob.WriterOptions{ContentType: mediaType})
	if read.err != nil {
		return 0, read.err
	}
	return read.size, fault.Wrap(unavailable(err), "store a file")
}

// reading counts what is read, and tells a reader's error from one of the store.
type reading struct {
	r     io.Reader
	abort context.CancelFunc // what was written is dropped only when the context has ended
	size  int64
	err   error
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.size += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
		r.abort()
	}
	return n, err
}

// From implements ports.Blobs.
func (s *Store) From(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	if !namePattern.MatchString(name) {
		return nil, media.ErrNotFound
	}
	r, err := s.bucket.NewRangeReader(ctx, name, offset, -1, nil)
	if err != nil {
		return nil, unavailable(err)
	}
	return r, nil
}

// Get implements ports.Blobs.
func (s *Store) Get(ctx context.Context, name string) (io.ReadCloser, ports.Blob, error) {
	if !namePattern.MatchString(name) {
		return nil, ports.Blob{}, media.ErrNotFound
	}
	r, err := s.bucket.NewReader(ctx, name, nil)
	if err != nil {
		return nil, ports.Blob{}, unavailable(err)
	}
	return r, ports.Blob{Type: r.ContentType(), Size: r.Size()}, nil
}

// Delete implements ports.Blobs.
func (s *Store) Delete(ctx context.Context, names ...string) error {
	for _, name := range names {
		if err := s.bucket.Delete(ctx, name); err != nil && gcerrors.Code(err) != gcerrors.NotFound {
			return unavailable(err)
		}
	}
	return nil
}

// unavailable says that a store did not do what it was asked to, unless the file is not there.
func unavailable(err error) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound:
		return media.ErrNotFound
	}
	return fault.New(fault.Unavailable, "store_unavailable", "files cannot be stored or read at the moment: try again").With(err)
}
