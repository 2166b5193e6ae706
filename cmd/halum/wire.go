package main

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/halum-hut/halum/adapters/blobs"
	"github.com/halum-hut/halum/adapters/configform"
	"github.com/halum-hut/halum/adapters/elastic"
	"github.com/halum-hut/halum/adapters/fetch"
	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/adapters/picture"
	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/productfile"
	"github.com/halum-hut/halum/adapters/redis"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/adapters/telemetry"
	"github.com/halum-hut/halum/adapters/token"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/app/dispatch"
	"github.com/halum-hut/halum/core/app/importing"
	"github.com/halum-hut/halum/core/app/indexing"
	"github.com/halum-hut/halum/core/app/pictures"
	"github.com/halum-hut/halum/core/app/platform"
	"github.com/halum-hut/halum/core/app/reactions"
	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/app/shop"
	"github.com/halum-hut/halum/core/search"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
	"github.com/halum-hut/halum/tenants"
)

// parts is everything that serve, worker and the commands share, built by hand from top to bottom.
type parts struct {
	cfg     config
	log     *slog.Logger
	metrics *telemetry.Metrics

	db       *postgres.DB
	search   ports.SearchIndex
	redis    *redis.Client
	live     *redis.Live
	forget   *redis.Invalidation
	tickets  *redis.Tickets
	limiter  ports.Limiter
	plugins  *pluginhost.Host
	shipped  pluginhost.Catalog // the plugins beside the binary
	attached pluginhost.Catalog // those that somebody runs in a debugger, in the development mode
	tokens   *token.Tokens
	sealer   *seal.Sealer
	keyring  *seal.Keyring
	mailbox  *mail.Mailbox // nil when mail is really sent
	resolver *tenants.Resolver
	formKey  []byte

	shop       *shop.Shop
	backoffice *backoffice.Backoffice
	vendors    *platform.Vendors
	settler    *settle.Settler
	inbox      *settle.Inbox
	dispatch   *dispatch.Dispatcher
	indexer    *indexing.Indexer
	importer   *importing.Importer
	pictures   *pictures.Keeper
	files      *blobs.Store
	reactions  *reactions.Reactions

	hostOptions   pluginhost.Options
	pluginMetrics *telemetry.Plugins

	closers []func()
}

// assemble connects to Postgres and Redis and builds the use cases. Plugins are known but not started. Close undoes it.
func assemble(ctx context.Context, cfg config) (_ *parts, err error) {
	p := &parts{cfg: cfg, metrics: telemetry.NewMetrics()}
	defer func() {
		if err != nil {
			p.Close()
		}
	}()
	if p.log, err = telemetry.NewLogger(os.Stderr, telemetry.LogOptions{Format: cfg.LogFormat, Level: cmp.Or(cfg.LogLevel, "info")}); err != nil {
		return nil, err
	}
	slog.SetDefault(p.log)
	master, err := cfg.masterKey()
	if err != nil {
		return nil, err
	}
	if p.formKey, err = hkdf.Key(sha256.New, master, nil, "halum form tokens", 32); err != nil {
		return nil, err
	}
	older, err := cfg.olderKeys()
	if err != nil {
		return nil, err
	}
	if p.sealer, err = seal.New(master, older...); err != nil {
		return nil, err
	}
	p.db, err = postgres.Open(ctx, cfg.DatabaseURL, postgres.Options{
		MaxConns: cfg.DatabaseConns, StatementTimeout: cfg.StatementTimeout, Routes: reactions.Routes, Logger: p.log,
		BaseDomain: cfg.BaseDomain,
	})
	if err != nil {
		return nil, err
	}
	p.closers = append(p.closers, p.db.Close)
	if p.search, err = p.newSearch(); err != nil {
		return nil, err
	}
	if err := p.connectRedis(); err != nil {
		return nil, err
	}
	p.keyring = seal.NewKeyring(p.db, p.sealer, time.Now)
	p.hostOptions = pluginhost.Options{Logger: p.log, Keyring: p.keyring, MaxRestarts: cfg.PluginRestarts, BackoffMax: cfg.PluginPause}
	if err := p.newPlugins(ctx); err != nil {
		return nil, err
	}
	mailer, err := p.mailer()
	if err != nil {
		return nil, err
	}
	address, err := cfg.mediaURL()
	if err != nil {
		return nil, err
	}
	if p.files, err = blobs.Open(ctx, address); err != nil {
		return nil, fmt.Errorf("HALUM_MEDIA_URL: %w", err)
	}
	p.closers = append(p.closers, func() { _ = p.files.Close() })
	p.tokens = token.New(p.db, p.sealer, cfg.Scheme+"://"+cfg.BaseDomain, time.Now)
	p.resolver = tenants.NewResolver(p.db, time.Now)
	p.build(mailer)
	return p, nil
}

// newSearch keeps the indexes in memory, over Postgres, unless there is a search server.
func (p *parts) newSearch() (ports.SearchIndex, error) {
	if p.cfg.SearchURL == "" {
		return postgres.NewSearch(p.db, int64(p.cfg.SearchMB)<<20), nil
	}
	x, err := elastic.New(elastic.Options{URL: p.cfg.SearchURL, Settings: p.searchSettings})
	if err != nil {
		return nil, fmt.Errorf("HALUM_SEARCH_URL: %w", err)
	}
	p.closers = append(p.closers, func() { _ = x.Close() })
	return x, nil
}

func (p *parts) searchSettings(ctx context.Context, t tenant.ID) (s search.Settings, err error) {
	err = p.db.View(ctx, t, func(ctx context.Context, v ports.View) error {
		s, err = v.SearchSettings(ctx)
		return err
	})
	return s, err
}

func (p *parts) connectRedis() (err error) {
	if p.redis, err = redis.Open(p.cfg.RedisURL); err != nil {
		return err
	}
	p.closers = append(p.closers, func() { _ = p.redis.Close() })
	p.live, p.forget = redis.NewLive(p.redis), redis.NewInvalidation(p.redis)
	p.tickets = redis.NewTickets(p.redis)
	if p.limiter = redis.NewLimiter(p.redis); !p.cfg.RateLimits {
		p.limiter = unlimited{}
	}
	return nil
}

// build makes the use cases.
func (p *parts) build(mailer ports.Mailer) {
	passwords, files := token.NewPasswords(0), productfile.New(time.Now)
	settler := settle.New(p.db, p.plugins, time.Now)
	p.settler = settler
	p.pictures = pictures.New(pictures.Deps{
		Store: p.db, Blobs: p.files, Pictures: picture.New(), Fetch: fetch.New(fetch.Options{}), Forget: p.forget, Now: time.Now,
	})
	p.shop = shop.New(shop.Deps{
		Store: p.db, Search: p.search, Payments: p.plugins, Shipping: p.plugins, Settler: settler, Tokens: p.tokens, Passwords: passwords,
		Tickets: p.tickets, Forget: p.forget, Pictures: p.pictures, Blobs: p.files, Sealer: p.sealer, Now: time.Now,
	})
	p.importer = importing.New(importing.Deps{
		Store: p.db, Registry: p.db, Source: files, Forget: p.forget, Now: time.Now, MaxBytes: int64(p.cfg.ImportMB) << 20,
	})
	p.dispatch = dispatch.New(dispatch.Deps{Store: p.db, Registry: p.resolver, Carriers: p.plugins, Webhooks: p.plugins, Now: time.Now})
	p.backoffice = backoffice.New(backoffice.Deps{
		Store: p.db, Registry: p.db, Provisioner: p.db, Staff: p.db, Sessions: p.db, Settler: settler, Dispatch: p.dispatch, Source: files, Sink: files,
		Importer:  p.importer,
		Pictures:  p.pictures,
		Blobs:     p.files,
		Providers: p.plugins, Forms: configform.New(), Keyring: p.keyring,
		Tokens: p.tokens, Passwords: passwords, Mailer: mailer, Tickets: p.tickets, Forget: p.forget, Now: time.Now,
	})
	p.vendors = platform.New(platform.Deps{
		Provisioner: p.db, Staff: p.db, Passwords: passwords, Forget: p.forget, Now: time.Now,
		Accounts: firstAccounts(p.cfg),
	})
	p.inbox = settle.NewInbox(p.db, p.plugins, settler)
	p.indexer = indexing.New(indexing.Deps{Store: p.db, Index: p.search, Forget: p.forget, Now: time.Now})
	p.reactions = reactions.New(reactions.Deps{
		Store: p.db, Registry: p.db, Staff: p.db, Settler: settler, Inbox: p.inbox, Dispatch: p.dispatch, Indexer: p.indexer, Importer: p.importer, Pictures: p.pictures, Mailer: mailer, Live: p.live,
		Forget: p.forget, Now: time.Now, ShopURL: p.shopURL,
	})
}

// mailer sends by SMTP when there is a server, and otherwise keeps mail in the mailbox of the development mode.
func (p *parts) mailer() (ports.Mailer, error) {
	if p.cfg.MailURL == "" {
		var err error
		p.mailbox, err = mail.NewMailbox(filepath.Join(p.cfg.DataDir, "mailbox"), time.Now)
		return p.mailbox, err
	}
	u, err := url.Parse(p.cfg.MailURL)
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
		return nil, errors.New("HALUM_MAIL_URL cannot be read: write it as smtp://user:password@host:587, or smtps:// for TLS from the start")
	}
	o := mail.SMTPOptions{Host: u.Hostname(), Port: 587, User: u.User.Username(), TLS: mail.StartTLS, From: p.cfg.MailFrom}
	o.Password, _ = u.User.Password()
	if u.Scheme == "smtps" {
		o.Port, o.TLS = 465, mail.ImplicitTLS
	}
	if u.Query().Get("tls") == "none" {
		o.TLS = mail.NoTLS
	}
	if u.Port() != "" {
		if o.Port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("HALUM_MAIL_URL has a port that is no number")
		}
	}
	return mail.NewSMTP(o)
}

// shopURL is the address of a shop's pages.
func (p *parts) shopURL(t tenant.Tenant) string {
	return p.cfg.Scheme + "://" + t.Slug + "." + p.cfg.BaseDomain
}

// Close undoes assemble, last first.
func (p *parts) Close() {
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.closers[i]()
	}
	p.closers = nil
}

// unlimited stands in where limits are switched off, as for measurements.
type unlimited struct{}

// Allow allows.
func (unlimited) Allow(context.Context, string, ports.Rate) ports.Allowance {
	return ports.Allowance{Allowed: true, Remaining: 1}
}

func (c *config) masterKey() ([]byte, error) {
	if c.MasterKey != "" {
		return seal.ParseKey(c.MasterKey)
	}
	key, err := seal.LoadOrCreateKey(filepath.Join(c.DataDir, "master.key"))
	if err != nil {
		return nil, fmt.Errorf("HALUM_MASTER_KEY is not set and no key can be kept in %s: %w", c.DataDir, err)
	}
	return key, nil
}

// olderKeys are master keys that still open what they have sealed.
func (c *config) olderKeys() (all [][]byte, err error) {
	for _, text := range c.MasterKeyOld {
		key, err := seal.ParseKey(text)
		if err != nil {
			return nil, fmt.Errorf("HALUM_MASTER_KEY_OLD: %w", err)
		}
		all = append(all, key)
	}
	return all, nil
}
