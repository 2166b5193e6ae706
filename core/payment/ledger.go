package payment

import (
	"time"

	"github.com/halum-hut/halum/core/money"
)

// Account is a ledger account of one tenant.
type Account string

// The accounts. Debits are positive, credits negative; every posting sums to zero per currency.
const (
	Receivable Account = "receivable"      // what shoppers owe
	Sales      Account = "sales"           // what was sold
	Funds      Account = "provider_funds"  // what the provider holds for the vendor
	Reserves   Account = "authorized"      // memo: promised by a provider
	ReservesOf Account = "authorized_from" // memo: the other side of Reserves
)

// Entry is one line of a posting. Lines are append-only: a correction is a new posting.
type Entry struct {
	PostingID string
	PaymentID ID
	OrderID   string
	Account   Account
	Amount    money.Money // signed minor units
	At        time.Time
}

// EntriesFor returns the posting that a payment's move from one status to another calls for, or nil. Its id is derived
// from payment and status, so that the same move can never be posted twice.
func EntriesFor(p Payment, at time.Time) []Entry {
	line := func(a Account, sign int64) Entry {
		return Entry{
			PostingID: string(p.ID) + ":" + string(p.Status), PaymentID: p.ID, OrderID: p.OrderID,
			Account: a, Amount: money.New(sign*p.Amount.Amount, p.Amount.Currency), At: at,
		}
	}
	switch p.Status {
	case Reserved:
		return []Entry{line(Reserves, 1), line(ReservesOf, -1)}
	case Paid:
		return []Entry{line(Funds, 1), line(Sales, -1)}
	case Returned:
		return []Entry{line(Funds, -1), line(Sales, 1)}
	case Created, Processing, Waiting, Refused, Cancelled, Held:
	}
	return nil
}
