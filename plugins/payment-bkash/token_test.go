package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-bkash/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

func TestOneTokenServesAllCallsOfAnAccount(t *testing.T) {
	s := newShop(t)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() { s.opened() })
	}
	wg.Wait()
	require.Len(t, s.fake.Seen("/token/grant"), 1)
	s.clock.advance(56 * time.Minute)
	s.paid()
	require.Len(t, s.fake.Seen("/token/refresh"), 1)
	require.Len(t, s.fake.Seen("/token/grant"), 1)

	s.account.Tenant = "ten_b"
	s.opened()
	require.Len(t, s.fake.Seen("/token/grant"), 2, "nothing is shared between vendors")
}

func TestATokenThatEndsEarlyIsReplaced(t *testing.T) {
	for _, suffix := range []string{"/create", "/payment/status", "/execute"} {
		t.Run(suffix, func(t *testing.T) {
			s := newShop(t)
			s.fake.Inject(fake.Fault{Suffix: suffix, Kind: fake.ExpireToken})
			p := s.paid()
			s.books(p, 1, 199900, 0)
			require.Len(t, s.fake.Seen("/token/grant"), 2)
		})
	}
}

func TestTokensThatDoNotCome(t *testing.T) {
	for _, kind := range []fake.Kind{fake.ErrorBefore, fake.HangBefore, fake.RateLimit, fake.Maintenance, fake.Gateway} {
		t.Run(string(kind), func(t *testing.T) {
			s := newShop(t)
			s.fake.Inject(fake.Fault{Suffix: "/token/grant", Kind: kind})
			requireFault(t, s.plugin.ValidateConfig(s.soon(), s.account), sdk.FaultUnavailable, "")
			require.NoError(t, s.plugin.ValidateConfig(t.Context(), s.account))
		})
	}
}

func TestAHangingTokenHoldsNobodyLongerThanHeWants(t *testing.T) {
	s := newShop(t)
	s.fake.Inject(fake.Fault{Suffix: "/token/grant", Kind: fake.HangBefore})
	first := make(chan error, 1)
	patient, giveUp := context.WithCancel(t.Context())
	go func() { first <- s.plugin.ValidateConfig(patient, s.account) }()
	require.Eventually(t, func() bool { return len(s.fake.Seen("/token/grant")) == 1 }, 5*time.Second, time.Millisecond)
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	requireFault(t, s.plugin.ValidateConfig(impatient, s.account), sdk.FaultUnavailable, "")
	giveUp()
	requireFault(t, <-first, sdk.FaultUnavailable, "")
	require.NoError(t, s.plugin.ValidateConfig(t.Context(), s.account))
}

func TestWrongCredentialsAreNotTriedAgainAndAgain(t *testing.T) {
	s := newShop(t)
	s.account.Secrets = sdk.Secrets{password: "mistyped-canary", appSecret: fake.AppSecret}
	for range 5 {
		_, err := s.plugin.CreatePayment(t.Context(), s.sale())
		requireFault(t, err, sdk.FaultMisconfigured, "app_key")
	}
	require.Len(t, s.fake.Seen("/token/grant"), 1)
	s.clock.advance(refusalHolds + time.Second)
	requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultMisconfigured, "")
	require.Len(t, s.fake.Seen("/token/grant"), 2)
}

func TestSettings(t *testing.T) {
	for _, c := range []struct {
		name, setting, value, field string
		mode                        sdk.Mode
		secrets                     sdk.Secrets
	}{
		{"no user name", "username", "", "username", sdk.Test, nil},
		{"a line end in the app key", "app_key", "a\nb", "app_key", sdk.Test, nil},
		{"no password", "username", "u", "password", sdk.Test, sdk.Secrets{appSecret: "x"}},
		{"no app secret", "username", "u", "app_secret", sdk.Test, sdk.Secrets{password: "x"}},
		{"no mode", "username", "u", "mode", "", nil},
		{"not a topic", "topic_arn", "arn:aws:s3:::bucket", "topic_arn", sdk.Test, nil},
		{"the fake in live mode", "username", "u", "api_base", sdk.Live, nil},
		{"a fake elsewhere", "api_base", "http://bkash.example", "api_base", sdk.Test, nil},
		{"a fake with a path", "api_base", "http://127.0.0.1:1/x", "api_base", sdk.Test, nil},
		{"an unknown setting", "pin", "12121", "pin", sdk.Test, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t)
			s.set(c.setting, c.value)
			s.account.Mode = c.mode
			if c.secrets != nil {
				s.account.Secrets = c.secrets
			}
			requireFault(t, s.plugin.ValidateConfig(t.Context(), s.account), sdk.FaultMisconfigured, c.field)
		})
	}
	require.Equal(t, liveHost, settings{}.host(sdk.Live))
	require.Equal(t, sandboxHost, settings{}.host(sdk.Test))
}

func TestAmounts(t *testing.T) {
	for text, want := range map[string]int64{
		"15": 1500, "15.5": 1550, "15.50": 1550, "0.01": 1, "1999.00": 199900, " 7.000 ": 700, "999999999999999.99": 99999999999999999,
	} {
		got, ok := fromBkash(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ".", ".5", "-1", "+1", "1.001", "1e3", "1,000", "NaN", "1.2.3", "9999999999999999", "১৫"} {
		_, ok := fromBkash(text)
		require.False(t, ok, text)
	}
	written, err := toBkash(taka(5))
	require.NoError(t, err)
	require.Equal(t, "0.05", written)
}
