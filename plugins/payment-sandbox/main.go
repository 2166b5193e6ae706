// Payment-sandbox is a bank for tests and demonstrations: the card number decides what happens, and everything is in a
// durable journal (package journal) that tests compare with the platform's books. It accepts no other numbers, so a real
// card is never taken. Any expiry in the future and any three digits go with these:
//
//	4242424242424242  captured, or authorised when the shop captures later
//	5555555555554444  as the one before
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
// Time. What happens by itself does so after the merchant's settle time (2 s when not set):
//
//	4000000000010100  captured, and every answer about it takes 0.5 to 8 seconds
//	4000000000010209  pending, captured by itself
//	4000000000010308  pending until somebody decides on the bank's pages
//	4000000000010407  authorised, expires by itself (other authorisations after seven days)
//	4000000000010506  as the redirect, but the shopper approves by itself and never comes back
//	4000000000010605  as the redirect, but the shopper does nothing and the time runs out
//	4000000000010704  declined as one that may be tried again, then captured all the same: the second success of an order
//	4000000000010803  captured in a currency that nobody asked for (USD, or EUR for USD)
//	4000000000010902  authorised; when it is voided it is voided, and captured later all the same
//	4000000000011009  does not answer, the first time a payment comes with it, and charges nothing
//
// Capture, of an authorised payment. Hanging and crashing happens once for each capture:
//
//	4000000000020109  captures, but never answers
//	4000000000020208  kills the plugin before it captures
//	4000000000020307  captures, then kills the plugin
//	4000000000020406  declines every capture, capture_declined
//	4000000000020505  does not answer and captures nothing
//
// Refund, of a captured payment. Hanging and crashing happens once for each refund:
//
//	4000000000030108  refunds are pending and succeed by themselves
//	4000000000030207  refunds are pending and fail by themselves, refund_declined
//	4000000000030306  refunds are pending until somebody decides on the bank's pages
//	4000000000030405  refunds fail, refund_declined
//	4000000000030504  gives back, but never answers
//	4000000000030603  kills the plugin before it gives back
//	4000000000030702  gives back, then kills the plugin
//	4000000000030801  does not answer and gives nothing back
//
// Webhooks, of a captured payment; of every other card, one copy at once:
//
//	4000000000040107  the first is sent, and accepted by the shop, before CreatePayment answers
//	4000000000040206  each is sent twice
//	4000000000040305  each is sent one to five times, shuffled within 400 ms; for a third of the payments the first comes
//	                  before the answer
//	4000000000040404  sent after the settle time
//	4000000000040503  never sent
//
// Webhooks are sent when the shop gave an address (https, or http on this machine) and the account a webhook_secret. They
// are signed as Standard Webhooks says, retried with growing pauses, and survive the process: any process of the same
// journal sends what another left behind.
//
// A second CreatePayment for a payment returns what the journal says and never charges again, whichever process answers:
// all processes given the same --journal are one bank. Its pages, with buttons for what a bank's staff, shoppers and time
// do, and the control API for tests are described at bank.Handler. With --pages-only the program is no plugin but serves
// those pages of a journal until it is ended, and prints "READY url=…" when it does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
)

func main() {
	path := flag.String("journal", "", "file that remembers the payments (required)")
	addr := flag.String("bank-addr", "127.0.0.1:0", "loopback address of the bank's pages; another port is taken when it is busy")
	pagesOnly := flag.Bool("pages-only", false, "serve the bank's pages of the journal and be no plugin")
	flag.Parse()
	if *path == "" {
		fail("give --journal FILE: without it a restart would forget the charges")
	}
	j, err := journal.Open(*path, time.Now)
	if err != nil {
		fail(err.Error())
	}
	s := newSandbox(bank.New(j, time.Now), *addr)
	if *pagesOnly {
		servePages(s)
		return
	}
	go s.bank.Run(context.Background()) // ends with the process: another one sends what is left
	sdk.ServePayment(s)
}

func servePages(s *sandbox) {
	base, err := s.door.URL()
	if err != nil {
		fail(err.Error())
	}
	fmt.Println("READY url=" + base)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s.bank.Run(ctx)
}

func fail(msg string) {
	fmt.Fprintln(os.Stderr, "payment-sandbox: "+msg)
	os.Exit(2)
}
