package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
)

func account() provider.Account {
	return provider.Account{Tenant: "ten_a", Kind: provider.Payment, Plugin: "stripe", Mode: provider.Live}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*provider.Account)
		path   string
	}{
		"good":             {func(*provider.Account) {}, ""},
		"kind":             {func(a *provider.Account) { a.Kind = "mail" }, "kind"},
		"mode":             {func(a *provider.Account) { a.Mode = "" }, "mode"},
		"plugin":           {func(a *provider.Account) { a.Plugin = "" }, "plugin"},
		"min":              {func(a *provider.Account) { a.Rules.Min = -1 }, "rules.min"},
		"max below min":    {func(a *provider.Account) { a.Rules = provider.Rules{Min: 5, Max: 4} }, "rules.max"},
		"no upper bound":   {func(a *provider.Account) { a.Rules = provider.Rules{Min: 5} }, ""},
		"lower-case":       {func(a *provider.Account) { a.Rules.Countries = []string{"BD", "in"} }, "rules.countries[1]"},
		"country twice":    {func(a *provider.Account) { a.Rules.Countries = []string{"BD", "BD"} }, "rules.countries[1]"},
		"unknown currency": {func(a *provider.Account) { a.Rules.Currencies = []money.Currency{"XXX"} }, "rules.currencies[0]"},
		"all rules at once": {func(a *provider.Account) {
			a.Rules = provider.Rules{Countries: []string{"BD"}, Currencies: []money.Currency{"BDT"}, Max: 9}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := account()
			c.change(&a)
			err := a.Check()
			if c.path == "" {
				require.NoError(t, err)
				return
			}
			f := (*fault.Error)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, fault.Invalid, f.Kind)
			require.Equal(t, c.path, f.Fields[0].Path)
		})
	}
}

func TestRulesAllow(t *testing.T) {
	r := provider.Rules{Countries: []string{"BD"}, Currencies: []money.Currency{"BDT"}, Min: 100, Max: 200}
	for name, c := range map[string]struct {
		rules   provider.Rules
		country string
		total   money.Money
		want    bool
	}{
		"no rules":             {provider.Rules{}, "US", money.New(1, "USD"), true},
		"inside":               {r, "BD", money.New(100, "BDT"), true},
		"upper end":            {r, "BD", money.New(200, "BDT"), true},
		"country not yet said": {r, "", money.New(150, "BDT"), true},
		"other country":        {r, "IN", money.New(150, "BDT"), false},
		"other currency":       {r, "BD", money.New(150, "USD"), false},
		"too little":           {r, "BD", money.New(99, "BDT"), false},
		"too much":             {r, "BD", money.New(201, "BDT"), false},
	} {
		require.Equal(t, c.want, c.rules.Allow(c.country, c.total), name)
	}
}

func TestFind(t *testing.T) {
	live, test := account(), account()
	test.Mode = provider.Test
	require.Equal(t, test, provider.Find([]provider.Account{live, test}, "ten_a", provider.Payment, "stripe", provider.Test))
	gone := provider.Find([]provider.Account{live}, "ten_a", provider.Payment, "bkash", provider.Live)
	require.True(t, gone.Disabled)
	require.Equal(t, "bkash", gone.Plugin)
	require.Empty(t, gone.Secrets)
}

func TestRotationKeepsTheFormerValueForAWhile(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	first := provider.Secret{}.Rotate([]byte("one"), "…1", provider.FormerWindow, now)
	require.Equal(t, provider.Secret{Sealed: []byte("one"), Hint: "…1", ChangedAt: now}, first, "nothing was there before")
	second := first.Rotate([]byte("two"), "…2", time.Hour, now.Add(time.Minute))
	require.Equal(t, []byte("one"), second.Former)
	require.Equal(t, now.Add(61*time.Minute), second.FormerUntil)
	require.Equal(t, second, second.Lapsed(now.Add(60*time.Minute)))
	require.Empty(t, second.Lapsed(now.Add(61*time.Minute)).Former)
	require.Equal(t, []byte("two"), second.Rotate([]byte("three"), "…3", time.Hour, now).Former)
	require.Empty(t, second.Rotate([]byte("three"), "…3", 0, now).Former, "a leaked one ends at once")
}

func TestHint(t *testing.T) {
	for in, want := range map[string]string{
		"": "…", "short": "…", "exactly15chars!": "…", "sk_live_0123456789abcd4242": "…4242", " sk_live_0123456789abcd4242\n": "…4242",
		strings.Repeat("গ", 16): "…গগগগ", "-----BEGIN KEY-----\nMIIB\n-----END KEY-----\n": "…",
	} {
		require.Equal(t, want, provider.HintOf(in), in)
	}
}

func TestASecretsNameHasItsAccount(t *testing.T) {
	names := map[string]bool{}
	for _, kind := range []provider.Kind{provider.Payment, provider.Shipping} {
		for _, mode := range []provider.Mode{provider.Test, provider.Live} {
			for _, plugin := range []string{"stripe", "bkash"} {
				names[provider.Account{Kind: kind, Plugin: plugin, Mode: mode}.SecretName("key")] = true
			}
		}
	}
	require.Len(t, names, 8)
	require.True(t, names["payment/stripe/live/key"])
}

func TestFactsNameTheirAccount(t *testing.T) {
	changed := provider.Changed{Of: provider.Payment, Plugin: "stripe", Mode: provider.Live, Fields: []string{"secrets.api_key"}}
	require.Equal(t, "provider.changed", changed.Kind())
	require.Equal(t, "payment/stripe/live", changed.Subject())
	reordered := provider.Reordered{Of: provider.Shipping}
	require.Equal(t, "provider.reordered", reordered.Kind())
	require.Equal(t, "shipping", reordered.Subject())
}
