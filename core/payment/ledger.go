package payment

import (
	"strconv"
	"time"

	"github.com/halum-hut/halum/core/money"
)

// Account is a ledger account of one tenant.
type Account string

// The accounts. Debits are positive, credits negative; every posting sums to zero per currency.
const (
	Funds      Account = "provider_funds"  // what the provider holds for the vendor
	Sales      Account = "sales"           // what was sold
	Refunds    Account = "refunds"         // what was given back of it
	Unapplied  Account = "unapplied"       // what came in and is for no order: owed to the shopper
	Disputes   Account = "disputes"        // claimed back and not decided
	Losses     Account = "dispute_losses"  // lost in disputes
	Reserves   Account = "authorized"      // memo: promised by a provider
	ReservesOf Account = "authorized_from" // memo: the other side of Reserves
)

// accounts in the order in which a posting lists them.
var accounts = []Account{Funds, Sales, Refunds, Unapplied, Disputes, Losses, Reserves, ReservesOf}

// Entry is one line of a posting. Lines are append-only: a correction is a new posting.
type Entry struct {
	PostingID string
	PaymentID ID
	OrderID   string
	Account   Account
	Amount    money.Money // signed minor units
	At        time.Time
}

// Balance is what the ledger must say about a payment, account by account, in minor units of its currency. It sums to
// zero: promises stand on the two memo accounts, money that came in on the funds against what it is for.
func (p Payment) Balance() map[Account]int64 {
	c, r, d, l := p.Captured.Amount, p.Refunded.Amount, p.Disputed.Amount, p.Lost.Amount
	b := map[Account]int64{
		Funds: c - r - d - l, Disputes: d, Losses: l, Reserves: p.Promised().Amount, ReservesOf: -p.Promised().Amount,
	}
	if p.Unfit != "" {
		b[Unapplied] = r - c
	} else {
		b[Sales], b[Refunds] = -c, r
	}
	return b
}

// EntriesFor returns the posting that brings the ledger from what it said about a payment before to what it must say
// now, or nil. Its id is derived from the payment and its version, so that one change can never be posted twice.
func EntriesFor(before, p Payment, at time.Time) []Entry {
	var entries []Entry
	book := func(b map[Account]int64, minus map[Account]int64, c money.Currency) {
		for _, a := range accounts {
			if amount := b[a] - minus[a]; amount != 0 {
				entries = append(entries, Entry{
					PostingID: string(p.ID) + ":" + strconv.FormatInt(p.Version, 10), PaymentID: p.ID, OrderID: p.OrderID,
					Account: a, Amount: money.New(amount, c), At: at,
				})
			}
		}
	}
	// A payment changes its currency only before anything was booked.
	book(p.Balance(), before.Balance(), p.Amount.Currency)
	return entries
}
