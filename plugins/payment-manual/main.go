// Payment-manual is for money that changes hands between shopper and vendor: cash on delivery, bank transfer, or at once
// at the counter. The plugin talks to nobody and takes nothing; it turns the vendor's settings into methods and answers.
//
// Settings, all optional, at least one method on:
//
//	cash_on_delivery   "true" offers it: authorised at once, captured by staff when the money is in hand
//	bank_transfer      "true" offers it: pending for seven days with bank_instructions, captured by staff
//	bank_instructions  what the shopper must do; needed with bank_transfer
//	counter            "true" offers it: paid at the till, captured at once
//
// It keeps no state, so that every process on every node gives the same answer. Create, Capture and Void are functions
// of their input and therefore idempotent; that a payment moves only forward is kept by the platform's own ledger, the
// only record there is. Get answers Pending: nobody but the vendor's staff can know, and they say so by capturing or
// voiding. It must not answer NotFound, which would let the platform cancel a transfer that is on its way.
package main

import "github.com/halum-hut/halum/plugins/sdk"

func main() { sdk.ServePayment(newManual()) }
