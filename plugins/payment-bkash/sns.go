package main

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // version 1 of Amazon's signatures, which bKash uses
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/halum-hut/halum/plugins/sdk"
)

// snsMessage is a message of Amazon SNS, field by field as its JSON names them. The names count with their case, since
// the signature is over these fields.
type snsMessage map[string]string

// The kinds of message.
const (
	notification = "Notification"
	confirmation = "SubscriptionConfirmation"
	goodbye      = "UnsubscribeConfirmation"
)

// readMessage keeps the fields that are text.
func readMessage(body []byte) (snsMessage, bool) {
	var raw map[string]json.RawMessage
	if json.Unmarshal(body, &raw) != nil {
		return nil, false
	}
	m := snsMessage{}
	for name, value := range raw {
		var s string
		if json.Unmarshal(value, &s) == nil && s != "" {
			m[name] = s
		}
	}
	return m, m["Signature"] != "" && m["SigningCertURL"] != ""
}

// signedFields are those that a signature covers, in their order. What is not there is left out.
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html
var signedFields = map[string][]string{
	notification: {"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"},
	confirmation: {"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"},
	goodbye:      {"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"},
}

func (m snsMessage) signed() []byte {
	var b strings.Builder
	for _, name := range signedFields[m["Type"]] {
		if value, ok := m[name]; ok {
			b.WriteString(name + "\n" + value + "\n")
		}
	}
	return []byte(b.String())
}

// verify checks the signature with the public key of a certificate.
func (m snsMessage) verify(key *rsa.PublicKey) bool {
	signature, err := base64.StdEncoding.DecodeString(m["Signature"])
	if err != nil {
		return false
	}
	switch m["SignatureVersion"] {
	case "1":
		sum := sha1.Sum(m.signed()) //nolint:gosec // as above
		return rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature) == nil
	case "2":
		sum := sha256.Sum256(m.signed())
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
	}
	return false
}

// certificatePath is where Amazon keeps the certificates it signs with.
var certificatePath = regexp.MustCompile(`^/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem$`)

// amazon reports whether an address belongs to Amazon SNS in the region of the topic, where nobody else can put anything.
// With api_base, so in tests only, the address of the fake is taken as well.
func (c *client) amazon(u *url.URL) bool {
	if c.APIBase != "" && u.Scheme+"://"+u.Host == c.APIBase && u.User == nil {
		return true
	}
	region := topicForm.FindStringSubmatch(c.TopicARN)
	if region == nil || u.Scheme != "https" || u.User != nil {
		return false
	}
	host := "sns." + region[2] + ".amazonaws.com"
	if region[1] != "" {
		host += ".cn"
	}
	return u.Host == host
}

// signer fetches the key for a message. Errors: Forged, Unavailable.
func (c *client) signer(ctx context.Context, m snsMessage, at time.Time) (*rsa.PublicKey, error) {
	u, err := url.Parse(m["SigningCertURL"])
	if err != nil || !c.amazon(u) || !certificatePath.MatchString(u.EscapedPath()) || u.RawQuery != "" || u.Fragment != "" {
		return nil, sdk.Forged("the certificate is not one of Amazon SNS in the region of the topic")
	}
	return c.certs.key(ctx, u.String(), at)
}

// certificates are those that were fetched. Amazon changes them about once a year, under another address.
type certificates struct {
	http *http.Client
	now  func() time.Time
	mu   sync.Mutex
	kept map[string]keptCertificate
}

type keptCertificate struct {
	*x509.Certificate // nil when there was none
	until             time.Time
}

const (
	maxCertificates   = 64
	certificateHolds  = 24 * time.Hour
	noCertificateTill = time.Minute
)

func newCertificates(client *http.Client, now func() time.Time) *certificates {
	return &certificates{http: client, now: now, kept: map[string]keptCertificate{}}
}

func (s *certificates) key(ctx context.Context, address string, at time.Time) (*rsa.PublicKey, error) {
	s.mu.Lock()
	k, ok := s.kept[address]
	s.mu.Unlock()
	if !ok || !s.now().Before(k.until) {
		cert, err := s.fetch(ctx, address)
		if err != nil {
			return nil, err
		}
		k = keptCertificate{cert, s.now().Add(certificateHolds)}
		if cert == nil {
			k.until = s.now().Add(noCertificateTill)
		}
		s.keep(address, k)
	}
	if k.Certificate == nil || at.Before(k.NotBefore) || at.After(k.NotAfter) {
		return nil, sdk.Forged("there is no valid certificate at the address that the message names")
	}
	key, ok := k.PublicKey.(*rsa.PublicKey)
	if !ok || key.Size() < 256 {
		return nil, sdk.Forged("the certificate holds no RSA key of 2048 bits")
	}
	return key, nil
}

func (s *certificates) keep(address string, k keptCertificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= maxCertificates {
		clear(s.kept)
	}
	s.kept[address] = k
}

// fetch gets a certificate. It is nil without an error when the address has none. Errors: Unavailable.
func (s *certificates) fetch(ctx context.Context, address string) (*x509.Certificate, error) {
	status, body, err := get(ctx, s.http, address)
	if err != nil || status >= http.StatusInternalServerError {
		return nil, sdk.Unavailable("Amazon does not answer, so that a notification cannot be checked")
	}
	block, _ := pem.Decode(body)
	if status != http.StatusOK || block == nil {
		return nil, nil //nolint:nilnil // as said
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // as said
	}
	return cert, nil
}

func get(ctx context.Context, client *http.Client, address string) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := readAll(resp.Body)
	return resp.StatusCode, body, err
}
