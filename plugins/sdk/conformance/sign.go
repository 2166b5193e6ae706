package conformance

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // some providers still sign with it
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// apply adds the signature's headers to a request.
func (s Sign) apply(r *rendered, v vars) error {
	secret, ok := v["secret."+s.Secret]
	if !ok {
		return fmt.Errorf("sign.secret names %q, which is not a secret of the account", s.Secret)
	}
	full, err := s.complete(r, v, &secret)
	if err != nil {
		return err
	}
	v = v.with(map[string]string{"body": string(r.body)})
	over, err := v.plain(full.Over)
	if err != nil {
		return err
	}
	newHash, ok := hashes[full.Algorithm]
	if !ok || full.Header == "" {
		return fmt.Errorf("sign needs a header, and an algorithm out of sha256, sha512 and sha1")
	}
	mac := hmac.New(newHash, []byte(secret))
	mac.Write([]byte(over))
	signature := hex.EncodeToString(mac.Sum(nil))
	if full.Encoding == "base64" {
		signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	value, err := v.with(map[string]string{"signature": signature}).plain(full.Value)
	r.header[strings.ToLower(full.Header)] = value
	return err
}

var hashes = map[string]func() hash.Hash{"sha256": sha256.New, "sha512": sha512.New, "sha1": sha1.New}

// complete replaces a named scheme by its fields.
func (s Sign) complete(r *rendered, v vars, secret *string) (Sign, error) {
	switch s.Scheme {
	case "stripe":
		s.Algorithm, s.Over, s.Value = "sha256", "{{now}}.{{body}}", "t={{now}},v1={{signature}}"
	case "standard-webhooks":
		r.header["webhook-id"], r.header["webhook-timestamp"] = v["event_id"], v["now"]
		if key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(*secret, "whsec_")); err == nil {
			*secret = string(key)
		}
		s.Algorithm, s.Over, s.Value = "sha256", "{{event_id}}.{{now}}.{{body}}", "v1,{{signature}}"
		s.Encoding, s.Header = "base64", "webhook-signature"
	case "hmac":
		s.Algorithm, s.Over, s.Value = orElse(s.Algorithm, "sha256"), orElse(s.Over, "{{body}}"), orElse(s.Value, "{{signature}}")
	default:
		return s, fmt.Errorf("sign.scheme %q is none of stripe, standard-webhooks and hmac", s.Scheme)
	}
	return s, nil
}

func orElse(s, other string) string {
	if s != "" {
		return s
	}
	return other
}
