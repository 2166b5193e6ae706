package fake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Hook is a request as the carrier sends it to a customer's webhook address.
type Hook struct {
	Method string            `json:"method"`
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
}

// hook tells of a shipment, signed as Standard Webhooks says (https://www.standardwebhooks.com).
func (s *Server) hook(p *shipment, event, secret, mode string, at time.Time) (Hook, error) {
	data := s.toJSON(p)
	data["mode"] = mode
	body, err := json.Marshal(map[string]any{"type": "shipment.updated", "mode": mode, "occurred_at": at.UTC(), "data": data})
	if err != nil {
		return Hook{}, err
	}
	signature, err := Sign(secret, event, at, body)
	return Hook{"POST", map[string]string{
		"content-type": "application/json", "webhook-id": event, "webhook-timestamp": fmt.Sprint(at.Unix()), "webhook-signature": signature,
	}, string(body)}, err
}

// Sign is the webhook-signature of a request.
func Sign(secret, event string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", event, at.Unix(), body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}
