package backoffice_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/configform"
	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/adapters/postgres"
	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/adapters/seal"
	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// These tests set a real plugin up on a real Postgres. The plugin knows keys that begin with sk_good_.

var closers []func()

func TestMain(m *testing.M) {
	code := m.Run()
	for _, c := range closers {
		c()
	}
	os.Exit(code)
}

// catalog builds the plugin once for all tests of the package.
var catalog = sync.OnceValues(func() (pluginhost.Catalog, error) {
	dir, err := os.MkdirTemp("", "backoffice-plugins-")
	if err != nil {
		return nil, err
	}
	closers = append(closers, func() { _ = os.RemoveAll(dir) })
	build := exec.Command("go", "build", "-o", dir+"/", "github.com/halum-hut/halum/adapters/http/testdata/payment-gossip")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the plugin: %w\n%s", err, out)
	}
	return pluginhost.LoadCatalog(dir, nil)
})

var master = []byte("0123456789abcdef0123456789abcdef")

type office struct {
	t         *testing.T
	db        *postgres.DB
	host      *pluginhost.Host
	keyring   *seal.Keyring
	now       time.Time
	providers *backoffice.Providers
	by        identity.Actor
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, db: pgtest.New(t), now: time.Now().UTC().Truncate(time.Millisecond)}
	sealer, err := seal.New(master)
	require.NoError(t, err)
	o.keyring = seal.NewKeyring(o.db, sealer, time.Now)
	found, err := catalog()
	require.NoError(t, err)
	o.host = pluginhost.New(found, pluginhost.Options{Logger: slog.New(slog.DiscardHandler), Keyring: o.keyring, MaxRestarts: 1000, BackoffMin: time.Millisecond, BackoffMax: 20 * time.Millisecond})
	t.Cleanup(o.host.Stop)
	require.NoError(t, o.host.Start(t.Context()))
	o.providers = backoffice.New(backoffice.Deps{
		Store: o.db, Providers: o.host, Forms: configform.New(), Keyring: o.keyring, Now: func() time.Time { return o.now },
	}).Providers
	o.by = identity.Actor{Tenant: pgtest.Tenant(t, o.db).ID, Kind: identity.Staff, ID: "usr_owner", Role: identity.Owner}
	return o
}

func ref(mode provider.Mode) backoffice.AccountRef {
	return backoffice.AccountRef{Kind: provider.Payment, Plugin: "gossip", Mode: mode}
}

func change(revision int64, config string, secrets map[string]string) backoffice.AccountChange {
	c := backoffice.AccountChange{AccountRef: ref(provider.Live), Revision: &revision, Config: []byte(config), Secrets: map[string]*string{}, KeepFormer: time.Hour}
	for name, value := range secrets {
		c.Secrets[name] = &value
	}
	return c
}

func (o *office) save(c backoffice.AccountChange) provider.Account {
	o.t.Helper()
	a, err := o.providers.Save(o.t.Context(), o.by, c)
	require.NoError(o.t, err)
	return a
}

// facts returns the data of the tenant's events of a kind, oldest first.
func (o *office) facts(kind string) []string {
	return pgtest.Texts(o.t, o.by.Tenant, "select data::text from events where kind = $1 order by seq", kind)
}

func keys(api, webhook string) map[string]string {
	return map[string]string{"api_key": api, "webhook_key": webhook}
}

func TestAnAccountIsSetUp(t *testing.T) {
	o := open(t)
	infos, err := o.providers.Available(t.Context(), o.by, provider.Payment)
	require.NoError(t, err)
	require.Len(t, infos, 1)
	require.Contains(t, string(infos[0].ConfigSchema), `"writeOnly": true`)

	a := o.save(change(0, `{"mood": "calm"}`, keys("sk_good_first_0123456789", "whsec_first")))
	require.True(t, a.Disabled, "a new account is not offered yet")
	require.EqualValues(t, 1, a.Revision)
	require.Equal(t, "…6789", a.Secrets["api_key"].Hint)
	require.Equal(t, "…", a.Secrets["webhook_key"].Hint, "short")
	opened, err := o.keyring.OpenFor(t.Context(), o.by.Tenant, a.SecretName("api_key"), a.Secrets["api_key"].Sealed)
	require.NoError(t, err)
	require.Equal(t, "sk_good_first_0123456789", string(opened))

	again := change(0, `{"mood": "calm"}`, keys("sk_good_first_0123456789", "whsec_first"))
	require.EqualValues(t, 1, o.save(again).Revision, "a request that is sent again changes nothing")

	a, err = o.providers.Enable(t.Context(), o.by, ref(provider.Live), nil)
	require.NoError(t, err)
	require.False(t, a.Disabled)
	r, err := o.host.For(a).Create(t.Context(), payFor("pay"))
	require.NoError(t, err)
	require.Equal(t, payment.Captured, r.Outcome)
	require.Equal(t, []string{
		`{"kind": "payment", "mode": "live", "fields": ["config.mood", "secrets.api_key", "secrets.webhook_key"], "plugin": "gossip"}`,
		`{"kind": "payment", "mode": "live", "fields": ["enabled"], "plugin": "gossip"}`,
	}, o.facts("provider.changed"))
}

func payFor(kind string) ports.CreatePayment {
	return ports.CreatePayment{
		Payment: payment.Payment{ID: "pay_1", Provider: "gossip", Mode: provider.Live, MethodKind: kind, Asked: money.New(100, "BDT")},
		Method:  payment.Method{Kind: kind}, OrderNumber: "1001",
	}
}

func TestNothingWrongIsStored(t *testing.T) {
	o := open(t)
	for name, c := range map[string]struct {
		change func(*backoffice.AccountChange)
		code   string
		field  string
	}{
		"no object":           {func(c *backoffice.AccountChange) { c.Config = []byte("[]") }, "invalid_request", "config"},
		"schema":              {func(c *backoffice.AccountChange) { c.Config = []byte(`{"mood":"odd"}`) }, "invalid_request", "config.mood"},
		"unknown setting":     {func(c *backoffice.AccountChange) { c.Config = []byte(`{"mode":"x"}`) }, "invalid_request", "config.mode"},
		"secret in the open":  {func(c *backoffice.AccountChange) { c.Config = []byte(`{"api_key":"sk_good_1"}`) }, "invalid_request", "config.api_key"},
		"zero character":      {func(c *backoffice.AccountChange) { c.Config = []byte(`{"mood":"\u0000"}`) }, "invalid_request", "config"},
		"unknown secret":      {func(c *backoffice.AccountChange) { v := "x"; c.Secrets["pin"] = &v }, "invalid_request", "secrets.pin"},
		"empty secret":        {func(c *backoffice.AccountChange) { v := ""; c.Secrets["api_key"] = &v }, "invalid_request", "secrets.api_key"},
		"missing secret":      {func(c *backoffice.AccountChange) { c.Secrets = nil }, "invalid_request", "secrets.api_key"},
		"the plugin says no":  {func(c *backoffice.AccountChange) { c.Config = []byte(`{"mood":"picky"}`) }, "provider_misconfigured", "secrets.api_key"},
		"the provider away":   {func(c *backoffice.AccountChange) { c.Config = []byte(`{"mood":"away"}`) }, "provider_unavailable", ""},
		"the plugin panics":   {func(c *backoffice.AccountChange) { c.Config = []byte(`{"mood":"panic"}`) }, "provider_unavailable", ""},
		"the plugin dies":     {func(c *backoffice.AccountChange) { c.Config = []byte(`{"mood":"die"}`) }, "provider_unavailable", ""},
		"rules":               {func(c *backoffice.AccountChange) { c.Rules.Countries = []string{"bd"} }, "invalid_request", "rules.countries[0]"},
		"window":              {func(c *backoffice.AccountChange) { c.KeepFormer = -1 }, "invalid_request", "keep_former_hours"},
		"revision of nothing": {func(c *backoffice.AccountChange) { n := int64(4); c.Revision = &n }, "revision_mismatch", ""},
		"no such plugin":      {func(c *backoffice.AccountChange) { c.Plugin = "nobody" }, "provider_not_found", ""},
		"no such mode":        {func(c *backoffice.AccountChange) { c.Mode = "dream" }, "invalid_request", "mode"},
	} {
		t.Run(name, func(t *testing.T) {
			ch := change(0, `{}`, keys("sk_good_first_0123456789", "whsec_first"))
			c.change(&ch)
			var err error
			require.Eventually(t, func() bool { // the plugin may just be starting again
				_, err = o.providers.Save(t.Context(), o.by, ch)
				return fault.CodeOf(err) == c.code
			}, 10*time.Second, 10*time.Millisecond, "%v", err)
			require.NotContains(t, err.Error(), "sk_good_first")
			f := (*fault.Error)(nil)
			require.ErrorAs(t, err, &f)
			if c.field != "" {
				require.Equal(t, c.field, f.Fields[0].Path)
			}
			_, err = o.providers.Account(t.Context(), o.by, ref(provider.Live))
			require.ErrorIs(t, err, provider.ErrNotFound)
		})
	}
	require.Empty(t, o.facts("provider.changed"))
	for _, role := range []identity.Role{identity.ReadOnly, identity.Fulfilment} {
		by := o.by
		by.Role = role
		_, err := o.providers.Save(t.Context(), by, change(0, `{}`, keys("sk_good_first_0123456789", "x")))
		require.ErrorIs(t, err, identity.ErrForbidden)
		_, err = o.providers.Accounts(t.Context(), by)
		require.ErrorIs(t, err, identity.ErrForbidden)
	}
}

func TestNobodyOverwritesWhatTheyHaveNotSeen(t *testing.T) {
	o := open(t)
	o.save(change(0, `{}`, keys("sk_good_first_0123456789", "whsec_first")))
	unseen := change(0, `{"mood":"calm"}`, nil)
	unseen.Revision = nil
	_, err := o.providers.Save(t.Context(), o.by, unseen)
	require.ErrorIs(t, err, backoffice.ErrRevision)
	var won, lost atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := o.providers.Save(t.Context(), o.by, change(1, fmt.Sprintf(`{"sites":["https://%d.example"]}`, i), nil))
			switch {
			case err == nil:
				won.Add(1)
			case fault.CodeOf(err) == provider.ErrChanged.Code:
				lost.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, won.Load())
	require.EqualValues(t, 7, lost.Load())
	stale := int64(1)
	_, err = o.providers.Enable(t.Context(), o.by, ref(provider.Live), &stale)
	require.ErrorIs(t, err, provider.ErrChanged)
	_, err = o.providers.Disable(t.Context(), o.by, ref(provider.Live), &stale)
	require.ErrorIs(t, err, provider.ErrChanged)
}

func TestOneModeIsOffered(t *testing.T) {
	o := open(t)
	for _, mode := range []provider.Mode{provider.Live, provider.Test} {
		c := change(0, `{}`, keys("sk_good_"+string(mode)+"_0123456789", "whsec"))
		c.Mode = mode
		o.save(c)
		_, err := o.providers.Enable(t.Context(), o.by, ref(mode), nil)
		require.NoError(t, err)
	}
	live, err := o.providers.Account(t.Context(), o.by, ref(provider.Live))
	require.NoError(t, err)
	require.True(t, live.Disabled)
	require.EqualValues(t, 3, live.Revision)
	test, err := o.providers.Disable(t.Context(), o.by, ref(provider.Test), nil)
	require.NoError(t, err)
	require.True(t, test.Disabled)
	again, err := o.providers.Disable(t.Context(), o.by, ref(provider.Test), nil)
	require.NoError(t, err)
	require.Equal(t, test.Revision, again.Revision)

	require.NoError(t, o.providers.Order(t.Context(), o.by, provider.Payment, []string{"gossip", "manual", "sandbox"}))
	require.NoError(t, o.providers.Order(t.Context(), o.by, provider.Payment, []string{"gossip", "manual", "sandbox"}), "again")
	all, err := o.providers.Accounts(t.Context(), o.by)
	require.NoError(t, err)
	var got []string
	for _, a := range all {
		got = append(got, a.Plugin+"/"+string(a.Mode))
	}
	require.Equal(t, []string{"gossip/live", "gossip/test", "manual/live", "sandbox/test", "flatrate/live"}, got)
	for _, wrong := range [][]string{{"gossip", "manual"}, {"gossip", "manual", "manual"}, {"gossip", "manual", "sandbox", "other"}, nil} {
		require.ErrorContains(t, o.providers.Order(t.Context(), o.by, provider.Payment, wrong), "name each provider")
	}
	require.Len(t, o.facts("provider.reordered"), 1)
}

func TestASecretIsRotated(t *testing.T) {
	o := open(t)
	first := o.save(change(0, `{}`, keys("sk_good_first_0123456789", "whsec_first")))
	o.now = o.now.Add(time.Minute)
	second := o.save(change(1, `{}`, keys("sk_good_first_0123456789", "whsec_second")))
	require.Equal(t, first.Secrets["api_key"], second.Secrets["api_key"], "the same value is no change")
	hook := func(body string) error {
		a, err := o.providers.Account(t.Context(), o.by, ref(provider.Live))
		require.NoError(t, err)
		_, _, err = o.host.ParsePaymentWebhook(t.Context(), a, ports.Webhook{Method: "POST", Body: []byte(body), ReceivedAt: o.now})
		return err
	}
	require.NoError(t, hook("whsec_first"), "the former value checks webhooks for an hour")
	require.NoError(t, hook("whsec_second"))
	require.ErrorIs(t, hook("whsec_third"), ports.ErrForged)
	require.Equal(t, o.now.Add(time.Hour), second.Secrets["webhook_key"].FormerUntil)

	leaked := change(2, `{}`, map[string]string{"webhook_key": "whsec_third"})
	leaked.KeepFormer = 0
	require.Empty(t, o.save(leaked).Secrets["webhook_key"].Former)
	require.ErrorIs(t, hook("whsec_second"), ports.ErrForged)
	require.NoError(t, hook("whsec_third"))

	removed := change(3, `{}`, nil)
	removed.Secrets["webhook_key"] = nil
	require.NotContains(t, o.save(removed).Secrets, "webhook_key")
	removed = change(4, `{}`, nil)
	removed.Secrets["api_key"] = nil
	_, err := o.providers.Save(t.Context(), o.by, removed)
	require.ErrorContains(t, err, "secrets.api_key: is required")
	require.NoError(t, o.providers.Test(t.Context(), o.by, ref(provider.Live)))
}

func TestASealedSecretOpensOnlyInItsPlace(t *testing.T) {
	o, other := open(t), open(t)
	a := o.save(change(0, `{}`, keys("sk_good_first_0123456789", "whsec_first")))
	other.save(change(0, `{}`, keys("sk_good_other_0123456789", "whsec_other")))
	sealed := a.Secrets["api_key"].Sealed
	opens := func(t tenant.ID, a provider.Account, field string) error {
		_, err := o.keyring.OpenFor(o.t.Context(), t, a.SecretName(field), sealed)
		return err
	}
	require.NoError(t, opens(o.by.Tenant, a, "api_key"))
	require.ErrorIs(t, opens(other.by.Tenant, a, "api_key"), seal.ErrSealed, "another shop")
	require.ErrorIs(t, opens(o.by.Tenant, a, "webhook_key"), seal.ErrSealed, "another field")
	test, elsewhere := a, a
	test.Mode, elsewhere.Plugin = provider.Test, "stripe"
	require.ErrorIs(t, opens(o.by.Tenant, test, "api_key"), seal.ErrSealed, "another mode")
	require.ErrorIs(t, opens(o.by.Tenant, elsewhere, "api_key"), seal.ErrSealed, "another plugin")

	stolen := a // a row copied into another shop's schema
	stolen.Tenant = other.by.Tenant
	_, err := o.host.For(stolen).Create(t.Context(), payFor("pay"))
	require.Error(t, err, "nothing was sent")
}

// TestRotationUnderLoad changes credentials and settings here, and data keys on another node, while payments are made.
func TestRotationUnderLoad(t *testing.T) {
	o := open(t)
	o.save(change(0, `{}`, keys("sk_good_0000_0123456789", "whsec_first")))
	_, err := o.providers.Enable(t.Context(), o.by, ref(provider.Live), nil)
	require.NoError(t, err)
	sealer, err := seal.New(master)
	require.NoError(t, err)
	elsewhere := seal.NewKeyring(o.db, sealer, time.Now)

	ctx, stop := context.WithCancel(t.Context())
	var calls atomic.Int64
	var workers sync.WaitGroup
	failed := make(chan error, 100)
	for range 6 {
		workers.Go(func() {
			for ctx.Err() == nil {
				if err := o.pay(); err != nil {
					select {
					case failed <- err:
					default:
					}
				}
				calls.Add(1)
			}
		})
	}
	for i := range 40 {
		require.NoError(t, elsewhere.Rotate(t.Context(), o.by.Tenant))
		a, err := o.providers.Account(t.Context(), o.by, ref(provider.Live))
		require.NoError(t, err)
		o.save(change(a.Revision, fmt.Sprintf(`{"sites":["https://%d.example"]}`, i), keys(fmt.Sprintf("sk_good_%04d_0123456789", i+1), fmt.Sprint("whsec_", i))))
	}
	before := calls.Load()
	require.Eventually(t, func() bool { return calls.Load() > before+50 }, 20*time.Second, time.Millisecond)
	stop()
	workers.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	stored, err := o.db.TenantKeys(t.Context(), o.by.Tenant)
	require.NoError(t, err)
	require.Len(t, stored, 41)
}

// pay reads the account as a checkout does, lists its ways to pay and pays.
func (o *office) pay() error {
	a, err := o.providers.Account(o.t.Context(), o.by, ref(provider.Live))
	if err != nil {
		return err
	}
	methods, err := o.host.Methods(o.t.Context(), a, "BD", money.New(100, "BDT"))
	if err != nil || len(methods) == 0 {
		return fmt.Errorf("%d methods: %w", len(methods), err)
	}
	r, err := o.host.For(a).Create(o.t.Context(), payFor("pay"))
	if err == nil && r.Outcome != payment.Captured {
		err = fmt.Errorf("paid as %s", r.Outcome)
	}
	return err
}

func TestFactsSayOnlyWhatWasChanged(t *testing.T) {
	o := open(t)
	o.save(change(0, `{"sites":["https://canary.example"]}`, keys("sk_good_canary_0123456789", "whsec_canary")))
	for _, text := range o.facts("provider.changed") {
		require.NotContains(t, strings.ReplaceAll(text, "config.", ""), "canary")
	}
}
