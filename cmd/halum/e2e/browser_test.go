//go:build browser

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// devStack is the binary as `make run` starts it: everything embedded, two demo shops.
type devStack struct {
	port string
}

func startDev(t *testing.T) *devStack {
	t.Helper()
	dir, err := os.MkdirTemp("", "halum-browser-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	addr := freeAddr(t)
	d := &devStack{port: addr[strings.LastIndexByte(addr, ':')+1:]}
	logFile, err := os.Create(filepath.Join(dir, "halum.log"))
	require.NoError(t, err)
	cmd := exec.Command(filepath.Join(root, "bin/halum"), "dev")
	cmd.Env = append(os.Environ(), "HALUM_LISTEN="+addr, "HALUM_BASE_DOMAIN=localhost:"+d.port,
		"HALUM_DATA_DIR="+filepath.Join(dir, "data"), "HALUM_DATABASE_URL=", "HALUM_REDIS_URL=")
	cmd.Stdout, cmd.Stderr = logFile, logFile
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(logFile.Name())
			t.Logf("log of halum dev:\n%s", tail(text, 6000))
		}
	})
	require.Eventually(t, func() bool { return ready(addr) }, 60*time.Second, 50*time.Millisecond, "halum dev did not become ready")
	return d
}

func (d *devStack) url(host, path string) string {
	if host != "" {
		host += "."
	}
	return "http://" + host + "localhost:" + d.port + path
}

// window is one browser window with its own cookies, and what the browser complained about in it.
type window struct {
	t          *testing.T
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

func chromiumPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	t.Fatal("no Chromium found: install it with `apt-get install chromium` or `brew install --cask chromium`")
	return ""
}

// browser starts Chromium once; windows share nothing but the program.
func browser(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromiumPath(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))
	alloc, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx))
	return ctx
}

func open(t *testing.T, browser context.Context, width, height int64) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	w := &window{t: t, ctx: ctx}
	entries, exceptions := chromedp.Events(ctx, log.EntryAdded), chromedp.Events(ctx, runtime.ExceptionThrown)
	go func() {
		for e, err := range entries {
			if err != nil {
				return
			}
			if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "status of 4") {
				w.complain(e.Entry.Text)
			}
		}
	}()
	go func() {
		for e, err := range exceptions {
			if err != nil {
				return
			}
			w.complain(e.ExceptionDetails.Text)
		}
	}()
	w.run(command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}))
	if width < 600 {
		w.run(chromedp.EmulateViewport(width, height, chromedp.EmulateMobile))
	} else {
		w.run(chromedp.EmulateViewport(width, height))
	}
	return w
}

// command makes a step of a bare protocol command.
func command[P, R any](c cdp.Command[P, R], params P) step {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, c, params)
		return chromedp.Void{}, err
	}
}

type step = chromedp.Action[chromedp.Void]

func (w *window) complain(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complaints = append(w.complaints, text)
}

func (w *window) run(steps ...step) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx, steps...); err != nil {
		where, text := w.where(), w.text("body")
		w.shot("failed")
		w.t.Fatalf("at %s: %v\n%.1500s", where, err, text)
	}
}

func (w *window) where() string {
	at, _ := chromedp.Run(w.ctx, chromedp.Location())
	return at
}

// value is what an expression is worth in the page.
func (w *window) value(expression string) string {
	w.t.Helper()
	v, err := chromedp.Run(w.ctx, chromedp.Evaluate[string](expression))
	require.NoError(w.t, err)
	return v
}

func (w *window) text(selector string) string {
	text, _ := chromedp.Run(w.ctx, chromedp.Text(chromedp.CSS(selector)))
	return text
}

// see waits until the text is somewhere on the page, without reloading it.
func (w *window) see(text string) {
	w.t.Helper()
	w.until(fmt.Sprintf("document.body && document.body.innerText.includes(%q)", text), "see "+text)
}

// until asks the page again and again, over navigations, until the expression is true.
func (w *window) until(expression, what string) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
	}
	where, text := w.where(), w.text("body")
	w.shot("failed")
	w.t.Fatalf("waited in vain to %s, at %s:\n%.1500s", what, where, text)
}

func within(d time.Duration, s step) step {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return s(ctx, t)
	}
}

func (w *window) goTo(url string) {
	w.t.Helper()
	w.run(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("body")))
}

// press clicks what is there or comes; what follows is for the caller to await.
func (w *window) press(selector string) {
	w.t.Helper()
	w.run(within(20*time.Second, chromedp.WaitVisible(chromedp.CSS(selector))), within(10*time.Second, chromedp.Click(chromedp.CSS(selector))))
}

func (w *window) fill(values ...string) {
	w.t.Helper()
	for i := 0; i < len(values); i += 2 {
		w.run(within(10*time.Second, chromedp.SetValue(chromedp.CSS(values[i]), values[i+1])))
	}
}

// shot keeps a screenshot of the whole page among the artefacts.
func (w *window) shot(name string) {
	image, err := chromedp.Run(w.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		w.t.Logf("no screenshot %s: %v", name, err)
		return
	}
	dir := filepath.Join(root, "artifacts", "screenshots")
	require.NoError(w.t, os.MkdirAll(dir, 0o755))
	require.NoError(w.t, os.WriteFile(filepath.Join(dir, name+".png"), image, 0o644))
}

func (w *window) quiet() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	require.Empty(w.t, w.complaints, "the browser complained, such as about the content security policy")
}

const approvedCard, bankCard, declinedCard = "4242424242424242", "4000000000003220", "4000000000000002"

// toCheckout puts the first product with stock into the cart and fills the address.
func (w *window) toCheckout(d *devStack, shop, email string) {
	w.t.Helper()
	w.goTo(d.url(shop, "/products?in_stock=true"))
	w.press("main a[href^='/p/']")
	w.press("[data-add]")
	w.see("1") // the cart's count
	w.run(chromedp.Sleep(500 * time.Millisecond))
	w.goTo(d.url(shop, "/cart"))
	w.press("main a[href='/checkout']")
	w.fill("#f-email", email, "#f-name", "Rahima Khatun", "#f-country", "BD", "#f-line1", "12 Lake Road", "#f-postal_code", "1205", "#f-city", "Dhaka")
	w.press("button[value=delivery]")
	w.see("Payment")
}

func (w *window) payWith(card string) {
	w.t.Helper()
	w.press("input[value='sandbox/card']")
	w.fill("input[name='pay.sandbox.card.card_number']", card, "input[name='pay.sandbox.card.card_expiry']", "12/40", "input[name='pay.sandbox.card.card_cvc']", "123")
}

func (w *window) placeOrder() {
	w.t.Helper()
	w.press("[data-place]")
}

// TestBrowserPurchase is the newcomer's first five minutes: a shopper buys, the vendor's bell rings, mail arrives, the
// vendor sends the order and the shopper's page changes by itself.
func TestBrowserPurchase(t *testing.T) {
	d := startDev(t)
	chromium := browser(t)
	const shop = "neel"

	vendor := open(t, chromium, 1280, 900)
	vendor.goTo(d.url(shop, "/vendor"))
	vendor.fill("#f-email", "owner@neel.example", "#f-password", "demo-password")
	vendor.press("main button[type=submit]")
	vendor.see("Orders")
	vendor.until("document.querySelector('[data-live-state]') && !document.querySelector('[data-live-state]').hidden", "be live")

	shopper := open(t, chromium, 1280, 900)
	shopper.goTo(d.url(shop, "/"))
	shopper.shot("home")
	shopper.goTo(d.url(shop, "/products"))
	shopper.shot("listing")
	shopper.press("main a[href^='/p/']")
	shopper.see("Add to cart")
	shopper.shot("product")
	shopper.toCheckout(d, shop, "rahima@example.com")
	shopper.payWith(approvedCard)
	shopper.shot("checkout")
	shopper.placeOrder()
	shopper.see("Your order is confirmed")
	shopper.shot("thank-you")

	vendor.until("document.querySelectorAll('tr[data-order]').length > 0 && !document.querySelector('[data-bell]').hidden", "hear the bell")
	vendor.see("New order #1001")
	vendor.shot("vendor-live")

	mail := open(t, chromium, 1280, 900)
	require.Eventually(t, func() bool {
		mail.goTo(d.url("", "/dev/mailbox"))
		text := mail.text("body")
		return strings.Contains(text, "Your order #1001") && strings.Contains(text, "New order #1001")
	}, 20*time.Second, 500*time.Millisecond, "the mails did not arrive")
	mail.shot("mailbox")

	vendor.press("tr[data-order='1001'] a")
	vendor.see("Mark as fulfilled")
	vendor.shot("vendor-order")
	vendor.fill("#f-tracking", "BD-4711")
	vendor.press("form[action$='/fulfil'] button")
	vendor.see("BD-4711")

	shopper.see("on its way") // by itself: the page was not loaded again
	shopper.shot("on-its-way")

	vendor.fill("input[name^='refund.']", "100")
	vendor.press("form[action$='/refund'] button")
	vendor.see("Partly refunded")
	vendor.shot("vendor-refund")
	shopper.see("Money back")
	shopper.shot("money-back")
	for _, w := range []*window{vendor, shopper, mail} {
		w.quiet()
	}
}

// TestBrowserDeclineAndBank tries a declined card and then the step at the bank, in the other shop and on a phone.
func TestBrowserDeclineAndBank(t *testing.T) {
	d := startDev(t)
	phone := open(t, browser(t), 390, 844)
	const shop = "matir"
	phone.goTo(d.url(shop, "/"))
	phone.shot("phone-home")
	phone.goTo(d.url(shop, "/products"))
	phone.shot("phone-listing")
	phone.press("main a[href^='/p/']")
	phone.see("Add to cart")
	phone.shot("phone-product")
	phone.toCheckout(d, shop, "karim@example.com")
	phone.payWith(declinedCard)
	phone.shot("phone-checkout")
	phone.placeOrder()
	phone.see("declined")
	phone.shot("phone-declined")
	phone.payWith(bankCard)
	phone.placeOrder()
	require.Eventually(t, func() bool {
		return strings.Contains(phone.where(), "/authorise/") || strings.Contains(phone.where(), "/orders/")
	}, 20*time.Second, 100*time.Millisecond)
	if !strings.Contains(phone.where(), "/authorise/") {
		phone.press("a[data-onward]")
	}
	phone.until("location.pathname.startsWith('/authorise/') && document.querySelector('button[value=approve]')", "be at the bank")
	phone.shot("phone-bank")
	phone.press("button[value=approve]")
	phone.see("Your order is confirmed")
	phone.shot("phone-thank-you")

	phone.toCheckout(d, shop, "karim@example.com")
	phone.payWith(bankCard)
	phone.placeOrder()
	phone.until("location.pathname.startsWith('/authorise/')", "be at the bank")
	phone.goTo(d.url(shop, "/cart")) // and goes back to the shop instead: the order waits
	phone.see("Pay in another way")
	phone.shot("phone-waiting")
	phone.press("a[href*='/pay?secret=']")
	phone.see("Pay order")
	phone.payWith(approvedCard)
	phone.shot("phone-pay-otherwise")
	phone.press("#pay button[type=submit]")
	phone.see("Your order is confirmed")
}

// TestBrowserWithoutScript buys with scripts switched off.
func TestBrowserWithoutScript(t *testing.T) {
	d := startDev(t)
	w := open(t, browser(t), 1280, 900)
	w.run(command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	const shop = "neel"
	w.goTo(d.url(shop, "/"))
	w.toCheckoutWithoutScript(d, shop)
	w.press("input[value='manual/cash_on_delivery']")
	w.shot("noscript-checkout")
	w.placeOrder()
	w.run(within(20*time.Second, chromedp.WaitVisible(chromedp.CSS(".story[data-status=confirmed]"))))
	w.shot("noscript-thank-you")
	w.quiet()
}

// toCheckoutWithoutScript is toCheckout typed by hand: values set by script would need the page's scripts.
func (w *window) toCheckoutWithoutScript(d *devStack, shop string) {
	w.t.Helper()
	w.goTo(d.url(shop, "/products?in_stock=true"))
	w.press("main a[href^='/p/']")
	w.press("[data-add]")
	w.press("main a[href='/checkout']")
	for selector, value := range map[string]string{"#f-email": "noscript@example.com", "#f-name": "No Script", "#f-line1": "1 Road", "#f-postal_code": "1205", "#f-city": "Dhaka"} {
		w.run(chromedp.SendKeys(chromedp.CSS(selector), value))
	}
	w.press("button[value=delivery]")
}
