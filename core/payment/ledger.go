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

// EntriesFor returns the posting that a payment's move from one status to another calls for, or nil: what the old status
// had booked is taken back, what the new one means is booked. Its id is derived from the payment and the move, so that
// the same move can never be posted twice. A payment of nothing books nothing.
func EntriesFor(was Status, p Payment, at time.Time) []Entry {
	if p.Amount.IsZero() || was == p.Status {
		return nil
	}
	var entries []Entry
	book := func(accounts []Account, sign int64) {
		for _, a := range accounts {
			entries = append(entries, Entry{
				PostingID: string(p.ID) + ":" + string(was) + ">" + string(p.Status), PaymentID: p.ID, OrderID: p.OrderID,
				Account: a, Amount: money.New(sign*p.Amount.Amount, p.Amount.Currency), At: at,
			})
			sign = -sign
		}
	}
	book(booked(was), -1)
	book(booked(p.Status), 1)
	return entries
}

// booked names the accounts that a payment in a status has debited and credited with its amount.
func booked(s Status) []Account {
	switch s {
	case Reserved:
		return []Account{Reserves, ReservesOf}
	case Paid:
		return []Account{Funds, Sales}
	case Created, Processing, Waiting, Refused, Cancelled, Held, Returned:
	}
	return nil
}
