package mail_test

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/mail"
	"github.com/halum-hut/halum/ports"
)

var order = ports.Mail{
	ID: "evt_01.shopper", FromName: "Rong & Co, জামা", ReplyTo: "shop@rong.example", To: "rahima@example.com",
	Subject: "Order 7 · ধন্যবাদ", Text: "Thank you.\n.\nA line with one dot.", HTML: "<p>Thank you, <b>রহিমা</b></p>",
}

func sender(t *testing.T, s *smtpServer, change func(*mail.SMTPOptions)) *mail.SMTP {
	t.Helper()
	o := mail.SMTPOptions{Host: "127.0.0.1", Port: s.port, From: "no-reply@halum.example", RootCAs: s.roots, Timeout: 2 * time.Second}
	if change != nil {
		change(&o)
	}
	m, err := mail.NewSMTP(o)
	require.NoError(t, err)
	return m
}

func TestSMTPSends(t *testing.T) {
	for _, tc := range []struct {
		name      string
		tls       mail.TLS
		user      string
		encrypted bool
	}{
		{name: "starttls", tls: mail.StartTLS, encrypted: true},
		{name: "by default", encrypted: true},
		{name: "implicit", tls: mail.ImplicitTLS, encrypted: true},
		{name: "none", tls: mail.NoTLS},
		{name: "with password", user: "halum", encrypted: true},
		{name: "implicit with password", tls: mail.ImplicitTLS, user: "halum", encrypted: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serveSMTP(t, &smtpServer{implicit: tc.tls == mail.ImplicitTLS})
			m := sender(t, s, func(o *mail.SMTPOptions) { o.TLS, o.User, o.Password = tc.tls, tc.user, "hunter2" })
			require.NoError(t, m.Send(t.Context(), order))
			got := s.got()
			require.Len(t, got, 1)
			require.Equal(t, tc.encrypted, got[0].encrypted)
			require.Equal(t, "FROM:<no-reply@halum.example>", strings.Fields(got[0].from)[0])
			require.Equal(t, "TO:<rahima@example.com>", got[0].to)
			if tc.user != "" {
				require.Equal(t, "/halum/hunter2", got[0].user)
			} else {
				require.Empty(t, got[0].user)
			}
		})
	}
}

func TestSMTPWritesTheMailAsGiven(t *testing.T) {
	s := serveSMTP(t, &smtpServer{})
	require.NoError(t, sender(t, s, nil).Send(t.Context(), order))
	msg, err := netmail.ReadMessage(strings.NewReader(s.got()[0].data))
	require.NoError(t, err)
	from, err := msg.Header.AddressList("From")
	require.NoError(t, err)
	require.Equal(t, []*netmail.Address{{Name: order.FromName, Address: "no-reply@halum.example"}}, from)
	require.Equal(t, "<evt_01.shopper@halum.example>", msg.Header.Get("Message-ID"))
	require.Equal(t, "<shop@rong.example>", msg.Header.Get("Reply-To"))
	require.Equal(t, "auto-generated", msg.Header.Get("Auto-Submitted"))
	require.Empty(t, msg.Header.Get("User-Agent"))
	subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	require.NoError(t, err)
	require.Equal(t, order.Subject, subject)
	at, err := msg.Header.Date()
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), at, time.Minute)

	kind, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	require.NoError(t, err)
	require.Equal(t, "multipart/alternative", kind)
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for _, want := range []struct{ kind, body string }{{"text/plain", order.Text}, {"text/html", order.HTML}} {
		part, err := parts.NextPart()
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(part.Header.Get("Content-Type"), want.kind))
		body, err := io.ReadAll(part) // quoted-printable is decoded by the reader
		require.NoError(t, err)
		require.Equal(t, want.body, strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")))
	}
}

func TestSMTPTextOnlyAndIDs(t *testing.T) {
	s := serveSMTP(t, &smtpServer{})
	m := sender(t, s, nil)
	for _, id := range []string{"a b<>\r\nBcc: x@y.z", "a b<>\r\nBcc: x@y.z", "other id", ""} {
		require.NoError(t, m.Send(t.Context(), ports.Mail{ID: id, To: order.To, Subject: "s", Text: "t"}))
	}
	var ids []string
	for _, got := range s.got() {
		msg, err := netmail.ReadMessage(strings.NewReader(got.data))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(msg.Header.Get("Content-Type"), "text/plain"))
		require.Regexp(t, `^<[0-9a-f]{32}@halum\.example>$`, msg.Header.Get("Message-ID"))
		ids = append(ids, msg.Header.Get("Message-ID"))
	}
	require.Equal(t, ids[0], ids[1])
	require.NotEqual(t, ids[1], ids[2])
}

func TestSMTPInjection(t *testing.T) {
	s := serveSMTP(t, &smtpServer{})
	m := sender(t, s, nil)
	evil := "x\r\nBcc: evil@example.com\r\n\r\nbody \"> <evil@example.com>"
	require.NoError(t, m.Send(t.Context(), ports.Mail{ID: evil, FromName: evil, To: order.To, Subject: evil, Text: "ok"}))
	got := s.got()[0]
	msg, err := netmail.ReadMessage(strings.NewReader(got.data))
	require.NoError(t, err)
	require.Empty(t, msg.Header.Get("Bcc"))
	from, err := msg.Header.AddressList("From")
	require.NoError(t, err)
	require.Len(t, from, 1)
	require.Equal(t, "no-reply@halum.example", from[0].Address)
	require.Equal(t, "TO:<rahima@example.com>", got.to)

	for _, to := range []string{
		"", "nobody", "a@b.c, d@e.f", "A <a@b.c>", "a@b.c\r\nRCPT TO:<d@e.f>", "<a@b.c>", `"a b"@c.d`, `"a\"> <x@y.z>"@c.d`, "a@b.c (hi)", " a@b.c",
	} {
		err := m.Send(t.Context(), ports.Mail{ID: "1", To: to, Subject: "s", Text: "t"})
		require.ErrorIs(t, err, mail.ErrRefused, to)
		err = m.Send(t.Context(), ports.Mail{ID: "1", To: order.To, ReplyTo: to, Subject: "s", Text: "t"})
		if to != "" {
			require.ErrorIs(t, err, mail.ErrRefused, to)
		}
	}
	require.Len(t, s.got(), 2, "only the one above and the one without Reply-To")
}

func TestSMTPFailures(t *testing.T) {
	for _, tc := range []struct {
		name    string
		answers map[string]string
		want    error
	}{
		{name: "mailbox unknown", answers: map[string]string{"RCPT": "550 no such user rahima@example.com"}, want: mail.ErrRefused},
		{name: "mailbox full for now", answers: map[string]string{"RCPT": "452 full"}, want: mail.ErrUnavailable},
		{name: "greylisted", answers: map[string]string{"MAIL": "451 later"}, want: mail.ErrUnavailable},
		{name: "sender refused", answers: map[string]string{"MAIL": "550 who are you"}, want: mail.ErrUnavailable},
		{name: "closing", answers: map[string]string{"EHLO": "421 closing", "HELO": "421 closing"}, want: mail.ErrUnavailable},
		{name: "hangs up", answers: map[string]string{"DATA": ""}, want: mail.ErrUnavailable},
		{name: "no STARTTLS", answers: map[string]string{"EHLO": "250 test"}, want: mail.ErrUnavailable},
		{name: "wrong password", answers: map[string]string{"AUTH": "535 no"}, want: mail.ErrUnavailable},
		{name: "bye fails after the mail was taken", answers: map[string]string{"QUIT": "", "RSET": ""}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serveSMTP(t, &smtpServer{answers: tc.answers})
			err := sender(t, s, func(o *mail.SMTPOptions) { o.User, o.Password = "u", "canary" }).Send(t.Context(), order)
			if tc.want == nil {
				require.NoError(t, err)
				require.Len(t, s.got(), 1)
				return
			}
			require.ErrorIs(t, err, tc.want)
			require.NotContains(t, err.Error(), order.To)
			require.NotContains(t, err.Error(), "canary")
			require.Empty(t, s.got())
		})
	}
}

func TestSMTPNeedsATrustedCertificate(t *testing.T) {
	for _, kind := range []mail.TLS{mail.StartTLS, mail.ImplicitTLS} {
		s := serveSMTP(t, &smtpServer{implicit: kind == mail.ImplicitTLS})
		m := sender(t, s, func(o *mail.SMTPOptions) { o.TLS, o.RootCAs = kind, nil })
		require.ErrorIs(t, m.Send(t.Context(), order), mail.ErrUnavailable)
		require.Empty(t, s.got())
	}
}

func TestSMTPDoesNotWaitForEver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	m, err := mail.NewSMTP(mail.SMTPOptions{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "a@b.c", Timeout: 300 * time.Millisecond})
	require.NoError(t, err)
	began := time.Now()
	require.ErrorIs(t, m.Send(t.Context(), order), mail.ErrUnavailable)
	require.Less(t, time.Since(began), 3*time.Second)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, m.Send(gone, order), mail.ErrUnavailable)
}

func TestSMTPSettings(t *testing.T) {
	for name, o := range map[string]mail.SMTPOptions{
		"no sender":              {Host: "h"},
		"sender with a name":     {Host: "h", From: "Shop <a@b.c>"},
		"no host":                {From: "a@b.c"},
		"unknown encryption":     {Host: "h", From: "a@b.c", TLS: "ssl"},
		"password in the clear":  {Host: "h", From: "a@b.c", TLS: mail.NoTLS, User: "u", Password: "canary"},
		"a port that is no port": {Host: "h", From: "a@b.c", Port: 70000},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := mail.NewSMTP(o)
			require.ErrorContains(t, err, "mail: ")
			require.NotContains(t, err.Error(), "canary")
		})
	}
}
