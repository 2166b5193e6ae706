package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/tenant"
)

// Headers of our own.
const (
	headerKey         = "Halum-Publishable-Key"
	headerCart        = "Halum-Cart-Token"
	headerOrderSecret = "Halum-Order-Secret"
	headerOnce        = "Idempotency-Key"
	headerReplayed    = "Idempotent-Replayed"
	headerRequest     = "X-Request-Id"
)

// request is what the edge knows of one request. It holds copies only, never memory of Fiber.
type request struct {
	id       string
	client   netip.Addr
	scheme   string
	host     string // as the client's browser sees it, with port
	platform bool   // the platform's own host
	tenant   tenant.Tenant
	known    bool // tenant is set
}

type requestKey struct{}

// requestOf returns the request behind a handler's context.
func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

func requestOn(c *fiber.Ctx) *request {
	if r, ok := c.Context().UserValue(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// edge is around everything: it says who asks whom, keeps panics in, answers errors, and writes the log.
func (s *Server) edge(c *fiber.Ctx) error {
	begun := s.d.Now()
	r := s.arrive(c)
	err := s.admit(c, r)
	if err == nil {
		err = s.takeBody(c)
	}
	if err == nil {
		err = s.guarded(c)
	}
	route := ""
	if err != nil {
		if err := s.fail(c, err); err != nil {
			return err
		}
	}
	if status := c.Response().StatusCode(); status != fiber.StatusNotFound && status != fiber.StatusMethodNotAllowed && status != fiber.StatusMisdirectedRequest {
		route = c.Route().Path
	}
	s.log(c, r, route, s.d.Now().Sub(begun))
	return nil
}

func (s *Server) arrive(c *fiber.Ctx) *request {
	r := &request{id: id.New("req", s.d.Now())}
	s.origin(c, r)
	c.Context().SetUserValue(requestKey{}, r)
	c.SetUserContext(context.WithValue(s.base, requestKey{}, r))
	h := &c.Response().Header
	h.Set(headerRequest, r.id)
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	return r
}

// admit finds the tenant. Pages answer unknown hosts in their own way; the APIs answer a problem.
func (s *Server) admit(c *fiber.Ctx, r *request) error {
	path := c.Path()
	if uri := c.Request().Header.RequestURI(); len(uri) == 0 || uri[0] != '/' {
		return fault.New(fault.Invalid, "invalid_request", "send the path only, with the host in the Host header")
	}
	if path == "/healthz" || path == "/readyz" {
		return nil
	}
	if !s.d.NoReads && !strings.HasPrefix(path, hooksPath) && !s.reads.allow(r.client) {
		return errReads
	}
	api := strings.HasPrefix(path, "/api/")
	if api {
		apiHeaders(c)
	}
	err := s.locate(c, r, path)
	if err == nil && api {
		err = s.checkAPI(c, r, path)
	}
	if err != nil && !api && path != "/ws" && s.pageFailure != nil && errors.Is(err, tenant.ErrUnknownHost) {
		return nil // the pages have their own answer
	}
	return err
}

// locate sets the tenant from the host or, on the platform's host, from the publishable key.
func (s *Server) locate(c *fiber.Ctx, r *request, path string) (err error) {
	host := tenant.NormalHost(r.host)
	if r.platform = s.isPlatform(host); !r.platform {
		if host == "" {
			return errMisdirected.With(tenant.ErrUnknownHost)
		}
		r.tenant, err = s.d.Tenants.TenantByHost(c.UserContext(), host)
		r.known = err == nil
		return misdirected(err)
	}
	if !strings.HasPrefix(path, storefrontPath) && !strings.HasPrefix(path, adminPath) {
		return nil
	}
	key := strings.Clone(c.Get(headerKey))
	if key == "" {
		return errKeyMissing
	}
	r.tenant, err = s.d.Tenants.TenantByKey(c.UserContext(), key)
	if errors.Is(err, tenant.ErrUnknownHost) {
		return errKeyUnknown
	}
	r.known = err == nil
	return err
}

// isPlatform reports whether a host is the platform's own. Addresses count, since probes use them.
func (s *Server) isPlatform(host string) bool {
	if host == s.baseHost || host == "127.0.0.1" {
		return true
	}
	return len(host) == len(s.baseHost)+4 && strings.HasPrefix(host, "api.") && strings.HasSuffix(host, s.baseHost)
}

// checkAPI refuses what an API cannot answer before anything is parsed.
func (s *Server) checkAPI(c *fiber.Ctx, r *request, path string) error {
	if strings.HasPrefix(path, platformPath) && !r.platform {
		return fiber.ErrNotFound // vendors are signed up on the platform's own host only
	}
	if r.known && r.tenant.Status == tenant.Suspended && !allowedWhenSuspended(c.Method(), path) {
		return tenant.ErrSuspended
	}
	if e := c.Request().Header.Peek(fiber.HeaderContentEncoding); len(e) > 0 && string(e) != "identity" {
		return fault.New(fault.Invalid, "unsupported_encoding", "send the body without Content-Encoding")
	}
	return nil
}

// allowedWhenSuspended lets staff sign in and read while the shop is closed, and providers tell what became of payments.
func allowedWhenSuspended(method, path string) bool {
	return strings.HasPrefix(path, hooksPath) || strings.HasPrefix(path, adminPath) && (method == fiber.MethodGet || strings.HasPrefix(path, adminPath+"/sessions"))
}

func apiHeaders(c *fiber.Ctx) {
	h := &c.Response().Header
	h.Set(fiber.HeaderCacheControl, "no-store")
	h.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	h.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// guarded runs the rest and turns a panic into an error.
func (s *Server) guarded(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.d.Log.ErrorContext(c.UserContext(), "panic", "request_id", requestOn(c).id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.Response().ResetBody()
			err = errPanicked
		}
	}()
	return c.Next()
}

// log writes one line per request: no query and no header, since both may hold secrets.
func (s *Server) log(c *fiber.Ctx, r *request, route string, took time.Duration) {
	status := c.Response().StatusCode()
	if s.d.Observe != nil {
		s.d.Observe(c.Method(), route, status, took)
	}
	level := slog.LevelInfo
	if route == "/healthz" || route == "/readyz" {
		level = slog.LevelDebug
	}
	if !s.d.Log.Enabled(c.UserContext(), level) {
		return
	}
	s.d.Log.LogAttrs(c.UserContext(), level, "request",
		slog.String("request_id", r.id), slog.String("method", c.Method()), slog.String("path", c.Path()),
		slog.String("route", route), slog.Int("status", status), slog.Duration("took", took),
		slog.String("tenant", string(r.tenant.ID)), slog.String("client", r.client.String()))
}

// TenantOf returns the shop of the request's host; false on the platform's host and for unknown ones.
func TenantOf(c *fiber.Ctx) (tenant.Tenant, bool) {
	r := requestOn(c)
	return r.tenant, r.known
}

// PlatformHost reports whether the request came to the platform's own host.
func PlatformHost(c *fiber.Ctx) bool { return requestOn(c).platform }

// ClientIP is who asks: the peer, or the hop before the trusted proxies.
func ClientIP(c *fiber.Ctx) netip.Addr { return requestOn(c).client }

// Scheme is "http" or "https", as the client's browser sees it.
func Scheme(c *fiber.Ctx) string { return requestOn(c).scheme }

// Host is the host with its port, as the client's browser sees it.
func Host(c *fiber.Ctx) string { return requestOn(c).host }
