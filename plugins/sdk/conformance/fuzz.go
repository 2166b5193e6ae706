package conformance

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/halum-hut/halum/plugins/sdk"
)

// methods are those of the contract, without a list that could be forgotten.
func (k *bench) methods() (protoreflect.MethodDescriptors, error) {
	name := protoreflect.FullName("halum.payment.v1.PaymentPlugin")
	if k.kind == sdk.KindShipping {
		name = "halum.shipping.v1.ShippingPlugin"
	}
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil, err
	}
	return d.(protoreflect.ServiceDescriptor).Methods(), nil
}

func (k *bench) eachMethod(fn func(path string, m protoreflect.MethodDescriptor) error) error {
	all, err := k.methods()
	if err != nil {
		return err
	}
	for i := range all.Len() {
		m := all.Get(i)
		if err := fn(fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name()), m); err != nil {
			return err
		}
	}
	return nil
}

// survivesFuzz fills every field of every request with nonsense, half of the time for an account that exists. The seed
// is fixed, so that a failure comes again.
func survivesFuzz(ctx context.Context, k *bench) error {
	const tries = 100
	random := rand.New(rand.NewPCG(3, 5)) //nolint:gosec // a repeatable fuzz, not a secret
	return k.eachMethod(func(path string, m protoreflect.MethodDescriptor) error {
		for try := range tries {
			in := dynamicpb.NewMessage(m.Input())
			fill(in, random, 0)
			if account := m.Input().Fields().ByName("account"); account != nil && try%2 == 0 {
				in.Set(account, protoreflect.ValueOfMessage(k.account().ProtoReflect()))
			}
			if err := k.nonsense(ctx, path, in, dynamicpb.NewMessage(m.Output())); err != nil {
				return fmt.Errorf("%s of nonsense (try %d) %w", m.Name(), try, err)
			}
		}
		return nil
	})
}

func (k *bench) nonsense(ctx context.Context, path string, in, out proto.Message) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := k.plugin.conn.Invoke(ctx, path, in, out)
	if err == nil {
		return nil
	}
	f, ok := sdk.FaultFromStatus(err)
	switch {
	case status.Code(err) == codes.DeadlineExceeded:
		return fmt.Errorf("hangs")
	case !ok:
		return fmt.Errorf("answered %s: answer a fault of kind INVALID or MISCONFIGURED, so that the platform knows that nothing happened", words(err))
	case f.Code == "plugin_panic":
		return fmt.Errorf("panics")
	}
	return nil
}

// fill sets every field to something odd.
func fill(m protoreflect.Message, random *rand.Rand, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if random.IntN(5) == 0 {
			continue // left out
		}
		switch {
		case f.IsMap():
			values := m.Mutable(f).Map()
			for range random.IntN(4) {
				values.Set(protoreflect.ValueOfString(oddText(random)).MapKey(), protoreflect.ValueOfString(oddText(random)))
			}
		case f.IsList():
			list := m.Mutable(f).List()
			for range random.IntN(4) {
				if f.Message() == nil {
					continue
				}
				element := list.NewElement()
				fill(element.Message(), random, depth+1)
				list.Append(element)
			}
		case f.Message() != nil:
			if depth < 6 {
				fill(m.Mutable(f).Message(), random, depth+1)
			}
		default:
			m.Set(f, odd(f, random))
		}
	}
}

func odd(f protoreflect.FieldDescriptor, random *rand.Rand) protoreflect.Value {
	number := []int64{0, 1, -1, math.MaxInt64, math.MinInt64, 199900, int64(random.Uint32())}[random.IntN(7)]
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(number%2 == 0)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(number)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(number))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(random.IntN(12)))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(oddText(random)))
	default:
		return protoreflect.ValueOfString(oddText(random))
	}
}

func oddText(random *rand.Rand) string {
	texts := []string{
		"", " ", "{}", "[]", "null", "{\"a\":", "-1", "0", "USD", "usd", "card", "../../etc/passwd", "http://", "%00", "\x00", "\u202e", "ꯍ𝕏",
		"'; drop table x; --", "${jndi:ldap://x}", "{{.}}", "9999999999999999999999", "NaN", "1e308", strings.Repeat("a", 5000), strings.Repeat("{", 2000),
	}
	return texts[random.IntN(len(texts))]
}

// rawCodec sends bytes as they are.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (rawCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = data
	return nil
}

// Name is the codec that the receiver takes the bytes for.
func (rawCodec) Name() string { return "proto" }

func survivesBytes(ctx context.Context, k *bench) error {
	const tries = 30
	random := rand.New(rand.NewPCG(13, 17)) //nolint:gosec // a repeatable fuzz, not a secret
	return k.eachMethod(func(path string, m protoreflect.MethodDescriptor) error {
		for try := range tries {
			in, out := make([]byte, random.IntN(400)), []byte{}
			for i := range in {
				in[i] = byte(random.UintN(256))
			}
			short, cancel := context.WithTimeout(ctx, 5*time.Second)
			err := k.plugin.conn.Invoke(short, path, &in, &out, grpc.ForceCodec(rawCodec{}))
			cancel()
			if code := status.Code(err); code == codes.DeadlineExceeded || code == codes.Unavailable && !refused(err, sdk.FaultUnavailable) {
				return fmt.Errorf("%s of %d random bytes (try %d) answered %s", m.Name(), len(in), try, words(err))
			}
		}
		return nil
	})
}
