package httpapi

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
)

const gossip = adminPath + "/provider-accounts/payment/gossip/live"

// vendor is a shop's owner at work, who keeps all that was answered.
type vendor struct {
	*stack
	of       tenant.Tenant
	host     string
	variants []string
	bearer   map[string]string
	heard    bytes.Buffer
	looks    int
}

func (s *stack) vendor() *vendor {
	of, variants := s.configured(50)
	return &vendor{stack: s, of: of, host: hostOf(of), variants: variants, bearer: s.staff(of, identity.Owner)}
}

func (v *vendor) send(method, path string, body any, header map[string]string) answered {
	v.t.Helper()
	all := maps.Clone(v.bearer)
	maps.Copy(all, header)
	a := v.do(call{method, v.host, path, body, all})
	fmt.Fprintln(&v.heard, a.header, string(a.body))
	return a
}

func (v *vendor) put(config string, secrets, header map[string]string) answered {
	v.t.Helper()
	return v.send("PUT", gossip, map[string]any{"config": json.RawMessage(config), "secrets": secrets}, header)
}

func match(revision int) map[string]string {
	return map[string]string{"If-Match": fmt.Sprintf(`"%d"`, revision)}
}

func TestProvidersAreDescribed(t *testing.T) {
	v := start(t).vendor()
	var list ProviderList
	v.send("GET", adminPath+"/providers?kind=payment", nil, nil).is(200).into(&list)
	i := slices.IndexFunc(list.Providers, func(p Provider) bool { return p.Plugin == "gossip" })
	require.GreaterOrEqual(t, i, 0)
	require.True(t, list.Providers[i].Running)
	require.True(t, list.Providers[i].Validates)
	require.True(t, list.Providers[i].Capabilities.Webhooks)
	var schema struct {
		Properties map[string]struct{ WriteOnly bool }
	}
	require.NoError(t, json.Unmarshal(list.Providers[i].ConfigSchema, &schema))
	require.True(t, schema.Properties["api_key"].WriteOnly)
	require.False(t, schema.Properties["mood"].WriteOnly)
	v.send("GET", adminPath+"/providers?kind=shipping", nil, nil).is(200).into(&list)
	require.NotEmpty(t, list.Providers)
	v.send("GET", adminPath+"/providers", nil, nil).is(422, "invalid_request")
	v.send("GET", adminPath+"/providers?kind=mail", nil, nil).is(422, "invalid_request")

	var accounts ProviderAccountList
	v.send("GET", adminPath+"/provider-accounts", nil, nil).is(200).into(&accounts)
	require.Len(t, accounts.Accounts, 3)
	order := map[string]any{"plugins": []string{"manual", "sandbox"}}
	v.send("PUT", adminPath+"/provider-accounts/payment/order", order, nil).is(200).into(&accounts)
	require.Equal(t, "manual", accounts.Accounts[0].Plugin)
	v.send("PUT", adminPath+"/provider-accounts/payment/order", map[string]any{"plugins": []string{"manual"}}, nil).is(422, "invalid_request")
	for _, role := range []identity.Role{identity.ReadOnly, identity.Fulfilment} {
		by := &vendor{stack: v.stack, host: v.host, bearer: v.staff(v.of, role)}
		by.send("GET", adminPath+"/providers?kind=payment", nil, nil).is(403, "forbidden")
		by.send("GET", adminPath+"/provider-accounts", nil, nil).is(403, "forbidden")
		by.put(`{}`, nil, nil).is(403, "forbidden")
		by.send("POST", gossip+"/disable", nil, nil).is(403, "forbidden")
	}
}

func TestAProviderAccountIsChangedByRevision(t *testing.T) {
	v := start(t).vendor()
	secrets := map[string]string{"api_key": "sk_good_0123456789_4242", "webhook_key": "whsec_x"}
	v.send("GET", gossip, nil, nil).is(404, "provider_account_not_found")
	v.send("POST", gossip+"/enable", nil, nil).is(404, "provider_account_not_found")
	v.put(`{}`, secrets, match(3)).is(412, "revision_mismatch")
	var a ProviderAccount
	made := v.put(`{"mood":"calm"}`, secrets, nil).is(200).into(&a)
	require.Equal(t, `"1"`, made.header.Get("ETag"))
	require.False(t, a.Enabled)
	require.JSONEq(t, `{"mood":"calm"}`, string(a.Config))
	require.Equal(t, "…4242", a.Secrets["api_key"].Hint)
	require.True(t, a.Secrets["api_key"].Set)
	require.Nil(t, a.Secrets["api_key"].FormerUntil)
	require.Equal(t, "http://"+v.host+"/api/storefront/v1/hooks/payment/gossip/live", a.WebhookURL)
	v.put(`{"mood":"calm"}`, secrets, nil).is(200).into(&a)
	require.EqualValues(t, 1, a.Revision, "sent again")

	v.put(`{}`, nil, nil).is(428, "revision_required")
	v.put(`{}`, nil, match(7)).is(412, "revision_mismatch")
	v.put(`{}`, nil, map[string]string{"If-Match": "1"}).is(422, "invalid_request")
	var p Problem
	v.put(`{"mood":"wild","sites":["nowhere"],"x":1}`, nil, match(1)).is(422, "invalid_request").into(&p)
	require.Equal(t, "config.x", p.Errors[0].Path)
	v.put(`{"mood":"wild","sites":["no where"]}`, nil, match(1)).is(422, "invalid_request").into(&p)
	require.Equal(t, []ProblemField{
		{"config.mood", "must be one of calm, picky, away, panic, die"}, {"config.sites[0]", "must be in the format uri"},
	}, p.Errors)
	v.put(`{"mood":"picky"}`, nil, match(1)).is(422, "provider_misconfigured").into(&p)
	require.Equal(t, "secrets.api_key", p.Errors[0].Path)
	v.send("PUT", gossip, map[string]any{"config": map[string]any{}, "tenant_id": "ten_x"}, match(1)).is(422, "invalid_request")
	v.send("PUT", adminPath+"/provider-accounts/payment/nobody/live", map[string]any{"config": map[string]any{}}, nil).is(404, "provider_not_found")
	v.send("PUT", adminPath+"/provider-accounts/payment/gossip/dream", map[string]any{"config": map[string]any{}}, nil).is(422, "invalid_request")

	rules := map[string]any{
		"config": map[string]any{}, "rules": map[string]any{"countries": []string{"BD"}, "currencies": []string{"BDT"}, "min": 100, "max": 900, "capture_later": true},
		"secrets": map[string]any{"webhook_key": "whsec_y"}, "keep_former_hours": 2,
	}
	v.send("PUT", gossip, rules, match(1)).is(200).into(&a)
	require.Equal(t, ProviderRules{[]string{"BD"}, []string{"BDT"}, 100, 900, true}, a.Rules)
	require.WithinDuration(t, time.Now().Add(2*time.Hour), *a.Secrets["webhook_key"].FormerUntil, time.Minute)
	rules["rules"] = map[string]any{"min": 5, "max": 4}
	v.send("PUT", gossip, rules, match(2)).is(422, "invalid_request").into(&p)
	require.Equal(t, "rules.max", p.Errors[0].Path)
	a = ProviderAccount{}
	v.send("PUT", gossip, map[string]any{"config": map[string]any{}, "secrets": map[string]any{"webhook_key": nil}}, match(2)).is(200).into(&a)
	require.NotContains(t, a.Secrets, "webhook_key")

	v.send("POST", gossip+"/enable", nil, match(1)).is(412, "revision_mismatch")
	v.send("POST", gossip+"/enable", nil, match(3)).is(200).into(&a)
	require.True(t, a.Enabled)
	var test ProviderTest
	v.send("POST", gossip+"/test", nil, nil).is(200).into(&test)
	require.True(t, test.OK)
	got := v.send("POST", gossip+"/disable", nil, nil).is(200)
	require.Equal(t, `"5"`, got.header.Get("ETag"))
	require.Equal(t, `"5"`, v.send("GET", gossip, nil, nil).is(200).header.Get("ETag"))

	key := provider.Account{Kind: provider.Payment, Plugin: "gossip", Mode: provider.Live}.SecretName("api_key")
	sealed, err := v.keyring.SealFor(t.Context(), v.of.ID, key, []byte("sk_bad_0123456789"))
	require.NoError(t, err)
	pgtest.Texts(t, v.of.ID, `update provider_accounts set secrets = jsonb_set(secrets, '{api_key,sealed}', to_jsonb($1::text)) where plugin = 'gossip' returning plugin`,
		base64.StdEncoding.EncodeToString(sealed))
	v.send("POST", gossip+"/test", nil, nil).is(200).into(&test)
	require.False(t, test.OK, "the provider has withdrawn the key")
	require.Equal(t, "secrets.api_key", test.Errors[0].Path)
	v.send("POST", gossip+"/enable", nil, nil).is(422, "provider_misconfigured")
}

// forms are the ways in which a secret may come out.
func forms(secret string) []string {
	all := []string{secret, hex.EncodeToString([]byte(secret)), url.QueryEscape(secret)}
	for skip := range 3 { // base64 looks different at each offset, and its ends depend on the neighbours
		part := secret[skip:]
		part = part[:len(part)-len(part)%3]
		all = append(all, base64.StdEncoding.EncodeToString([]byte(part)), base64.URLEncoding.EncodeToString([]byte(part)))
	}
	return all
}

// TestCredentialsAppearNowhere sets up a provider that repeats its credentials in all it says, makes it fail in every way,
// and then looks for them in all that was answered, logged and stored.
func TestCredentialsAppearNowhere(t *testing.T) {
	v := start(t).vendor()
	canary := func(kind string) string { return kind + "_canary/" + id.Secret() }
	first, second, bad, hook, later := canary("sk_good"), canary("sk_good"), canary("sk_bad"), canary("whsec"), canary("whsec")
	all := []string{first, second, bad, hook, later}

	v.put(`{"mood":"calm"}`, map[string]string{"api_key": bad}, nil).is(422, "provider_misconfigured")
	v.put(`{"mood":"calm","api_key":"`+first+`"}`, nil, nil).is(422, "invalid_request")
	v.put(`{}`, map[string]string{"api_key": first, "pin": second}, nil).is(422, "invalid_request")
	v.send("PUT", gossip, `{"config": {}, "secrets": {"api_key": "`+first+`"`, nil).is(400)
	v.send("PUT", gossip, map[string]any{"config": map[string]any{}, "secrets": first}, nil).is(422)
	v.send("PUT", gossip, map[string]any{"config": map[string]any{}, "secrets": map[string]any{"api_key": []string{first}}}, nil).is(422)
	for _, mood := range []string{"away", "panic", "die"} {
		v.awaitGossip()
		v.put(`{"mood":"`+mood+`"}`, map[string]string{"api_key": first, "webhook_key": hook}, nil).is(503, "provider_unavailable")
	}
	v.awaitGossip()
	v.put(`{"sites":["https://found.example"]}`, map[string]string{"api_key": first, "webhook_key": hook}, nil).is(200)
	v.send("POST", gossip+"/enable", nil, nil).is(200)
	v.send("POST", gossip+"/test", nil, nil).is(200)
	v.send("GET", gossip, nil, nil).is(200)
	v.send("GET", adminPath+"/provider-accounts", nil, nil).is(200)
	v.buy()
	v.put(`{"sites":["https://found.example"]}`, map[string]string{"api_key": second, "webhook_key": later}, match(2)).is(200)
	v.buy()
	for _, body := range []string{"forged", hook, later} {
		a := v.do(call{"POST", v.host, front + "/hooks/payment/gossip/live", body, map[string]string{"Content-Type": "application/octet-stream"}})
		fmt.Fprintln(&v.heard, a.header, string(a.body))
		require.Equal(t, map[bool]int{true: 403, false: 200}[body == "forged"], a.status, string(a.body))
	}
	v.send("POST", gossip+"/disable", nil, nil).is(200)
	v.send("GET", adminPath+"/orders", nil, nil).is(200)
	v.send("GET", adminPath+"/notifications", nil, nil).is(200)

	lines, _ := v.stack.host.Log("payment-gossip")
	states := fmt.Sprintf("%+v", v.stack.host.States())
	places := map[string]string{
		"answers": v.heard.String(), "log": v.log.String(), "database": pgtest.Dump(t, v.of.ID), "plugin log": strings.Join(lines, "\n"), "plugin states": states,
	}
	require.Contains(t, places["log"], "calling the provider with [secret]", "the plugin did talk")
	require.Contains(t, places["log"], "panic: lost [secret]")
	require.Contains(t, places["log"], "cannot check [secret]")
	require.Contains(t, places["log"], "https://[secret]@provider.example")
	require.Contains(t, places["answers"], "the provider does not know [secret]")
	require.Contains(t, places["database"], "https://found.example", "the dump shows what is stored")
	for _, stored := range []string{"provider.changed", "river.river_job ", "idempotency_keys ", "tenant_keys "} {
		require.Contains(t, places["database"], stored)
	}
	for place, text := range places {
		for _, secret := range all {
			for _, form := range forms(secret) {
				require.NotContains(t, text, form, place)
			}
		}
	}
}

// awaitGossip waits until the plugin runs again.
func (v *vendor) awaitGossip() {
	v.t.Helper()
	require.Eventually(v.t, func() bool {
		var list ProviderList
		v.send("GET", adminPath+"/providers?kind=payment", nil, nil).is(200).into(&list)
		return slices.ContainsFunc(list.Providers, func(p Provider) bool { return p.Plugin == "gossip" && p.Running })
	}, 10*time.Second, 20*time.Millisecond)
}

// buy places an order in each way that the plugin knows to go wrong.
func (v *vendor) buy() {
	v.t.Helper()
	for _, kind := range []string{"pay", "decline", "refuse", "crash"} {
		v.awaitGossip()
		header := map[string]string{headerCart: v.fill(v.host, v.variants[0]), headerOnce: id.Secret()}
		for range 2 { // the second time from what is stored for the key
			a := v.do(call{"POST", v.host, front + "/checkout", checkoutBody("gossip", kind, nil), header})
			fmt.Fprintln(&v.heard, a.header, string(a.body))
		}
	}
}
