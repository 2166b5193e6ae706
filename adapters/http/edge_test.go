package httpapi

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func portsRate(limit, burst int) ports.Rate {
	return ports.Rate{Limit: limit, Per: time.Second, Burst: burst}
}

func TestTheHostNamesTheShop(t *testing.T) {
	s := start(t)
	one, _ := s.configured(1)
	two, _ := s.configured(1)
	shop := func(host string, header map[string]string) string {
		var got Shop
		s.do(call{"GET", host, front + "/shop", nil, header}).is(200).into(&got)
		return got.Name
	}
	require.Equal(t, one.Shop.Name, shop(hostOf(one), nil))
	require.Equal(t, one.Shop.Name, shop(hostOf(one)+":8080", nil))
	require.Equal(t, one.Shop.Name, shop(hostOf(one)+".", nil))
	require.Equal(t, one.Shop.Name, shop(one.Slug+".HALUM.Test", nil))
	require.Equal(t, one.Shop.Name, shop(hostOf(one), map[string]string{"X-Forwarded-Host": hostOf(two)}), "a stranger's word")
	require.Equal(t, one.Shop.Name, shop(hostOf(one), map[string]string{headerKey: two.PublishableKey}), "the host decides")
	for _, host := range []string{"nobody." + pgtest.BaseDomain, "example.com", "a.b." + hostOf(one)} {
		s.do(call{"GET", host, front + "/shop", nil, nil}).is(421, "misdirected_request")
	}
	s.do(call{"GET", pgtest.BaseDomain, front + "/shop", nil, nil}).is(401, "publishable_key_required")
	s.do(call{"GET", "api." + pgtest.BaseDomain, front + "/shop", nil, map[string]string{headerKey: "pk_wrong"}}).is(401, "unknown_publishable_key")
	require.Equal(t, two.Shop.Name, shop("api."+pgtest.BaseDomain, map[string]string{headerKey: two.PublishableKey}))
	s.do(call{"GET", hostOf(one), platformPath + "/vendors", nil, nil}).is(404, "not_found")
	s.do(call{"GET", hostOf(one), "/openapi/admin.json", nil, nil}).is(404)
}

func TestTrustedProxies(t *testing.T) {
	s := start(t, func(d *Deps) { d.TrustedProxies = loopback })
	one, _ := s.configured(1)
	two, _ := s.configured(1)
	var got Shop
	s.do(call{"GET", hostOf(one), front + "/shop", nil, map[string]string{"X-Forwarded-Host": hostOf(two)}}).is(200).into(&got)
	require.Equal(t, two.Shop.Name, got.Name)
	for forwarded, client := range map[string]string{
		"203.0.113.9":                          "203.0.113.9",
		"198.51.100.1, 203.0.113.9":            "203.0.113.9",
		"198.51.100.1, 203.0.113.9, 127.0.0.1": "203.0.113.9",
		"198.51.100.1, garbage, 127.0.0.1":     "127.0.0.1",
		"":                                     "127.0.0.1",
		"::ffff:203.0.113.9":                   "203.0.113.9",
		"203.0.113.9, 198.51.100.7, 127.0.0.1, ,": "127.0.0.1",
	} {
		a := s.do(call{"GET", hostOf(one), "/seen", nil, map[string]string{"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "https"}})
		require.Equal(t, client+" https "+hostOf(one), string(a.body), forwarded)
	}
}

func TestStrangersForwardNothing(t *testing.T) {
	s := start(t)
	one, _ := s.configured(1)
	a := s.do(call{"GET", hostOf(one), "/seen", nil, map[string]string{
		"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil",
	}})
	require.Equal(t, "127.0.0.1 http "+hostOf(one), string(a.body))
}

// raw sends bytes as they are, which a proper client would not.
func (s *stack) raw(text string) *http.Response {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	require.NoError(s.t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte(text))
	require.NoError(s.t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(s.t, err)
	_ = resp.Body.Close()
	return resp
}

func TestOddRequestTargets(t *testing.T) {
	s := start(t)
	one, _ := s.configured(1)
	two, _ := s.configured(1)
	target := front + "/shop"
	require.Equal(t, 422, s.raw(fmt.Sprintf("GET http://%s%s HTTP/1.1\r\nHost: %s\r\n\r\n", hostOf(two), target, hostOf(one))).StatusCode)
	for _, hosts := range []string{"Host: " + hostOf(one) + "\r\nHost: " + hostOf(two), "Host: " + hostOf(one) + ", " + hostOf(two), "X: y"} {
		resp := s.raw("GET " + target + " HTTP/1.1\r\n" + hosts + "\r\n\r\n")
		require.Contains(t, []int{400, 421}, resp.StatusCode, hosts)
	}
}

func TestSuspendedShopsAreClosed(t *testing.T) {
	s := start(t)
	of, _ := s.configured(1)
	require.NoError(t, s.db.SetStatus(t.Context(), of.ID, tenant.Suspended))
	a := s.do(call{"GET", hostOf(of), front + "/products", nil, nil}).is(503, "shop_suspended")
	require.NotEmpty(t, a.header.Get("Retry-After"))
	s.do(call{"GET", hostOf(of), adminPath + "/orders", nil, nil}).is(401, "sign_in_required")
	s.do(call{"POST", hostOf(of), adminPath + "/orders/1/capture", nil, nil}).is(503, "shop_suspended")
}

func TestPanicsStayInside(t *testing.T) {
	s := start(t)
	of, _ := s.configured(1)
	a := s.do(call{"GET", hostOf(of), front + "/boom", nil, nil})
	a.is(500, "internal")
	require.NotContains(t, string(a.body), "secret")
	require.Contains(t, s.log.String(), "the secret of the house")
}

func TestTheProcessItself(t *testing.T) {
	s := start(t)
	require.NoError(t, s.tokens.Load(t.Context()))
	require.Equal(t, 200, s.do(call{"GET", "10.1.2.3:8080", "/healthz", nil, nil}).status)
	require.Equal(t, 200, s.do(call{"GET", "10.1.2.3:8080", "/readyz", nil, nil}).status)
	keys := s.do(call{"GET", pgtest.BaseDomain, "/.well-known/jwks.json", nil, nil})
	require.Equal(t, 200, keys.status)
	require.Contains(t, string(keys.body), `"kty"`)
	docs := s.do(call{"GET", pgtest.BaseDomain, "/docs", nil, nil})
	require.Equal(t, 200, docs.status)
	require.NotContains(t, docs.header.Get("Content-Security-Policy"), "script-src 'unsafe-inline'")
	for _, f := range []string{"swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "start.js", "favicon-32x32.png"} {
		require.Equal(t, 200, s.do(call{"GET", pgtest.BaseDomain, "/docs/" + f, nil, map[string]string{"Accept-Encoding": "gzip"}}).status, f)
	}
	require.Equal(t, 404, s.do(call{"GET", pgtest.BaseDomain, "/docs/..%2fembed.go", nil, nil}).status)
	a := s.do(call{"GET", pgtest.BaseDomain, "/openapi/storefront.json", nil, nil})
	require.Equal(t, 200, a.status)
	require.Equal(t, 304, s.do(call{"GET", pgtest.BaseDomain, "/openapi/storefront.json", nil, map[string]string{"If-None-Match": a.header.Get("ETag")}}).status)
}
