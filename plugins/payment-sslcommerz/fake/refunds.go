package fake

import "slices"

// NoRefunds is the amount of payments that cannot be given back, as when the store's balance is too low.
const NoRefunds = 404000

type refund struct {
	attempt        *attempt
	id, ref        string // the shop's, and the fake's
	status, reason string
	amount         int64
	at             string
}

func (s *Server) back(a *attempt) (minor int64) {
	for _, r := range s.refunds {
		if r.attempt == a && r.status != "cancelled" {
			minor += r.amount
		}
	}
	return minor
}

// refund begins one. A refund_trans_id that was used before is under way already, whatever else the request says.
func (s *Server) refund(c *call) answer {
	i := slices.IndexFunc(s.attempts, func(a *attempt) bool { return a.bankTran == c.fields["bank_tran_id"] && a.paid() })
	amount, ok := minorOf(c.fields["refund_amount"])
	if i < 0 || !ok || !within(c.fields["refund_trans_id"], 30) || !within(c.fields["refund_remarks"], 255) || len(c.fields["refe_id"]) > 50 {
		return answer{"APIConnect": "INVALID_REQUEST"}
	}
	a := s.attempts[i]
	got := answer{"APIConnect": "DONE", "bank_tran_id": a.bankTran, "trans_id": a.session.tranID, "refund_ref_id": "", "status": "failed", "errorReason": ""}
	known := slices.IndexFunc(s.refunds, func(r *refund) bool { return r.id == c.fields["refund_trans_id"] })
	switch {
	case known >= 0:
		got["status"], got["errorReason"] = "processing", "Refund request already initiated"
	case a.amount == NoRefunds:
		got["errorReason"] = "Insufficient balance"
	case amount > a.amount-s.back(a):
		got["errorReason"] = "Refund amount is more than the transaction amount"
	default:
		r := &refund{attempt: a, id: c.fields["refund_trans_id"], ref: s.next("R"), status: "processing", amount: amount, at: stamp(s.now())}
		s.refunds = append(s.refunds, r)
		got["status"], got["refund_ref_id"] = "success", r.ref
	}
	return got
}

func (s *Server) refundStatus(c *call) answer {
	for _, r := range s.refunds {
		if r.ref == c.fields["refund_ref_id"] {
			got := answer{
				"APIConnect": "DONE", "bank_tran_id": r.attempt.bankTran, "tran_id": r.attempt.session.tranID, "refund_ref_id": r.ref,
				"initiated_on": r.at, "refunded_on": "", "status": r.status, "errorReason": r.reason,
			}
			if r.status == "refunded" {
				got["refunded_on"] = stamp(s.now())
			}
			return got
		}
	}
	return answer{"APIConnect": "DONE", "status": "", "errorReason": "Invalid refund_ref_id"}
}
