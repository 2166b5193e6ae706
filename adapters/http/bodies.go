package httpapi

import (
	"bytes"
	"io"
	"mime"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/halum-hut/halum/core/app/importing"
	"github.com/halum-hut/halum/core/digital"
	"github.com/halum-hut/halum/core/media"
)

// Bodies come as streams, so that a file is never in memory as a whole. Everything else is read here, up to the limit of
// its route, and is then as if it had come at once.

// headerTooLong marks a request whose body is longer than its route allows, before a byte of it is awaited.
const headerTooLong = "Halum-Body-Too-Long"

// headerReceived sets what a route allows: imports and exports may take longer than everything else, files and products
// may be larger.
func (s *Server) headerReceived(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	limits := s.limitsOf(h)
	if h.ContentLength() > limits.MaxRequestBodySize {
		h.SetContentLength(0)
		h.SetConnectionClose() // the body is still on its way
		h.Set(headerTooLong, "1")
	}
	return limits
}

func (s *Server) limitsOf(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	target := string(h.RequestURI())
	switch {
	case len(h.Peek(fiber.HeaderAuthorization)) == 0:
	case isImport(string(h.Method()), target):
		return fasthttp.RequestConfig{MaxRequestBodySize: s.fileLimit(), ReadTimeout: importTimeout, WriteTimeout: importTimeout}
	case isFileForSale(string(h.Method()), target):
		return fasthttp.RequestConfig{MaxRequestBodySize: digital.MaxBytes, ReadTimeout: importTimeout, WriteTimeout: importTimeout}
	case isUpload(string(h.Method()), target):
		return fasthttp.RequestConfig{MaxRequestBodySize: media.MaxBytes, ReadTimeout: uploadTimeout}
	case isExport(target):
		return fasthttp.RequestConfig{MaxRequestBodySize: apiBody, WriteTimeout: exportTimeout}
	case isLarge(target):
		return fasthttp.RequestConfig{MaxRequestBodySize: productBody}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: apiBody}
}

// fileLimit is how long a file may be.
func (s *Server) fileLimit() int {
	if s.d.Backoffice == nil {
		return apiBody
	}
	return int(s.d.Backoffice.Imports.MaxBytes())
}

// takeBody reads the body of a request, unless its handler takes it as a stream. Errors: 413, 408 and broken connections.
func (s *Server) takeBody(c *fiber.Ctx) error {
	req := c.Request()
	target := string(req.RequestURI())
	file, upload, sold := isImport(c.Method(), target), isUpload(c.Method(), target), isFileForSale(c.Method(), target)
	switch {
	case len(req.Header.Peek(headerTooLong)) > 0 && file:
		return importing.TooLarge(int64(s.fileLimit()))
	case len(req.Header.Peek(headerTooLong)) > 0 && upload:
		return media.ErrTooLarge
	case len(req.Header.Peek(headerTooLong)) > 0 && sold:
		return digital.ErrTooLarge
	case len(req.Header.Peek(headerTooLong)) > 0:
		return fiber.ErrRequestEntityTooLarge
	case file, upload, sold, !req.IsBodyStream():
		return nil
	}
	body, err := readUpTo(req.BodyStream(), max(req.Header.ContentLength(), 0), s.limitsOf(&req.Header).MaxRequestBodySize)
	if err != nil {
		c.Context().SetConnectionClose()
		return err
	}
	req.SetBodyRaw(body)
	return nil
}

func readUpTo(r io.Reader, expect, limit int) ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, expect+bytes.MinRead))
	if _, err := b.ReadFrom(io.LimitReader(r, int64(limit)+1)); err != nil {
		return nil, fiber.NewError(fiber.StatusRequestTimeout, "the body did not come to its end")
	}
	if b.Len() > limit {
		return nil, fiber.ErrRequestEntityTooLarge
	}
	if b.Len() < expect {
		return nil, fiber.NewError(fiber.StatusBadRequest, "the body is shorter than its Content-Length")
	}
	return b.Bytes(), nil
}

// fileTypes are the content types under which product files are sent.
var fileTypes = []string{
	"text/csv", "application/csv", "application/vnd.ms-excel", "text/tab-separated-values", "text/plain",
	"application/x-ndjson", "application/jsonl", "application/octet-stream",
}

// FileBody is the input of operations that take a file as their body.
type FileBody struct{ file io.Reader }

// Resolve implements huma.Resolver.
func (b *FileBody) Resolve(ctx huma.Context) []error {
	c := fiberOf(ctx)
	kind, _, err := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if err != nil || !slices.Contains(fileTypes, kind) {
		return []error{newProblem(fiber.StatusUnsupportedMediaType, "unsupported_media_type", "send the file as text/csv or application/x-ndjson")}
	}
	if b.file = c.Context().RequestBodyStream(); b.file == nil {
		b.file = bytes.NewReader(c.Request().Body())
	}
	return nil
}

// fileInput describes such a body.
func fileInput() *huma.RequestBody {
	content := map[string]*huma.MediaType{}
	for _, kind := range fileTypes {
		content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return &huma.RequestBody{Required: true, Content: content}
}
