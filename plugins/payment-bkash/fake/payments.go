package fake

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// payment is one at bKash. Amounts are in paisa.
type payment struct {
	id, trx, invoice, callback string
	amount                     int64
	made                       time.Time
	approved, poor, spoiled    bool
	executions                 int
	refunds                    []refund
}

type refund struct {
	trx, sku, status string
	amount           int64
}

func (p *payment) back() (minor int64) {
	for _, r := range p.refunds {
		if r.status != "Failed" {
			minor += r.amount
		}
	}
	return minor
}

func decimal(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }

// minorOf reads an amount with at most two decimals.
func minorOf(s string) (int64, bool) {
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 2 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 2-len(part)), 10, 64)
	return n, err == nil && n > 0
}

func (s *Server) create(c *call) (answer, *problem) {
	amount, ok := minorOf(c.body["amount"])
	switch {
	case c.body["mode"] != "0011":
		return nil, refusal("2063", "Mode is not valid as per request data")
	case c.body["intent"] != "sale":
		return nil, refusal("2008", "Invalid intent")
	case c.body["currency"] != "BDT":
		return nil, refusal("2007", "Invalid currency")
	case !ok:
		return nil, refusal("2006", "Invalid amount")
	case c.body["payerReference"] == "" || len(c.body["payerReference"]) > 255 || strings.ContainsAny(c.body["payerReference"], "<>&"):
		return nil, refusal("2048", "Invalid Payer Reference")
	case c.body["merchantInvoiceNumber"] == "" || len(c.body["merchantInvoiceNumber"]) > 255 || strings.ContainsAny(c.body["merchantInvoiceNumber"], "<>&"):
		return nil, refusal("2031", "Invalid merchant invoice number")
	case !strings.HasPrefix(c.body["callbackURL"], "http"):
		return nil, refusal("2049", "Invalid Merchant Callback URL")
	}
	p := &payment{id: s.next("TR0011"), invoice: c.body["merchantInvoiceNumber"], callback: c.body["callbackURL"], amount: amount, made: s.now()}
	s.payments[p.id] = p
	return answer{
		"statusCode": "0000", "statusMessage": "Successful", "paymentID": p.id, "bkashURL": c.base + "/_fake/page?paymentID=" + p.id,
		"callbackURL": p.callback, "amount": c.body["amount"], "intent": "sale", "currency": "BDT", "paymentCreateTime": stamp(p.made),
		"transactionStatus": "Initiated", "merchantInvoiceNumber": p.invoice,
	}, nil
}

// stamp is how bKash writes times.
func stamp(t time.Time) string {
	return t.In(time.FixedZone("", 6*3600)).Format("2006-01-02T15:04:05") + ":000 GMT+0600"
}

func (s *Server) onPayment(field string, do func(*call, *payment) (answer, *problem)) func(*call) (answer, *problem) {
	return func(c *call) (answer, *problem) {
		p := s.payments[c.body[field]]
		if p == nil {
			return nil, refusal("2002", "Invalid Payment ID")
		}
		return do(c, p)
	}
}

func (s *Server) execute(_ *call, p *payment) (answer, *problem) {
	p.executions++
	switch {
	case p.trx != "":
		return nil, refusal("2117", "The payment execution has already been completed")
	case p.spoiled || s.now().Sub(p.made) > 24*time.Hour:
		return nil, refusal("2056", "Invalid Payment State")
	case !p.approved:
		p.spoiled = true
		return nil, refusal("2056", "Invalid Payment State")
	case p.poor:
		return nil, refusal("2023", "Insufficient Balance")
	}
	p.trx = s.next("TRX")
	s.trxs[p.trx] = p
	return s.executed(p), nil
}

func (s *Server) executed(p *payment) answer {
	return answer{
		"statusCode": "0000", "statusMessage": "Successful", "paymentID": p.id, "trxID": p.trx, "payerReference": p.invoice,
		"customerMsisdn": "01770618575", "amount": decimal(p.amount), "transactionStatus": "Completed", "paymentExecuteTime": stamp(s.now()),
		"currency": "BDT", "intent": "sale", "merchantInvoiceNumber": p.invoice,
	}
}

func (s *Server) query(_ *call, p *payment) (answer, *problem) {
	a := answer{
		"statusCode": "0000", "statusMessage": "Successful", "paymentID": p.id, "mode": "0011", "paymentCreateTime": stamp(p.made),
		"amount": decimal(p.amount), "currency": "BDT", "intent": "sale", "merchantInvoice": p.invoice,
		"transactionStatus": "Initiated", "userVerificationStatus": "Incomplete", "payerReference": p.invoice,
	}
	if p.approved {
		a["userVerificationStatus"] = "Complete"
	}
	if p.trx != "" {
		a["transactionStatus"], a["trxID"], a["paymentExecuteTime"] = "Completed", p.trx, stamp(s.now())
	}
	return a, nil
}

func refundProblem(code, message string) *problem {
	return &problem{http.StatusBadRequest, answer{"internalCode": "refund_" + code, "externalCode": code, "errorMessageEn": message, "errorMessageBn": message}}
}

// NoRefunds is the amount of payments that cannot be given back, as when the merchant's account is empty.
const NoRefunds = 404000

func (s *Server) refund(c *call, p *payment) (answer, *problem) {
	amount, ok := minorOf(c.body["refundAmount"])
	switch {
	case p.trx == "" || c.body["trxId"] != p.trx:
		return nil, refundProblem("2033", "Transaction not found")
	case !ok:
		return nil, refundProblem("2006", "Invalid amount")
	case c.body["sku"] == "" || c.body["reason"] == "" || len(c.body["sku"]) > 255 || len(c.body["reason"]) > 255:
		return nil, refundProblem("2065", "Mandatory field missing")
	case p.amount == NoRefunds:
		return nil, refundProblem("2023", "Insufficient Balance")
	case amount > p.amount-p.back():
		return nil, refundProblem("2026", "The reversal amount cannot be greater than the original transaction amount")
	}
	r := s.giveBack(p, amount, c.body["sku"])
	return answer{
		"originalTrxId": p.trx, "refundTrxId": r.trx, "refundTransactionStatus": r.status, "originalTrxAmount": decimal(p.amount),
		"refundAmount": decimal(amount), "currency": "BDT", "completedTime": stamp(s.now()), "sku": c.body["sku"], "reason": c.body["reason"],
	}, nil
}

func (s *Server) giveBack(p *payment, amount int64, sku string) refund {
	r := refund{trx: s.next("RFD"), sku: sku, status: "Completed", amount: amount}
	p.refunds = append(p.refunds, r)
	return r
}

func (s *Server) refundStatus(c *call, p *payment) (answer, *problem) {
	if p.trx == "" || c.body["trxId"] != p.trx || len(p.refunds) == 0 {
		return nil, refundProblem("2033", "Transaction not found")
	}
	var list []answer
	for _, r := range p.refunds {
		one := answer{"refundTrxId": r.trx, "refundTransactionStatus": r.status, "refundAmount": decimal(r.amount), "completedTime": stamp(s.now())}
		if s.TellSKU {
			one["sku"] = r.sku
		}
		list = append(list, one)
	}
	return answer{
		"originalTrxId": p.trx, "originalTrxAmount": decimal(p.amount), "originalTrxCompletedTime": stamp(s.now()), "refundTransactions": list,
	}, nil
}
