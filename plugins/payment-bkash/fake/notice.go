package fake

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // version 1 of Amazon's signatures
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// TopicARN is the topic of the merchant's notifications.
const TopicARN = "arn:aws:sns:ap-southeast-1:123456789012:bpt_fake_merchant"

// The files of the certificates: Amazon's, and one whose key signs nothing here.
const (
	CertificateFile      = "SimpleNotificationService-fake1.pem"
	OtherCertificateFile = "SimpleNotificationService-fake2.pem"
)

type signer struct {
	key  *rsa.PrivateKey
	cert []byte
}

// signerOf makes the key and certificate of a file when they are needed first.
func (s *Server) signerOf(file string) (*signer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.signers[file]; known != nil {
		return known, nil
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	from := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: s.now().Add(-48 * time.Hour), NotAfter: s.now().Add(365 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, from, from, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	s.signers[file] = &signer{key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	return s.signers[file], nil
}

func (s *Server) certificate(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	if file != CertificateFile && file != OtherCertificateFile {
		http.NotFound(w, r)
		return
	}
	signer, err := s.signerOf(file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(signer.cert) // the client may be gone
}

func (s *Server) confirm(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("Action") != "ConfirmSubscription" || r.FormValue("Token") == "" || r.FormValue("TopicArn") != TopicARN {
		http.Error(w, "InvalidParameter", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Confirms++
}

// Sign signs the fields of a message as Amazon does, with the key of a file.
func (s *Server) Sign(base, file, version string, m map[string]string) error {
	signer, err := s.signerOf(file)
	if err != nil {
		return err
	}
	m["SignatureVersion"], m["SigningCertURL"] = version, base+"/"+file
	var text strings.Builder
	for _, name := range []string{"Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"} {
		if value, ok := m[name]; ok {
			text.WriteString(name + "\n" + value + "\n")
		}
	}
	hash, sum := crypto.SHA1, sha1.Sum([]byte(text.String())) //nolint:gosec // as above
	digest := sum[:]
	if version == "2" {
		sum := sha256.Sum256([]byte(text.String()))
		hash, digest = crypto.SHA256, sum[:]
	}
	signature, err := rsa.SignPKCS1v15(nil, signer.key, hash, digest)
	m["Signature"] = base64.StdEncoding.EncodeToString(signature)
	return err
}

// notice answers a notification as the conformance kit reads it. Form: type (Notification or SubscriptionConfirmation),
// payment_id, payment_ref, amount in paisa, status, event_id, now, secret, signature_version. With a secret that is not
// the merchant's it is signed with a key that is not the certificate's.
func (s *Server) notice(w http.ResponseWriter, r *http.Request) {
	base := "http://" + r.Host
	seconds, err := strconv.ParseInt(r.FormValue("now"), 10, 64)
	if err != nil {
		http.Error(w, "now: "+err.Error(), http.StatusBadRequest)
		return
	}
	at := time.Unix(seconds, 0).UTC()
	m := map[string]string{
		"Type": r.FormValue("type"), "MessageId": r.FormValue("event_id"), "TopicArn": TopicARN, "Timestamp": at.Format("2006-01-02T15:04:05.000Z"),
		"Message": s.paid(r.Form, at),
	}
	if m["Type"] == "SubscriptionConfirmation" {
		m["Message"], m["Token"] = "You have chosen to subscribe to the topic.", "token-of-the-subscription"
		m["SubscribeURL"] = base + "/?" + url.Values{"Action": {"ConfirmSubscription"}, "TopicArn": {TopicARN}, "Token": {m["Token"]}}.Encode()
	}
	version := r.FormValue("signature_version")
	if version == "" {
		version = "1"
	}
	file := CertificateFile
	if r.FormValue("secret") != AppSecret {
		file = OtherCertificateFile
	}
	if err := s.Sign(base, file, version, m); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	m["SigningCertURL"] = base + "/" + CertificateFile
	body, _ := json.Marshal(m) //nolint:errchkjson // strings
	reply(w, http.StatusOK, answer{
		"method": "POST", "body": string(body),
		"header": map[string]string{"content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": m["Type"], "x-amz-sns-message-id": m["MessageId"]},
	})
}

// paid is what bKash says of a payment.
func (s *Server) paid(form url.Values, at time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	trx, minor := "TRXSTRANGER", int64(0)
	if p := s.payments[form.Get("payment_ref")]; p != nil {
		trx, minor = p.trx, p.amount
	}
	status := form.Get("status")
	if status == "" {
		status = "Completed"
	}
	text, _ := json.Marshal(map[string]string{ //nolint:errchkjson // strings
		"dateTime": at.Format("20060102150405"), "debitMSISDN": "8801700000001", "creditOrganizationName": "Fake merchant", "creditShortCode": "0001",
		"trxID": trx, "transactionStatus": status, "transactionType": "10002294", "amount": decimal(minor), "currency": "BDT",
		"transactionReference": "", "merchantInvoiceNumber": form.Get("payment_id"),
	})
	return string(text)
}
