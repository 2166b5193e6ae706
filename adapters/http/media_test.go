package httpapi

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"code.dny.dev/ssrf"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/fetch"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/media"
)

// photo is a JPEG whose colour tells it from others.
func photo(t *testing.T, w, h int, shade uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = shade
	}
	m.SetGray(0, 0, color.Gray{Y: 255 - shade})
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, m, nil))
	return b.Bytes()
}

// upload sends a body as it is.
func (v *vendor) upload(query string, content []byte, header map[string]string) answered {
	v.t.Helper()
	all := map[string]string{"Content-Type": "image/jpeg"}
	maps.Copy(all, header)
	return v.do(call{"POST", v.host, adminPath + mediaPath + query, string(content), all})
}

func (v *vendor) file(host, url string) answered {
	v.t.Helper()
	return v.do(call{"GET", host, url, nil, nil})
}

func TestPicturesAreUploaded(t *testing.T) {
	v := start(t).vendor()
	content := photo(t, 1200, 900, 40)
	var p, again Picture
	a := v.upload("?name=Kurta+front.jpg", content, v.bearer).is(202).into(&p)
	require.Equal(t, adminPath+mediaPath+"/"+p.ID, a.header.Get("Location"))
	require.Equal(t, []any{"processing", "Kurta front.jpg", 1200, 900, int64(len(content))}, []any{p.Status, p.Name, p.Width, p.Height, p.Bytes})
	require.Equal(t, 404, v.file(v.host, p.URL).status, "it is on its way")
	v.after(v.of, reactions.DrawPicture)
	v.send("GET", adminPath+mediaPath+"/"+p.ID, nil, nil).is(200).into(&p)
	require.Equal(t, "ready", p.Status)
	require.Equal(t, p, func() Picture { v.upload("", content, v.bearer).is(202).into(&again); return again }(), "the same picture is kept once")

	f, ok := strings.CutPrefix(media.Srcset(p.URL), "/files/")
	require.True(t, ok)
	require.Equal(t, 3, strings.Count(f, "w, ")+0, "three smaller ones and the whole: "+f)
	whole := v.file(v.host, p.URL)
	require.Equal(t, 200, whole.status)
	require.Equal(t, []string{"image/jpeg", "public, max-age=31536000, immutable", "nosniff"},
		[]string{whole.header.Get("Content-Type"), whole.header.Get("Cache-Control"), whole.header.Get("X-Content-Type-Options")})
	small := v.file(v.host, strings.TrimSuffix(p.URL, ".jpeg")+"-640.webp")
	require.Equal(t, "image/webp", small.header.Get("Content-Type"))
	config, kind, err := image.DecodeConfig(bytes.NewReader(small.body))
	require.NoError(t, err)
	require.Equal(t, []any{"webp", 640, 480}, []any{kind, config.Width, config.Height})
	require.Equal(t, 304, v.do(call{"GET", v.host, p.URL, nil, map[string]string{"If-None-Match": whole.header.Get("ETag")}}).status)

	// Another shop has neither the file nor the picture.
	other := v.vendor()
	require.Equal(t, 404, v.file(other.host, p.URL).status)
	other.send("GET", adminPath+mediaPath+"/"+p.ID, nil, nil).is(404, "media_not_found")
	other.send("DELETE", adminPath+mediaPath+"/"+p.ID, nil, nil).is(404, "media_not_found")
	for _, bad := range []string{"/files/" + string(v.of.ID) + "/..%2f..%2fetc%2fpasswd", "/files/" + string(v.of.ID) + "/x.svg", "/files//x", p.URL + "x"} {
		require.GreaterOrEqual(t, v.file(v.host, bad).status, 400, bad)
	}

	var product StaffProduct
	v.send("POST", adminPath+"/products", map[string]any{
		"title": "Kurta", "images": []any{map[string]any{"url": p.URL, "alt": "Front", "focal_x": 30, "focal_y": 10}, map[string]any{"url": "https://youtu.be/abc", "alt": "How it is woven"}},
		"variants": []any{map[string]any{"price": map[string]any{"amount": 100, "currency": "BDT"}}},
	}, nil).is(201).into(&product)
	require.Equal(t, Image{URL: p.URL, Alt: "Front", FocalX: 30, FocalY: 10}, product.Images[0])
	v.send("DELETE", adminPath+mediaPath+"/"+p.ID, nil, nil).is(409, "picture_in_use")
	v.send("PATCH", adminPath+"/products/"+product.ID, map[string]any{"images": []any{}}, match(int(product.Revision))).is(200)
	v.send("DELETE", adminPath+mediaPath+"/"+p.ID, nil, nil).is(204)
	v.send("GET", adminPath+mediaPath+"/"+p.ID, nil, nil).is(404, "media_not_found")
	require.Equal(t, 404, v.file(v.host, p.URL).status)
	v.send("DELETE", adminPath+mediaPath+"/nonsense", nil, nil).is(404, "media_not_found")
}

func TestBadUploadsAreRefused(t *testing.T) {
	v := start(t).vendor()
	ok := photo(t, 20, 20, 9)
	for name, c := range map[string]struct {
		content []byte
		query   string
		status  int
		code    string
	}{
		"svg":          {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "?name=photo.jpg", 422, "unsupported_picture"},
		"html":         {[]byte("<html><script>alert(1)</script>"), "", 422, "unsupported_picture"},
		"zip":          {[]byte("PK\x03\x04"), "", 422, "unsupported_picture"},
		"nothing":      {nil, "", 422, "unsupported_picture"},
		"header alone": {ok[:24], "", 422, "broken_picture"},
		"a path":       {ok, "?name=..%2F..%2Fetc%2Fpasswd%00", 422, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) { v.upload(c.query, c.content, v.bearer).is(c.status, c.code) })
	}
	require.Equal(t, 413, v.chunked(adminPath+mediaPath, v.host, "image/jpeg", v.bearer["Authorization"], media.MaxBytes+1<<20).StatusCode)
	v.upload("", ok, nil).is(401)
	v.upload("", ok, v.staff(v.of, identity.ReadOnly)).is(403)
	// What looks right and is not shows when it is drawn.
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 700, 700))))
	var p Picture
	v.upload("?name=half.png", b.Bytes()[:b.Len()/2], v.bearer).is(202).into(&p)
	v.after(v.of, reactions.DrawPicture)
	v.send("GET", adminPath+mediaPath+"/"+p.ID, nil, nil).is(200).into(&p)
	require.Equal(t, "failed", p.Status)
	require.Contains(t, p.Problem, "damaged")
	var page PicturePage
	v.send("GET", adminPath+mediaPath+"?status=failed", nil, nil).is(200).into(&page)
	require.Len(t, page.Pictures, 1)
	require.Empty(t, page.Pictures[0].URL)
	v.send("GET", adminPath+mediaPath+"?status=ready", nil, nil).is(200).into(&page)
	require.Empty(t, page.Pictures)
}

func TestPicturesOfFilesAreFetched(t *testing.T) {
	v := start(t).vendor()
	asked := map[string]int{}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked[r.URL.Path]++
		switch r.URL.Path {
		case "/front.jpg", "/same.jpg":
			_, _ = w.Write(photo(t, 400, 400, 80))
		case "/words.jpg":
			_, _ = w.Write([]byte("not a picture"))
		case "/inside.jpg":
			http.Redirect(w, r, "http://169.254.169.254/latest", http.StatusFound)
		default:
			http.NotFound(w, r)
		}
	}))
	defer elsewhere.Close()
	at := netip.MustParseAddrPort(strings.TrimPrefix(elsewhere.URL, "http://"))
	v.fetcher.Fetcher = fetch.New(fetch.Options{Allow: []ssrf.Option{ssrf.WithPorts(at.Port()), ssrf.WithAllowedV4Prefixes(netip.PrefixFrom(at.Addr(), 32))}})
	file := "Handle,Title,Published,Option1 Name,Option1 Value,Variant Price,Image Src,Variant Image\n" +
		"kurta,Kurta,TRUE,Size,S,10,URL/front.jpg,URL/same.jpg\nkurta,,,,,,URL/gone.jpg,\nkurta,,,,,,URL/words.jpg,\nkurta,,,,,,URL/inside.jpg,\nkurta,,,,,,https://youtu.be/abc,\n"
	file = strings.ReplaceAll(file, "URL", elsewhere.URL)
	run := func(query string) Import {
		t.Helper()
		i := v.imported(v.of, query, file, asFile(v.bearer))
		v.after(v.of, reactions.FetchPictures)
		return i
	}
	require.Equal(t, 1, run("").Created)
	var p StaffProduct
	var found struct{ Products []ProductSummary }
	v.send("GET", adminPath+"/products?q=kurta", nil, nil).is(200).into(&found)
	id := found.Products[0].ID
	v.send("GET", adminPath+"/products/"+id, nil, nil).is(200).into(&p)
	own := p.Images[0].URL
	require.True(t, strings.HasPrefix(own, "/files/"+string(v.of.ID)+"/"), own)
	require.Equal(t, own, p.Variants[0].ImageURL, "the same picture at another address")
	require.Equal(t, 200, v.file(v.host, own).status)
	require.Equal(t, elsewhere.URL+"/gone.jpg", p.Images[1].URL, "it stays where it is")
	require.Equal(t, "https://youtu.be/abc", p.Images[4].URL)
	var failed PicturePage
	v.send("GET", adminPath+mediaPath+"?status=failed", nil, nil).is(200).into(&failed)
	problems := map[string]string{}
	for _, one := range failed.Pictures {
		problems[strings.TrimPrefix(one.Name, elsewhere.URL)] = one.Problem
	}
	require.Len(t, problems, 3)
	require.Contains(t, problems["/gone.jpg"], "nothing at this address")
	require.Contains(t, problems["/words.jpg"], "not a picture")
	require.Contains(t, problems["/inside.jpg"], "not public")
	require.Equal(t, 1, asked["/front.jpg"])

	// The file says the same as before: nothing changes, and nothing is fetched again.
	again := run("")
	require.Equal(t, []int{0, 0, 1}, []int{again.Created, again.Updated, again.Unchanged})
	require.Equal(t, 1, asked["/front.jpg"])
	require.Equal(t, "1", pgtest.Texts(t, v.of.ID, `select count(*)::text from media where status = 'ready'`)[0])
}
