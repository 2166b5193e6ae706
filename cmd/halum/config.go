package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/structs"
	"github.com/knadh/koanf/v2"

	"github.com/halum-hut/halum/core/tenant"
)

// config is all that can be set, from the environment (HALUM_DATABASE_URL …) over a YAML file over these defaults. An
// unknown key is refused, so that a typing mistake cannot be silent.
type config struct {
	DatabaseURL      string         `koanf:"database_url"`       // the login of the app
	OwnerDatabaseURL string         `koanf:"owner_database_url"` // the login that migrates; the same when empty
	DatabaseConns    int            `koanf:"database_conns"`
	RedisURL         string         `koanf:"redis_url"`
	Listen           string         `koanf:"listen"`
	MetricsListen    string         `koanf:"metrics_listen"` // "" serves no metrics
	BaseDomain       string         `koanf:"base_domain"`    // host and port below which shops live by slug
	Scheme           string         `koanf:"scheme"`         // of links in mail: http or https
	TrustedProxies   []netip.Prefix `koanf:"trusted_proxies"`
	DataDir          string         `koanf:"data_dir"`
	PluginDir        string         `koanf:"plugin_dir"`
	MasterKey        string         `koanf:"master_key"`     // 32 bytes in base64; made in data_dir by the development mode
	MasterKeyOld     []string       `koanf:"master_key_old"` // still open what they sealed, until `halum keys rewrap`
	MailURL          string         `koanf:"mail_url"`       // smtp://user:password@host:port
	MailFrom         string         `koanf:"mail_from"`
	LogLevel         string         `koanf:"log_level"` // when empty: info for servers, warn for commands, whose output is for people
	LogFormat        string         `koanf:"log_format"`
	Workers          int            `koanf:"workers"` // reactions at once
	StatementTimeout time.Duration  `koanf:"statement_timeout"`
	CacheMB          int            `koanf:"cache_mb"`         // catalogue answers kept in memory
	SearchURL        string         `koanf:"search_url"`       // of Elasticsearch or OpenSearch, with user and password; "" searches on Postgres
	SearchMB         int            `koanf:"search_mb"`        // search indexes kept in memory, when there is no search server
	ImportMB         int            `koanf:"import_mb"`        // how long a file of products may be
	MediaURL         string         `koanf:"media_url"`        // where pictures are stored: file:///folder or s3://bucket?region=…; media in data_dir when empty
	CDNURL           string         `koanf:"cdn_url"`          // where shoppers get pictures from, which asks this server; "" for the shop's own host
	ReadsPerSecond   int            `koanf:"reads_per_second"` // per client address and node; 0 means no limit
	RateLimits       bool           `koanf:"rate_limits"`      // false only for measurements and tests
	SandboxJournal   string         `koanf:"sandbox_journal"`  // switches the sandbox provider on
	PluginRestarts   int            `koanf:"plugin_restarts"`  // within 5 minutes; after more, a plugin is only tried at the longest pause
	PluginPause      time.Duration  `koanf:"plugin_pause"`     // the longest one before a plugin that ended is started again
}

func defaults() config {
	return config{
		DatabaseConns: 16, Listen: ":8080", MetricsListen: "", BaseDomain: "localhost:8080", Scheme: "http",
		DataDir: "data", PluginDir: "", MailFrom: "shop@localhost", LogFormat: "text", Workers: 8,
		StatementTimeout: 10 * time.Second, CacheMB: 64, SearchMB: 512, ImportMB: 256, ReadsPerSecond: 200,
		RateLimits: true, PluginRestarts: 10, PluginPause: 30 * time.Second,
	}
}

// notConfig are variables with our prefix that other parts read themselves.
var notConfig = []string{"HALUM_CONFIG", "HALUM_PG_BIN", "HALUM_TEST_", "HALUM_LEAK_", "HALUM_FAULTS_", "HALUM_BENCH_", "HALUM_PLUGIN_DEBUG"}

// loadConfig reads path ("" for none) and the environment. Errors name the key and what to do.
func loadConfig(path string, environ func() []string) (config, error) {
	k := koanf.New(".")
	if err := k.Load(structs.Provider(defaults(), "koanf"), nil); err != nil {
		return config{}, err
	}
	known := k.Keys()
	if path != "" {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			return config{}, fmt.Errorf("read %s: %w", path, err)
		}
	}
	err := k.Load(env.Provider(".", env.Opt{Prefix: "HALUM_", EnvironFunc: environ, TransformFunc: func(key, value string) (string, any) {
		if slices.ContainsFunc(notConfig, func(p string) bool { return strings.HasPrefix(key, p) }) {
			return "", nil
		}
		return strings.ToLower(strings.TrimPrefix(key, "HALUM_")), value
	}}), nil)
	if err != nil {
		return config{}, err
	}
	for _, key := range k.Keys() {
		if !slices.Contains(known, key) {
			return config{}, fmt.Errorf("unknown setting %q (HALUM_%s): see `halum config` for all settings", key, strings.ToUpper(key))
		}
	}
	var c config
	err = k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		Result: &c, WeaklyTypedInput: true, TagName: "koanf",
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.StringToTimeDurationHookFunc(), mapstructure.StringToSliceHookFunc(","), mapstructure.StringToNetIPPrefixHookFunc()),
	}})
	if err != nil {
		return config{}, fmt.Errorf("settings: %w", err)
	}
	return c, c.check()
}

func (c *config) check() error {
	switch {
	case c.Scheme != "http" && c.Scheme != "https":
		return fmt.Errorf("HALUM_SCHEME is %q: use http or https", c.Scheme)
	case c.DatabaseConns < 2 || c.DatabaseConns > 500:
		return fmt.Errorf("HALUM_DATABASE_CONNS is %d: use 2 to 500", c.DatabaseConns)
	case c.Workers < 1 || c.Workers > 200:
		return fmt.Errorf("HALUM_WORKERS is %d: use 1 to 200", c.Workers)
	case c.CDNURL != "" && !strings.HasPrefix(c.CDNURL, "https://") && !strings.HasPrefix(c.CDNURL, "http://"):
		return fmt.Errorf("HALUM_CDN_URL is %q: write an address such as https://cdn.example.com", c.CDNURL)
	case c.ImportMB < 1:
		return fmt.Errorf("HALUM_IMPORT_MB is %d: use 1 or more", c.ImportMB)
	case c.SearchMB < 1:
		return fmt.Errorf("HALUM_SEARCH_MB is %d: use 1 or more", c.SearchMB)
	case c.PluginRestarts < 1:
		return fmt.Errorf("HALUM_PLUGIN_RESTARTS is %d: use 1 or more", c.PluginRestarts)
	case c.PluginPause < 10*time.Millisecond || c.PluginPause > time.Hour:
		return fmt.Errorf("HALUM_PLUGIN_PAUSE is %s: use 10ms to 1h", c.PluginPause)
	case c.BaseDomain == "":
		return fmt.Errorf("HALUM_BASE_DOMAIN is empty: set the host (and port) below which shops live, such as shops.example.com")
	}
	return nil
}

func (c *config) requireServers() error {
	switch {
	case c.DatabaseURL == "":
		return fmt.Errorf("HALUM_DATABASE_URL is not set: name a Postgres server, or use `halum dev`, which brings its own")
	case c.RedisURL == "":
		return fmt.Errorf("HALUM_REDIS_URL is not set: name a Redis or Valkey server, or use `halum dev`, which brings its own")
	}
	return nil
}

// describe lists every setting with its variable and present value, without secrets.
func (c *config) describe() string {
	k := koanf.New(".")
	_ = k.Load(structs.Provider(*c, "koanf"), nil)
	var b strings.Builder
	for _, key := range k.Keys() {
		value := fmt.Sprint(k.Get(key))
		if strings.HasSuffix(key, "_url") || strings.HasPrefix(key, "master_key") {
			if set := value != "" && value != "[]"; set {
				value = "(set)"
			} else {
				value = "(not set)"
			}
		}
		fmt.Fprintf(&b, "HALUM_%-20s %s\n", strings.ToUpper(key), value)
	}
	return b.String()
}

// baseHost is the base domain without its port, as host names are compared.
func (c *config) baseHost() string { return tenant.NormalHost(c.BaseDomain) }

// pluginDir is the folder of plugins: beside the binary unless set.
func (c *config) pluginDir() string {
	if c.PluginDir != "" {
		return c.PluginDir
	}
	self, err := os.Executable()
	if err != nil {
		return "plugins"
	}
	return filepath.Join(filepath.Dir(self), "plugins")
}

func environ() []string { return os.Environ() }

// mediaURL is the address of the store for pictures.
func (c *config) mediaURL() (string, error) {
	if c.MediaURL != "" {
		return c.MediaURL, nil
	}
	folder, err := filepath.Abs(filepath.Join(c.DataDir, "media"))
	return "file://" + filepath.ToSlash(folder), err
}
