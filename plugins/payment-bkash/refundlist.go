package main

import (
	"slices"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// givenBack is one refund as bKash tells of it, in the answer to a refund or in the list of them.
type givenBack struct {
	RefundTrxID             string `json:"refundTrxId"`
	RefundTransactionStatus string `json:"refundTransactionStatus"`
	TransactionStatus       string `json:"transactionStatus"` // the same in some answers
	RefundAmount            text   `json:"refundAmount"`
	SKU                     string `json:"sku"` // the platform's id of the refund, where bKash repeats it
}

func (g givenBack) state() string {
	if g.RefundTransactionStatus != "" {
		return g.RefundTransactionStatus
	}
	return g.TransactionStatus
}

// minor is -1 when the amount cannot be read: it then fits to nothing.
func (g givenBack) minor() int64 {
	if minor, ok := fromBkash(string(g.RefundAmount)); ok {
		return minor
	}
	return -1
}

func (g givenBack) result() sdk.RefundResult {
	r := sdk.RefundResult{ProviderRef: g.RefundTrxID, Amount: taka(g.minor())}
	switch {
	case g.minor() < 0 || g.RefundTrxID == "":
		return sdk.RefundResult{ProviderRef: g.RefundTrxID}
	case g.state() == completed:
		r.Outcome = sdk.RefundSucceeded
	case g.failed():
		r.Outcome, r.Code, r.Message = sdk.RefundFailed, "refund_failed", "bKash says that the refund failed."
	default:
		r.Outcome = sdk.RefundPending
	}
	return r
}

func (g givenBack) failed() bool { return strings.EqualFold(g.state(), "failed") }

type refundList []givenBack

// total is what was given back, or is about to be.
func (l refundList) total() (minor int64) {
	for _, g := range l {
		if !g.failed() {
			minor += max(g.minor(), 0)
		}
	}
	return minor
}

func (l refundList) refs() (refs []string) {
	for _, g := range l {
		refs = append(refs, g.RefundTrxID)
	}
	return refs
}

// candidates are the refunds that may be the one meant: the one with its id when bKash repeats that, or else those of its
// amount that are no other refund's.
func (l refundList) candidates(r record, id string, minor int64, known []string) (some refundList) {
	for _, g := range l {
		if g.SKU == id {
			return refundList{g}
		}
		taken := slices.ContainsFunc(r.Refunds, func(other refundRecord) bool { return other.ID != id && other.Ref == g.RefundTrxID })
		if !taken && g.SKU == "" && g.minor() == minor && !slices.Contains(known, g.RefundTrxID) {
			some = append(some, g)
		}
	}
	return some
}

// unrecorded looks for a refund that is not in the record. When the record is complete it was never sent, unless bKash
// itself says whose it is.
func (l refundList) unrecorded(r record, id string, minor int64) sdk.RefundResult {
	found := l.candidates(r, id, minor, nil)
	switch {
	case len(found) > 0 && found[0].SKU == id:
		return found[0].result()
	case len(found) > 0 && !r.complete():
		return sdk.RefundResult{}
	}
	return sdk.RefundResult{Outcome: sdk.RefundNotFound}
}
