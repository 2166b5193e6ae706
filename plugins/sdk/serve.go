package sdk

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
)

// A plugin is small and idles most of the time: it trades a little CPU for a low resident size.
const gcPercent = 40

func serve(kind string, register func(*grpc.Server)) {
	debug.SetGCPercent(gcPercent)
	log := Logger()
	config := &plugin.ServeConfig{
		HandshakeConfig:  Handshake,
		VersionedPlugins: map[int]plugin.PluginSet{1: {kind: &border{register: register}}},
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: stderr, JSONFormat: true}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts,
				grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage), grpc.MaxConcurrentStreams(256),
				grpc.ChainUnaryInterceptor(logTenant(log), recoverPanics()))...)
		},
	}
	if target := os.Getenv(debugVariable); target != "" {
		serveDebug(kind, target, config)
		return
	}
	signal.Ignore(os.Interrupt) // Ctrl-C reaches the whole terminal; the host ends its plugins in order
	go exitWithParent(os.Getppid())
	plugin.Serve(config)
}

// exitWithParent ends the process within about a second of the host's death, however the host died.
func exitWithParent(parent int) {
	for range time.Tick(time.Second) {
		if os.Getppid() != parent {
			os.Exit(0)
		}
	}
}

// recoverPanics turns a panic in a handler into a fault of the plugin, so that other calls go on.
func recoverPanics() grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
		defer func() {
			if r := recover(); r != nil {
				LoggerOf(ctx).Error("panic in a plugin's method", "method", info.FullMethod, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
				resp, err = nil, faultToProto(&Fault{Kind: FaultPlugin, Code: "plugin_panic", Message: "the plugin met a defect"})
			}
		}()
		return next(ctx, req)
	}
}

type logKey struct{}

// LoggerOf returns the logger of a request: as Logger, with the tenant that the request is for.
func LoggerOf(ctx context.Context) *slog.Logger {
	if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok {
		return log
	}
	return Logger()
}

// logTenant puts the request's logger into its context.
func logTenant(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if r, ok := req.(interface{ GetAccount() *borderv1.Account }); ok && r.GetAccount().GetTenant() != "" {
			ctx = context.WithValue(ctx, logKey{}, log.With("tenant", r.GetAccount().GetTenant())) //nolint:forbidigo // for the log of a call only, in the plugin's own process
		}
		return next(ctx, req)
	}
}
