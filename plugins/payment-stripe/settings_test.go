package main

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

func TestValidateConfig(t *testing.T) {
	for name, c := range map[string]struct {
		fields, secrets map[string]string
		mode            sdk.Mode
		field           string
	}{
		"good":                          {},
		"without webhooks":              {secrets: map[string]string{webhookSecret: ""}},
		"a restricted key":              {secrets: map[string]string{secretKey: "rk_test_1"}},
		"a live key in test mode":       {secrets: map[string]string{secretKey: "sk_live_1"}, field: secretKey},
		"a test key in live mode":       {mode: sdk.Live, field: secretKey},
		"the publishable one twice":     {secrets: map[string]string{secretKey: "pk_test_1"}, field: secretKey},
		"no key":                        {secrets: map[string]string{secretKey: ""}, field: secretKey},
		"a revoked key":                 {secrets: map[string]string{secretKey: "sk_test_revoked"}, field: secretKey},
		"a key without rights":          {secrets: map[string]string{secretKey: "rk_test_restricted"}, field: secretKey},
		"a live publishable key":        {fields: map[string]string{"publishable_key": "pk_live_1"}, field: "publishable_key"},
		"an endpoint's id as secret":    {secrets: map[string]string{webhookSecret: "we_123"}, field: webhookSecret},
		"a descriptor with a quote":     {fields: map[string]string{"statement_descriptor": "GREEN'S"}, field: "statement_descriptor"},
		"a descriptor of digits":        {fields: map[string]string{"statement_descriptor": "12345"}, field: "statement_descriptor"},
		"a long descriptor":             {fields: map[string]string{"statement_descriptor": strings.Repeat("A", 23)}, field: "statement_descriptor"},
		"a connected account":           {fields: map[string]string{"connected_account": "acct_1"}},
		"not an account":                {fields: map[string]string{"connected_account": "1/../2"}, field: "connected_account"},
		"an account of somebody else":   {fields: map[string]string{"connected_account": "acct_stranger"}, field: "connected_account"},
		"an API elsewhere":              {fields: map[string]string{"api_base": "https://stripe.example"}, field: "api_base"},
		"an API with a user":            {fields: map[string]string{"api_base": "http://a@127.0.0.1"}, field: "api_base"},
		"an API that is no address":     {fields: map[string]string{"api_base": "127.0.0.1"}, field: "api_base"},
		"a setting that does not exist": {fields: map[string]string{"apibase": "x"}, field: "apibase"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			fields := map[string]any{"publishable_key": "pk_test_1", "api_base": s.url}
			for k, v := range c.fields {
				fields[k] = v
			}
			account := s.account
			account.Config, account.Secrets = settingsJSON(fields), maps.Clone(s.account.Secrets)
			maps.Copy(account.Secrets, c.secrets)
			if c.mode != "" {
				account.Mode = c.mode
			}
			err := s.plugin.ValidateConfig(t.Context(), account)
			if c.field == "" {
				require.NoError(t, err)
				require.Len(t, s.fake.Seen(""), 1)
				require.Equal(t, "GET", s.fake.Seen("/v1/balance")[0].Method)
				return
			}
			requireFault(t, err, sdk.FaultMisconfigured, c.field)
		})
	}
}

func TestLiveModeSpeaksToStripeOnly(t *testing.T) {
	_, err := read(sdk.Account{
		Mode: sdk.Live, Secrets: sdk.Secrets{secretKey: "sk_live_1"},
		Config: settingsJSON(map[string]any{"publishable_key": "pk_live_1", "api_base": "http://127.0.0.1:1"}),
	})
	requireFault(t, err, sdk.FaultMisconfigured, "api_base")
}

func TestDescribe(t *testing.T) {
	s := newShop(t)
	general, err := s.plugin.Describe(t.Context(), sdk.Account{})
	require.NoError(t, err)
	require.True(t, general.Capabilities.MultipleCaptures)
	one, err := s.plugin.Describe(t.Context(), s.account)
	require.NoError(t, err)
	require.False(t, one.Capabilities.MultipleCaptures)
	for _, method := range general.Methods {
		for _, field := range method.Fields {
			require.Contains(t, field.Label, "card number is never accepted")
		}
	}
	own, err := s.with(map[string]any{"multicapture": true}).plugin.Describe(t.Context(), s.account)
	require.NoError(t, err)
	require.True(t, own.Capabilities.MultipleCaptures)
	_, err = s.with(map[string]any{"multicapture": "yes"}).plugin.Describe(t.Context(), s.account)
	requireFault(t, err, sdk.FaultMisconfigured, "multicapture")
	require.Empty(t, s.fake.Seen(""), "nobody is asked")
}

// The form, the struct it is read into and the secrets that the code looks for have the same fields.
func TestSchemaAndSettingsAgree(t *testing.T) {
	var schema struct {
		Properties map[string]struct {
			WriteOnly bool `json:"writeOnly"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(configSchema), &schema))
	var public, secret []string
	for name, p := range schema.Properties {
		if p.WriteOnly {
			secret = append(secret, name)
		} else {
			public = append(public, name)
		}
	}
	var fields []string
	for f := range reflect.TypeFor[settings]().Fields() {
		fields = append(fields, f.Tag.Get("json"))
	}
	require.ElementsMatch(t, fields, public)
	require.ElementsMatch(t, []string{secretKey, webhookSecret}, secret)
}

func TestClientsAreKeptApart(t *testing.T) {
	s := newShop(t)
	first, err := s.plugin.clients.of(s.account)
	require.NoError(t, err)
	same, err := s.plugin.clients.of(s.account)
	require.NoError(t, err)
	require.Same(t, first, same)

	changed := s.account
	changed.Secrets = sdk.Secrets{secretKey: "sk_test_new"} // under the same revision
	other, err := s.plugin.clients.of(changed)
	require.NoError(t, err)
	require.Equal(t, "sk_test_new", other.intents.Key)
	require.Equal(t, "sk_test_canary", first.intents.Key)

	for revision := range int64(3 * maxClients) {
		changed.Revision = revision
		_, err := s.plugin.clients.of(changed)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(s.plugin.clients.kept), maxClients)
	require.NotEmpty(t, slices.Collect(maps.Keys(s.plugin.clients.kept)))
}
