package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/importing"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// statusOf is the one table from kinds of fault to statuses.
var statusOf = map[fault.Kind]int{
	fault.Internal: 500, fault.Invalid: 422, fault.Denied: 403, fault.NotFound: 404, fault.Conflict: 409,
	fault.Exhausted: 429, fault.Unavailable: 503, fault.Declined: 402,
}

// statusOfCode holds what its kind alone does not tell: 401 asks for a sign-in, 403 does not.
var statusOfCode = map[string]int{
	identity.ErrSignIn.Code: 401, ports.ErrToken.Code: 401, ports.ErrTicket.Code: 401,
	account.ErrSession.Code: 401, account.ErrReuse.Code: 401, account.ErrCredentials.Code: 401,
	errMisdirected.Code: 421, errKeyMissing.Code: 401, errKeyUnknown.Code: 401, errUpgrade.Code: 426,
	"unsupported_encoding": 415, importing.ErrTooLarge.Code: 413, media.ErrTooLarge.Code: 413, provider.ErrChanged.Code: 412, search.ErrSettingsChanged.Code: 412, backoffice.ErrRevision.Code: 428,
}

// Faults of the edge.
var (
	errMisdirected = fault.New(fault.NotFound, "misdirected_request", "no shop answers at this host")
	errKeyMissing  = fault.New(fault.Denied, "publishable_key_required", "on this host, name the shop with the header Halum-Publishable-Key")
	errKeyUnknown  = fault.New(fault.Denied, "unknown_publishable_key", "no shop has this publishable key")
	errReads       = fault.New(fault.Exhausted, "rate_limited", "too many requests: wait a moment")
	errPanicked    = fault.New(fault.Internal, "internal", "panic")
	errUpgrade     = fault.New(fault.Invalid, "upgrade_required", "open this address as a WebSocket")
	errOrigin      = fault.New(fault.Denied, "foreign_origin", "sockets are only opened from the shop's own pages")
	errNotReady    = fault.New(fault.Unavailable, "not_ready", "not ready to serve yet")
	errSockets     = fault.New(fault.Unavailable, "too_many_sockets", "too many live connections: try again in a moment")
)

// misdirected gives an unknown host its own status.
func misdirected(err error) error {
	if errors.Is(err, tenant.ErrUnknownHost) {
		return errMisdirected.With(err)
	}
	return err
}

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type      string         `json:"type" format:"uri-reference" example:"urn:halum:problem:out_of_stock" doc:"Names the problem; ends in its code"`
	Title     string         `json:"title" example:"Conflict" doc:"The status in words"`
	Status    int            `json:"status" example:"409" doc:"The HTTP status"`
	Detail    string         `json:"detail" example:"only 2 of Indigo shirt are left" doc:"A sentence for a person"`
	Code      string         `json:"code" example:"out_of_stock" doc:"Stable, for programs"`
	Errors    []ProblemField `json:"errors,omitempty" doc:"The offending parts of the request"`
	RequestID string         `json:"request_id" doc:"Names this request in the logs"`

	retry time.Duration
	cause error
}

// ProblemField is one offending part of a request.
type ProblemField struct {
	Path    string `json:"path" example:"lines[0].quantity" doc:"Where in the request"`
	Message string `json:"message" example:"only 2 are left" doc:"What is wrong with it"`
}

// Error implements huma.StatusError.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func init() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError { return ofHuma(status, message, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
		p := ofHuma(status, message, errs)
		p.RequestID = requestOf(ctx.Context()).id
		if a, ok := ctx.(*apiContext); ok {
			a.server.logCause(a.ctx, p)
		}
		p.headers(ctx.SetHeader)
		return p
	}
}

// ofHuma makes a problem of what the API layer found, or of the error a handler returned.
func ofHuma(status int, message string, errs []error) *Problem {
	if status >= 500 && len(errs) == 1 {
		return problemOf(errs[0])
	}
	code := codeOfStatus[status]
	if code == "" {
		code = "invalid_request"
	}
	if status == http.StatusBadRequest {
		code = "malformed_request"
		if message == "validation failed" {
			message = "the body is not JSON that can be read"
		}
		errs = nil // they would repeat the body
	}
	p := newProblem(status, code, message)
	for _, err := range errs {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, ProblemField{Path: pathIn(d.ErrorDetail().Location), Message: d.ErrorDetail().Message})
		}
	}
	if len(p.Errors) > 0 {
		p.Detail = strings.TrimPrefix(p.Errors[0].Path+": "+p.Errors[0].Message, ": ")
	}
	return p
}

var codeOfStatus = map[int]string{
	404: "not_found", 405: "method_not_allowed", 408: "request_timeout", 413: "body_too_large", 415: "unsupported_media_type",
	426: "upgrade_required", 431: "headers_too_large",
}

// pathIn takes off where the part was sent: people know their fields by name.
func pathIn(location string) string {
	for _, prefix := range []string{"body.", "query.", "path.", "header."} {
		if rest, ok := strings.CutPrefix(location, prefix); ok {
			return rest
		}
	}
	return location
}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "urn:halum:problem:" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// problemOf maps any error. What is not a fault is a defect: its words stay in the log.
func problemOf(err error) *Problem {
	var routing *fiber.Error
	if errors.As(err, &routing) && routing.Code < 500 {
		return newProblem(routing.Code, codeOf(routing.Code), strings.ToLower(http.StatusText(routing.Code)))
	}
	var f *fault.Error
	if !errors.As(err, &f) && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)) {
		f = ports.ErrTimeout.With(err)
	}
	if f == nil || f.Kind == fault.Internal {
		p := newProblem(500, "internal", "something broke on our side: try again, and tell us the request_id if it stays")
		p.cause = err
		return p
	}
	status, ok := statusOfCode[f.Code]
	if !ok {
		status = statusOf[f.Kind]
	}
	p := newProblem(status, f.Code, f.Message)
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, ProblemField(field))
	}
	p.retry = retryAfter(f)
	var later *retryLater
	if errors.As(err, &later) {
		p.retry = max(later.after, time.Second)
	}
	if f.Kind == fault.Unavailable {
		p.cause = err
	}
	return p
}

// retryLater is a fault of which the moment is known when it may be gone.
type retryLater struct {
	fault *fault.Error
	after time.Duration
}

// Error returns the fault's text.
func (r *retryLater) Error() string { return r.fault.Error() }

// Unwrap returns the fault.
func (r *retryLater) Unwrap() error { return r.fault }

func codeOf(status int) string {
	if c := codeOfStatus[status]; c != "" {
		return c
	}
	return "invalid_request"
}

func retryAfter(f *fault.Error) time.Duration {
	switch {
	case f.Code == ports.ErrKeyBusy.Code, f.Kind == fault.Exhausted:
		return time.Second
	case f.Kind == fault.Unavailable:
		return 2 * time.Second
	}
	return 0
}

// headers sets what goes with a problem.
func (p *Problem) headers(set func(name, value string)) {
	if p.retry > 0 {
		set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(p.retry.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		set(fiber.HeaderWWWAuthenticate, `Bearer realm="halum"`)
	}
}

// logCause writes what clients must not see, once.
func (s *Server) logCause(ctx context.Context, p *Problem) {
	switch {
	case p.cause == nil || errors.Is(p.cause, errPanicked):
	case p.Status >= 500 && p.Code == "internal":
		s.d.Log.ErrorContext(ctx, "a request failed", "request_id", p.RequestID, "error", p.cause)
	default:
		s.d.Log.WarnContext(ctx, "a request could not be served", "request_id", p.RequestID, "error", p.cause)
	}
}

// fail answers an error: as a problem for programs, as a page for people when there are pages.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	r := requestOn(c)
	if s.pageFailure != nil && !isProgram(c) && r.id != "" {
		return s.pageFailure(c, err)
	}
	p := problemOf(err)
	p.RequestID = r.id
	s.logCause(c.UserContext(), p)
	p.headers(c.Set)
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode a problem: %w", err)
	}
	c.Set(fiber.HeaderContentType, "application/problem+json")
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Status(p.Status).Response().SetBodyRaw(body)
	return nil
}

func isProgram(c *fiber.Ctx) bool {
	path := c.Path()
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/openapi") || strings.HasPrefix(path, "/.well-known/") ||
		path == "/ws" || path == "/healthz" || path == "/readyz"
}
