package conformance_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

// template is a plugin that passes. The tests below spoil a copy of it in one place each.
const (
	template         = "../../../cmd/halum/scaffold/payment/go"
	shippingTemplate = "../../../cmd/halum/scaffold/shipping/go"
)

// flaw is one thing that an author may get wrong.
type flaw struct {
	name     string
	file     string
	old, new string // one place in the file
	only     string // the group of checks to run; all when empty
	caughtBy string // the check that must fail
	also     string // others that may fail with it, separated by spaces
}

var flaws = []flaw{
	{
		name: "charges twice for one key", file: "provider.go", old: `return pr.payment(ctx, in.Account, http.MethodPost, "", map[string]any{
		"id": in.Payment.ID,`, new: `again, err := pr.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
	if err == nil && again.Outcome == sdk.Captured {
		in.Payment.ID += "again"
	}
	return pr.payment(ctx, in.Account, http.MethodPost, "", map[string]any{
		"id": in.Payment.ID,`,
		caughtBy: "create.twice", also: "create.concurrent create.restart fault.crash fault.cancel fault.deadline",
	},
	{
		name: "answers another amount", file: "client.go", old: `Captured: sdk.Amount{Minor: p.Captured, Currency: p.Currency}`, new: `Captured: sdk.Amount{Minor: p.Captured + 1, Currency: p.Currency}`,
		only: "create", caughtBy: "create.captured", also: "create.declined create.action create.unattended create.currencies create.twice create.authorized create.concurrent create.restart",
	},
	{
		name: "takes three decimals for two", file: "client.go", old: `Amount: sdk.Amount{Minor: p.Amount, Currency: p.Currency},
		Captured`, new: `Amount: sdk.Amount{Minor: map[bool]int64{true: p.Amount / 10, false: p.Amount}[p.Currency == "KWD"], Currency: p.Currency},
		Captured`,
		only: "create", caughtBy: "create.currencies",
	},
	{
		name: "writes a secret to the log", file: "client.go", old: `	resp, err := pr.http.Do(req)
`, new: `	sdk.LoggerOf(ctx).Info("calling Acme", "header", req.Header)
	resp, err := pr.http.Do(req)
`, caughtBy: "log.secrets",
	},
	{
		name: "accepts a forged webhook", file: "webhook.go", old: `return hmac.Equal(got, mac.Sum(nil))`, new: `return len(got) > 0`,
		only: "webhook", caughtBy: "webhook.forged",
	},
	{
		name: "accepts an old webhook", file: "webhook.go", old: `in.ReceivedAt.Sub(time.Unix(seconds, 0)).Abs() > tolerance`, new: `in.ReceivedAt.Sub(time.Unix(seconds, 0)).Abs() > 1000*tolerance`,
		only: "webhook", caughtBy: "webhook.old",
	},
	{
		name: "forgets the former secret", file: "webhook.go", old: ` && !signed(in, in.Account.Former["webhook_secret"])`, new: ``,
		only: "webhook", caughtBy: "webhook.former",
	},
	{
		name: "takes every event for one of its mode", file: "webhook.go", old: `Mode: e.Mode`, new: `Mode: in.Account.Mode`,
		only: "webhook", caughtBy: "webhook.mode",
	},
	{
		name: "names events by itself", file: "webhook.go", old: `ID: e.ID, Type`, new: `ID: time.Now().String(), Type`,
		only: "webhook", caughtBy: "webhook.twice",
	},
	{
		name: "takes unknown events for errors", file: "webhook.go", old: `return sdk.PaymentEvents{}, nil // not for us`, new: `return sdk.PaymentEvents{}, sdk.Invalid("type", "is not known")`,
		only: "webhook", caughtBy: "webhook.unknown",
	},
	{
		name: "ignores the deadline", file: "client.go", old: `http.NewRequestWithContext(ctx,`, new: `http.NewRequestWithContext(context.WithoutCancel(ctx),`,
		caughtBy: "fault.deadline",
	},
	{
		name: "crashes on odd input", file: "provider.go", old: `	case in.Payment.ID == "":
`, new: `	case strings.Contains(in.Locale, "\u202e"):
		os.Exit(3)
	case in.Payment.ID == "":
`, caughtBy: "fault.fuzz",
	},
	{
		name: "panics on odd input", file: "provider.go", old: `	case in.Payment.ID == "":
`, new: `	case len(in.Locale) == 5000:
		panic("too long")
	case in.Payment.ID == "":
`, only: "fault", caughtBy: "fault.fuzz",
	},
	{
		name: "answers with more than fits", file: "provider.go", old: `	case in.Payment.MethodKind != "card":
`, new: `	case len(in.OrderNumber) > 50000:
		return sdk.Result{Outcome: sdk.Declined, Code: "long", Message: strings.Repeat(in.OrderNumber, 20)}, nil
	case in.Payment.MethodKind != "card":
`, caughtBy: "fault.large",
	},
	{
		name: "believes what the shopper brings back", file: "provider.go", old: `	return pr.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
}

func (pr provider) Capture`, new: `	if in.Params["status"] == "success" {
		return sdk.Result{Outcome: sdk.Captured, ProviderRef: in.Payment.Ref, Amount: in.Payment.Amount}, nil
	}
	return pr.GetPayment(ctx, sdk.GetPayment{Account: in.Account, Payment: in.Payment})
}

func (pr provider) Capture`, only: "create", caughtBy: "create.action",
	},
	{
		name: "refunds twice for one key", file: "provider.go", old: `"id": in.RefundID, "amount"`, new: `"id": in.RefundID + rand.Text(), "amount"`,
		only: "refund", caughtBy: "refund.twice", also: "refund.full refund.concurrent",
	},
	{
		name: "serves an account with another's settings", file: "client.go", old: `	c, err := configOf(account)
	if err != nil {
		return false, err
	}
`, new: `	c, err := configOf(account)
	if was, ok := remembered.LoadOrStore(account.Tenant, c); ok && err != nil {
		c, err = was.(config), nil
		account.Secrets = sdk.Secrets{"api_key": "acme_key_for_tests"}
	}
	if err != nil {
		return false, err
	}
`, only: "config", caughtBy: "config.revision",
	},
	{
		name: "opens a connection for every call", file: "client.go", old: `pr.http.Do(req)`, new: `(&http.Client{Transport: &http.Transport{}}).Do(req)`,
		only: "resource", caughtBy: "resource.files",
	},
	{
		name: "declares what it cannot", file: "provider.go", old: `Refund: true, PartialRefund: true}`, new: `PartialRefund: true}`,
		only: "describe", caughtBy: "describe.capabilities",
	},
	{
		name: "has a schema that is none", file: "provider.go", old: `"type": "string", "title": "API key"`, new: `"type": "text", "title": "API key"`,
		only: "describe", caughtBy: "describe.schema",
	},
	{
		name: "starts slowly", file: "main.go", old: `func main() {`, new: `func main() {
	time.Sleep(5500 * time.Millisecond)
`, only: "start.ready", caughtBy: "start.ready",
	},
	{
		name: "floods the log", file: "client.go", old: `	resp, err := pr.http.Do(req)
`, new: `	for range 50 {
		sdk.Logger().Debug("calling")
	}
	resp, err := pr.http.Do(req)
`, caughtBy: "log.volume",
	},
}

// What may go wrong with rates.
var shippingFlaws = []flaw{
	{
		name: "quotes in another currency", file: "provider.go", old: `Currency: c.Currency},
	}}, nil`, new: `Currency: "EUR"},
	}}, nil`, only: "quote", caughtBy: "quote.rates",
	},
	{
		name: "forgets which currency a price is in", file: "provider.go", old: `in.Parcel.Subtotal.Currency != c.Currency, in.Parcel.Grams > maxGrams`, new: `in.Parcel.Grams > maxGrams`,
		only: "quote", caughtBy: "quote.refused", also: "quote.currencies",
	},
	{
		name: "quotes below zero", file: "provider.go", old: `case in.Parcel.Grams < 0 || in.Parcel.Items < 0 || in.Parcel.Subtotal.Minor < 0:
		return nil, sdk.Invalid("parcel", "has a weight, number or value below zero")
	`, new: `case in.Parcel.Grams < 0:
		return []sdk.Rate{{Service: "standard", Name: "Acme", Price: sdk.Amount{Minor: -1, Currency: c.Currency}}}, nil
	`, only: "quote", caughtBy: "quote.refused",
	},
	{
		name: "quotes by chance", file: "provider.go", old: `Minor: *c.Base + kilos**c.PerKilo`, new: `Minor: *c.Base + kilos**c.PerKilo + int64(rand.Text()[0])`,
		only: "quote", caughtBy: "quote.pure",
	},
	{
		name: "takes no rate for an error", file: "provider.go", old: `!slices.Contains(c.Countries, in.Parcel.To.Country):
		return nil, nil`, new: `!slices.Contains(c.Countries, in.Parcel.To.Country):
		return nil, sdk.Invalid("to.country", "is not served")`, only: "quote", caughtBy: "quote.unserved",
	},
	{
		name: "takes a forgotten price for zero", file: "provider.go", old: `case c.Base == nil || *c.Base < 0:`, new: `case c.Base == nil:
		c.Base = new(int64)
		return c, nil
	case *c.Base < 0:`, only: "config", caughtBy: "config.bad", also: "config.revision",
	},
}

func TestTheTemplatePasses(t *testing.T) {
	report, err := conformance.Verify(t.Context(), template, conformance.Options{})
	require.NoError(t, err)
	require.Empty(t, report.Failures())
	require.True(t, report.Passed)
	require.Equal(t, "acme", report.Plugin.Name)
	require.Len(t, report.Plugin.SHA256, 64)
}

func TestEachFlawIsFound(t *testing.T) {
	t.Parallel() // it mostly waits
	findEach(t, template, flaws)
}

func TestEachShippingFlawIsFound(t *testing.T) {
	t.Parallel()
	findEach(t, shippingTemplate, shippingFlaws)
}

func findEach(t *testing.T, template string, flaws []flaw) {
	t.Helper()
	for _, f := range flaws {
		t.Run(f.name, func(t *testing.T) {
			report, err := conformance.Verify(t.Context(), f.build(t, template), conformance.Options{
				Scenario: filepath.Join(template, conformance.ScenarioFile), Only: f.only,
			})
			require.NoError(t, err)
			reasons := map[string]string{}
			for _, failed := range report.Failures() {
				reasons[failed.Check] = failed.Reason
			}
			require.Contains(t, reasons, f.caughtBy, "the kit does not see the flaw")
			t.Logf("%s: %s", f.caughtBy, reasons[f.caughtBy])
			delete(reasons, f.caughtBy)
			for _, check := range strings.Fields(f.also) {
				delete(reasons, check)
			}
			require.Empty(t, reasons, "the kit finds fault with what is right")
		})
	}
}

// build compiles the template with the flaw in it.
func (f flaw) build(t *testing.T, template string) string {
	t.Helper()
	dir := t.TempDir()
	path, err := filepath.Abs(filepath.Join(template, f.file))
	require.NoError(t, err)
	source, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(source), f.old), "the template has changed: bring the flaw up to date")
	spoilt := filepath.Join(dir, f.file)
	require.NoError(t, os.WriteFile(spoilt, []byte(withImports(strings.Replace(string(source), f.old, f.new, 1))), 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{path: spoilt}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	program := filepath.Join(dir, "acme")
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, ".")
	build.Dir = template
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return program
}

// withImports adds what a flaw uses besides.
func withImports(source string) string {
	for use, path := range map[string]string{"os.Exit": "os", "strings.": "strings", "rand.Text": "crypto/rand", "remembered.": "sync", "time.Sleep": "time"} {
		if strings.Contains(source, use) && !strings.Contains(source, `"`+path+`"`) {
			source = strings.Replace(source, "import (", "import (\n\t\""+path+"\"", 1)
		}
	}
	if strings.Contains(source, "remembered.") {
		source += "\nvar remembered sync.Map\n"
	}
	return source
}
