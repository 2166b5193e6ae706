package sdk

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
)

// FaultKind says whose fault a failed call was.
type FaultKind uint8

// The kinds. All but FaultPlugin promise that the call had no effect.
const (
	FaultPlugin        FaultKind = iota // a defect of the plugin: the outcome is unknown
	FaultInvalid                        // the request, that is the shopper's input
	FaultMisconfigured                  // the vendor's settings
	FaultUnavailable                    // the provider behind the plugin
	FaultForged                         // a webhook that does not come from the provider
	FaultUnsupported                    // an operation that this plugin does not offer
)

// Fault is an error whose class survives the border between plugin and host.
type Fault struct {
	Kind    FaultKind
	Code    string // stable snake_case
	Message string // a sentence for a person
	Fields  []FieldFault
}

// FieldFault names one wrong input or setting, such as "services[0].price".
type FieldFault struct {
	Path    string
	Message string
}

// Error returns "code: message".
func (f *Fault) Error() string { return f.Code + ": " + f.Message }

// Invalid refuses the shopper's input in one field; nothing was done.
func Invalid(field, message string) *Fault {
	return &Fault{FaultInvalid, "invalid_request", field + ": " + message, []FieldFault{{field, message}}}
}

// Misconfigured refuses the vendor's settings in one field; nothing was done.
func Misconfigured(field, message string) *Fault {
	return &Fault{FaultMisconfigured, "provider_misconfigured", field + ": " + message, []FieldFault{{field, message}}}
}

// Unavailable says that the provider behind the plugin is away and certainly did nothing. When it may have done
// something, return OutcomeUnknown instead.
func Unavailable(format string, args ...any) *Fault {
	return &Fault{Kind: FaultUnavailable, Code: "provider_unavailable", Message: fmt.Sprintf(format, args...)}
}

// Forged refuses a webhook: its signature is wrong or missing, or its time is too far from Webhook.ReceivedAt. Nothing of
// it is stored.
func Forged(format string, args ...any) *Fault {
	return &Fault{Kind: FaultForged, Code: "webhook_forged", Message: fmt.Sprintf(format, args...)}
}

func unsupported(operation string) *Fault {
	return &Fault{Kind: FaultUnsupported, Code: "not_supported", Message: "this plugin does not offer " + operation}
}

var faultCodes = map[FaultKind]struct {
	grpc codes.Code
	wire borderv1.Kind
}{
	FaultPlugin:        {codes.Internal, borderv1.Kind_KIND_PLUGIN},
	FaultInvalid:       {codes.InvalidArgument, borderv1.Kind_KIND_INVALID},
	FaultMisconfigured: {codes.FailedPrecondition, borderv1.Kind_KIND_MISCONFIGURED},
	FaultUnavailable:   {codes.Unavailable, borderv1.Kind_KIND_UNAVAILABLE},
	FaultForged:        {codes.Unauthenticated, borderv1.Kind_KIND_FORGED},
	FaultUnsupported:   {codes.Unimplemented, borderv1.Kind_KIND_UNSUPPORTED},
}

// faultToProto turns an author's error into a gRPC status that keeps its class. An error without a class is a defect of
// the plugin, except that a context's end stays what it is.
func faultToProto(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return status.FromContextError(err).Err()
	}
	f := (*Fault)(nil)
	if !errors.As(err, &f) {
		f = &Fault{Kind: FaultPlugin, Code: "plugin_error", Message: err.Error()}
	}
	wire := &borderv1.Fault{Kind: faultCodes[f.Kind].wire, Code: f.Code, Message: f.Message}
	for _, field := range f.Fields {
		wire.Fields = append(wire.Fields, &borderv1.FieldFault{Path: field.Path, Message: field.Message})
	}
	st, detailErr := status.New(faultCodes[f.Kind].grpc, f.Error()).WithDetails(wire)
	if detailErr != nil {
		return status.Error(codes.Internal, f.Error())
	}
	return st.Err()
}

// FaultFromStatus reads the fault in a gRPC status. It is false when there is none: the call did not end with an answer
// of the plugin, and its outcome is unknown.
func FaultFromStatus(err error) (*Fault, bool) {
	for _, detail := range status.Convert(err).Details() {
		wire, ok := detail.(*borderv1.Fault)
		if !ok {
			continue
		}
		f := &Fault{Kind: FaultPlugin, Code: wire.GetCode(), Message: wire.GetMessage()}
		for kind, code := range faultCodes {
			if code.wire == wire.GetKind() {
				f.Kind = kind
			}
		}
		for _, field := range wire.GetFields() {
			f.Fields = append(f.Fields, FieldFault{field.GetPath(), field.GetMessage()})
		}
		return f, true
	}
	return nil, false
}
