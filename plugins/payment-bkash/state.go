package main

import (
	"context"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
	"github.com/halum-hut/halum/plugins/sdk/memory"
)

// record is what is remembered of a payment. Its JSON names are in files: never rename them.
type record struct {
	Payment     string         `json:"payment"`         // the platform's id
	Ref         string         `json:"ref,omitempty"`   // bKash's paymentID
	URL         string         `json:"url,omitempty"`   // of bKash's page for the shopper
	Minor       int64          `json:"minor,omitempty"` // as bKash was asked for it
	OpenedAt    time.Time      `json:"opened_at,omitzero"`
	ExecutingAt time.Time      `json:"executing_at,omitzero"` // an execution was sent then and has had no answer
	Tried       bool           `json:"tried,omitempty"`       // an execution was sent at some time
	Voided      bool           `json:"voided,omitempty"`      // it must never be executed
	Declined    *no            `json:"declined,omitempty"`    // as Voided
	Refunds     []refundRecord `json:"refunds,omitempty"`
	Incomplete  bool           `json:"incomplete,omitempty"` // there may have been refunds before these
}

// refundRecord is a refund that the platform asked for, written before bKash is asked.
type refundRecord struct {
	ID     string    `json:"id"` // the platform's
	Minor  int64     `json:"minor"`
	SentAt time.Time `json:"sent_at"`
	Known  []string  `json:"known,omitempty"`  // bKash's refunds that were there before: none of them is this one
	Ref    string    `json:"ref,omitempty"`    // bKash's refundTrxId, once it is known
	Failed *no       `json:"failed,omitempty"` // bKash refused it
}

// complete reports whether all refunds that the platform ever asked for are in the record.
func (r *record) complete() bool { return r.Payment != "" && !r.Incomplete }

// untouched reports whether the payment was made here and never executed: then nothing can have been taken.
func (r *record) untouched(ref string) bool { return !r.OpenedAt.IsZero() && r.Ref == ref && !r.Tried }

// about begins the record of a payment that was made elsewhere, or not yet.
func (r *record) about(p sdk.Payment) {
	r.Payment = p.ID
	if r.Ref == "" {
		r.Ref = p.Ref
	}
}

func (r *record) refund(id string) *refundRecord {
	for i := range r.Refunds {
		if r.Refunds[i].ID == id {
			return &r.Refunds[i]
		}
	}
	return nil
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
