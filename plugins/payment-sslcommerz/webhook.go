package main

import (
	"context"
	"crypto/md5" //nolint:gosec // as SSLCommerz signs
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

// ParseWebhook reads an instant payment notification (IPN). Its signature carries no time, so that an old one can be sent
// again, and is older than the question what SSLCommerz says now: every notification is a hint, after which the platform
// asks GetPayment, which validates before it claims anything.
func (s *sslcommerzPlugin) ParseWebhook(_ context.Context, in sdk.Webhook) (sdk.PaymentEvents, error) {
	c, err := s.clients.of(in.Account)
	if err != nil {
		return sdk.PaymentEvents{}, err
	}
	fields, ok := formOf(in)
	if !ok || !c.authentic(fields, in.Account) {
		return sdk.PaymentEvents{}, sdk.Forged("it is not a notification that SSLCommerz has signed for this store")
	}
	switch fields["status"] {
	case "VALID", "VALIDATED", "PENDING", "FAILED", "CANCELLED", "UNATTEMPTED", "EXPIRED":
	default:
		return sdk.PaymentEvents{}, nil
	}
	if !idForm.MatchString(fields["tran_id"]) {
		return sdk.PaymentEvents{}, nil // not a payment of the platform
	}
	return sdk.PaymentEvents{Events: []sdk.PaymentEvent{{
		ID: eventID(fields), Type: "ipn " + fields["status"], Mode: c.mode, PaymentID: fields["tran_id"],
	}}}, nil
}

// eventID is the same at every delivery. A notification has no id of its own: what SSLCommerz calls the attempt, with its
// status, names it.
func eventID(fields map[string]string) string {
	return strings.Join([]string{fields["tran_id"], clip(fields["val_id"], 80), clip(fields["bank_tran_id"], 80), fields["status"]}, "/")
}

// formOf reads a posted form in which each name stands once.
func formOf(in sdk.Webhook) (map[string]string, bool) {
	if in.Method != http.MethodPost {
		return nil, false
	}
	values, err := url.ParseQuery(string(in.Body))
	if err != nil {
		return nil, false
	}
	fields := make(map[string]string, len(values))
	for name, all := range values {
		if len(all) != 1 || !nameForm.MatchString(name) {
			return nil, false
		}
		fields[name] = all[0]
	}
	return fields, true
}

var nameForm = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

// vouched are the fields that the plugin reads: a signature that does not cover one of them says nothing of it.
var vouched = []string{"status", "tran_id", "store_id", "val_id", "bank_tran_id"}

// authentic checks verify_sign (MD5) and verify_sign_sha2 (SHA-256), which both must be there, with the store's password
// or the one before the last change. They are over the fields that verify_key names and the hash of the password, by name.
func (c *client) authentic(fields map[string]string, account sdk.Account) bool {
	names := strings.Split(fields["verify_key"], ",")
	for _, name := range vouched {
		if fields[name] != "" && !slices.Contains(names, name) {
			return false
		}
	}
	if fields["store_id"] != c.StoreID || fields["status"] == "" || fields["tran_id"] == "" {
		return false
	}
	for _, password := range []string{c.secrets[storePasswd], account.Former[storePasswd]} {
		if password != "" && signedWith(password, names, fields) {
			return true
		}
	}
	return false
}

func signedWith(password string, names []string, fields map[string]string) bool {
	md5Of := func(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) } //nolint:gosec // as above
	sha2Of := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	return same(md5Of(signedText(names, fields, md5Of(password))), fields["verify_sign"]) &&
		same(sha2Of(signedText(names, fields, sha2Of(password))), fields["verify_sign_sha2"])
}

// signedText is what SSLCommerz signs: a=…&b=…, sorted by name, nothing escaped.
func signedText(names []string, fields map[string]string, password string) string {
	all := map[string]string{}
	for _, name := range names {
		if value, ok := fields[name]; ok {
			all[name] = value
		}
	}
	all["store_passwd"] = password
	var text []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		text = append(text, name+"="+all[name])
	}
	return strings.Join(text, "&")
}
