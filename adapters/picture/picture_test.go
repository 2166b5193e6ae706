package picture_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"runtime"
	"testing"
	"time"

	"github.com/gen2brain/webp"
	"github.com/stretchr/testify/require"
	xwebp "golang.org/x/image/webp"

	"github.com/halum-hut/halum/adapters/picture"
	"github.com/halum-hut/halum/core/media"
)

// corners is a picture whose upper left is red, upper right green, lower left blue and lower right white.
func corners(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: 255, A: 255}
			switch {
			case x >= w/2 && y >= h/2:
				c = color.NRGBA{255, 255, 255, 255}
			case x >= w/2:
				c = color.NRGBA{G: 255, A: 255}
			case y >= h/2:
				c = color.NRGBA{B: 255, A: 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, m))
	return b.Bytes()
}

// withExif puts an orientation and words that must not get out into a JPEG.
func withExif(content []byte, orientation uint16) []byte {
	secret := []byte("23.8103N 90.4125E\x00")
	var tiff bytes.Buffer
	tiff.WriteString("MM\x00\x2a\x00\x00\x00\x08\x00\x02")
	for _, f := range []any{uint16(274), uint16(3), uint32(1), orientation, uint16(0), uint16(270), uint16(2), uint32(len(secret)), uint32(38), uint32(0)} {
		_ = binary.Write(&tiff, binary.BigEndian, f) // a buffer takes all
	}
	tiff.Write(secret)
	segment := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	out := append([]byte{}, content[:2]...)
	out = append(out, 0xff, 0xe1, byte((len(segment)+2)>>8), byte(len(segment)+2))
	return append(append(out, segment...), content[2:]...)
}

func render(t testing.TB, content []byte) (media.Media, map[string][]byte, error) {
	t.Helper()
	p := picture.New()
	h, err := p.Inspect(content)
	if err != nil {
		return media.Media{}, nil, err
	}
	m, err := media.New("med_x", "", [32]byte{1}, int64(len(content)), h, time.Now())
	if err != nil {
		return m, nil, err
	}
	f, _ := media.ParseFile(m.File)
	made := map[string][]byte{}
	err = p.Render(context.Background(), content, f, func(one media.File, content []byte) error {
		made[one.Name()] = content
		return nil
	})
	return m, made, err
}

func TestPicturesAreTurnedUpright(t *testing.T) {
	for orientation, want := range map[uint16][4]string{ // upper left, upper right, lower left, lower right
		1: {"red", "green", "blue", "white"}, 2: {"green", "red", "white", "blue"}, 3: {"white", "blue", "green", "red"}, 4: {"blue", "white", "red", "green"},
		5: {"red", "blue", "green", "white"}, 6: {"blue", "red", "white", "green"}, 7: {"white", "green", "blue", "red"}, 8: {"green", "white", "red", "blue"},
	} {
		content := withExif(asJPEG(t, corners(800, 400)), orientation)
		require.Contains(t, string(content), "90.4125E")
		m, made, err := render(t, content)
		require.NoError(t, err)
		size := [2]int{800, 400}
		if orientation >= 5 {
			size = [2]int{400, 800}
		}
		require.Equal(t, [2]int{m.Width, m.Height}, size, orientation)
		require.Len(t, made, map[bool]int{true: 2, false: 3}[orientation >= 5])
		for name, content := range made {
			require.NotContains(t, string(content), "90.4125E", "where it was taken does not get out")
			require.NotContains(t, string(content), "Exif")
			decoded, _, err := image.Decode(bytes.NewReader(content))
			require.NoError(t, err, name)
			f, ok := media.ParseFile(name)
			require.True(t, ok)
			b := decoded.Bounds()
			if f.Rendition > 0 {
				require.Equal(t, f.Rendition, b.Dx())
				require.Equal(t, f.Height*f.Rendition/f.Width, b.Dy())
			}
			at := func(x, y int) string { return named(decoded.At(b.Dx()*x/4, b.Dy()*y/4)) }
			require.Equal(t, want, [4]string{at(1, 1), at(3, 1), at(1, 3), at(3, 3)}, "%d %s", orientation, name)
		}
	}
}

func named(c color.Color) string {
	r, g, b, _ := c.RGBA()
	switch {
	case r > 0xb000 && g > 0xb000 && b > 0xb000:
		return "white"
	case r > g && r > b:
		return "red"
	case g > b:
		return "green"
	}
	return "blue"
}

func TestTransparencyStays(t *testing.T) {
	m := corners(700, 700)
	for y := range 350 {
		for x := range 350 {
			m.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	var w bytes.Buffer
	require.NoError(t, webp.Encode(&w, m, webp.Options{Quality: 80}))
	for name, content := range map[string][]byte{"png": asPNG(t, m), "webp": w.Bytes()} {
		_, made, err := render(t, content)
		require.NoError(t, err, name)
		require.Len(t, made, 3)
		for file, content := range made {
			decode := func() (image.Image, error) { return xwebp.Decode(bytes.NewReader(content)) }
			if f, _ := media.ParseFile(file); f.Format == media.PNG {
				decode = func() (image.Image, error) { return png.Decode(bytes.NewReader(content)) }
			}
			decoded, err := decode()
			require.NoError(t, err, file)
			_, _, _, alpha := decoded.At(10, 10).RGBA()
			require.Zero(t, alpha, file)
			_, _, _, alpha = decoded.At(decoded.Bounds().Dx()-10, 10).RGBA()
			require.EqualValues(t, 0xffff, alpha, file)
		}
	}
}

func TestOfAMovingPictureTheFirstIsKept(t *testing.T) {
	moving := &gif.GIF{}
	for range 200 {
		moving.Image = append(moving.Image, image.NewPaletted(image.Rect(0, 0, 400, 400), color.Palette{color.Black, color.White}))
		moving.Delay = append(moving.Delay, 1)
	}
	var b bytes.Buffer
	require.NoError(t, gif.EncodeAll(&b, moving))
	m, made, err := render(t, b.Bytes())
	require.NoError(t, err)
	require.Len(t, made, 2)
	require.Regexp(t, `\.png$`, m.File)
}

// bomb is a PNG of a few kilobytes that claims, and has, a great many pixels of one colour.
func bomb(t *testing.T, side uint32, complete bool) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
		body := append([]byte(kind), data...)
		b.Write(body)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(body))
	}
	header := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
	chunk("IHDR", append(header, 1, 0, 0, 0, 0))
	if complete {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		row := make([]byte, side/8+1)
		for range side {
			_, err := w.Write(row)
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		chunk("IDAT", z.Bytes())
	}
	chunk("IEND", nil)
	return b.Bytes()
}

func TestHostilePicturesAreRefused(t *testing.T) {
	photo := asJPEG(t, corners(600, 600))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"nothing":              {nil, media.ErrFormat},
		"words":                {[]byte("hello"), media.ErrFormat},
		"svg with a script":    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), media.ErrFormat},
		"html that begins odd": {[]byte("GIF89a<script>alert(1)</script>"), media.ErrTooLarge},
		"tiff":                 {[]byte("II*\x00\x08\x00\x00\x00"), media.ErrFormat},
		"half of it":           {photo[:len(photo)/2], media.ErrBroken},
		"its beginning":        {photo[:20], media.ErrBroken},
		"a bomb's header":      {bomb(t, 50_000, false), media.ErrTooLarge},
		"a bomb":               {bomb(t, 16_000, true), media.ErrTooLarge},
		"a wide one":           {bomb(t, 20_000, false), media.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := render(t, c.content)
			require.ErrorIs(t, err, c.want)
		})
	}
	runtime.ReadMemStats(&after)
	require.Less(t, (after.TotalAlloc-before.TotalAlloc)>>20, uint64(200), "nothing large was decoded")
	// What is hidden behind a picture does not get out.
	_, made, err := render(t, append(photo, []byte("<script>alert(1)</script>")...))
	require.NoError(t, err)
	for _, content := range made {
		require.NotContains(t, string(content), "script")
	}
}

func FuzzPictures(f *testing.F) {
	f.Add(asPNG(f, corners(20, 10)))
	f.Add(withExif(asJPEG(f, corners(20, 10)), 6))
	var g, w bytes.Buffer
	require.NoError(f, gif.Encode(&g, corners(10, 10), nil))
	require.NoError(f, webp.Encode(&w, corners(10, 10)))
	f.Add(g.Bytes())
	f.Add(w.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		h, err := picture.New().Inspect(content)
		if err != nil || h.Width*h.Height > 1<<20 {
			return
		}
		_, made, err := render(t, content)
		require.Equal(t, err != nil, len(made) == 0)
	})
}

func BenchmarkPhoto(b *testing.B) {
	content := asJPEG(b, corners(4000, 3000))
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		_, _, err := render(b, content)
		require.NoError(b, err)
	}
}
