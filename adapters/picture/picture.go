// Package picture decodes what strangers send as pictures, and makes upright, clean ones of it in several sizes. Nothing
// is decoded before its header was found harmless, and one picture at a time in a process.
package picture

import (
	"bytes"
	"context"
	"errors"
	"image"
	_ "image/gif" // registers the decoder
	"image/jpeg"
	"image/png"
	"io"
	"runtime/debug"

	"github.com/bep/imagemeta"
	"github.com/gen2brain/webp"
	"golang.org/x/image/draw"
	xwebp "golang.org/x/image/webp" // registers the decoder

	"github.com/halum-hut/halum/core/media"
)

const (
	jpegQuality = 86
	webpQuality = 76
	webpMethod  = 2 // 4 is half a percent smaller and takes twice as long
)

// Pictures implements ports.Pictures.
type Pictures struct {
	turn chan struct{} // one at a time
}

// New returns Pictures.
func New() *Pictures { return &Pictures{make(chan struct{}, 1)} }

var formats = map[string]media.Format{"jpeg": media.JPEG, "png": media.PNG, "gif": media.GIF, "webp": media.WebP}

// Inspect implements ports.Pictures.
func (*Pictures) Inspect(content []byte) (media.Header, error) {
	config, name, err := image.DecodeConfig(bytes.NewReader(content))
	if errors.Is(err, image.ErrFormat) {
		return media.Header{}, media.ErrFormat
	}
	if err != nil {
		return media.Header{}, media.ErrBroken
	}
	h := media.Header{Format: formats[name], Width: config.Width, Height: config.Height}
	if orientation(content, h.Format) >= 5 {
		h.Width, h.Height = h.Height, h.Width
	}
	return h, nil
}

// Render implements ports.Pictures.
func (p *Pictures) Render(ctx context.Context, content []byte, f media.File, put func(media.File, []byte) error) error {
	h, err := p.Inspect(content)
	if err == nil {
		err = h.Check(int64(len(content)))
	}
	if err != nil {
		return err
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() {
		debug.FreeOSMemory() // a picture takes a hundred times what the rest of the process allocates at once
		<-p.turn
	}()
	whole, err := decode(content, h.Format, f.Width, f.Height)
	if err != nil {
		return err
	}
	for _, one := range append(f.Renditions(), f) {
		if err := ctx.Err(); err != nil {
			return err
		}
		size := whole.Bounds().Size()
		if one.Rendition > 0 {
			size = image.Pt(one.Rendition, max(f.Height*one.Rendition/f.Width, 1))
		}
		encoded, err := encode(scaled(whole, size), one.Format)
		if err != nil {
			return err
		}
		if err := put(one, encoded); err != nil {
			return err
		}
	}
	return nil
}

// decode returns the picture upright, in the size in which it is served.
func decode(content []byte, format media.Format, width, height int) (*image.NRGBA, error) {
	var m image.Image
	var err error
	if format == media.WebP {
		m, err = xwebp.Decode(bytes.NewReader(content))
	} else {
		m, _, err = image.Decode(bytes.NewReader(content)) // of a GIF the first picture
	}
	if err != nil {
		return nil, media.ErrBroken
	}
	turned := orientation(content, format)
	size := image.Pt(width, height)
	if turned >= 5 {
		size = image.Pt(height, width)
	}
	return upright(scaled(m, size), turned), nil
}

// scaled returns a picture in a size, in memory of its own or as it is.
func scaled(m image.Image, size image.Point) *image.NRGBA {
	if n, ok := m.(*image.NRGBA); ok && m.Bounds() == image.Rect(0, 0, size.X, size.Y) {
		return n
	}
	out := image.NewNRGBA(image.Rect(0, 0, size.X, size.Y))
	scaler := draw.Interpolator(draw.CatmullRom)
	if m.Bounds().Size() == size {
		scaler = draw.NearestNeighbor
	}
	scaler.Scale(out, out.Bounds(), m, m.Bounds(), draw.Src, nil)
	return out
}

// upright turns a picture by its orientation in the sense of Exif 2.32, 4.6.4 (tag 274).
func upright(m *image.NRGBA, orientation int) *image.NRGBA {
	if orientation < 2 || orientation > 8 {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	if orientation >= 5 {
		out = image.NewNRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch orientation {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(tx, ty):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}

var metaFormats = map[media.Format]imagemeta.ImageFormat{media.JPEG: imagemeta.JPEG, media.PNG: imagemeta.PNG, media.WebP: imagemeta.WebP}

// orientation is how the picture was held; 1 is upright, also when it says nothing that can be understood.
func orientation(content []byte, format media.Format) int {
	from, known := metaFormats[format]
	if !known {
		return 1
	}
	found := 1
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(content), ImageFormat: from, Sources: imagemeta.EXIF,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if n, ok := t.Value.(uint16); ok && n >= 1 && n <= 8 && t.Namespace == "IFD0" {
				found = int(n)
			}
			return nil
		},
	})
	if err != nil {
		return 1
	}
	return found
}

func encode(m *image.NRGBA, format media.Format) ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch format {
	case media.JPEG:
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: jpegQuality})
	case media.WebP:
		err = webp.Encode(&b, m, webp.Options{Quality: webpQuality, Method: webpMethod})
	case media.PNG, media.GIF:
		err = (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(io.Writer(&b), m)
	}
	return b.Bytes(), err
}
