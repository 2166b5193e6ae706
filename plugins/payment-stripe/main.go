// Payment-stripe takes payments through Stripe (PaymentIntents) for vendors with an account there. One process serves
// all of them: keys travel with each request and are kept nowhere but in a small cache.
//
// A payment is made in two steps, because Stripe knows no way to ask for one by our id that is always up to date:
//
//   - open: a PaymentIntent is created without a payment method, under an idempotency key made of the payment's id. That
//     takes and promises nothing, so that this step can fail in any way without doubt, and whoever comes later, also a
//     Void, finds the one PaymentIntent there can be;
//   - confirm: the payment method is charged, under the key the platform gave. A PaymentIntent succeeds at most once.
//
// Read create.go and find.go first; they say what follows from that. amount.go has Stripe's view of currencies,
// webhook.go what Stripe says by itself, fake/ the Stripe that tests use.
package main

import (
	"os"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

func main() {
	// stripe-go runs uname to tell Stripe about the machine, its name included. Without a path it finds none.
	_ = os.Unsetenv("PATH")
	sdk.ServePayment(newPlugin(time.Now))
}
