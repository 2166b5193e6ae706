package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/blobs"
	"github.com/halum-hut/halum/adapters/configform"
	"github.com/halum-hut/halum/adapters/fetch"
	"github.com/halum-hut/halum/adapters/localredis"
	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/adapters/picture"
	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/productfile"
	"github.com/halum-hut/halum/adapters/redis"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/adapters/token"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/importing"
	"github.com/halum-hut/halum/core/app/pictures"
	"github.com/halum-hut/halum/core/app/platform"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
	"github.com/halum-hut/halum/tenants"
)

var (
	bin       string // real plugin programs
	redisAddr string
)

func TestMain(m *testing.M) { os.Exit(prepare(m)) }

func prepare(m *testing.M) int {
	dir, err := os.MkdirTemp("", "httpapi-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	bin = dir
	module := "github.com/halum-hut/halum/plugins/"
	build := exec.Command("go", "build", "-o", bin+"/", module+"payment-manual", module+"payment-sandbox", module+"shipping-flatrate", module+"shipping-parcelpost", "./testdata/payment-gossip")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build the plugins: %v\n%s", err, out))
	}
	addr, stop, err := localredis.StartServer(context.Background(), dir)
	if err != nil {
		panic(err)
	}
	defer stop()
	redisAddr = addr
	return m.Run()
}

// fetching is a Fetcher that tests can replace.
type fetching struct{ ports.Fetcher }

// stack is a server with everything real below it.
type stack struct {
	t        *testing.T
	server   *Server
	db       *postgres.DB
	live     *redis.Live
	forget   *redis.Invalidation
	fetcher  *fetching // of pictures; tests may put another one into it
	pictures *pictures.Keeper
	tokens   *token.Tokens
	sealer   *seal.Sealer
	keyring  *seal.Keyring
	host     *pluginhost.Host
	post     postOffice
	addr     string
	log      *lockedBuffer
	queries  *postgres.StatementCounter

	importer *importing.Importer
}

// testFileLimit is how long a product file may be in tests.
const testFileLimit = 8 << 20

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func start(t *testing.T, change ...func(*Deps)) *stack {
	t.Helper()
	s := &stack{t: t, log: &lockedBuffer{}, queries: &postgres.StatementCounter{}}
	s.db = pgtest.New(t, func(o *postgres.Options) { o.Routes = reactions.Routes; o.Tracer = s.queries })
	client, err := redis.Open("redis://" + redisAddr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	s.fetcher = &fetching{fetch.New(fetch.Options{})}
	s.live, s.forget = redis.NewLive(client), redis.NewInvalidation(client)
	journal := t.TempDir()
	s.post = openPost(t)
	plugins, err := pluginhost.LoadCatalog(bin, map[string][]string{
		"payment-sandbox": {"-journal", journal + "/journal"}, "shipping-parcelpost": {"--test-url", s.post.url},
	})
	require.NoError(t, err)
	plugins.Grant("payment-sandbox", pluginhost.Grants{Write: []string{journal}})
	s.sealer, err = seal.New([]byte("0123456789abcdef0123456789abcdef"))
	require.NoError(t, err)
	s.keyring = seal.NewKeyring(s.db, s.sealer, time.Now)
	host := pluginhost.New(plugins, pluginhost.Options{
		Logger: slog.New(slog.NewJSONHandler(s.log, nil)), Keyring: s.keyring, BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond, MaxRestarts: 100,
	})
	s.host = host
	require.NoError(t, host.Start(t.Context()))
	t.Cleanup(host.Stop)
	s.tokens = token.New(s.db, s.sealer, "http://"+pgtest.BaseDomain, time.Now)
	s.server = New(s.deps(host, client, change))
	for _, mount := range testRoutes {
		mount(s.server.app)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- s.server.Listen(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		require.NoError(t, s.server.Shutdown(ctx))
		require.NoError(t, <-ended)
	})
	return s
}

func (s *stack) deps(host *pluginhost.Host, client *redis.Client, change []func(*Deps)) Deps {
	t := s.t
	mailbox, err := mail.NewMailbox(t.TempDir(), time.Now)
	require.NoError(t, err)
	passwords, tickets := token.NewPasswords(0), redis.NewTickets(client)
	settler := settle.New(s.db, host, time.Now)
	carriers := dispatch.New(dispatch.Deps{Store: s.db, Registry: s.db, Carriers: host, Webhooks: host, Now: time.Now})
	files := productfile.New(time.Now)
	store, err := blobs.Open(t.Context(), "file://"+t.TempDir())
	require.NoError(t, err)
	s.pictures = pictures.New(pictures.Deps{
		Store: s.db, Blobs: store, Pictures: picture.New(), Fetch: s.fetcher, Forget: s.forget, Now: time.Now,
	})
	s.importer = importing.New(importing.Deps{
		Store: s.db, Registry: s.db, Source: files, Forget: s.forget, Now: time.Now, MaxBytes: testFileLimit,
	})
	accounts := func(money.Currency) []provider.Account {
		return []provider.Account{
			{Kind: provider.Payment, Plugin: "manual", Mode: provider.Live, Config: []byte(`{"cash_on_delivery": true}`)},
			{Kind: provider.Shipping, Plugin: "flatrate", Mode: provider.Live},
		}
	}
	d := Deps{
		Shop: shop.New(shop.Deps{
			Store: s.db, Search: postgres.NewSearch(s.db, 0), Payments: host, Shipping: host, Settler: settler, Tokens: s.tokens, Passwords: passwords,
			Tickets: tickets, Forget: s.forget, Pictures: s.pictures, Blobs: store, Sealer: s.sealer, Now: time.Now,
		}),
		Backoffice: backoffice.New(backoffice.Deps{
			Store: s.db, Registry: s.db, Provisioner: s.db, Staff: s.db, Sessions: s.db, Settler: settler, Dispatch: carriers, Source: files, Sink: files, Importer: s.importer, Pictures: s.pictures, Blobs: store,
			Providers: host, Forms: configform.New(), Keyring: s.keyring,
			Tokens: s.tokens, Passwords: passwords, Mailer: mailbox, Tickets: tickets, Forget: s.forget, Now: time.Now,
		}),
		Vendors: platform.New(platform.Deps{
			Provisioner: s.db, Staff: s.db, Passwords: passwords, Forget: s.forget, Now: time.Now,
			Accounts: accounts,
		}),
		Inbox: settle.NewInbox(s.db, host, settler), Dispatch: carriers,
		Tenants: tenants.NewResolver(s.db, time.Now), Tokens: s.tokens, Limiter: redis.NewLimiter(client), Tickets: tickets,
		Live: s.live, Invalidation: s.forget, BaseDomain: pgtest.BaseDomain, Log: slog.New(slog.NewJSONHandler(s.log, nil)),
		Now: time.Now, JWKS: s.tokens.JWKS, Ready: s.db.Ping,
	}
	for _, c := range change {
		c(&d)
	}
	return d
}

func (s *stack) save(of tenant.Tenant, p ...catalog.Product) {
	s.t.Helper()
	require.NoError(s.t, s.db.Update(s.t.Context(), of.ID, func(ctx context.Context, tx ports.Tx) error { return tx.SaveProducts(ctx, p) }))
}

func product(slug string, stock int64) catalog.Product {
	at := time.Now().UTC()
	variant := func(value string, price int64) catalog.Variant {
		return catalog.Variant{
			ID: catalog.VariantID(id.New("var", at)), SKU: slug + "-" + value, Values: []string{value}, Price: money.New(price, "BDT"),
			Grams: 200, RequiresShipping: true, Stock: catalog.StockPolicy{Tracked: true, OnHand: stock},
		}
	}
	return catalog.Product{
		ID: catalog.ProductID(id.New("prod", at)), Slug: slug, Title: "Product " + slug, Status: catalog.Active,
		Category: &catalog.Category{Slug: "shelf", Name: "Shelf"}, Options: []catalog.Option{{Name: "Size", Values: []string{"Small", "Large"}}},
		Variants: []catalog.Variant{variant("Small", 19900), variant("Large", 24900)}, CreatedAt: at, UpdatedAt: at,
	}
}

func hostOf(t tenant.Tenant) string { return t.Slug + "." + pgtest.BaseDomain }

// call is one request.
type call struct {
	method, host, path string
	body               any // a string goes as it is
	header             map[string]string
}

type answered struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

func (a answered) into(v any) answered {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.body, v), string(a.body))
	return a
}

// is checks the status, and for problems the code.
func (a answered) is(status int, code ...string) answered {
	a.t.Helper()
	require.Equal(a.t, status, a.status, string(a.body))
	if len(code) > 0 {
		var p Problem
		a.into(&p)
		require.Equal(a.t, code[0], p.Code, string(a.body))
		require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
		require.Equal(a.t, status, p.Status)
		require.NotEmpty(a.t, p.RequestID)
	}
	return a
}

// do sends a request over a real connection and holds the answer against the API's document.
func (s *stack) do(c call) answered {
	s.t.Helper()
	var body io.Reader
	if text, ok := c.body.(string); ok {
		body = strings.NewReader(text)
	} else if c.body != nil {
		b, err := json.Marshal(c.body)
		require.NoError(s.t, err)
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), c.method, "http://"+s.addr+c.path, body)
	require.NoError(s.t, err)
	req.Host = c.host
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range c.header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(s.t, err)
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	a := answered{s.t, resp.StatusCode, resp.Header, got}
	s.conforms(c, a)
	return a
}

// conforms holds an answer of an API against its document: the status is listed, the body fits the schema.
func (s *stack) conforms(c call, a answered) {
	s.t.Helper()
	for name, prefix := range map[string]string{"storefront": storefrontPath, "admin": adminPath, "platform": platformPath} {
		rest, ok := strings.CutPrefix(strings.SplitN(c.path, "?", 2)[0], prefix)
		if !ok {
			continue
		}
		api := s.server.apis[name]
		op := operationFor(api.OpenAPI(), c.method, rest)
		if op == nil { // no operation is there
			require.GreaterOrEqual(s.t, a.status, 400)
			return
		}
		listed := op.Responses[fmt.Sprint(a.status)]
		require.NotNil(s.t, listed, "%s %s answered %d, which is not in the document: %s", c.method, c.path, a.status, a.body)
		media := listed.Content[strings.SplitN(a.header.Get("Content-Type"), ";", 2)[0]]
		if media == nil {
			require.Empty(s.t, a.body, "%s %s: %s", c.method, c.path, a.header.Get("Content-Type"))
			return
		}
		if media.Schema.Format == "binary" {
			return
		}
		var got any
		require.NoError(s.t, json.Unmarshal(a.body, &got))
		result := &huma.ValidateResult{}
		huma.Validate(api.OpenAPI().Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, got, result)
		require.Empty(s.t, result.Errors, "%s %s: %s", c.method, c.path, a.body)
	}
}

func operationFor(o *huma.OpenAPI, method, path string) *huma.Operation {
	for template, item := range o.Paths {
		if !fits(template, path) {
			continue
		}
		op := map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}[method]
		if op != nil {
			return op
		}
	}
	return nil
}

func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if !strings.HasPrefix(want[i], "{") && want[i] != got[i] {
			return false
		}
	}
	return true
}

// testRoutes are mounted as pages are, behind the edge.
var testRoutes = []func(*fiber.App){
	func(a *fiber.App) {
		a.Add("GET", "/seen", func(c *fiber.Ctx) error { return c.SendString(ClientIP(c).String() + " " + Scheme(c) + " " + Host(c)) })
		a.Add("GET", storefrontPath+"/boom", func(*fiber.Ctx) error { panic("the secret of the house") })
	},
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
