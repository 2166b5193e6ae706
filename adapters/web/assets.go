package web

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/tenant"
)

//go:embed assets/store.css
var styleSource []byte

//go:embed assets/store.js
var scriptSource []byte

//go:embed assets/stripe.js
var stripeSource []byte

// assets are the style and the script under names that change with their content, so that browsers may keep them.
type assets struct {
	css, js, stripe string // paths
	files           map[string]asset
}

type asset struct {
	kind string
	data []byte
}

func loadAssets() assets {
	a := assets{files: map[string]asset{}}
	add := func(ext, kind string, data []byte) string {
		name := "store." + hash(data) + ext
		a.files[name] = asset{kind, data}
		return "/assets/" + name
	}
	a.css = add(".css", "text/css; charset=utf-8", styleSource)
	a.js = add(".js", "text/javascript; charset=utf-8", scriptSource)
	a.stripe = add(".js", "text/javascript; charset=utf-8", stripeSource)
	return a
}

func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

func (w *Web) asset(c *fiber.Ctx) error {
	f, ok := w.assets.files[c.Params("file")]
	if !ok {
		return w.NotFound(c)
	}
	c.Set(fiber.HeaderContentType, f.kind)
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	return c.Send(f.data)
}

// media serves pictures. An SVG is a document that may hold scripts, so each answer is sandboxed.
func (w *Web) media(c *fiber.Ctx) error {
	name := path.Clean("/" + c.Params("*"))[1:]
	kind := mime.TypeByExtension(path.Ext(name))
	if !fs.ValidPath(name) || !strings.HasPrefix(kind, "image/") {
		return w.NotFound(c)
	}
	data, err := fs.ReadFile(w.d.Media, name)
	if err != nil {
		return w.NotFound(c)
	}
	tag := `"` + hash(data) + `"`
	c.Set(fiber.HeaderETag, tag)
	c.Set(fiber.HeaderCacheControl, "public, max-age=86400")
	sandbox(c)
	if c.Get(fiber.HeaderIfNoneMatch) == tag {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, kind)
	return c.Send(data)
}

func sandbox(c *fiber.Ctx) {
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
}

// favicon is the vendor's own, or the first letter of the shop in its colours.
func (w *Web) favicon(c *fiber.Ctx) error {
	shop := platformShop
	if t, ok := w.d.Tenant(c); ok {
		shop = t.Shop
	}
	colours := withDefaults(shop.Colours)
	c.Set(fiber.HeaderContentType, "image/svg+xml")
	c.Set(fiber.HeaderCacheControl, "public, max-age=3600")
	sandbox(c)
	return c.SendString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" fill="` +
		colours.Primary + `"/><text x="32" y="45" font-family="Georgia,serif" font-size="38" text-anchor="middle" fill="` +
		colours.OnPrimary + `">` + initial(shop.Name) + `</text></svg>`)
}

// initial is the first letter of a name; anything else, such as a sign with a meaning in SVG, becomes a dot.
func initial(name string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return "·"
	}
	return string(unicode.ToUpper(r))
}

// platformColours stand in where a vendor chose none.
var platformColours = tenant.Colours{Primary: "#1d4b43", OnPrimary: "#ffffff", Accent: "#c2643a", Tint: "#f4f1ea"}

var platformShop = tenant.Shop{Name: "Halum Hut", Tagline: "Open commerce for many vendors", Locale: "en", Colours: platformColours}

// withDefaults fills the colours in; anything that is not a hex colour counts as none, since it goes into CSS.
func withDefaults(c tenant.Colours) tenant.Colours {
	if c.Check() != nil {
		return platformColours
	}
	for _, f := range []struct {
		into *string
		or   string
	}{
		{&c.Primary, platformColours.Primary},
		{&c.OnPrimary, platformColours.OnPrimary},
		{&c.Accent, platformColours.Accent},
		{&c.Tint, platformColours.Tint},
	} {
		if *f.into == "" {
			*f.into = f.or
		}
	}
	return c
}

// themePath changes with the colours, so that browsers may keep the answer.
func themePath(c tenant.Colours) string { return "/theme.css?v=" + hash([]byte(theme(c))) }

func (w *Web) theme(c *fiber.Ctx) error {
	shop := platformShop
	if t, ok := w.d.Tenant(c); ok {
		shop = t.Shop
	}
	c.Set(fiber.HeaderContentType, "text/css; charset=utf-8")
	c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	return c.SendString(theme(shop.Colours))
}

func theme(c tenant.Colours) string {
	c = withDefaults(c)
	return ":root{--primary:" + c.Primary + ";--on-primary:" + c.OnPrimary + ";--accent:" + c.Accent + ";--tint:" + c.Tint + "}"
}
