package sdk

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// A plugin is small and idles most of the time: it trades a little CPU for a low resident size.
const gcPercent = 40

func serve(kind string, register func(*grpc.Server)) {
	signal.Ignore(os.Interrupt) // Ctrl-C reaches the whole terminal; the host ends its plugins in order
	debug.SetGCPercent(gcPercent)
	nameProcess(filepath.Base(os.Args[0]))
	log := Logger()
	go exitWithParent(os.Getppid())
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  Handshake,
		VersionedPlugins: map[int]plugin.PluginSet{1: {kind: &border{register: register}}},
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: stderr, JSONFormat: true}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts,
				grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage), grpc.MaxConcurrentStreams(256),
				grpc.UnaryInterceptor(recoverPanics(log)))...)
		},
	})
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
func recoverPanics(log *slog.Logger) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
		defer func() {
			if r := recover(); r != nil {
				log.Error("panic in a plugin's method", "method", info.FullMethod, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
				resp, err = nil, faultToProto(&Fault{Kind: FaultPlugin, Code: "plugin_panic", Message: "the plugin met a defect"})
			}
		}()
		return next(ctx, req)
	}
}
