package main

import (
	"context"
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

const version = "1.0.0"

//go:embed config.schema.json
var configSchema string

type parcelpost struct {
	hosts carriers
	http  *http.Client
}

func newPlugin(hosts carriers) *parcelpost {
	return &parcelpost{hosts: hosts, http: newHTTPClient()}
}

// Describe asks nobody. What the carrier offers depends on the parcel.
func (p *parcelpost) Describe(context.Context, sdk.Account) (sdk.ShippingDescription, error) {
	return sdk.ShippingDescription{Name: "parcelpost", Version: version, ConfigSchema: configSchema}, nil
}

// ValidateConfig checks the form of the settings and asks the carrier whose key it is, which changes nothing. Errors:
// Misconfigured, Unavailable.
func (p *parcelpost) ValidateConfig(ctx context.Context, account sdk.Account) error {
	if secret := account.Secrets[webhookSecret]; secret != "" {
		if key, err := signingKey(secret); err != nil || len(key) < 16 {
			return sdk.Misconfigured(webhookSecret, "must be the signing secret as the carrier shows it: whsec_ and at least 16 bytes in base64")
		}
	}
	c, err := p.client(account)
	if err != nil {
		return err
	}
	var who struct {
		ID   string `json:"id"`
		Mode string `json:"mode"`
	}
	if f := c.do(ctx, request{method: http.MethodGet, path: "/v1/account"}, &who); f != nil {
		return f.fault("")
	}
	if who.Mode != string(account.Mode) {
		return sdk.Misconfigured(apiKey, "is of the carrier's other mode")
	}
	return nil
}

func signingKey(secret string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return nil, base64.CorruptInputError(0)
	}
	return base64.StdEncoding.DecodeString(encoded)
}

var (
	_ sdk.ShippingPlugin   = (*parcelpost)(nil)
	_ sdk.ConfigValidator  = (*parcelpost)(nil)
	_ sdk.Carrier          = (*parcelpost)(nil)
	_ sdk.ShippingWebhooks = (*parcelpost)(nil)
)
