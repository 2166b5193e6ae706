package pluginhost

import (
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
)

// A plugin that repeats what its provider said may repeat a credential with it. What is meant for people is masked before
// it is stored, logged or shown; references and addresses stay as they are, since they must still work.

// spoken is the name of the fields that are meant for people.
const spoken = "message"

// hideInReply masks the secrets in use in the messages of a plugin's answer.
func (s *secrets) hideInReply(reply any) {
	if m, ok := reply.(proto.Message); ok && s.any() {
		s.hideIn(m.ProtoReflect())
	}
}

// hideInError masks them in an error with its details, which keeps its code.
func (s *secrets) hideInError(err error) error {
	st, ok := status.FromError(err)
	if err == nil || !ok || !s.any() {
		return err
	}
	p := st.Proto()
	p.Message = s.mask(p.GetMessage())
	for i, detail := range p.GetDetails() {
		m, err := detail.UnmarshalNew()
		if err != nil {
			continue // of a type we do not know and do not read
		}
		s.hideIn(m.ProtoReflect())
		if hidden, err := anypb.New(m); err == nil {
			p.Details[i] = hidden
		}
	}
	return status.ErrorProto(p)
}

func (s *secrets) hideIn(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
		case f.Kind() == protoreflect.MessageKind && f.IsList():
			for i := range v.List().Len() {
				s.hideIn(v.List().Get(i).Message())
			}
		case f.Kind() == protoreflect.MessageKind:
			s.hideIn(v.Message())
		case f.Kind() == protoreflect.StringKind && f.Name() == spoken && !f.IsList():
			m.Set(f, protoreflect.ValueOfString(s.mask(v.String())))
		}
		return true
	})
}

func (s *secrets) any() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.known) > 0
}
