package httpapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

// routerOf is the glue between the API layer and Fiber: it registers operations below a prefix. Every value it hands
// out is a copy, since Fiber uses its memory again after the request.
type routerOf struct {
	server *Server
	prefix string
}

// Deadlines of requests, provider calls at checkout included.
const (
	requestTimeout  = 15 * time.Second
	checkoutTimeout = 20 * time.Second
	uploadTimeout   = time.Minute      // until the last byte of the picture has come
	importTimeout   = 10 * time.Minute // until the last byte of the file has come
)

// Keys of operation metadata.
const (
	metaTimeout = "timeout" // time.Duration
	metaCached  = "cached"  // bool: answers are kept in memory
	metaBearer  = "bearer"  // bool: an access token is understood
)

// Handle implements huma.Adapter.
func (r *routerOf) Handle(op *huma.Operation, handler func(huma.Context)) {
	timeout, ok := op.Metadata[metaTimeout].(time.Duration)
	if !ok {
		timeout = requestTimeout
	}
	handlers := []fiber.Handler{func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), timeout)
		defer cancel()
		handler(&apiContext{server: r.server, op: op, fiber: c, ctx: ctx})
		return nil
	}}
	if op.Metadata[metaCached] == true {
		handlers = append([]fiber.Handler{r.server.cached}, handlers...)
	}
	r.server.app.Add(op.Method, fiberPath(r.prefix+op.Path), handlers...)
}

// fiberPath writes {name} as :name.
func fiberPath(path string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// ServeHTTP implements huma.Adapter.
func (r *routerOf) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	resp, err := r.server.app.Test(req, -1)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	for k, all := range resp.Header {
		w.Header()[k] = all
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// apiContext is huma.Context on a Fiber request.
type apiContext struct {
	server *Server
	op     *huma.Operation
	fiber  *fiber.Ctx
	ctx    context.Context
	status int
}

var (
	_ huma.Adapter = (*routerOf)(nil)
	_ huma.Context = (*apiContext)(nil)

	errMultipart = errors.New("forms are not part of the API")
)

// fiberOf returns the Fiber request behind a handler's context.
func fiberOf(c huma.Context) *fiber.Ctx {
	for {
		switch at := c.(type) {
		case *apiContext:
			return at.fiber
		case interface{ Unwrap() huma.Context }:
			c = at.Unwrap()
		default:
			panic("a request that did not come through Fiber")
		}
	}
}

func (a *apiContext) Operation() *huma.Operation { return a.op }
func (a *apiContext) Context() context.Context   { return a.ctx }
func (a *apiContext) TLS() *tls.ConnectionState  { return a.fiber.Context().TLSConnectionState() }
func (a *apiContext) Method() string             { return a.fiber.Method() }
func (a *apiContext) Host() string               { return requestOf(a.ctx).host }
func (a *apiContext) RemoteAddr() string         { return requestOf(a.ctx).client.String() }
func (a *apiContext) Header(name string) string  { return a.fiber.Get(name) }
func (a *apiContext) Status() int                { return a.status }

// Version is the protocol of the connection.
func (a *apiContext) Version() huma.ProtoVersion {
	return huma.ProtoVersion{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

// URL is the request target.
func (a *apiContext) URL() url.URL {
	u, err := url.Parse(string(a.fiber.Request().RequestURI()))
	if err != nil {
		return url.URL{}
	}
	return *u
}

// Param is a part of the path, decoded.
func (a *apiContext) Param(name string) string {
	raw := a.fiber.Params(name)
	if plain, err := url.PathUnescape(raw); err == nil {
		return plain
	}
	return raw
}

// Query is the first value of a query parameter, decoded.
func (a *apiContext) Query(name string) string {
	return string(a.fiber.Context().QueryArgs().Peek(name))
}

// EachHeader visits the request's headers.
func (a *apiContext) EachHeader(cb func(name, value string)) {
	for k, v := range a.fiber.Request().Header.All() {
		cb(string(k), string(v))
	}
}

// BodyReader reads the body as it was sent: it is never decompressed, so that a small one stays small.
func (a *apiContext) BodyReader() io.Reader { return bytes.NewReader(a.fiber.Request().Body()) }

// GetMultipartForm refuses forms.
func (a *apiContext) GetMultipartForm() (*multipart.Form, error) { return nil, errMultipart }

// SetReadDeadline does nothing: the body has been read when a handler starts.
func (a *apiContext) SetReadDeadline(time.Time) error { return nil }

// SetStatus sets the status of the answer.
func (a *apiContext) SetStatus(code int) {
	a.status = code
	a.fiber.Status(code)
}

// SetHeader sets a header of the answer.
func (a *apiContext) SetHeader(name, value string) { a.fiber.Response().Header.Set(name, value) }

// AppendHeader adds a header to the answer.
func (a *apiContext) AppendHeader(name, value string) { a.fiber.Response().Header.Add(name, value) }

// BodyWriter writes the body of the answer.
func (a *apiContext) BodyWriter() io.Writer { return a.fiber.Response().BodyWriter() }

// jsonFormat is the only format of the APIs.
var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	},
	Unmarshal: json.Unmarshal,
}

// newAPI makes one of the APIs. Its document is served by us, so that no route appears by itself.
func (s *Server) newAPI(name, prefix, title, about string) huma.API {
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: title, Version: s.version(), Description: about},
			Servers: []*huma.Server{{URL: prefix}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "An access token of this shop; it lives ten minutes."},
					"shop":   {Type: "apiKey", In: "header", Name: headerKey, Description: "Names the shop on the platform's shared host. On the shop's own host it is not needed."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat, "application/problem+json": jsonFormat},
		DefaultFormat: "application/json",
	}
	api := huma.NewAPI(config, &routerOf{server: s, prefix: prefix})
	s.apis[name] = api
	return api
}

func (s *Server) version() string {
	if s.d.Version == "" {
		return "dev"
	}
	return s.d.Version
}
