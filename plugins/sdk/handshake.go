package sdk

import (
	"context"
	"errors"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	paymentv1 "github.com/halum-hut/halum/plugins/sdk/proto/payment/v1"
	shippingv1 "github.com/halum-hut/halum/plugins/sdk/proto/shipping/v1"
)

// MaxMessage is the largest message, in bytes, that either side accepts.
const MaxMessage = 1 << 20

// Handshake tells a plugin that a host started it. It is a courtesy to people, not a secret.
var Handshake = plugin.HandshakeConfig{MagicCookieKey: "HALUM_PLUGIN", MagicCookieValue: "halum-hut-provider"}

// The kinds of plugin, as they begin file names and name the service to dispense.
const (
	KindPayment  = "payment"
	KindShipping = "shipping"
)

// Versions are the contract versions a host speaks, by kind. Dispensing a kind gives the *grpc.ClientConn to it.
func Versions() map[int]plugin.PluginSet {
	return map[int]plugin.PluginSet{1: {KindPayment: &border{}, KindShipping: &border{}}}
}

// border registers a service on the plugin's side and gives the connection on the host's side.
type border struct {
	plugin.NetRPCUnsupportedPlugin
	register func(*grpc.Server)
}

func (b *border) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	if b.register == nil {
		return errors.New("no plugin to serve")
	}
	b.register(s)
	return nil
}

func (b *border) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return conn, nil
}

// ServePayment runs a payment plugin until the host ends it. It does not return.
func ServePayment(impl PaymentPlugin) {
	serve(KindPayment, func(s *grpc.Server) { paymentv1.RegisterPaymentPluginServer(s, paymentServer{plugin: impl}) })
}

// ServeShipping runs a shipping plugin until the host ends it. It does not return.
func ServeShipping(impl ShippingPlugin) {
	serve(KindShipping, func(s *grpc.Server) { shippingv1.RegisterShippingPluginServer(s, shippingServer{plugin: impl}) })
}

var _ plugin.GRPCPlugin = (*border)(nil)
