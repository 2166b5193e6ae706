// Payment-bkash takes payments with bKash, the mobile wallet of Bangladesh, through Tokenized Checkout without agreement
// (mode 0011, "Checkout URL"), for vendors with a bKash merchant account of their own. One process serves all of them.
//
// A payment has three steps:
//
//   - create makes a payment at bKash and gives the address of bKash's page. It takes nothing;
//   - the shopper approves there with a code and a PIN, and is brought back. That takes nothing either;
//   - execute takes the money. It works once for a payment, within 24 hours, and is called by ContinuePayment only.
//
// bKash knows no idempotency keys and finds payments by its own ids only, so that the plugin remembers what it did in a
// folder, one small file for each payment (state.go). Correct answers about money do not rest on it: what was taken and
// given back is asked of bKash every time. What does rest on it is said in create.go, find.go and refund.go.
//
// Read those first. token.go has the access token, codes.go bKash's error codes, webhook.go and sns.go the notifications,
// fake/ the bKash that tests use.
package main

import (
	"flag"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

func main() {
	state := flag.String("state", "", "folder that remembers payments and refunds; without it there are no refunds")
	flag.Parse()
	sdk.ServePayment(newPlugin(openStore(*state, time.Now), time.Now))
}
