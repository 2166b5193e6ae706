package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/media"
)

const mediaPath = "/media"

// isUpload recognises the upload of a picture.
func isUpload(method, target string) bool {
	path, _, _ := strings.Cut(target, "?")
	return method == fiber.MethodPost && path == adminPath+mediaPath
}

func (s *Server) mountMedia(api huma.API) {
	const tag = "Media"
	bad, missing := http.StatusUnprocessableEntity, http.StatusNotFound
	upload := post(mediaPath, "upload_picture", tag, "Upload a picture").answers(http.StatusAccepted).within(uploadTimeout).limited(s, limitUploads).
		signedIn().fails(http.StatusRequestTimeout, bad).
		about("The body is the picture: JPEG, PNG, GIF or WebP, told by its content, of at most 20 MB and 40 million pixels. It is turned upright, freed of " +
			"everything that is not seen, and made in several sizes in the background; name `url` in products at once, it is served when status is ready. " +
			"The same picture is kept once.")
	upload.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, kind := range pictureTypes {
		upload.RequestBody.Content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	huma.Register(api, upload.Operation, s.uploadPicture)
	huma.Register(api, get(mediaPath, "list_pictures", tag, "Pictures, the newest first").signedIn().fails(bad).
		about("Those that could not be used say why, such as pictures that an imported file names and that could not be fetched.").Operation, s.listPictures)
	huma.Register(api, get(mediaPath+"/{id}", "get_picture", tag, "One picture").signedIn().fails(missing, bad).Operation, s.getPicture)
	huma.Register(api, describe(http.MethodDelete, mediaPath+"/{id}", "delete_picture", tag, "Delete a picture that no product shows").
		answers(http.StatusNoContent).signedIn().fails(missing, http.StatusConflict, bad).Operation, s.deletePicture)
}

var pictureTypes = []string{"image/jpeg", "image/png", "image/gif", "image/webp", "application/octet-stream"}

// Picture is an uploaded picture.
type Picture struct {
	ID        string    `json:"id" example:"med_01jd3v4k2m0000000000000000"`
	Name      string    `json:"name" doc:"As whoever uploaded it calls it; the address of one that could not be fetched"`
	URL       string    `json:"url,omitempty" doc:"A path on the shop's own host, for images of products"`
	Status    string    `json:"status" enum:"processing,ready,failed"`
	Problem   string    `json:"problem,omitempty" doc:"Why it failed"`
	Width     int       `json:"width" doc:"As served"`
	Height    int       `json:"height"`
	Bytes     int64     `json:"bytes" doc:"As uploaded"`
	CreatedAt time.Time `json:"created_at"`
}

func pictureToJSON(shop string) func(media.Media) Picture {
	return func(m media.Media) Picture {
		out := Picture{
			ID: string(m.ID), Name: m.Name, Status: string(m.Status), Problem: m.Problem, Width: m.Width, Height: m.Height, Bytes: m.Bytes,
			CreatedAt: timeToJSON(m.CreatedAt),
		}
		if m.Status != media.Failed {
			out.URL = media.URL(shop, m.File)
		}
		return out
	}
}

// PictureBody is the input of operations that take a picture as their body.
type PictureBody struct{ file io.Reader }

// Resolve implements huma.Resolver. What the body is said to be does not matter: its content tells.
func (b *PictureBody) Resolve(ctx huma.Context) []error {
	c := fiberOf(ctx)
	if b.file = c.Context().RequestBodyStream(); b.file == nil {
		b.file = bytes.NewReader(c.Request().Body())
	}
	return nil
}

type pictureAnswer struct {
	Location string `header:"Location" doc:"Where to follow it"`
	Body     Picture
}

func (s *Server) uploadPicture(ctx context.Context, in *struct {
	PictureBody
	Name string `query:"name" maxLength:"200" doc:"Of the file, for people"`
},
) (*pictureAnswer, error) {
	by := actorOf(ctx)
	m, err := s.d.Backoffice.Media.Upload(ctx, by, strings.Clone(in.Name), in.file)
	if err != nil {
		return nil, err
	}
	return &pictureAnswer{adminPath + mediaPath + "/" + string(m.ID), pictureToJSON(string(by.Tenant))(m)}, nil
}

// PicturePage is a part of the pictures.
type PicturePage struct {
	Pictures []Picture `json:"pictures"`
	Next     string    `json:"next,omitempty" doc:"Pass it as after; missing on the last page"`
}

func (s *Server) listPictures(ctx context.Context, in *struct {
	PageQuery
	Status string `query:"status" enum:"processing,ready,failed"`
},
) (*body[PicturePage], error) {
	by := actorOf(ctx)
	all, err := s.d.Backoffice.Media.List(ctx, by, media.Status(in.Status), media.ID(in.After), in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := PicturePage{}
	if len(all) > in.Limit {
		all = all[:in.Limit]
		page.Next = string(all[in.Limit-1].ID)
	}
	page.Pictures = mapped(all, pictureToJSON(string(by.Tenant)))
	return &body[PicturePage]{page}, nil
}

// PictureID names a picture.
type PictureID struct {
	ID string `path:"id" maxLength:"60" example:"med_01jd3v4k2m0000000000000000"`
}

func (s *Server) getPicture(ctx context.Context, in *PictureID) (*body[Picture], error) {
	by := actorOf(ctx)
	m, err := s.d.Backoffice.Media.Get(ctx, by, media.ID(strings.Clone(in.ID)))
	return &body[Picture]{pictureToJSON(string(by.Tenant))(m)}, err
}

func (s *Server) deletePicture(ctx context.Context, in *PictureID) (*struct{}, error) {
	return nil, s.d.Backoffice.Media.Delete(ctx, actorOf(ctx), media.ID(strings.Clone(in.ID)))
}

// file serves a picture. Its name says its content, so it never changes; another shop's host does not have it.
func (s *Server) file(c *fiber.Ctx) error {
	r := requestOn(c)
	shop := strings.Clone(c.Params("shop"))
	if r.known && string(r.tenant.ID) != shop {
		return c.SendStatus(fiber.StatusNotFound)
	}
	content, f, size, err := s.d.Shop.Pictures.Open(c.UserContext(), shop, strings.Clone(c.Params("name")))
	if err != nil {
		c.Set(fiber.HeaderCacheControl, "no-store") // it may be on its way
		if errors.Is(err, media.ErrNotFound) {
			return c.SendStatus(fiber.StatusNotFound)
		}
		return err
	}
	tag := `"` + f.Name() + `"`
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; sandbox")
	c.Set(fiber.HeaderAccessControlAllowOrigin, "*")
	c.Set("Cross-Origin-Resource-Policy", "cross-origin")
	if matches(c.Request().Header.Peek(fiber.HeaderIfNoneMatch), []byte(tag)) {
		_ = content.Close()
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, f.Type())
	return c.SendStream(content, int(size))
}
