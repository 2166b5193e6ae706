package main

import (
	"context"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/plugins/sdk/memory"
)

// record is what is remembered of a payment. Its JSON names are in files: never rename them.
type record struct {
	Payment    string         `json:"payment"`         // the platform's id
	URL        string         `json:"url,omitempty"`   // of SSLCommerz's page for the shopper
	Minor      int64          `json:"minor,omitempty"` // as SSLCommerz was asked for it
	OpenedAt   time.Time      `json:"opened_at,omitzero"`
	GivenUp    bool           `json:"given_up,omitempty"` // Void was asked: no session is opened or shown any more
	Declined   *no            `json:"declined,omitempty"` // SSLCommerz said so when the shopper came back
	Refunds    []refundRecord `json:"refunds,omitempty"`
	Incomplete bool           `json:"incomplete,omitempty"` // there may have been refunds before these
}

// refundRecord is a refund that the platform asked for, written before SSLCommerz is asked.
type refundRecord struct {
	ID       string    `json:"id"` // the platform's
	BankTran string    `json:"bank_tran"`
	Minor    int64     `json:"minor"`
	SentAt   time.Time `json:"sent_at,omitzero"`
	Taken    bool      `json:"taken,omitempty"` // SSLCommerz said that it is under way
	Ref      string    `json:"ref,omitempty"`   // SSLCommerz's refund_ref_id
	Done     bool      `json:"done,omitempty"`
	Failed   *no       `json:"failed,omitempty"`
}

// settled reports whether nothing will change any more.
func (r *refundRecord) settled() bool { return r.Done || r.Failed != nil }

// counts reports whether the amount was given back, or may be.
func (r *refundRecord) counts() bool {
	return r.Failed == nil && (r.Taken || r.Ref != "" || !r.SentAt.IsZero())
}

// complete reports whether all refunds that the platform ever asked for are in the record.
func (r *record) complete() bool { return r.Payment != "" && !r.Incomplete }

func (r *record) refund(id string) *refundRecord {
	for i := range r.Refunds {
		if r.Refunds[i].ID == id {
			return &r.Refunds[i]
		}
	}
	return nil
}

// back is what was given back or may be, of one transaction or of all.
func (r *record) back(bankTran string) (minor int64) {
	for i := range r.Refunds {
		if one := &r.Refunds[i]; one.counts() && (bankTran == "" || one.BankTran == bankTran) {
			minor += one.Minor
		}
	}
	return minor
}

// store remembers payments, each for one operation at a time.
type store struct {
	*memory.Store[record]
	durable bool // refunds can be remembered
}

func openStore(dir string, now func() time.Time) *store {
	kept := memory.Open[record](dir, now)
	return &store{kept, kept.Durable()}
}

// held is a payment that nobody else works on.
type held struct {
	record
	kept *memory.Held[record]
}

// hold waits for its turn on a payment and reads what is remembered.
func (s *store) hold(ctx context.Context, a sdk.Account, payment string) (*held, error) {
	kept, err := s.Hold(ctx, a, payment)
	if err != nil {
		return nil, err
	}
	return &held{kept.Record, kept}, nil
}

// save returns when the record is on the disk.
func (h *held) save() error { return h.kept.Save(h.record) }

func (h *held) release() { h.kept.Release() }
