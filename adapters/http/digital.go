package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/digital"
)

const (
	variantFiles   = "/variants/{id}/files"
	downloadPause  = time.Minute // in which a client must take something of a download
	variantsFolder = adminPath + "/variants/"
)

// isFileForSale recognises the upload of a file that is sold.
func isFileForSale(method, target string) bool {
	path, _, _ := strings.Cut(target, "?")
	rest, ok := strings.CutPrefix(path, variantsFolder)
	_, last, _ := strings.Cut(rest, "/")
	return ok && method == fiber.MethodPost && last == "files"
}

func (s *Server) mountDigital(api huma.API) {
	const tag = "Digital products"
	bad, missing := http.StatusUnprocessableEntity, http.StatusNotFound
	upload := post(variantFiles, "add_file", tag, "Sell a file with a variant").answers(http.StatusCreated).within(importTimeout).limited(s, limitUploads).
		signedIn().fails(http.StatusRequestTimeout, missing, http.StatusConflict, bad).
		about("The body is the file, of any kind and at most 1 GB. Whoever has paid for the variant, or for a bundle with it, gets links to it with the order, " +
			"which work for a day and can be asked for again. Orders that are there already get it too, so a new edition reaches everybody.")
	upload.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
	}}
	huma.Register(api, upload.Operation, s.addFile)
	huma.Register(api, get(variantFiles, "list_files", tag, "Files that are sold with a variant").signedIn().fails(missing, bad).Operation, s.listFiles)
	huma.Register(api, describe(http.MethodDelete, variantFiles+"/{file}", "remove_file", tag, "Sell a file no longer").
		answers(http.StatusNoContent).signedIn().fails(missing, bad).about("Orders that were placed before keep it.").Operation, s.removeFile)
}

// FileForSale is a file that is sold with a variant.
type FileForSale struct {
	ID        string    `json:"id" example:"dig_01jd3v4k2m0000000000000000"`
	Name      string    `json:"name" example:"guide.pdf"`
	Bytes     int64     `json:"bytes"`
	CreatedAt time.Time `json:"created_at"`
}

func fileForSaleToJSON(f digital.File) FileForSale {
	return FileForSale{string(f.ID), f.Name, f.Bytes, timeToJSON(f.CreatedAt)}
}

// OctetBody is the input of operations that take any file as their body.
type OctetBody struct {
	PictureBody
	length int64
}

// Resolve implements huma.Resolver.
func (b *OctetBody) Resolve(ctx huma.Context) []error {
	b.length = int64(fiberOf(ctx).Request().Header.ContentLength())
	return b.PictureBody.Resolve(ctx)
}

func (s *Server) addFile(ctx context.Context, in *struct {
	OctetBody
	VariantID
	Name string `query:"name" required:"true" minLength:"1" maxLength:"150" example:"guide.pdf" doc:"Under which it is saved"`
},
) (*body[FileForSale], error) {
	f, err := s.d.Backoffice.Digital.Add(ctx, actorOf(ctx), in.core(), strings.Clone(in.Name), in.file, in.length)
	return &body[FileForSale]{fileForSaleToJSON(f)}, err
}

// FilesForSale are the files of a variant.
type FilesForSale struct {
	Files []FileForSale `json:"files"`
}

func (s *Server) listFiles(ctx context.Context, in *VariantID) (*body[FilesForSale], error) {
	all, err := s.d.Backoffice.Digital.List(ctx, actorOf(ctx), in.core())
	return &body[FilesForSale]{FilesForSale{mapped(all, fileForSaleToJSON)}}, err
}

func (s *Server) removeFile(ctx context.Context, in *struct {
	VariantID
	File string `path:"file" maxLength:"60" example:"dig_01jd3v4k2m0000000000000000"`
},
) (*struct{}, error) {
	return nil, s.d.Backoffice.Digital.Remove(ctx, actorOf(ctx), in.core(), digital.FileID(strings.Clone(in.File)))
}

// Download is a file that was bought, with a link to it.
type Download struct {
	Name      string    `json:"name" example:"guide.pdf"`
	VariantID string    `json:"variant_id"`
	Bytes     int64     `json:"bytes"`
	URL       string    `json:"url" doc:"Works until expires_at, for whoever has it; ask again for another one"`
	ExpiresAt time.Time `json:"expires_at"`
	Left      int       `json:"left" doc:"How often it may still be downloaded"`
}

// Downloads are the files of an order.
type Downloads struct {
	Downloads []Download `json:"downloads" doc:"Empty until the order is paid"`
}

func (s *Server) orderDownloads(ctx context.Context, in *OpenedOrder) (*body[Downloads], error) {
	t := requestOf(ctx).tenant.ID
	st, err := s.d.Shop.Orders.ByNumber(ctx, t, in.Number, in.Secret)
	if err != nil {
		return nil, err
	}
	all, err := s.d.Shop.Downloads.Of(ctx, t, st.Order)
	return &body[Downloads]{Downloads{mapped(all, s.downloadToJSON(ctx))}}, err
}

func (s *Server) myDownloads(ctx context.Context, in *OrderNumber) (*body[Downloads], error) {
	by := actorOf(ctx)
	st, err := s.d.Shop.Orders.Mine(ctx, by, in.Number)
	if err != nil {
		return nil, err
	}
	all, err := s.d.Shop.Downloads.Of(ctx, by.Tenant, st.Order)
	return &body[Downloads]{Downloads{mapped(all, s.downloadToJSON(ctx))}}, err
}

func (s *Server) downloadToJSON(ctx context.Context) func(shop.Download) Download {
	return func(d shop.Download) Download {
		return Download{d.Name, string(d.Variant), d.Bytes, s.pages(ctx) + d.Path(), timeToJSON(d.Expires), d.Left}
	}
}

// download sends a file that was bought. What it is does not matter: browsers save it, and open nothing of it as a page of
// the shop.
func (s *Server) download(c *fiber.Ctx) error {
	r := requestOn(c)
	if !r.known {
		return digital.ErrLink
	}
	from, err := startOf(c.Get(fiber.HeaderRange))
	if err != nil {
		return err
	}
	content, f, err := s.d.Shop.Downloads.Open(c.UserContext(), r.tenant.ID, digital.FileID(strings.Clone(c.Params("file"))), strings.Clone(c.Query("key")), from)
	if errors.Is(err, digital.ErrRange) {
		c.Set(fiber.HeaderContentRange, "bytes */"+strconv.FormatInt(f.Bytes, 10))
		return c.SendStatus(fiber.StatusRequestedRangeNotSatisfiable)
	}
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "application/octet-stream")
	c.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	c.Set(fiber.HeaderCacheControl, "private, no-store")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderAcceptRanges, "bytes")
	c.Set(fiber.HeaderETag, `"`+string(f.ID)+`"`)
	if from > 0 {
		c.Status(fiber.StatusPartialContent)
		c.Set(fiber.HeaderContentRange, fmt.Sprintf("bytes %d-%d/%d", from, f.Bytes-1, f.Bytes))
	}
	return c.SendStream(&patient{content, c.Context().Conn()}, int(f.Bytes-from))
}

// startOf reads where a download goes on. Only one range, to the end of the file, is sent; any other gets all of it, as
// RFC 9110, section 14.2 allows. Errors: Invalid.
func startOf(header string) (int64, error) {
	begin, ok := strings.CutPrefix(header, "bytes=")
	begin, end, one := strings.Cut(begin, "-")
	if !ok || !one || end != "" || begin == "" {
		return 0, nil
	}
	from, err := strconv.ParseInt(begin, 10, 64)
	if err != nil || from < 0 {
		return 0, digital.ErrRange
	}
	return from, nil
}

// patient lets a download take as long as the client goes on taking it.
type patient struct {
	io.ReadCloser
	conn net.Conn
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.conn.SetWriteDeadline(time.Now().Add(downloadPause)); err != nil {
		return 0, err
	}
	return p.ReadCloser.Read(b)
}
