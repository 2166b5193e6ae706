// Package mail sends what the platform writes to people: by SMTP, or into a folder that the development mode shows as a
// mailbox page.
//
// It owns addresses and headers: nothing that a shopper or a vendor typed reaches them except through setters that
// encode it. It refuses to send passwords over a connection that is not encrypted. It does not retry: the job above does.
package mail

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

// Faults of this package.
var (
	ErrUnavailable = fault.New(fault.Unavailable, "mail_unavailable", "the mail server does not take mail at the moment")
	ErrRefused     = fault.New(fault.Invalid, "mail_refused", "mail to this address is refused for good")
)

// TLS says how the connection to the server is encrypted.
type TLS string

// The ways to encrypt. Everything but NoTLS fails when the server cannot.
const (
	StartTLS    TLS = "starttls" // usual on port 587; the default
	ImplicitTLS TLS = "tls"      // usual on port 465
	NoTLS       TLS = "none"     // for a relay on the same machine; passwords are refused then
)

// SMTPOptions says where mail goes and whose it is.
type SMTPOptions struct {
	Host     string
	Port     int // 587 unless given
	User     string
	Password string
	TLS      TLS
	From     string         // the platform's address, such as "no-reply@halum.example"
	Timeout  time.Duration  // of connecting and of each answer: 10 s unless given
	RootCAs  *x509.CertPool // of a private authority; nil means the system's
}

// SMTP is a ports.Mailer. It opens a connection per mail and may be used from many goroutines.
type SMTP struct {
	o      SMTPOptions
	domain string // of From, for Message-IDs
}

// NewSMTP checks the settings; it does not connect.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	if o.Port == 0 {
		o.Port = 587
	}
	if o.TLS == "" {
		o.TLS = StartTLS
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if err := plainAddress(o.From); err != nil {
		return nil, fmt.Errorf("mail: the sender %q is not a plain address", o.From)
	}
	s := &SMTP{o: o, domain: o.From[strings.LastIndexByte(o.From, '@')+1:]}
	if _, err := s.client(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return s, nil
}

// Send implements ports.Mailer. Errors: ErrUnavailable when a later try can help, ErrRefused when none can.
func (s *SMTP) Send(ctx context.Context, m ports.Mail) error {
	msg, err := s.message(m)
	if err != nil {
		return ErrRefused.With(err)
	}
	client, err := s.client()
	if err != nil {
		return fault.Wrap(err, "set the mail client up")
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil && !msg.IsDelivered() {
		return refusal(err, m.To) // when only the good-bye failed, a retry would send twice
	}
	return nil
}

func (s *SMTP) client() (*gomail.Client, error) {
	options := []gomail.Option{gomail.WithPort(s.o.Port), gomail.WithTimeout(s.o.Timeout), gomail.WithoutNoop()}
	switch s.o.TLS {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case ImplicitTLS:
		options = append(options, gomail.WithSSL())
	case NoTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("encryption %q: use starttls, tls or none", s.o.TLS)
	}
	if s.o.User != "" {
		if s.o.TLS == NoTLS {
			return nil, errors.New("a password needs encryption: use starttls or tls")
		}
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.o.User), gomail.WithPassword(s.o.Password))
	}
	if s.o.RootCAs != nil {
		options = append(options, gomail.WithTLSConfig(&tls.Config{
			ServerName: s.o.Host, RootCAs: s.o.RootCAs, MinVersion: tls.VersionTLS12,
		}))
	}
	return gomail.NewClient(s.o.Host, options...)
}

func (s *SMTP) message(m ports.Mail) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	for _, address := range []string{m.To, m.ReplyTo} {
		if address == "" && m.To != "" {
			continue
		}
		if err := plainAddress(address); err != nil {
			return nil, err
		}
	}
	msg.FromMailAddress(&netmail.Address{Name: oneLine(m.FromName), Address: s.o.From})
	msg.ToMailAddress(&netmail.Address{Address: m.To})
	if m.ReplyTo != "" {
		msg.ReplyToMailAddress(&netmail.Address{Address: m.ReplyTo})
	}
	msg.Subject(oneLine(m.Subject))
	msg.SetDate()
	msg.SetMessageIDWithValue(messageID(m.ID) + "@" + s.domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}

// plainAddress accepts "name@example.com" and nothing around it: no display name, comment, list or line break. The
// address is not in the error: it is somebody's.
func plainAddress(s string) error {
	a, err := netmail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" || strings.ContainsFunc(s, notInAddress) {
		return errors.New("not a plain mail address")
	}
	return nil
}

func notInAddress(r rune) bool {
	return unicode.IsControl(r) || unicode.IsSpace(r) || strings.ContainsRune(`"<>(),;:\`, r)
}

// oneLine makes header text of what people typed.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

var safeID = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

// messageID returns id as the left part of a Message-ID, the same for the same id.
func messageID(id string) string {
	if safeID.MatchString(id) && len(id) <= 128 {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}

// refusal maps what the server said. The receiver's address is taken out of the cause, which is logged.
func refusal(err error, to string) error {
	cause := errors.New(strings.ReplaceAll(err.Error(), to, "[address]"))
	var sent *gomail.SendError
	if errors.As(err, &sent) && sent.Reason == gomail.ErrSMTPRcptTo && sent.ErrorCode() >= 500 {
		return ErrRefused.With(cause)
	}
	return ErrUnavailable.With(cause)
}

var _ ports.Mailer = (*SMTP)(nil)
