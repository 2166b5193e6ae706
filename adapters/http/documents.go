package httpapi

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/swaggest/swgui/v5/static"
)

// docsPage shows the documents. Its only script besides the viewer's is a file, so that nothing inline is allowed.
const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Halum APIs</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/swagger-ui-standalone-preset.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const docsScript = `SwaggerUIBundle({
  urls: [
    { name: 'Storefront', url: '/openapi/storefront.json' },
    { name: 'Admin', url: '/openapi/admin.json' },
    { name: 'Platform', url: '/openapi/platform.json' },
  ],
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
});
`

// docsPolicy fits the viewer, which sets styles on elements and shows small pictures of its own.
const docsPolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// mountDocuments serves the OpenAPI documents and the page that shows them, on the platform's host.
func (s *Server) mountDocuments() {
	for name := range s.apis {
		document := s.Document(name)
		etag := etagOf(document)
		s.app.Add(fiber.MethodGet, "/openapi/"+name+".json", s.onPlatform(func(c *fiber.Ctx) error {
			return sendFile(c, document, "application/openapi+json", etag)
		}))
	}
	s.app.Add(fiber.MethodGet, "/docs", s.onPlatform(func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentSecurityPolicy, docsPolicy)
		c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
		return sendFile(c, []byte(docsPage), "text/html; charset=utf-8", "")
	}))
	s.app.Add(fiber.MethodGet, "/docs/:file", s.onPlatform(docsFile))
}

// Document is the OpenAPI document of the storefront, admin or platform API; nil for other names.
func (s *Server) Document(name string) []byte {
	api, ok := s.apis[name]
	if !ok {
		return nil
	}
	document, err := json.Marshal(api.OpenAPI())
	if err != nil {
		panic("httpapi: the document of the " + name + " API cannot be written: " + err.Error())
	}
	return document
}

// mountSystem serves what machines ask of the process itself.
func (s *Server) mountSystem() {
	s.app.Add(fiber.MethodGet, "/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	s.app.Add(fiber.MethodGet, "/readyz", func(c *fiber.Ctx) error {
		if s.d.Ready != nil {
			if err := s.d.Ready(c.UserContext()); err != nil {
				return errNotReady.With(err)
			}
		}
		return c.SendString("ready\n")
	})
	s.app.Add(fiber.MethodGet, "/.well-known/jwks.json", s.onPlatform(func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderCacheControl, "public, max-age=300")
		c.Set(fiber.HeaderContentType, "application/jwk-set+json")
		return c.Send(s.d.JWKS())
	}))
}

// onPlatform answers on the platform's own host only.
func (s *Server) onPlatform(h fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if !requestOn(c).platform {
			return c.Next()
		}
		return h(c)
	}
}

// docsFile serves the viewer's files, which are embedded compressed.
func docsFile(c *fiber.Ctx) error {
	name := strings.Clone(c.Params("file"))
	if name == "start.js" {
		return sendFile(c, []byte(docsScript), "text/javascript; charset=utf-8", "")
	}
	kind := map[string]string{
		"swagger-ui.css": "text/css; charset=utf-8", "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
		"swagger-ui-standalone-preset.js": "text/javascript; charset=utf-8", "favicon-32x32.png": "image/png",
	}[name]
	if kind == "" {
		return fiber.ErrNotFound
	}
	if kind == "image/png" {
		file, err := static.FS.ReadFile(name)
		if err != nil {
			return fiber.ErrNotFound
		}
		return sendFile(c, file, kind, etagOf(file))
	}
	file, err := static.FS.ReadFile(name + ".gz")
	if err != nil {
		return fiber.ErrNotFound
	}
	if !bytes.Contains(c.Request().Header.Peek(fiber.HeaderAcceptEncoding), []byte("gzip")) {
		return fiber.NewError(fiber.StatusNotAcceptable)
	}
	c.Set(fiber.HeaderContentEncoding, "gzip")
	return sendFile(c, file, kind, etagOf(file))
}

func sendFile(c *fiber.Ctx, file []byte, kind, etag string) error {
	c.Set(fiber.HeaderCacheControl, "public, max-age=300")
	if etag != "" {
		c.Set(fiber.HeaderETag, etag)
		if matches(c.Request().Header.Peek(fiber.HeaderIfNoneMatch), []byte(etag)) {
			return c.SendStatus(fiber.StatusNotModified)
		}
	}
	c.Set(fiber.HeaderContentType, kind)
	return c.Send(file)
}
