package mail_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// received is one mail as an SMTP server got it.
type received struct {
	from, to  string
	data      string
	user      string // of AUTH
	encrypted bool
}

// smtpServer is a small real SMTP server (RFC 5321 with STARTTLS and AUTH PLAIN) that does as it is told.
type smtpServer struct {
	answers  map[string]string // to a verb, instead of the usual one; "" hangs up
	implicit bool
	port     int
	roots    *x509.CertPool
	tls      *tls.Config

	mu    sync.Mutex
	mails []received
}

func serveSMTP(t *testing.T, s *smtpServer) *smtpServer {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate, made out to 127.0.0.1
	s.tls = &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(web.Certificate())
	web.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s.port = l.Addr().(*net.TCPAddr).Port
	if s.implicit {
		l = tls.NewListener(l, s.tls)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

func (s *smtpServer) got() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.mails...)
}

func (s *smtpServer) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	say := func(format string, a ...any) { _, _ = fmt.Fprintf(conn, format+"\r\n", a...) }
	mail := received{encrypted: s.implicit}
	say("220 test")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		verb = strings.ToUpper(verb)
		if answer, told := s.answers[verb]; told {
			if answer == "" {
				return
			}
			say("%s", answer)
			continue
		}
		switch verb {
		case "EHLO":
			say("250-test\r\n250-8BITMIME\r\n250-STARTTLS\r\n250 AUTH PLAIN")
		case "STARTTLS":
			say("220 go")
			secure := tls.Server(conn, s.tls)
			conn, in, mail.encrypted = secure, bufio.NewReader(secure), true
		case "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(rest, "PLAIN "))
			mail.user = strings.ReplaceAll(string(raw), "\x00", "/")
			say("235 ok")
		case "MAIL":
			mail.from = rest
			say("250 ok")
		case "RCPT":
			mail.to = rest
			say("250 ok")
		case "DATA":
			say("354 go")
			data, err := textproto.NewReader(in).ReadDotBytes()
			if err != nil {
				return
			}
			mail.data = string(data)
			s.mu.Lock()
			s.mails = append(s.mails, mail)
			s.mu.Unlock()
			say("250 ok")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}
