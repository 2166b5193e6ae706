package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Providers send what they have to say to the shop's own host, one address per account: the plugin's name and the mode.
const (
	hooksPath = storefrontPath + "/hooks"
	hookBody  = 256 << 10
)

func (s *Server) mountHooks(api huma.API) {
	hook := func(kind, id, summary string) huma.Operation {
		o := post("/hooks/"+kind+"/{plugin}/{mode}", id, "Providers", summary).limited(s, limitHooks).
			fails(http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge).
			about("For providers only. The plugin checks the signature over the raw body before anything is kept; a success means that it " +
				"is kept, and a repeat changes nothing.")
		o.MaxBodyBytes = hookBody
		return o.Operation
	}
	huma.Register(api, hook("payment", "receive_payment_webhook", "News from a payment provider"), s.receiveHook(s.d.Inbox.Receive))
	huma.Register(api, hook("shipping", "receive_shipping_webhook", "News from a carrier"), s.receiveHook(s.d.Dispatch.Receive))
}

// hookInput is a webhook with all that a signature may cover.
type hookInput struct {
	Plugin  string `path:"plugin" maxLength:"64" example:"stripe"`
	Mode    string `path:"mode" enum:"test,live"`
	RawBody []byte `contentType:"application/octet-stream"`

	method, url string
	header      map[string]string
}

// Resolve keeps the headers and the address as they came.
func (h *hookInput) Resolve(ctx huma.Context) []error {
	u := ctx.URL()
	r := requestOf(ctx.Context())
	h.method, h.url, h.header = ctx.Method(), r.scheme+"://"+r.host+u.RequestURI(), map[string]string{}
	ctx.EachHeader(func(name, value string) {
		name = strings.ToLower(name)
		if had, ok := h.header[name]; ok {
			value = had + ", " + value
		}
		h.header[name] = value
	})
	return nil
}

// hookAnswer is what the plugin wants the provider to be answered.
type hookAnswer struct {
	Status      int
	ContentType string `header:"Content-Type"`
	Body        []byte
}

// receive is what takes the webhooks of one kind of providers.
type receive func(ctx context.Context, t tenant.ID, plugin string, mode provider.Mode, in ports.Webhook) (ports.WebhookReply, error)

func (s *Server) receiveHook(by receive) func(context.Context, *hookInput) (*hookAnswer, error) {
	return func(ctx context.Context, in *hookInput) (*hookAnswer, error) {
		reply, err := by(ctx, requestOf(ctx).tenant.ID, in.Plugin, provider.Mode(in.Mode), ports.Webhook{
			Method: in.method, URL: in.url, Header: in.header, Body: in.RawBody, ReceivedAt: s.d.Now().UTC().Truncate(time.Microsecond),
		})
		if err != nil {
			return nil, err
		}
		return &hookAnswer{max(reply.Status, http.StatusOK), reply.ContentType, reply.Body}, nil
	}
}
