// Package fault is the one error type of the platform.
//
// A fault says what class of failure happened (Kind), which one it was (Code, stable, part of the API contract), and
// what a person can do about it (Message). The cause stays inside: it is logged once at the edge and never shown.
// Adapters map foreign errors to faults, adapters/http maps Kind to a status in one table.
package fault

import (
	"errors"
	"fmt"
)

// Kind is the class of a failure. It decides the HTTP status and whether a retry can help.
type Kind uint8

// The kinds. Internal is the zero value, so that a forgotten kind is never shown to a client as something milder.
const (
	Internal    Kind = iota // a defect or an unexpected state: 500, the message is not shown
	Invalid                 // the request breaks a rule and will always do so: 422
	Denied                  // the actor may not do this: 401 when nobody is signed in, otherwise 403
	NotFound                // there is no such thing in this tenant: 404
	Conflict                // the state does not allow it now, or somebody was faster: 409
	Exhausted               // a limit was reached: 429
	Unavailable             // something we depend on is away; the same call may succeed later: 503
	Declined                // the buyer's bank or the provider said no: 402
)

// String returns the lower-case name used in logs and over the plugin border.
func (k Kind) String() string {
	switch k {
	case Internal:
		return "internal"
	case Invalid:
		return "invalid"
	case Denied:
		return "denied"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Exhausted:
		return "exhausted"
	case Unavailable:
		return "unavailable"
	case Declined:
		return "declined"
	}
	return "internal"
}

// Field names one offending part of a request, such as "lines[0].quantity", and says what is wrong with it.
type Field struct {
	Path    string
	Message string
}

// Error is the error type every use case returns. Two errors are the same fault when their codes are equal.
type Error struct {
	Kind    Kind
	Code    string // stable snake_case, e.g. "out_of_stock"
	Message string // a sentence for a person
	Fields  []Field
	Cause   error
}

// New returns a fault. Packages declare theirs as variables next to the rule they guard.
func New(kind Kind, code, message string) *Error {
	return &Error{Kind: kind, Code: code, Message: message}
}

// Newf is New with a formatted message.
func Newf(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// InvalidField is the common case of one bad field, with code "invalid_request".
func InvalidField(path, message string) *Error {
	return &Error{Kind: Invalid, Code: "invalid_request", Message: path + ": " + message, Fields: []Field{{path, message}}}
}

// Wrap marks an unexpected error as Internal, keeping the cause; nil stays nil, and a fault stays as it is.
func Wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	if f := (*Error)(nil); errors.As(err, &f) {
		return err
	}
	return &Error{Kind: Internal, Code: "internal", Message: doing, Cause: err}
}

// With returns a copy carrying a cause for the log.
func (e *Error) With(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Saying returns a copy with another message: same code, more precise words.
func (e *Error) Saying(format string, args ...any) *Error {
	c := *e
	c.Message = fmt.Sprintf(format, args...)
	return &c
}

// At returns a copy that names the offending fields.
func (e *Error) At(fields ...Field) *Error {
	c := *e
	c.Fields = append(append([]Field(nil), e.Fields...), fields...)
	return &c
}

// Under returns the fields as parts of path, such as "lines[0]"; an error without any is about all of it.
func (e *Error) Under(path string) []Field {
	fields := make([]Field, len(e.Fields))
	for i, f := range e.Fields {
		fields[i] = Field{path + "." + f.Path, f.Message}
	}
	if len(fields) == 0 {
		return []Field{{path, e.Message}}
	}
	return fields
}

// Error returns "code: message", with the cause behind it.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Code + ": " + e.Message + ": " + e.Cause.Error()
	}
	return e.Code + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports equality by code, so that errors.Is(err, order.ErrAlreadyPaid) works on copies with another message.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Code == e.Code
}

// KindOf returns the kind of err; Internal for anything that is not a fault.
func KindOf(err error) Kind {
	if f := (*Error)(nil); errors.As(err, &f) {
		return f.Kind
	}
	return Internal
}

// CodeOf returns the code of err; "internal" for anything that is not a fault, and "" for nil.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	if f := (*Error)(nil); errors.As(err, &f) {
		return f.Code
	}
	return "internal"
}
