package web

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/localredis"
	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/redis"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/adapters/token"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// programs builds the real plugins once for all tests of the package.
var programs = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "web-plugins-"); err != nil {
		return "", err
	}
	closers = append(closers, func() { _ = os.RemoveAll(dir) })
	module := "github.com/halum-hut/halum/plugins/"
	build := exec.Command("go", "build", "-o", dir+"/", module+"payment-manual", module+"payment-sandbox", module+"shipping-flatrate", module+"shipping-parcelpost")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the plugins: %w\n%s", err, out)
	}
	return dir, nil
})

// plugins starts them once for all tests that need no carrier of their own.
var plugins = sync.OnceValues(func() (*pluginhost.Host, error) {
	dir, err := programs()
	if err != nil {
		return nil, err
	}
	found, err := pluginhost.LoadCatalog(dir, map[string][]string{"payment-sandbox": {"--journal", filepath.Join(dir, "journal.jsonl")}})
	if err != nil {
		return nil, err
	}
	found.Grant("payment-sandbox", pluginhost.Grants{Write: []string{dir}})
	host := pluginhost.New(found, pluginhost.Options{Logger: slog.New(slog.DiscardHandler)})
	closers = append(closers, host.Stop)
	return host, host.Start(context.Background())
})

var closers []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for i := len(closers) - 1; i >= 0; i-- {
		closers[i]()
	}
	os.Exit(code)
}

const (
	staffPassword = "long enough for staff"
	shopper       = "rina@example.com"
)

// stack is the pages on real parts, with two shops.
type stack struct {
	app        *fiber.App
	web        *Web
	shops      map[string]tenant.Tenant // by host
	staffEmail string                   // of the first shop
	outbox     *mail.Mailbox            // what staff is sent
	green, red string                   // hosts
	index      *indexing.Indexer
	update     func(tenant.ID, func(context.Context, ports.Tx) error) error
}

func newStack(t *testing.T) *stack {
	t.Helper()
	host, err := plugins()
	require.NoError(t, err)
	return stackOn(t, pgtest.New(t), host)
}

// stackOn is newStack with plugins of the test's own.
func stackOn(t *testing.T, db *postgres.DB, host *pluginhost.Host) *stack {
	t.Helper()
	addr, stop, err := localredis.StartServer(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(stop)
	client, err := redis.Open("redis://" + addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	outbox, err := mail.NewMailbox(t.TempDir(), time.Now)
	require.NoError(t, err)
	sealer, err := seal.New([]byte("0123456789abcdef0123456789abcdef"))
	require.NoError(t, err)
	passwords, tokens := token.NewPasswords(2), token.New(db, sealer, "http://halum.test", time.Now)
	settler := settle.New(db, host, time.Now)
	s := &stack{outbox: outbox, shops: map[string]tenant.Tenant{}, green: "green.test:8080", red: "red.test:8080"}
	for _, name := range []string{s.green, s.red} {
		n := pgtest.NewTenant()
		n.Owner.PasswordHash, err = passwords.Hash(t.Context(), staffPassword)
		require.NoError(t, err)
		n.Accounts[1].Config = []byte(`{"cash_on_delivery": true, "bank_transfer": true, "bank_instructions": "Send it to account 123."}`)
		n.Accounts[2].Config = []byte(`{"services": [{"service":"standard","name":"Courier","price":6000,"min_days":2,"max_days":4},
			{"service":"express","name":"Express","price":15000,"min_days":1,"max_days":1}]}`)
		require.NoError(t, db.Provision(t.Context(), n))
		s.shops[name] = n.Tenant
		if name == s.green {
			s.staffEmail = n.Owner.Email
		}
	}
	index := postgres.NewSearch(db, 0)
	s.index = indexing.New(indexing.Deps{Store: db, Index: index, Forget: redis.NewInvalidation(client), Now: time.Now})
	s.web = New(Deps{
		Shop: shop.New(shop.Deps{
			Store: db, Search: index, Payments: host, Shipping: host, Settler: settler, Tokens: tokens, Passwords: passwords,
			Tickets: redis.NewTickets(client), Forget: redis.NewInvalidation(client), Sealer: sealer, Now: time.Now,
		}),
		Backoffice: backoffice.New(backoffice.Deps{
			Store: db, Registry: db, Provisioner: db, Staff: db, Sessions: db, Settler: settler, Tokens: tokens, Passwords: passwords, Providers: host,
			Dispatch: dispatch.New(dispatch.Deps{Store: db, Registry: db, Carriers: host, Webhooks: host, Now: time.Now}), Tickets: redis.NewTickets(client), Forget: redis.NewInvalidation(client), Mailer: outbox, Now: time.Now,
		}),
		Limiter: redis.NewLimiter(client), Tenant: s.tenantOf, Platform: func(c *fiber.Ctx) bool { return hostOf(c) == "halum.test:8080" },
		ClientIP: func(*fiber.Ctx) netip.Addr { return netip.MustParseAddr("192.0.2.7") }, Scheme: schemeOf, Host: hostOf,
		Key: []byte("0123456789abcdef0123456789abcdef"), Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Mailbox: letters{"one": {ID: "one", Mail: ports.Mail{To: shopper, Subject: "<b>Hello</b>", Text: "See http://green.test/x?a=1&b=2 now", HTML: "<script>alert(1)</script>"}}},
		Media:   fstest.MapFS{"demo/a.svg": {Data: []byte("<svg/>")}, "secret.txt": {Data: []byte("no")}},
	})
	s.app = fiber.New(fiber.Config{ErrorHandler: s.web.Failure})
	s.web.Mount(s.app)
	s.update = func(t tenant.ID, fn func(context.Context, ports.Tx) error) error {
		return db.Update(context.Background(), t, fn)
	}
	return s
}

func (s *stack) tenantOf(c *fiber.Ctx) (tenant.Tenant, bool) {
	t, ok := s.shops[hostOf(c)]
	return t, ok
}

func hostOf(c *fiber.Ctx) string { return string(c.Request().Header.Host()) }

func schemeOf(c *fiber.Ctx) string {
	if c.Get("X-Test-Scheme") == "https" {
		return "https"
	}
	return "http"
}

// letters is a mailbox with fixed mails.
type letters map[string]Message

func (l letters) Messages(context.Context) (all []Message, _ error) {
	for _, m := range l {
		all = append(all, m)
	}
	return all, nil
}

func (l letters) Message(_ context.Context, id string) (Message, error) {
	if m, ok := l[id]; ok {
		return m, nil
	}
	return Message{}, fault.New(fault.NotFound, "no_mail", "there is no such mail")
}

// sell puts a product with two options into a shop's catalogue. Large and red is not made, small and red is sold out.
func (s *stack) sell(t *testing.T, host, slug, title, description string) catalog.Product {
	t.Helper()
	now := time.Now().UTC()
	variant := func(size, colour string, price, stock int64) catalog.Variant {
		return catalog.Variant{
			ID: catalog.VariantID(id.New("var", now)), SKU: slug + size + colour, Values: []string{size, colour}, Price: money.New(price, "BDT"),
			RequiresShipping: true, Grams: 300, Stock: catalog.StockPolicy{Tracked: true, OnHand: stock},
		}
	}
	p := catalog.Product{
		ID: catalog.ProductID(id.New("prod", now)), Slug: slug, Title: title, Description: description, Status: catalog.Active,
		Category: &catalog.Category{ID: catalog.CategoryID(id.New("cat", now)), Slug: "shirts", Name: "Shirts"},
		Options:  []catalog.Option{{Name: "Size", Values: []string{"Small", "Large"}}, {Name: "Colour", Values: []string{"Blue", "Red"}}},
		Variants: []catalog.Variant{variant("Small", "Blue", 125000, 5), variant("Small", "Red", 125000, 0), variant("Large", "Blue", 135050, 9)},
		Images:   []catalog.Image{{URL: "/media/demo/a.svg", Alt: title}}, CreatedAt: now, UpdatedAt: now,
	}
	require.NoError(t, s.update(s.shops[host].ID, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, []catalog.Product{p}) }))
	require.NoError(t, s.index.Products(t.Context(), s.shops[host], []catalog.ProductID{p.ID}))
	return p
}

// browser is a browser without JavaScript: it keeps cookies and sends back what forms hold.
type browser struct {
	t       *testing.T
	s       *stack
	host    string
	cookies map[string]string
	csrf    string
	header  map[string]string
}

func (s *stack) open(t *testing.T, host string) *browser {
	return &browser{t: t, s: s, host: host, cookies: map[string]string{}, header: map[string]string{}}
}

type answer struct {
	Status int
	Body   string
	Header http.Header
}

var tokenPattern = regexp.MustCompile(`name="csrf" value="([^"]+)"|data-csrf="([^"]+)"`)

func (b *browser) get(path string) answer { return b.do(http.MethodGet, path, nil) }

// post sends a form with this browser's token, unless the form names one.
func (b *browser) post(path string, form url.Values) answer {
	if !form.Has("csrf") {
		form.Set("csrf", b.csrf)
	}
	return b.do(http.MethodPost, path, form)
}

// follow posts and goes where the answer leads.
func (b *browser) follow(path string, form url.Values) answer {
	a := b.post(path, form)
	for a.Status == http.StatusSeeOther {
		a = b.get(a.Header.Get("Location"))
	}
	return a
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	req.Host = b.host
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range b.header {
		req.Header.Set(k, v)
	}
	for k, v := range b.cookies {
		req.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	resp, err := b.s.app.Test(req, 30_000)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 || c.Value == "" {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	if m := tokenPattern.FindStringSubmatch(string(body)); m != nil {
		b.csrf = m[1] + m[2]
	}
	return answer{resp.StatusCode, string(body), resp.Header}
}

// field reads the value of a form's input from a page.
func (a answer) field(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`<input[^>]*name="` + regexp.QuoteMeta(name) + `"[^>]*value="([^"]*)"`).FindStringSubmatch(a.Body)
	require.NotNil(t, m, "no input %s in:\n%s", name, a.Body)
	return m[1]
}
