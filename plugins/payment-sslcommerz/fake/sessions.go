package fake

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
)

// session is one that was opened. Amounts are in paisa.
type session struct {
	key, tranID, ipn string
	back             map[string]string // success, fail, cancel
	amount           int64
	opened           time.Time
	closed           bool // the shopper has decided
}

// attempt is one try to pay in a session.
type attempt struct {
	session                 *session
	valID, bankTran, status string
	amount                  int64
	at                      time.Time
	validated, risky        bool
}

func (a *attempt) paid() bool { return a.status == "VALID" }

// limits are the lengths of the mandatory fields of a session.
var limits = map[string]int{
	"tran_id": 30, "product_category": 50, "success_url": 255, "fail_url": 255, "cancel_url": 255, "cus_name": 50, "cus_email": 50,
	"cus_add1": 50, "cus_city": 50, "cus_postcode": 30, "cus_country": 50, "cus_phone": 20, "shipping_method": 50, "num_of_item": 1,
	"product_name": 255, "product_profile": 100,
}

var shipLimits = map[string]int{"ship_name": 50, "ship_add1": 50, "ship_city": 50, "ship_postcode": 50, "ship_country": 50}

func failedSession(reason string) answer { return answer{"status": "FAILED", "failedreason": reason} }

func (s *Server) open(c *call) answer {
	if !known(c) {
		return failedSession("Store Credential Error Or Store is De-active")
	}
	if reason := wrong(c.fields); reason != "" {
		return failedSession(reason)
	}
	amount, _ := minorOf(c.fields["total_amount"])
	in := &session{
		key: strings.ToUpper(s.next("5E55")), tranID: c.fields["tran_id"], ipn: c.fields["ipn_url"], amount: amount, opened: s.now(),
		back: map[string]string{"VALID": c.fields["success_url"], "FAILED": c.fields["fail_url"], "CANCELLED": c.fields["cancel_url"]},
	}
	s.sessions[in.key] = in
	return answer{
		"status": "SUCCESS", "failedreason": "", "sessionkey": in.key, "gw": answer{"visa": "dbbl_visa,brac_visa", "mobilebanking": "dbblmobilebanking,bkash"},
		"GatewayPageURL": c.base + pagePath + "?Q=PAY&SESSIONKEY=" + in.key, "storeBanner": "", "storeLogo": "", "desc": []answer{}, "is_direct_pay_enable": "0",
	}
}

// wrong checks the form of a session.
func wrong(fields map[string]string) string {
	amount, ok := minorOf(fields["total_amount"])
	switch {
	case !ok || amount < 1000 || amount > 50_000_000:
		return "Invalid Information! Total Amount must be from 10.00 BDT to 500000.00 BDT"
	case fields["currency"] != "BDT":
		return "Invalid Information! Currency"
	}
	for name, most := range limits {
		if !within(fields[name], most) {
			return "Invalid Information! '" + name + "' is missing or too long"
		}
	}
	if _, err := mail.ParseAddress(fields["cus_email"]); err != nil {
		return "Invalid Information! 'cus_email'"
	}
	for name, most := range shipLimits {
		if fields["shipping_method"] == "YES" && !within(fields[name], most) {
			return "Invalid Information! '" + name + "' is missing or too long"
		}
	}
	return ""
}

// minorOf reads an amount with at most two decimals.
func minorOf(s string) (int64, bool) {
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 2 {
		return 0, false
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", 2-len(part)), 10, 64)
	return n, err == nil && n > 0
}

func decimal(minor int64) string {
	text := strconv.FormatInt(minor+100, 10) // at least three digits
	whole, _ := strconv.ParseInt(text[:len(text)-2], 10, 64)
	return strconv.FormatInt(whole-1, 10) + "." + text[len(text)-2:]
}

// try is what the shopper does on the page.
func (s *Server) try(in *session, status string) *attempt {
	for _, a := range s.attempts {
		if a.session == in && a.status == "PENDING" { // the bank decides on it now
			a.status = status
			return a
		}
	}
	a := &attempt{session: in, bankTran: s.next("B"), status: status, amount: in.amount, at: s.now()}
	if status == "VALID" || status == "PENDING" {
		a.valID = s.next("V")
	}
	s.attempts = append(s.attempts, a)
	return a
}

// told is how an attempt is described, in answers and in notifications.
func (a *attempt) told() answer {
	risk, title := "0", "Safe"
	if a.risky {
		risk, title = "1", "Card issued abroad"
	}
	status := a.status
	if a.validated && a.paid() {
		status = "VALIDATED"
	}
	return answer{
		"status": status, "tran_date": stamp(a.at), "tran_id": a.session.tranID, "val_id": a.valID, "amount": decimal(a.amount),
		"store_amount": decimal(a.amount - a.amount/40), "currency": "BDT", "bank_tran_id": a.bankTran, "card_type": "VISA-Dutch Bangla",
		"card_no": "418117XXXXXX6675", "card_issuer": "TRUST BANK, LTD.", "card_brand": "VISA", "card_issuer_country": "Bangladesh",
		"card_issuer_country_code": "BD", "currency_type": "BDT", "currency_amount": decimal(a.amount), "currency_rate": "1.0000",
		"base_fair": "0.00", "value_a": "", "value_b": "", "value_c": "", "value_d": "", "risk_level": risk, "risk_title": title,
	}
}

// validate is the Order Validation API.
func (s *Server) validate(c *call) answer {
	if c.fields["val_id"] == "" {
		return answer{"APIConnect": "INVALID_REQUEST"}
	}
	for _, a := range s.attempts {
		if a.valID == c.fields["val_id"] && a.paid() {
			got := a.told()
			a.validated = true
			got["APIConnect"], got["validated_on"], got["gw_version"] = "DONE", stamp(s.now()), "4.00"
			return got
		}
	}
	return answer{"APIConnect": "DONE", "status": "INVALID_TRANSACTION"}
}

// transactions is the transaction query by tran_id.
func (s *Server) transactions(c *call) answer {
	list := []answer{}
	tried := map[*session]bool{}
	for _, a := range s.attempts {
		if a.session.tranID == c.fields["tran_id"] {
			tried[a.session] = true
			list = append(list, a.told())
		}
	}
	for _, in := range s.sessions {
		if in.tranID == c.fields["tran_id"] && !tried[in] {
			list = append(list, answer{
				"status": "PENDING", "tran_date": stamp(in.opened), "tran_id": in.tranID, "val_id": "", "amount": decimal(in.amount),
				"currency": "BDT", "currency_type": "BDT", "currency_amount": decimal(in.amount), "bank_tran_id": "", "card_type": "", "risk_level": "",
			})
		}
	}
	return answer{"APIConnect": "DONE", "no_of_trans_found": len(list), "element": list}
}
