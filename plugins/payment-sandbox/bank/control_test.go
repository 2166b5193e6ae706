package bank_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
)

type browser struct {
	t    *testing.T
	base string
}

func visitor(t *testing.T, b *bank.Bank) browser {
	t.Helper()
	server := httptest.NewServer(b.Handler())
	t.Cleanup(server.Close)
	return browser{t, server.URL}
}

func (b browser) do(method, path string, form url.Values, header ...string) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(form.Encode()))
	require.NoError(b.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return resp, string(body)
}

// act posts to the control API and reads the books it answers.
func (b browser) act(payment, action string, form url.Values, status int) bank.Books {
	b.t.Helper()
	resp, body := b.do(http.MethodPost, "/api/payments/"+payment+"/"+action, form)
	require.Equal(b.t, status, resp.StatusCode, "%s: %s", action, body)
	var books bank.Books
	require.NoError(b.t, json.Unmarshal([]byte(body), &books))
	return books
}

func TestControls(t *testing.T) {
	w := newWorld(t)
	v := visitor(t, w.Bank)

	w.pay("approve", redirecting)
	require.Equal(t, journal.Captured, v.act("approve", "approve", nil, 200).State)
	require.Equal(t, journal.Captured, v.act("approve", "decline", nil, 200).State, "it is decided")
	w.pay("decline", pendingCard)
	require.Equal(t, journal.Declined, v.act("decline", "decline", nil, 200).State)
	require.Equal(t, int64(1000), v.act("decline", "capture", nil, 200).Captured)
	v.act("decline", "capture", nil, 409)

	w.pay("expire", authorizing)
	require.Equal(t, journal.Expired, v.act("expire", "expire", nil, 200).State)
	v.act("expire", "expire", nil, 409)

	w.pay("refund", approved)
	require.Equal(t, int64(300), v.act("refund", "refund", url.Values{"amount": {"300"}}, 200).Refunded)
	v.act("refund", "refund", url.Values{"amount": {"701"}}, 409)
	v.act("refund", "refund", url.Values{"amount": {"-1"}}, 409)
	v.act("refund", "refund", url.Values{"amount": {"much"}}, 409)
	books := v.act("refund", "refund", nil, 200)
	require.Equal(t, int64(1000), books.Refunded)
	require.True(t, books.Refunds[0].External)

	w.pay("settle", pendingRef)
	w.refund("settle", "ref_1", 400)
	require.Equal(t, journal.RefundSucceeded, v.act("settle", "settle-refund", url.Values{"refund": {"ref_1"}, "status": {"succeeded"}}, 200).Refunds[0].State)
	books = v.act("settle", "settle-refund", url.Values{"refund": {"ref_1"}, "status": {"failed"}}, 200)
	require.Equal(t, journal.RefundFailed, books.Refunds[0].State, "what was sent may come back")
	require.Zero(t, books.Refunded)
	v.act("settle", "settle-refund", url.Values{"refund": {"ref_1"}, "status": {"succeeded"}}, 409)
	v.act("settle", "settle-refund", url.Values{"refund": {"ref_9"}, "status": {"succeeded"}}, 409)

	w.pay("dispute", approved)
	books = v.act("dispute", "dispute", url.Values{"amount": {"600"}, "reason": {"fraudulent"}}, 200)
	require.Equal(t, journal.DisputeOpen, books.Disputes[0].State)
	require.False(t, books.Disputes[0].Deadline.IsZero())
	v.act("dispute", "decide-dispute", url.Values{"decision": {"shrug"}}, 409)
	require.Equal(t, journal.DisputeWon, v.act("dispute", "decide-dispute", url.Values{"decision": {"win"}}, 200).Disputes[0].State)
	v.act("dispute", "decide-dispute", url.Values{"decision": {"lose"}}, 409)
	v.act("dispute", "dispute", url.Values{"amount": {"1001"}}, 409)

	v.act("nobody", "approve", nil, 404)
	require.Equal(t, w.books("refund").Ref, v.act("refund", "replay", nil, 200).Ref)
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	v := visitor(t, w.Bank)
	in := w.purchase("pay_1", redirecting)
	in.Order.ReturnURL, in.Order.Last4 = "http://green.localhost:8080/orders/1001?secret=s", "3220"
	a, err := w.Pay(t.Context(), in)
	require.NoError(t, err)

	resp, body := v.do(http.MethodGet, "/", nil)
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, body, "/payments/"+a.Ref)
	_, body = v.do(http.MethodGet, "/payments/"+a.Ref, nil)
	require.Contains(t, body, "BDT 10.00")
	resp, body = v.do(http.MethodGet, "/authorise/"+a.Ref, nil)
	require.Contains(t, body, `value="approve"`)
	require.Contains(t, resp.Header.Get("Content-Security-Policy"), "form-action 'self' http://green.localhost:8080")

	approve := url.Values{"decision": {"approve"}}
	resp, _ = v.do(http.MethodPost, "/authorise/"+a.Ref, url.Values{"decision": {"maybe"}})
	require.Equal(t, 400, resp.StatusCode)
	resp, _ = v.do(http.MethodPost, "/authorise/"+a.Ref, approve, "Sec-Fetch-Site", "cross-site")
	require.Equal(t, 403, resp.StatusCode, "another site's form")
	resp, _ = v.do(http.MethodPost, "/authorise/"+a.Ref, approve, "Host", "bank.evil.example")
	require.Equal(t, 403, resp.StatusCode, "another name for this machine")
	require.Equal(t, journal.RequiresAction, w.state("pay_1"))

	for range 2 { // a double click decides once
		resp, _ = v.do(http.MethodPost, "/authorise/"+a.Ref, approve, "Sec-Fetch-Site", "same-origin")
		require.Equal(t, 303, resp.StatusCode)
		back, err := resp.Location()
		require.NoError(t, err)
		require.Equal(t, "s", back.Query().Get("secret"))
		require.Equal(t, a.Ref, back.Query().Get("sandbox_ref"))
	}
	require.Len(t, w.books("pay_1").Captures, 1)
	resp, _ = v.do(http.MethodPost, "/api/payments/"+a.Ref+"/dispute", url.Values{"reason": {"fraudulent"}}, "Accept", "text/html,*/*")
	require.Equal(t, "/payments/"+a.Ref, resp.Header.Get("Location"))
	_, body = v.do(http.MethodGet, "/payments/"+a.Ref, nil)
	require.Contains(t, body, "dispute_open")
	resp, _ = v.do(http.MethodGet, "/payments/nobody", nil)
	require.Equal(t, 404, resp.StatusCode)
}
