package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/halum-hut/halum/plugins/payment-sandbox/bank"
	"github.com/halum-hut/halum/plugins/payment-sandbox/journal"
	"github.com/halum-hut/halum/plugins/sdk"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
)

// program is the plugin as the platform starts it.
var program string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "payment-sandbox-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program = filepath.Join(dir, "payment-sandbox")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build the plugin: %v\n%s", err, out))
	}
	return m.Run()
}

// process is a running plugin.
type process struct {
	paymentv1.PaymentPluginClient
	client *plugin.Client
	cmd    *exec.Cmd
}

// start runs a process of the bank of a journal.
func start(t *testing.T, journalPath string) *process {
	t.Helper()
	cmd := exec.Command(program, "--journal", journalPath)
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: sdk.Handshake, VersionedPlugins: sdk.Versions(), AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS: true, SkipHostEnv: true, Cmd: cmd, Logger: hclog.NewNullLogger(),
	})
	t.Cleanup(client.Kill)
	protocol, err := client.Client()
	require.NoError(t, err)
	conn, err := protocol.Dispense(sdk.KindPayment)
	require.NoError(t, err)
	return &process{paymentv1.NewPaymentPluginClient(conn.(*grpc.ClientConn)), client, cmd}
}

// kill ends the process as nothing can prevent.
func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	p.awaitExit(t, -1)
}

func (p *process) awaitExit(t *testing.T, code int) {
	t.Helper()
	require.Eventually(t, func() bool { return p.client.Exited() }, 10*time.Second, time.Millisecond)
	require.Equal(t, code, p.cmd.ProcessState.ExitCode())
}

const (
	secret = "whsec_c2VjcmV0IG9mIHRoZSBwcm9jZXNzIHRlc3Qu"
	older  = "whsec_b2xkZXIgc2VjcmV0IG9mIHRoZSBwcm9jZXNzIQ=="
)

func account(config string) *borderv1.Account {
	return &borderv1.Account{
		Tenant: "ten_a", Mode: borderv1.Mode_MODE_TEST, Config: []byte(config), Secrets: map[string]string{webhookSecret: secret}, Revision: 1,
	}
}

// quick makes what happens by itself happen at once.
const quick = `{"settle_ms": 0}`

func paymentOf(id string) *paymentv1.Payment {
	return &paymentv1.Payment{Id: id, MethodKind: "card", Amount: taka(1000), CreatedAt: timestamppb.Now()}
}

func taka(minor int64) *borderv1.Amount { return &borderv1.Amount{Minor: minor, Currency: "BDT"} }

func (p *process) pay(ctx context.Context, id, card, hook string) (*paymentv1.Result, error) {
	r, err := p.CreatePayment(ctx, &paymentv1.CreatePaymentRequest{
		Account: account(quick), Payment: paymentOf(id), IdempotencyKey: id, ReturnUrl: "https://shop.example/return", WebhookUrl: hook,
		MethodFields: map[string]string{fieldNumber: card, fieldExpiry: "12/34", fieldCVC: "123"},
	})
	return r.GetResult(), err
}

func (p *process) take(ctx context.Context, id string) (*paymentv1.Result, error) {
	r, err := p.Capture(ctx, &paymentv1.CaptureRequest{
		Account: account(quick), Payment: paymentOf(id), CaptureId: "cap_1", IdempotencyKey: "cap_1", Amount: taka(400), Final: true,
	})
	return r.GetResult(), err
}

func (p *process) giveBack(ctx context.Context, id string) (*paymentv1.RefundResult, error) {
	r, err := p.Refund(ctx, &paymentv1.RefundRequest{
		Account: account(quick), Payment: paymentOf(id), RefundId: "ref_1", IdempotencyKey: "ref_1", Amount: taka(400),
	})
	return r.GetResult(), err
}

func (p *process) get(t *testing.T, id string) *paymentv1.Result {
	t.Helper()
	r, err := p.GetPayment(t.Context(), &paymentv1.GetPaymentRequest{Account: account(quick), Payment: paymentOf(id)})
	require.NoError(t, err)
	return r.GetResult()
}

func journalIn(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "journal")
}

func booksOf(t *testing.T, path, id string) journal.Payment {
	t.Helper()
	all, err := journal.Payments(path)
	require.NoError(t, err)
	return all[journal.ID{Tenant: "ten_a", Mode: "test", Key: id}]
}

// A call ends without an answer, the truth is known from another process, and the same call again does it once.
func TestLostAnswers(t *testing.T) {
	pay := func(ctx context.Context, p *process, card string) error {
		_, err := p.pay(ctx, "pay_1", card, "")
		return err
	}
	take := func(ctx context.Context, p *process, _ string) error { _, err := p.take(ctx, "pay_1"); return err }
	refund := func(ctx context.Context, p *process, _ string) error { _, err := p.giveBack(ctx, "pay_1"); return err }
	type moved struct{ taken, back int64 }
	for _, c := range []struct {
		card         string
		prep, call   func(context.Context, *process, string) error
		exit         int // of the process; 0 when it hangs instead
		first, final moved
	}{
		{"4000000000000341", nil, pay, exitBefore, moved{0, 0}, moved{1000, 0}},
		{"4000000000000333", nil, pay, exitAfter, moved{1000, 0}, moved{1000, 0}},
		{"4000000000011009", nil, pay, 0, moved{0, 0}, moved{1000, 0}},
		{"4000000000000259", nil, pay, 0, moved{1000, 0}, moved{1000, 0}},
		{"4000000000020208", pay, take, exitBefore, moved{0, 0}, moved{400, 0}},
		{"4000000000020307", pay, take, exitAfter, moved{400, 0}, moved{400, 0}},
		{"4000000000020505", pay, take, 0, moved{0, 0}, moved{400, 0}},
		{"4000000000020109", pay, take, 0, moved{400, 0}, moved{400, 0}},
		{"4000000000030603", pay, refund, exitBefore, moved{1000, 0}, moved{1000, 400}},
		{"4000000000030702", pay, refund, exitAfter, moved{1000, 400}, moved{1000, 400}},
		{"4000000000030801", pay, refund, 0, moved{1000, 0}, moved{1000, 400}},
		{"4000000000030504", pay, refund, 0, moved{1000, 400}, moved{1000, 400}},
	} {
		t.Run(bank.Cards[c.card].Name, func(t *testing.T) {
			path := journalIn(t)
			first, other := start(t, path), start(t, path)
			if c.prep != nil {
				require.NoError(t, c.prep(t.Context(), first, c.card))
			}
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := c.call(short, first, c.card)
			if c.exit != 0 {
				require.Equal(t, codes.Unavailable, status.Code(err))
				first.awaitExit(t, c.exit)
			} else {
				require.Equal(t, codes.DeadlineExceeded, status.Code(err))
			}
			r := other.get(t, "pay_1")
			require.Equal(t, []int64{c.first.taken, c.first.back}, []int64{r.GetCaptured().GetMinor(), r.GetRefunded().GetMinor()})
			if c.prep == nil && c.first.taken == 0 {
				require.Equal(t, paymentv1.Outcome_OUTCOME_NOT_FOUND, r.GetOutcome())
			}
			for range 2 {
				require.NoError(t, c.call(t.Context(), other, c.card))
			}
			books := booksOf(t, path, "pay_1")
			require.Equal(t, []int64{c.final.taken, c.final.back}, []int64{books.Taken(), books.GivenBack()})
			require.Len(t, books.Captures, 1)
		})
	}
}

func TestOneKeyChargesOnceAcrossProcesses(t *testing.T) {
	path := journalIn(t)
	processes := []*process{start(t, path), start(t, path), start(t, path)}
	refs := make([]string, 48)
	var crowd sync.WaitGroup
	for i := range refs {
		crowd.Go(func() {
			if r, err := processes[i%3].pay(t.Context(), "pay_1", "4242424242424242", ""); err == nil {
				refs[i] = r.GetProviderRef()
			}
		})
	}
	crowd.Wait()
	for _, ref := range refs {
		require.Equal(t, booksOf(t, path, "pay_1").Ref, ref)
	}
	require.Len(t, booksOf(t, path, "pay_1").Captures, 1)
}

// hooks is a shop that keeps what it is sent, as the platform would hand it to ParseWebhook.
type hooks struct {
	url    string
	mu     sync.Mutex
	got    []*borderv1.WebhookRequest
	refuse bool
}

func listen(t *testing.T) *hooks {
	t.Helper()
	h := &hooks{}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL + "/hooks/sandbox"
	return h
}

func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil || h.refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	header := map[string]string{}
	for name, values := range r.Header {
		header[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	h.got = append(h.got, &borderv1.WebhookRequest{
		Account: account(quick), Method: r.Method, Url: h.url, Header: header, Body: body, ReceivedAt: timestamppb.Now(),
	})
}

func (h *hooks) all() []*borderv1.WebhookRequest {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]*borderv1.WebhookRequest(nil), h.got...)
}

func (h *hooks) stumble(refuse bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse = refuse
}

func TestWebhookComesBeforeTheAnswer(t *testing.T) {
	p, h := start(t, journalIn(t)), listen(t)
	r, err := p.pay(t.Context(), "pay_1", "4000000000040107", h.url)
	require.NoError(t, err)
	got := h.all()
	require.Len(t, got, 1)
	events, err := p.ParseWebhook(t.Context(), got[0])
	require.NoError(t, err)
	require.Len(t, events.GetEvents(), 1)
	e := events.GetEvents()[0]
	require.Equal(t, "payment.captured", e.GetType())
	require.Equal(t, "pay_1", e.GetPaymentId())
	require.Equal(t, r.GetProviderRef(), e.GetPaymentRef())
	require.Equal(t, r.GetCaptured().GetMinor(), e.GetPayment().GetCaptured().GetMinor())
}

// The process that took the payments is killed before the shop accepts a single webhook.
func TestWebhooksOutliveTheirProcess(t *testing.T) {
	path, h := journalIn(t), listen(t)
	h.stumble(true)
	first := start(t, path)
	for n := range 20 {
		_, err := first.pay(t.Context(), "pay_"+strconv.Itoa(n), "4242424242424242", h.url)
		require.NoError(t, err)
	}
	first.kill(t)
	h.stumble(false)
	start(t, path)
	require.Eventually(t, func() bool {
		told := map[string]bool{}
		for _, r := range h.all() {
			told[r.GetHeader()[bank.HeaderID]] = true
		}
		return len(told) == 20
	}, 40*time.Second, 10*time.Millisecond)
}

// Two hundred payments by two processes, webhooks once to five times, shuffled and partly before the answer: each is told
// and what is told is what the books say.
func TestWebhookStorm(t *testing.T) {
	path, h := journalIn(t), listen(t)
	processes := []*process{start(t, path), start(t, path)}
	var crowd sync.WaitGroup
	for worker := range 8 {
		crowd.Go(func() {
			for n := worker; n < 200; n += 8 {
				if _, err := processes[n%2].pay(t.Context(), "pay_"+strconv.Itoa(n), "4000000000040305", h.url); err != nil {
					t.Errorf("payment %d: %v", n, err)
				}
			}
		})
	}
	crowd.Wait()
	j, err := journal.Open(path, time.Now)
	require.NoError(t, err)
	defer func() { _ = j.Close() }()
	require.Eventually(t, func() bool {
		waiting, err := j.Waiting(t.Context())
		return err == nil && waiting == 0
	}, 40*time.Second, 10*time.Millisecond)
	events, told := map[string]int{}, map[string]bool{}
	for _, r := range h.all() {
		parsed, err := processes[0].ParseWebhook(t.Context(), r)
		require.NoError(t, err)
		for _, e := range parsed.GetEvents() {
			events[e.GetId()]++
			told[e.GetPaymentId()] = true
			require.Equal(t, booksOf(t, path, e.GetPaymentId()).Taken(), e.GetPayment().GetCaptured().GetMinor())
		}
	}
	require.Len(t, told, 200)
	require.Len(t, events, 200)
	for id, n := range events {
		require.LessOrEqual(t, n, 6, "%s: a copy may come twice, never more than one of them here", id)
	}
}

func TestThePagesServeAnyProcessOfTheBank(t *testing.T) {
	path := journalIn(t)
	p := start(t, path)
	r, err := p.pay(t.Context(), "pay_1", "4000000000003220", "")
	require.NoError(t, err)
	redirect := r.GetNext().GetRedirect().GetUrl()
	require.NotEmpty(t, redirect)
	p.kill(t) // while the shopper is at the bank

	next := start(t, path)
	again := next.get(t, "pay_1").GetNext().GetRedirect().GetUrl()
	require.NotEqual(t, redirect, again)
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := stay.PostForm(again, map[string][]string{"decision": {"approve"}})
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, paymentv1.Outcome_OUTCOME_CAPTURED, next.get(t, "pay_1").GetOutcome())
}

func TestSlowCardIsSlow(t *testing.T) {
	p := start(t, journalIn(t))
	short, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer cancel()
	_, err := p.pay(short, "pay_1", "4000000000010100", "")
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
}
