package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
)

func (s *Server) mountOrderMoney(api huma.API) {
	fails := []int{http.StatusPaymentRequired, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity}
	huma.Register(api, post("/orders/{number}/capture", "capture_order", "Orders", "Take an authorised payment, or mark an offline one as received").
		within(checkoutTimeout).signedIn().fails(fails...).
		about("Without an amount, all that is left. What is captured is not captured again; a capture that got no answer is taken up.").
		Operation, s.capture)
	huma.Register(api, post("/orders/{number}/refunds", "refund_order", "Orders", "Give money back").
		answers(http.StatusCreated).within(checkoutTimeout).signedIn().fails(fails...).
		about("Without an amount, all that is left. Needs an `Idempotency-Key`. A refund whose `status` is open or pending takes its time: "+
			"staff is told how it ends.").Operation, s.refund)
	huma.Register(api, post("/orders/{number}/cancellation", "cancel_order", "Orders", "Cancel an order that was not sent").
		within(checkoutTimeout).signedIn().fails(fails...).
		about("Its stock is free again. Money that came in goes back, or waits for a decision, as the shop chose.").Operation, s.cancelOrder)
	huma.Register(api, post("/orders/{number}/payments/{payment}/acceptance", "accept_payment", "Orders", "Take money that does not fit for its order after all").
		signedIn().fails(fails...).Operation, s.acceptPayment)
	huma.Register(api, post("/orders/{number}/payments/{payment}/return", "return_payment", "Orders", "Give back money that does not fit").
		within(checkoutTimeout).signedIn().fails(fails...).Operation, s.returnPayment)
}

// StaffOrder is an order with all its money.
type StaffOrder struct {
	Order    Order     `json:"order"`
	Payment  Payment   `json:"payment" doc:"The one that counts"`
	Payments []Payment `json:"payments" doc:"All of them, newest first"`
	Captures []Move    `json:"captures"`
	Refunds  []Move    `json:"refunds"`
	Disputes []Dispute `json:"disputes"`
}

// Move is one capture or refund.
type Move struct {
	ID          string    `json:"id" example:"ref_01jd3v4k2m0000000000000000"`
	PaymentID   string    `json:"payment_id"`
	Amount      Money     `json:"amount"`
	Status      string    `json:"status" enum:"open,pending,succeeded,failed" doc:"open: asked for, the provider has not confirmed that it knows"`
	Reason      string    `json:"reason,omitempty"`
	Code        string    `json:"code,omitempty" doc:"Why it failed"`
	Message     string    `json:"message,omitempty"`
	ProviderRef string    `json:"provider_ref,omitempty"`
	By          string    `json:"by" doc:"Staff id, system, or provider when it was made on the provider's own pages"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

// Dispute is a claim of the shopper's bank.
type Dispute struct {
	Ref       string     `json:"ref"`
	PaymentID string     `json:"payment_id"`
	Status    string     `json:"status" enum:"needs_response,under_review,won,lost"`
	Amount    Money      `json:"amount"`
	Reason    string     `json:"reason,omitempty"`
	Deadline  *time.Time `json:"deadline,omitempty" doc:"Answer on the provider's pages until then"`
	UpdatedAt time.Time  `json:"updated_at"`
}

func moveToJSON(m payment.Move) Move {
	return Move{
		ID: string(m.ID), PaymentID: string(m.PaymentID), Amount: moneyToJSON(m.Amount), Status: string(m.Status), Reason: m.Reason, Code: m.Code,
		Message: m.Message, ProviderRef: m.ProviderRef, By: m.By, CreatedAt: timeToJSON(m.CreatedAt), UpdatedAt: timeToJSON(m.UpdatedAt),
	}
}

func disputeToJSON(d payment.Dispute) Dispute {
	out := Dispute{
		Ref: d.Ref, PaymentID: string(d.PaymentID), Status: string(d.Status), Amount: moneyToJSON(d.Amount), Reason: d.Reason, UpdatedAt: timeToJSON(d.UpdatedAt),
	}
	if !d.Deadline.IsZero() {
		at := timeToJSON(d.Deadline)
		out.Deadline = &at
	}
	return out
}

func staffOrderToJSON(st settle.State) StaffOrder {
	out := StaffOrder{
		Order: orderToJSON(st.Order), Payment: paymentToJSON(st.Payment), Payments: mapped(st.Payments, paymentToJSON),
		Captures: []Move{}, Refunds: []Move{}, Disputes: mapped(st.Disputes, disputeToJSON),
	}
	for _, m := range st.Moves {
		if m.Kind == payment.CaptureMove {
			out.Captures = append(out.Captures, moveToJSON(m))
		} else {
			out.Refunds = append(out.Refunds, moveToJSON(m))
		}
	}
	return out
}

// amountOf reads an amount that may be left out.
func amountOf(m *Money) *money.Money {
	if m == nil {
		return nil
	}
	out := money.New(m.Amount, money.Currency(m.Currency))
	return &out
}

func (s *Server) capture(ctx context.Context, in *struct {
	OrderNumber
	Body *struct {
		PaymentID string `json:"payment_id,omitempty" maxLength:"64" doc:"The one that counts, when left out"`
		Amount    *Money `json:"amount,omitempty"`
		Final     bool   `json:"final,omitempty" doc:"Give up the rest of the promise"`
	}
},
) (*body[StaffOrder], error) {
	var move backoffice.MoveMoney
	if b := in.Body; b != nil {
		move = backoffice.MoveMoney{Payment: payment.ID(b.PaymentID), Amount: amountOf(b.Amount), Final: b.Final}
	}
	st, err := s.d.Backoffice.Orders.Capture(ctx, actorOf(ctx), in.Number, move)
	return &body[StaffOrder]{staffOrderToJSON(st)}, err
}

// refundAnswer is a refund with its order.
type refundAnswer struct {
	Replayed
	Body struct {
		Refund Move       `json:"refund"`
		Order  StaffOrder `json:"order"`
	}
}

func (s *Server) refund(ctx context.Context, in *struct {
	OrderNumber
	OnceHeader
	Body struct {
		PaymentID string `json:"payment_id,omitempty" maxLength:"64" doc:"The one that counts, when left out"`
		Amount    *Money `json:"amount,omitempty"`
		Reason    string `json:"reason,omitempty" enum:"requested_by_customer,duplicate,fraudulent,unfulfillable,other"`
	}
},
) (*refundAnswer, error) {
	if in.Key == "" {
		return nil, shop.ErrKeyRequired
	}
	by := actorOf(ctx)
	once, err := in.once("POST /orders/refunds", by.Who(), []any{in.Number, in.Body})
	if err != nil {
		return nil, err
	}
	st, m, err := s.d.Backoffice.Orders.Refund(ctx, by, in.Number, backoffice.MoveMoney{
		Payment: payment.ID(in.Body.PaymentID), Amount: amountOf(in.Body.Amount), Reason: in.Body.Reason,
	}, once)
	if err != nil {
		return nil, err
	}
	out := &refundAnswer{Replayed: replayedOf(once)}
	out.Body.Refund, out.Body.Order = moveToJSON(m), staffOrderToJSON(st)
	return out, nil
}

func (s *Server) cancelOrder(ctx context.Context, in *OrderNumber) (*body[StaffOrder], error) {
	st, err := s.d.Backoffice.Orders.Cancel(ctx, actorOf(ctx), in.Number)
	return &body[StaffOrder]{staffOrderToJSON(st)}, err
}

// orderPayment is the input of what is asked about one payment of an order.
type orderPayment struct {
	OrderNumber
	Payment string `path:"payment" maxLength:"64" example:"pay_01jd3v4k2m0000000000000000"`
}

func (s *Server) acceptPayment(ctx context.Context, in *orderPayment) (*body[StaffOrder], error) {
	st, err := s.d.Backoffice.Orders.Accept(ctx, actorOf(ctx), in.Number, payment.ID(in.Payment))
	return &body[StaffOrder]{staffOrderToJSON(st)}, err
}

func (s *Server) returnPayment(ctx context.Context, in *orderPayment) (*body[StaffOrder], error) {
	st, err := s.d.Backoffice.Orders.Return(ctx, actorOf(ctx), in.Number, payment.ID(in.Payment))
	return &body[StaffOrder]{staffOrderToJSON(st)}, err
}
