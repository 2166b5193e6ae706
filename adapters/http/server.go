// Package httpapi is the platform's HTTP edge: it finds the tenant and the client of a request, serves the three APIs
// with their OpenAPI documents, keeps catalogue answers in memory, and holds the sockets of the live channel.
//
// It owns everything that only the wire knows: hosts, proxies, headers, statuses, problems. It decides nothing about
// orders or carts: handlers parse into core types and call one use case. It refuses unknown fields, forwarded headers
// of strangers, and hosts nobody registered.
//
// Read edge.go for what happens to every request, then routes.go for what there is, then one area such as cart.go.
package httpapi

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/platform"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/media"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Deps is what the edge stands on.
type Deps struct {
	Shop         *shop.Shop
	Backoffice   *backoffice.Backoffice
	Vendors      *platform.Vendors
	Inbox        *settle.Inbox
	Dispatch     *dispatch.Dispatcher
	Tenants      ports.Registry // a tenants.Resolver: it is asked for every request
	Tokens       ports.Tokens
	Limiter      ports.Limiter
	Tickets      ports.Tickets
	Live         ports.Live
	Invalidation ports.Invalidation

	BaseDomain     string         // host and port below which shops live by slug, such as "localhost:8080"
	Scheme         string         // of links to the pages: "http" or "https"
	TrustedProxies []netip.Prefix // peers whose forwarded headers count
	Version        string
	Log            *slog.Logger
	Now            app.Clock
	JWKS           func() []byte
	// Ready answers /readyz: nil when the process can serve.
	Ready func(context.Context) error
	// Observe counts an answered request by route template; nil counts nothing.
	Observe func(method, route string, status int, took time.Duration)

	CacheBytes int64      // of ready catalogue answers; 0 means 64 MB, below 0 keeps nothing
	CDN        string     // where pictures are got from, without a slash at its end; "" for the shop's own host
	Reads      ports.Rate // per client address on this node; zero means 200 a second and 400 at once
	NoReads    bool       // no limit on reads, for measurements
}

const (
	apiBody     = 1 << 20
	productBody = 4 << 20 // a description and all variants a product may have
)

// Server is the edge. Mount pages on App before serving.
type Server struct {
	d    Deps
	app  *fiber.App
	base context.Context // of all requests; it ends after the last one was given its time
	stop context.CancelFunc

	proxies  []netip.Prefix
	baseHost string
	reads    *buckets
	answers  *answers
	hub      *hub
	started  sync.Once
	apis     map[string]huma.API // by name: storefront, admin, platform

	pageFailure func(*fiber.Ctx, error) error
}

// New builds the edge with all API routes. Nothing runs before Listen or Start.
func New(d Deps) *Server {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Scheme == "" {
		d.Scheme = "http"
	}
	s := &Server{d: d, proxies: d.TrustedProxies, baseHost: tenant.NormalHost(d.BaseDomain), apis: map[string]huma.API{}}
	s.base, s.stop = context.WithCancel(context.Background())
	s.reads = newBuckets(d.Reads, d.Now)
	s.answers = newAnswers(d.CacheBytes)
	s.hub = newHub(s)
	s.app = fiber.New(fiber.Config{
		AppName: "halum", DisableStartupMessage: true, Immutable: true, StrictRouting: true, CaseSensitive: true,
		// Forms with files are no part of anything here: parsed before their time they would fill the disk.
		StreamRequestBody: true, DisablePreParseMultipartForm: true,
		BodyLimit: apiBody, ReadBufferSize: 16 << 10, ErrorHandler: s.fail,
		ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 75 * time.Second,
	})
	s.app.Server().HeaderReceived = s.headerReceived
	s.app.Use(s.edge)
	s.mountSystem()
	s.mountStorefront()
	s.mountAdmin()
	s.mountPlatform()
	s.mountDocuments()
	s.app.Add(fiber.MethodGet, media.Path+":shop/:name", s.file)
	s.app.Add(fiber.MethodHead, media.Path+":shop/:name", s.file)
	s.app.Add(fiber.MethodGet, shop.DownloadPath+":file", s.download)
	s.app.Add(fiber.MethodGet, "/ws", s.socket)
	return s
}

// App is where pages are mounted; routes added to it run behind the edge.
func (s *Server) App() *fiber.App { return s.app }

// OnPageFailure sets who answers errors outside the APIs, such as an address that leads nowhere.
func (s *Server) OnPageFailure(f func(*fiber.Ctx, error) error) { s.pageFailure = f }

// Start listens to invalidations and live messages until Shutdown. It returns at once; a second call does nothing.
func (s *Server) Start() { s.started.Do(s.listen) }

func (s *Server) listen() {
	if s.d.Invalidation != nil {
		go func() {
			err := s.d.Invalidation.Subscribe(s.base, func(what string) {
				s.d.Shop.Catalog.Forget(what) // first: an answer must not be made of what is forgotten
				s.answers.forget(what)
			}, func() {
				s.d.Shop.Catalog.ForgetAll()
				s.answers.forgetAll()
			})
			s.ended("invalidations", err)
		}()
	}
	if s.d.Live != nil {
		go func() { s.ended("live messages", s.d.Live.Subscribe(s.base, s.hub.publish, s.hub.lookAll)) }()
		go s.hub.watch(s.base)
	}
}

func (s *Server) ended(what string, err error) {
	if err != nil && s.base.Err() == nil {
		s.d.Log.Error("no longer listening to "+what, "error", err)
	}
}

// Listen serves on l until Shutdown or a failure of the listener.
func (s *Server) Listen(l net.Listener) error {
	s.Start()
	// A Shutdown that comes before the listener is served must still end it.
	stop := context.AfterFunc(s.base, func() { _ = l.Close() })
	defer stop()
	err := s.app.Listener(l)
	if s.base.Err() != nil {
		return nil
	}
	return err
}

// Shutdown stops taking requests, sends sockets elsewhere, waits for what is under way until ctx ends, and then cuts
// the rest off.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.stop()
	drained := make(chan struct{})
	go func() { defer close(drained); s.hub.drain(ctx) }()
	err := s.app.ShutdownWithContext(ctx)
	<-drained
	return err
}
