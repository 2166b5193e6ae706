package media_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/halum-hut/halum/core/media"
)

func TestWhatIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		header media.Header
		bytes  int64
		want   error
	}{
		"a photograph":        {media.Header{Format: media.JPEG, Width: 6000, Height: 4000}, 9 << 20, nil},
		"svg":                 {media.Header{Format: "svg", Width: 10, Height: 10}, 1, media.ErrFormat},
		"nothing":             {media.Header{}, 0, media.ErrFormat},
		"without a size":      {media.Header{Format: media.PNG}, 10, media.ErrBroken},
		"too many bytes":      {media.Header{Format: media.PNG, Width: 10, Height: 10}, media.MaxBytes + 1, media.ErrTooLarge},
		"a bomb":              {media.Header{Format: media.PNG, Width: 50_000, Height: 50_000}, 1000, media.ErrTooLarge},
		"too many pixels":     {media.Header{Format: media.PNG, Width: 8000, Height: 5001}, 1000, media.ErrTooLarge},
		"as many as there be": {media.Header{Format: media.WebP, Width: 8000, Height: 5000}, 1000, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := media.New("med_x", "photo.jpg", [32]byte{1}, c.bytes, c.header, time.Now())
			require.ErrorIs(t, err, c.want)
		})
	}
	_, err := media.New("med_x", strings.Repeat("x", 201), [32]byte{}, 1, media.Header{Format: media.PNG, Width: 1, Height: 1}, time.Now())
	require.ErrorIs(t, err, media.ErrName)
}

func TestNamesAreReadAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := media.Header{
			Format: rapid.SampledFrom([]media.Format{media.JPEG, media.PNG, media.GIF, media.WebP}).Draw(t, "format"),
			Width:  rapid.IntRange(1, 6000).Draw(t, "width"), Height: rapid.IntRange(1, 6000).Draw(t, "height"),
		}
		m, err := media.New("med_x", "", [32]byte{0xab, 3}, 10, h, time.Now())
		require.NoError(t, err)
		require.LessOrEqual(t, max(m.Width, m.Height), media.MaxServed)
		f, ok := media.ParseFile(m.File)
		require.True(t, ok, m.File)
		require.Equal(t, m.File, f.Name())
		require.Equal(t, [2]int{m.Width, m.Height}, [2]int{f.Width, f.Height})
		for _, r := range f.Renditions() {
			require.Less(t, r.Rendition, f.Width)
			again, ok := media.ParseFile(r.Name())
			require.True(t, ok)
			require.Equal(t, r, again)
		}
		shop, found, ok := media.OfURL(media.URL("ten_a", m.File))
		require.True(t, ok)
		require.Equal(t, "ten_a", shop)
		require.Equal(t, f, found)
	})
}

func TestOtherNamesAreNone(t *testing.T) {
	hash := strings.Repeat("a", 32)
	for _, name := range []string{
		"", "../" + hash + "-1x1.png", hash + "-1x1.svg", hash + "-1x1.png/..", hash + "-0x1.png", hash + "-99999x1.png", hash + "-800x600-640.png",
		hash + "-800x600-641.webp", hash + "-640x600-640.webp", strings.ToUpper(hash) + "-1x1.png",
	} {
		_, ok := media.ParseFile(name)
		require.False(t, ok, name)
	}
	require.Empty(t, media.Srcset("https://img.example/1.jpg"))
	require.Equal(t, "/files/ten_a/"+hash+"-700x900-320.webp 320w, /files/ten_a/"+hash+"-700x900-640.webp 640w, /files/ten_a/"+hash+"-700x900.jpeg 700w",
		media.Srcset("/files/ten_a/"+hash+"-700x900.jpeg"))
}

func TestVideos(t *testing.T) {
	for address, want := range map[string]media.Video{
		"https://youtu.be/abc": media.VideoPage, "https://www.youtube.com/watch?v=abc": media.VideoPage, "https://vimeo.com/1": media.VideoPage,
		"https://cdn.example/a.MP4": media.VideoFile, "https://cdn.example/a.webm?x=1": media.VideoFile, "http://youtu.be/abc": "",
		"https://youtube.com.evil.example/a": "", "https://cdn.example/a.jpg": "", "javascript:alert(1)//.mp4": "", "": "",
	} {
		require.Equal(t, want, media.VideoAt(address), address)
	}
}
