package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/ports"
)

// Providers send what they have to say to the shop's own host, one address per account: the plugin's name and the mode.
const (
	hooksPath = storefrontPath + "/hooks"
	hookBody  = 256 << 10
)

func (s *Server) mountHooks(api huma.API) {
	hook := post("/hooks/payment/{plugin}/{mode}", "receive_payment_webhook", "Providers", "News from a payment provider").
		limited(s, limitHooks).fails(http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge).
		about("For providers only. The plugin checks the signature over the raw body before anything is kept; a success means that it " +
			"is kept, and a repeat changes nothing.")
	hook.MaxBodyBytes = hookBody
	huma.Register(api, hook.Operation, s.receiveHook)
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

func (s *Server) receiveHook(ctx context.Context, in *hookInput) (*hookAnswer, error) {
	reply, err := s.d.Inbox.Receive(ctx, requestOf(ctx).tenant.ID, in.Plugin, provider.Mode(in.Mode), ports.Webhook{
		Method: in.method, URL: in.url, Header: in.header, Body: in.RawBody, ReceivedAt: s.d.Now().UTC().Truncate(time.Microsecond),
	})
	if err != nil {
		return nil, err
	}
	return &hookAnswer{max(reply.Status, http.StatusOK), reply.ContentType, reply.Body}, nil
}
