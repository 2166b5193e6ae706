// Payment-sslcommerz takes payments through SSLCommerz, the payment gateway of Bangladesh (cards, mobile wallets and
// internet banking), with its hosted page and version 4 of its API, for vendors with a store there. One process serves all
// of them.
//
// A payment has two steps: a session is opened under the platform's id of the payment (tran_id), which takes nothing and
// gives the address of SSLCommerz's page; there the shopper pays, and the money is taken at once.
//
// What became of a payment is asked of SSLCommerz by tran_id every time: nothing that a browser or a notification says is
// believed. Three things SSLCommerz cannot do, and the plugin's files follow from that:
//
//   - a session cannot be closed, so that Void cannot promise anything about one that the shopper has (find.go, void.go);
//   - opening a session twice makes two that can both be paid, so that the address is remembered (state.go, create.go);
//   - refunds are not listed, and the query for one has no amount, so that they are remembered too (refund.go).
//
// Client.go has the API, webhook.go the notifications (IPN), fake/ the SSLCommerz that tests use.
package main

import (
	"flag"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

func main() {
	state := flag.String("state", "", "folder that remembers sessions and refunds; without it there are no refunds")
	flag.Parse()
	sdk.ServePayment(newPlugin(openStore(*state, time.Now), time.Now))
}
