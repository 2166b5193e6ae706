package conformance

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestScenarioRefusesMistakes(t *testing.T) {
	for name, c := range map[string]struct{ text, wants string }{
		"unknown field":   {`{"format":1,"acount":{}}`, "acount"},
		"other format":    {`{"format":2,"payment":{"currency":"USD","amount":1000}}`, "format must be 1"},
		"no kind":         {`{"format":1}`, "payment or shipping"},
		"two kinds":       {`{"format":1,"payment":{"currency":"USD","amount":1000},"shipping":{"currency":"USD","subtotal":1}}`, "not both"},
		"small amount":    {`{"format":1,"payment":{"currency":"USD","amount":10}}`, "at least 1000"},
		"short secret":    {`{"format":1,"account":{"secrets":{"key":"short"}},"payment":{"currency":"USD","amount":1000}}`, "eight characters"},
		"unknown outcome": {`{"format":1,"payment":{"currency":"USD","amount":1000,"outcomes":{"taken":{"method":"card"}}}}`, "taken"},
		"unknown refund":  {`{"format":1,"payment":{"currency":"USD","amount":1000,"refunds":{"maybe":{}}}}`, "maybe"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ScenarioFile)
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			_, err := LoadScenario(path)
			require.ErrorContains(t, err, c.wants)
		})
	}
}

func TestVariables(t *testing.T) {
	v := vars{"url": "http://127.0.0.1:1", "id": `a"b&c`, "amount": "4200"}
	plain, err := v.plain("{{url}}/{{id}}")
	require.NoError(t, err)
	require.Equal(t, `http://127.0.0.1:1/a"b&c`, plain)
	address, err := v.url("{{url}}/x?id={{id}}")
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:1/x?id=a%22b%26c", address)
	body, err := v.json([]byte(`{"id":"{{id}}","amount":"{{#amount}}"}`))
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"a\"b&c","amount":4200}`, string(body))
	_, err = v.plain("{{nothing}}")
	require.ErrorContains(t, err, "{{nothing}}")
}

func TestDecimal(t *testing.T) {
	for want, c := range map[string]struct {
		minor    int64
		currency string
	}{"1999.00": {199900, "BDT"}, "0.05": {5, "USD"}, "1500": {1500, "JPY"}, "12.345": {12345, "KWD"}, "-1.00": {-100, "EUR"}} {
		require.Equal(t, want, decimal(c.minor, c.currency))
	}
}

// The Standard Webhooks example of that specification.
func TestSignatures(t *testing.T) {
	v := vars{"secret.key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "event_id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "now": "1614265330"}
	r := &rendered{header: map[string]string{}, body: []byte(`{"test": 2432232314}`)}
	require.NoError(t, Sign{Scheme: "standard-webhooks", Secret: "key"}.apply(r, v))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", r.header["webhook-signature"])
	require.Equal(t, "1614265330", r.header["webhook-timestamp"])

	// The HMAC example of RFC 4231, test case 2.
	v = vars{"secret.key": "Jefe", "now": "1"}
	r = &rendered{header: map[string]string{}, body: []byte("what do ya want for nothing?")}
	require.NoError(t, Sign{Scheme: "hmac", Secret: "key", Header: "X-Sig", Value: "sha256={{signature}}"}.apply(r, v))
	require.Equal(t, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", r.header["x-sig"])

	require.ErrorContains(t, Sign{Scheme: "hmac", Secret: "other", Header: "x"}.apply(r, v), "other")
	require.ErrorContains(t, Sign{Scheme: "rsa", Secret: "key", Header: "x"}.apply(r, v), "rsa")
}

// A secret is found in any of its forms, also when two reads cut it in two.
func TestSecretsAreFound(t *testing.T) {
	const secret = `canary/"12345678`
	for name, said := range map[string][]string{
		"plain":  {`key ` + secret + ` used`},
		"cut":    {`key canary/"123`, `45678 used`},
		"base64": {"key " + base64.StdEncoding.EncodeToString([]byte(secret))},
		"json":   {`{"key":"canary/\"12345678"}`},
		"url":    {`?key=canary%2F%2212345678`},
	} {
		t.Run(name, func(t *testing.T) {
			out := newOutput()
			out.guard("api_key", secret)
			s := &stream{to: out}
			for _, part := range said {
				_, err := s.Write([]byte(part))
				require.NoError(t, err)
			}
			require.Equal(t, []string{"api_key"}, out.leaks())
		})
	}
	out := newOutput()
	out.guard("api_key", secret)
	_, err := (&stream{to: out}).Write([]byte("the key is canary"))
	require.NoError(t, err)
	require.Empty(t, out.leaks())
}

// Every case of the list is either somebody's check or the platform's own.
func TestEveryCaseIsCovered(t *testing.T) {
	checked := map[int]bool{}
	for _, c := range paymentChecks {
		for _, n := range c.cases {
			checked[n] = true
		}
	}
	require.Len(t, Cases, 23)
	for i, c := range Cases {
		require.Equal(t, i+1, c.Number)
		require.NotEqual(t, c.Host != "", checked[c.Number], c.Title)
	}
}

// The names of checks stand in scenario files and in the guide.
func TestChecksAreNamedOnce(t *testing.T) {
	guide, err := os.ReadFile("../../GUIDE.md")
	require.NoError(t, err)
	for _, checks := range [][]check{paymentChecks, shippingChecks} {
		names := map[string]bool{}
		for _, c := range checks {
			require.False(t, names[c.name], c.name)
			names[c.name] = true
			if c.provider {
				require.Contains(t, string(guide), "`"+c.name+"`", "the guide lists what can be excused")
			}
		}
	}
}

// Only what depends on the provider can be excused.
func TestExcuses(t *testing.T) {
	excuse := func(name string) *Scenario { return &Scenario{NotApplicable: map[string]string{name: "because"}} }
	require.NoError(t, knownExcuses(excuse("payment.expired"), paymentChecks))
	require.ErrorContains(t, knownExcuses(excuse("create.twice"), paymentChecks), "cannot be excused")
	require.ErrorContains(t, knownExcuses(excuse("create.thrice"), paymentChecks), "not a check")
	expiry := check{name: "payment.expired", provider: true}
	require.Equal(t, NotApplicable, expiry.verdict(errors.New("never"), "because").Status)
	require.Equal(t, Fail, check{name: "create.twice"}.verdict(errors.New("twice"), "because").Status)
	require.Equal(t, Warn, expiry.verdict(warning{"slow"}, "").Status)
	require.Equal(t, Pass, expiry.verdict(nil, "because").Status)
}
