package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	httpapi "github.com/halum-hut/halum/adapters/http"
	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/adapters/web"
	"github.com/halum-hut/halum/cmd/halum/demo"
	"github.com/halum-hut/halum/ports"
)

type serveCmd struct{}

// Run serves until a signal comes.
func (serveCmd) Run(ctx context.Context, cfg config) error {
	return with(ctx, cfg, func(p *parts) error {
		p.startPlugins(ctx)
		return p.serve(ctx, func() { p.log.Info("serving", "address", cfg.Listen, "base_domain", cfg.BaseDomain) })
	})
}

// serve answers HTTP until ctx ends, then lets running requests finish.
func (p *parts) serve(ctx context.Context, ready func()) error {
	if err := p.tokens.Load(ctx); err != nil {
		return fmt.Errorf("signing keys (is HALUM_MASTER_KEY the one they were sealed with?): %w", err)
	}
	stopMetrics, err := p.serveMetrics()
	if err != nil {
		return err
	}
	defer stopMetrics()
	s := p.server()
	follow, stopFollowing := context.WithCancel(context.Background())
	defer stopFollowing()
	go func() {
		if err := p.resolver.Follow(follow, p.forget); err != nil {
			p.log.Error("announcements of changed shops end", "error", err)
		}
	}()
	l, err := net.Listen("tcp", p.cfg.Listen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", p.cfg.Listen, err)
	}
	s.Start()
	failed := make(chan error, 1)
	go func() { failed <- s.Listen(l) }()
	ready()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return s.Shutdown(grace)
}

// server builds the edge with the pages on it.
func (p *parts) server() *httpapi.Server {
	s := httpapi.New(httpapi.Deps{
		Shop: p.shop, Backoffice: p.backoffice, Vendors: p.vendors, Inbox: p.inbox, Dispatch: p.dispatch, Tenants: p.resolver, Tokens: p.tokens, Limiter: p.limiter,
		Tickets: p.tickets, Live: p.live, Invalidation: p.forget, BaseDomain: p.cfg.BaseDomain, Scheme: p.cfg.Scheme,
		TrustedProxies: p.cfg.TrustedProxies, Version: version, Log: p.log, Now: time.Now, JWKS: p.tokens.JWKS, Ready: p.ready,
		Observe: p.metrics.ObserveHTTP, CacheBytes: int64(p.cfg.CacheMB) << 20, CDN: strings.TrimSuffix(p.cfg.CDNURL, "/"), NoReads: p.cfg.ReadsPerSecond == 0,
		Reads: ports.Rate{Limit: p.cfg.ReadsPerSecond, Per: time.Second, Burst: 2 * p.cfg.ReadsPerSecond},
	})
	pages := web.New(web.Deps{
		Shop: p.shop, Backoffice: p.backoffice, Limiter: p.limiter, Tenant: httpapi.TenantOf, Platform: httpapi.PlatformHost,
		ClientIP: httpapi.ClientIP, Scheme: httpapi.Scheme, Host: httpapi.Host, Key: p.formKey, Mailbox: p.pagesMailbox(),
		Media: media(), CDN: strings.TrimSuffix(p.cfg.CDNURL, "/"), Landing: p.landing, Log: p.log, Now: time.Now,
	})
	pages.Mount(s.App())
	s.OnPageFailure(pages.Failure)
	return s
}

// ready says whether this process can serve: the database answers. Redis may be away; nothing is lost without it.
func (p *parts) ready(ctx context.Context) error { return p.db.Ping(ctx) }

// media is the pictures of the demo shops.
func media() fs.FS { return demo.Media() }

// landing lists the shops on the platform's own page, in the development mode only.
func (p *parts) landing(ctx context.Context) web.Landing {
	base := p.cfg.Scheme + "://" + p.cfg.BaseDomain
	out := web.Landing{Links: []web.Link{{Name: "API documents", URL: base + "/docs", Text: "Storefront, admin and platform."}}}
	if p.mailbox == nil {
		return out
	}
	out.Links = append(out.Links, web.Link{Name: "Mailbox", URL: base + "/dev/mailbox", Text: "Where mail lands in development."})
	all, err := p.db.Tenants(ctx)
	if err != nil {
		return out
	}
	for _, t := range all[:min(len(all), 50)] {
		out.Shops = append(out.Shops, web.LandingShop{URL: p.shopURL(t), Shop: t.Shop})
	}
	return out
}

// pageMailbox shows the mailbox of the development mode as pages.
type pageMailbox struct{ box *mail.Mailbox }

// Messages lists all mails.
func (m pageMailbox) Messages(ctx context.Context) ([]web.Message, error) {
	all, err := m.box.List(ctx)
	out := make([]web.Message, len(all))
	for i, e := range all {
		out[i] = message(e)
	}
	return out, err
}

// Message returns one mail.
func (m pageMailbox) Message(ctx context.Context, id string) (web.Message, error) {
	e, err := m.box.Get(ctx, id)
	return message(e), err
}

func message(e mail.Entry) web.Message { return web.Message{ID: e.ID, At: e.At, Mail: e.Mail} }

func (p *parts) pagesMailbox() web.Mailbox {
	if p.mailbox == nil {
		return nil
	}
	return pageMailbox{p.mailbox}
}

// serveMetrics answers /metrics and the profiler on their own port, when one is set.
func (p *parts) serveMetrics() (stop func(), err error) {
	if p.cfg.MetricsListen == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", p.cfg.MetricsListen)
	if err != nil {
		return nil, fmt.Errorf("cannot serve metrics on %s: %w", p.cfg.MetricsListen, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", p.metrics.Handler())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("metrics end", "error", err)
		}
	}()
	return func() { _ = s.Close() }, nil
}
