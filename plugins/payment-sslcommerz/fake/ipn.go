package fake

import (
	"context"
	"crypto/md5" //nolint:gosec // as SSLCommerz signs
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sign adds verify_key, verify_sign and verify_sign_sha2 over all fields that are there.
func Sign(fields map[string]string, password string) {
	names := slices.Sorted(maps.Keys(fields))
	fields["verify_key"] = strings.Join(names, ",")
	byMD5 := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) } //nolint:gosec // as above
	bySHA := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	fields["verify_sign"] = byMD5(signed(names, fields, byMD5(password)))
	fields["verify_sign_sha2"] = bySHA(signed(names, fields, bySHA(password)))
}

func signed(names []string, fields map[string]string, password string) string {
	names = append(slices.Clone(names), "store_passwd")
	slices.Sort(names)
	var parts []string
	for _, name := range names {
		value := fields[name]
		if name == "store_passwd" {
			value = password
		}
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, "&")
}

// fields are what SSLCommerz posts about an attempt, to the shop and by the shopper's browser.
func (a *attempt) fields() map[string]string {
	fields := map[string]string{"store_id": StoreID, "error": ""}
	for name, value := range a.told() {
		fields[name], _ = value.(string)
	}
	fields["status"] = a.status // a notification is never VALIDATED
	if a.status != "VALID" {
		delete(fields, "val_id")
		fields["error"] = "Transaction is declined by customer's Issuer Bank."
	}
	return fields
}

// notify posts to the shop's ipn_url, if that is on this machine: a test must not reach others.
func (s *Server) notify(in *session, fields map[string]string) {
	u, err := url.Parse(in.ipn)
	if err != nil || in.ipn == "" || !net.ParseIP(u.Hostname()).IsLoopback() {
		return
	}
	s.sent.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, value)
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, in.ipn, strings.NewReader(form.Encode()))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	})
}

// ipn answers a notification as the conformance kit reads it. Form: payment_id, status (VALID when not given), now,
// event_id, secret.
func (s *Server) ipn(w http.ResponseWriter, r *http.Request) {
	seconds, err := strconv.ParseInt(r.FormValue("now"), 10, 64)
	if err != nil {
		http.Error(w, "now: "+err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	a := &attempt{
		session: &session{tranID: r.FormValue("payment_id")}, valID: r.FormValue("event_id"), bankTran: "STRANGER", status: "VALID", amount: 100_00,
	}
	for _, known := range s.attempts {
		if known.session.tranID == r.FormValue("payment_id") {
			copied := *known
			a = &copied
		}
	}
	s.mu.Unlock()
	a.at = time.Unix(seconds, 0)
	if status := r.FormValue("status"); status != "" {
		a.status = status
	}
	fields := a.fields()
	Sign(fields, r.FormValue("secret"))
	form := url.Values{}
	for name, value := range fields {
		form.Set(name, value)
	}
	reply(w, answer{
		"method": "POST", "body": form.Encode(), "header": map[string]string{"content-type": "application/x-www-form-urlencoded"},
	})
}
