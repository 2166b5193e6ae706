package bank

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Webhooks are signed as Standard Webhooks says: https://github.com/standard-webhooks/standard-webhooks
const (
	secretPrefix    = "whsec_"
	signatureScheme = "v1,"
	minKey, maxKey  = 24, 64 // bytes
)

// The headers of a webhook.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// ErrSecret says that a secret has not the form of Standard Webhooks.
var ErrSecret = errors.New("must be whsec_ and 24 to 64 bytes in base64")

// key decodes a secret.
func key(secret string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(secret, secretPrefix)
	k, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(k) < minKey || len(k) > maxKey {
		return nil, ErrSecret
	}
	return k, nil
}

// CheckSecret says whether webhooks can be signed with a secret. Errors: ErrSecret.
func CheckSecret(secret string) error {
	_, err := key(secret)
	return err
}

// Sign returns the value of the signature's header. Errors: ErrSecret.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	k, err := key(secret)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return signatureScheme + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// Signed says whether one of the signatures in a header, separated by spaces, fits one of the secrets.
func Signed(header, id string, at time.Time, body []byte, secrets ...string) bool {
	found := 0
	for _, secret := range secrets {
		want, err := Sign(secret, id, at, body)
		if err != nil {
			continue
		}
		for got := range strings.FieldsSeq(header) {
			if hmac.Equal([]byte(want), []byte(got)) {
				found++
			}
		}
	}
	return found > 0
}
