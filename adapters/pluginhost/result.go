package pluginhost

import (
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/halum-hut/halum/core/payment"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

// Bounds on what a plugin may say: it is shown to shoppers and stored.
const (
	maxCode         = 64
	maxRef          = 255
	maxMessage      = 500
	maxURL          = 2048
	maxInstructions = 4000
	maxClientData   = 20
)

var codePattern = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

var outcomes = map[paymentv1.Outcome]payment.Outcome{
	paymentv1.Outcome_OUTCOME_CAPTURED:        payment.Captured,
	paymentv1.Outcome_OUTCOME_AUTHORIZED:      payment.Authorized,
	paymentv1.Outcome_OUTCOME_PENDING:         payment.Pending,
	paymentv1.Outcome_OUTCOME_REQUIRES_ACTION: payment.RequiresAction,
	paymentv1.Outcome_OUTCOME_DECLINED:        payment.Declined,
	paymentv1.Outcome_OUTCOME_VOIDED:          payment.Voided,
	paymentv1.Outcome_OUTCOME_UNKNOWN:         payment.Unknown,
	paymentv1.Outcome_OUTCOME_NOT_FOUND:       payment.NoSuchPayment,
	paymentv1.Outcome_OUTCOME_EXPIRED:         payment.Expired,
}

var refundOutcomes = map[paymentv1.RefundOutcome]payment.Outcome{
	paymentv1.RefundOutcome_REFUND_OUTCOME_SUCCEEDED: payment.Succeeded,
	paymentv1.RefundOutcome_REFUND_OUTCOME_PENDING:   payment.Pending,
	paymentv1.RefundOutcome_REFUND_OUTCOME_FAILED:    payment.Failed,
	paymentv1.RefundOutcome_REFUND_OUTCOME_UNKNOWN:   payment.Unknown,
	paymentv1.RefundOutcome_REFUND_OUTCOME_NOT_FOUND: payment.NoSuchPayment,
}

// resultFromProto reads a plugin's answer. What cannot be used is Unknown, with the problem for the log.
func resultFromProto(r *paymentv1.Result, asked bool) (result payment.Result, problem string) {
	unknown := payment.Result{Outcome: payment.Unknown}
	outcome, ok := outcomes[r.GetOutcome()]
	if !ok {
		return unknown, "no outcome that this host knows"
	}
	if outcome == payment.NoSuchPayment && !asked {
		return unknown, "not_found is an answer to GetPayment only"
	}
	out := payment.Result{
		Outcome: outcome, ProviderRef: clip(r.GetProviderRef(), maxRef), Amount: amountFromProto(r.GetAmount()),
		Captured: amountFromProto(r.GetCaptured()), Refunded: amountFromProto(r.GetRefunded()), Message: clip(r.GetMessage(), maxMessage), Retryable: r.GetRetryable(),
	}
	if outcome == payment.Declined {
		if out.Code = r.GetCode(); !codePattern.MatchString(out.Code) {
			out.Code = payment.ErrDeclined.Code
		}
	}
	if r.GetExpiresAt().IsValid() {
		out.ExpiresAt = r.GetExpiresAt().AsTime()
	}
	if out.Next, problem = nextFromProto(r.GetNext()); problem != "" {
		return unknown, problem
	}
	if outcome == payment.RequiresAction && out.Next == nil {
		return unknown, "requires_action without an action"
	}
	return out, ""
}

// refundFromProto reads a plugin's answer about a refund. What cannot be used is Unknown, with the problem for the log.
func refundFromProto(r *paymentv1.RefundResult, asked bool) (result payment.MoveResult, problem string) {
	outcome, ok := refundOutcomes[r.GetOutcome()]
	if !ok {
		return payment.MoveResult{Outcome: payment.Unknown}, "no outcome that this host knows"
	}
	if outcome == payment.NoSuchPayment && !asked {
		return payment.MoveResult{Outcome: payment.Unknown}, "not_found is an answer to GetRefund only"
	}
	out := payment.MoveResult{
		Outcome: outcome, ProviderRef: clip(r.GetProviderRef(), maxRef), Amount: amountFromProto(r.GetAmount()),
		Message: clip(r.GetMessage(), maxMessage), Retryable: r.GetRetryable(),
	}
	if outcome == payment.Failed {
		if out.Code = r.GetCode(); !codePattern.MatchString(out.Code) {
			out.Code = "refund_failed"
		}
	}
	return out, ""
}

func nextFromProto(n *paymentv1.NextAction) (next *payment.NextAction, problem string) {
	switch a := n.GetAction().(type) {
	case *paymentv1.NextAction_Redirect:
		if !safeRedirect(a.Redirect.GetUrl()) {
			return nil, "the redirect is not an https address"
		}
		return &payment.NextAction{Kind: "redirect", URL: a.Redirect.GetUrl()}, ""
	case *paymentv1.NextAction_Instructions:
		return &payment.NextAction{Kind: "instructions", Instructions: clip(a.Instructions.GetText(), maxInstructions)}, ""
	case *paymentv1.NextAction_QrCode:
		return &payment.NextAction{Kind: "qr_code", QR: clip(a.QrCode.GetText(), maxInstructions)}, ""
	case *paymentv1.NextAction_Client:
		next = &payment.NextAction{Kind: "client", Library: clip(a.Client.GetLibrary(), maxCode), Data: map[string]string{}}
		for name, value := range a.Client.GetData() {
			if len(next.Data) < maxClientData {
				next.Data[clip(name, maxCode)] = clip(value, maxInstructions)
			}
		}
		return next, ""
	}
	return nil, ""
}

// safeRedirect accepts https, and plain http to this machine, where the sandbox's bank lives.
func safeRedirect(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxURL || u.Host == "" || u.User != nil {
		return false
	}
	if u.Scheme == "https" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// clip bounds a text and drops what is not valid UTF-8 and the zero bytes that a database refuses.
func clip(s string, limit int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "")
	}
	return s
}
