package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

// OnceHeader is the input of operations that may be sent again.
type OnceHeader struct {
	Key string `header:"Idempotency-Key" maxLength:"255" pattern:"^[!-~]+$" doc:"A random value that stays the same when you retry: the request has its effect once, and a repeat gets the stored answer"`
}

// Replayed is the output of such operations.
type Replayed struct {
	Replayed string `header:"Idempotent-Replayed" enum:"true" doc:"\"true\" when the answer is the stored one"`
}

func replayedOf(o *app.Once) Replayed {
	if o != nil && o.Replayed {
		return Replayed{"true"}
	}
	return Replayed{}
}

// once makes the client's wish from its key. operation and who keep one person's keys apart from another's; body is
// what was decoded, so that spaces and the order of fields do not matter.
func (h OnceHeader) once(operation, who string, body any) (*app.Once, error) {
	if h.Key == "" {
		return nil, nil
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fault.Wrap(err, "encode a request again")
	}
	sum := sha256.New()
	sum.Write([]byte(operation + "\n" + who + "\n"))
	sum.Write(text)
	return &app.Once{Once: ports.Once{Key: h.Key, Scope: operation + " " + who, Fingerprint: sum.Sum(nil)}}, nil
}

// whoShops names a shopper for keys: the account, or the cart with the secret that opens it, so that knowing a cart's
// id is not enough to get a stored answer. Somebody with neither is known by where the request came from.
func whoShops(ctx context.Context, by identity.Actor, cartToken string) string {
	switch {
	case by.Kind == identity.Customer:
		return by.ID
	case cartToken != "":
		sum := sha256.Sum256([]byte(cartToken))
		return "cart:" + hex.EncodeToString(sum[:16])
	}
	return "from:" + network(requestOf(ctx).client).String()
}
