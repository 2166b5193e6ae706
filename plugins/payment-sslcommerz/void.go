package main

import (
	"context"

	"github.com/halum-hut/halum/plugins/sdk"
)

// Void gives a payment up as far as that can be done. SSLCommerz cannot close a session: whoever has its address can pay
// until it ends by itself. So Voided, which promises that nothing will be taken, is the answer only where nobody ever had
// an address, and after the session's life. In between the answer is Pending: the platform gives the order up, goes on
// asking, and gives money back that comes all the same. The address is not shown to anybody again.
func (s *sslcommerzPlugin) Void(ctx context.Context, in sdk.Void) (sdk.Result, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.Result{}, err
	}
	if err := checkPayment(in.Payment); err != nil {
		return sdk.Result{}, err
	}
	h, err := s.state.hold(ctx, in.Account, in.Payment.ID)
	if err != nil {
		return sdk.Result{}, cannotRemember(ctx, err)
	}
	defer h.release()
	if !h.GivenUp {
		// A payment that is not in the record may have had refunds that are not either.
		h.Incomplete = h.Incomplete || h.Payment == "" && in.Payment.Ref != ""
		h.Payment, h.GivenUp = in.Payment.ID, true
		if err := h.save(); err != nil {
			return sdk.Result{}, cannotRemember(ctx, err)
		}
	}
	if h.unpublished(in.Payment) {
		return sdk.Result{Outcome: sdk.Voided, Amount: in.Payment.Amount}, nil
	}
	return c.look(ctx, in.Payment, h, "")
}
