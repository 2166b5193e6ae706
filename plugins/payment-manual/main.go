// Payment-manual is for money that changes hands between shopper and vendor: cash on delivery, bank transfer, or at once
// at the counter. The plugin talks to nobody and takes nothing; it turns the vendor's settings into methods and answers.
//
// Settings (config.schema.json), at least one method on:
//
//	cash_on_delivery   authorised at once, captured by staff when the money is in hand
//	bank_transfer      pending for seven days with bank_instructions, captured by staff
//	bank_instructions  what the shopper must do; needed with bank_transfer
//	counter            paid at the till, captured at once
//
// It is offline and keeps no state: every answer is a function of the request, and therefore the same on every node and
// at every repetition. The platform's ledger is the only record there is, and sees that a payment moves only forward.
// GetPayment answers what CreatePayment answered, also when a vendor has switched the method off since. GetRefund answers
// that nothing is known: the platform sends the refund again, and that says the same as the first time.
package main

import "github.com/halum-hut/halum/plugins/sdk"

func main() { sdk.ServePayment(manual{}) }
