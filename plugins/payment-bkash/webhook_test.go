package main

import (
	"encoding/json"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/payment-bkash/fake"
	"github.com/halum-hut/halum/plugins/sdk"
)

// notice asks the fake for a message and takes it apart.
func (s *shop) notice(form map[string]string) map[string]string {
	s.t.Helper()
	values := url.Values{
		"type": {notification}, "event_id": {"msg_1"}, "now": {strconv.FormatInt(s.clock.now().Unix(), 10)}, "secret": {fake.AppSecret},
		"payment_id": {"pay_7"},
	}
	for name, value := range form {
		values.Set(name, value)
	}
	var made struct{ Body string }
	require.NoError(s.t, json.NewDecoder(s.post(s.url+"/_fake/notice", values).Body).Decode(&made))
	m := map[string]string{}
	require.NoError(s.t, json.Unmarshal([]byte(made.Body), &m))
	return m
}

func (s *shop) parse(m map[string]string) (sdk.PaymentEvents, error) {
	body, err := json.Marshal(m)
	require.NoError(s.t, err)
	return s.plugin.ParseWebhook(s.t.Context(), sdk.Webhook{Account: s.account, Method: "POST", Body: body, ReceivedAt: s.clock.now()})
}

func TestANoticeIsAHint(t *testing.T) {
	for _, version := range []string{"1", "2"} {
		s := newShop(t)
		got, err := s.parse(s.notice(map[string]string{"signature_version": version}))
		require.NoError(t, err)
		require.Len(t, got.Events, 1)
		e := got.Events[0]
		require.Equal(t, "msg_1", e.ID)
		require.Equal(t, "pay_7", e.PaymentID)
		require.Equal(t, sdk.Test, e.Mode)
		require.WithinDuration(t, s.clock.now(), e.At, 2*time.Second)
		require.Nil(t, e.Payment)
	}
}

func TestNoticesThatMeanNothing(t *testing.T) {
	s := newShop(t)
	for _, form := range []map[string]string{{"status": "Reversed"}, {"payment_id": ""}, {"payment_id": "counter sale <1>"}} {
		got, err := s.parse(s.notice(form))
		require.NoError(t, err)
		require.Empty(t, got.Events)
	}
}

func TestForgedNotices(t *testing.T) {
	for name, change := range map[string]func(*shop, map[string]string) map[string]string{
		"another payment": func(_ *shop, m map[string]string) map[string]string { m["Message"] += " "; return m },
		"another key": func(s *shop, _ map[string]string) map[string]string {
			return s.notice(map[string]string{"secret": "x"})
		},
		"no signature":         func(_ *shop, m map[string]string) map[string]string { delete(m, "Signature"); return m },
		"not base64":           func(_ *shop, m map[string]string) map[string]string { m["Signature"] = "?"; return m },
		"a version to come":    func(_ *shop, m map[string]string) map[string]string { m["SignatureVersion"] = "3"; return m },
		"another version":      func(_ *shop, m map[string]string) map[string]string { m["SignatureVersion"] = "2"; return m },
		"an unknown kind":      func(_ *shop, m map[string]string) map[string]string { m["Type"] = "Other"; return m },
		"read as another kind": func(_ *shop, m map[string]string) map[string]string { m["Type"] = confirmation; return m },
		"no id":                func(_ *shop, m map[string]string) map[string]string { delete(m, "MessageId"); return m },
		"no time":              func(_ *shop, m map[string]string) map[string]string { delete(m, "Timestamp"); return m },
		"no such certificate": func(s *shop, m map[string]string) map[string]string {
			m["SigningCertURL"] = s.url + "/SimpleNotificationService-no.pem"
			return m
		},
		"not a certificate": func(s *shop, m map[string]string) map[string]string {
			m["SigningCertURL"] = s.url + "/_fake/page"
			return m
		},
		"somebody's server": func(_ *shop, m map[string]string) map[string]string {
			m["SigningCertURL"] = "https://evil.example/SimpleNotificationService-1.pem"
			return m
		},
		"somebody's bucket": func(_ *shop, m map[string]string) map[string]string {
			m["SigningCertURL"] = "https://sns.s3.amazonaws.com/SimpleNotificationService-1.pem"
			return m
		},
		"a day old":            func(s *shop, m map[string]string) map[string]string { s.clock.advance(24 * time.Hour); return m },
		"from tomorrow":        func(s *shop, m map[string]string) map[string]string { s.clock.advance(-24 * time.Hour); return m },
		"no topic in settings": func(s *shop, m map[string]string) map[string]string { s.set("topic_arn", ""); return m },
		"another topic":        func(s *shop, m map[string]string) map[string]string { s.set("topic_arn", fake.TopicARN+"2"); return m },
		"names in another case": func(_ *shop, m map[string]string) map[string]string {
			m["message"] = m["Message"]
			delete(m, "Message")
			return m
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			m := change(s, s.notice(nil))
			_, err := s.parse(m)
			requireFault(t, err, sdk.FaultForged, "")
		})
	}
}

func TestACertificateIsFetchedOnceAndEnds(t *testing.T) {
	s := newShop(t)
	for range 3 {
		_, err := s.parse(s.notice(nil))
		require.NoError(t, err)
	}
	require.Len(t, s.plugin.clients.certs.kept, 1)
	s.clock.advance(400 * 24 * time.Hour)
	_, err := s.parse(s.notice(nil))
	requireFault(t, err, sdk.FaultForged, "")
}

func TestASubscriptionIsConfirmed(t *testing.T) {
	s := newShop(t)
	got, err := s.parse(s.notice(map[string]string{"type": confirmation}))
	require.NoError(t, err)
	require.Empty(t, got.Events)
	require.Equal(t, 1, s.fake.Confirms)

	s.set("topic_arn", "")
	_, err = s.parse(s.notice(map[string]string{"type": confirmation}))
	requireFault(t, err, sdk.FaultForged, "")

	s.set("topic_arn", fake.TopicARN)
	for _, address := range []string{
		"https://evil.example/?Action=ConfirmSubscription&TopicArn=" + fake.TopicARN, s.url + "/?Action=Publish&TopicArn=" + fake.TopicARN,
		s.url + "/?Action=ConfirmSubscription&TopicArn=other", "http://169.254.169.254/latest/meta-data",
	} {
		m := s.notice(map[string]string{"type": confirmation})
		m["SubscribeURL"] = address
		require.NoError(t, s.fake.Sign(s.url, fake.CertificateFile, "1", m))
		_, err = s.parse(m)
		require.NoError(t, err)
	}
	require.Equal(t, 1, s.fake.Confirms)

	m := s.notice(map[string]string{"type": confirmation})
	m["SubscribeURL"] = s.url + "/?Action=ConfirmSubscription&TopicArn=" + fake.TopicARN // without the token
	require.NoError(t, s.fake.Sign(s.url, fake.CertificateFile, "2", m))
	_, err = s.parse(m)
	requireFault(t, err, sdk.FaultUnavailable, "")
}

func TestWhereAmazonIs(t *testing.T) {
	for address, want := range map[string]bool{
		"https://sns.ap-southeast-1.amazonaws.com/x":          true,
		"https://sns.ap-southeast-1.amazonaws.com:8443/x":     false,
		"http://sns.ap-southeast-1.amazonaws.com/x":           false,
		"https://sns.us-east-1.amazonaws.com/x":               false,
		"https://sns.ap-southeast-1.amazonaws.com.evil.com/x": false,
		"https://user@sns.ap-southeast-1.amazonaws.com/x":     false,
		"https://sns.ap-southeast-1.amazonaws.com.cn/x":       false,
		"http://127.0.0.1/x":                                  false,
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, want, (&client{settings: settings{TopicARN: fake.TopicARN}}).amazon(u), address)
	}
	u, err := url.Parse("https://sns.cn-north-1.amazonaws.com.cn/x")
	require.NoError(t, err)
	require.True(t, (&client{settings: settings{TopicARN: "arn:aws-cn:sns:cn-north-1:123456789012:t"}}).amazon(u))
}
