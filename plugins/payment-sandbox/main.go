// Payment-sandbox is a bank for tests and demonstrations: the card number decides what happens, and every decision is in
// a durable journal (package journal) that tests compare with the platform's books. It accepts no other numbers, so a
// real card is never taken. Any expiry in the future and any three digits go with these:
//
//	4242424242424242  captured
//	5555555555554444  captured
//	4000000000000077  authorised only: Capture takes the money
//	4000000000000002  declined, card_declined
//	4000000000009995  declined, insufficient_funds
//	4000000000000069  declined, expired_card
//	4000000000000119  declined, processing_error, which may be tried again
//	4000000000003220  asks for a redirect to the bank's page, where the shopper approves or declines
//	4000000000000259  captured, but never answers: the caller's deadline passes
//	4000000000000341  kills the plugin before anything is charged, the first time a payment comes with it
//	4000000000000333  captured, then kills the plugin before it answers
//	4000000000001000  captured, but one minor unit too much
//
// A second Create for a payment returns what the journal says and never charges again, whichever process answers: all
// processes given the same --journal are one bank.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

func main() {
	path := flag.String("journal", "", "file that remembers the payments (required)")
	addr := flag.String("bank-addr", "127.0.0.1:0", "loopback address of the bank's page; another port is taken when it is busy")
	flag.Parse()
	if *path == "" {
		fail("give --journal FILE: without it a restart would forget the charges")
	}
	j, err := journal.Open(*path)
	if err != nil {
		fail(err.Error())
	}
	sdk.ServePayment(newSandbox(j, *addr))
}

func fail(msg string) {
	fmt.Fprintln(os.Stderr, "payment-sandbox: "+msg)
	os.Exit(2)
}
