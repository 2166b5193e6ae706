package sdk

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	plugin "github.com/hashicorp/go-plugin"
)

// debugVariable makes a plugin serve without a host, for a debugger: "1" prints how to attach to it, anything else is the
// path of a file that gets the address too, so that the plugin can be started anew without the host being told.
const debugVariable = "HALUM_PLUGIN_DEBUG"

// serveDebug runs until Ctrl-C. The connection is not encrypted and asks nobody who he is: its socket lies in a folder
// that only this user may enter.
func serveDebug(kind, target string, config *plugin.ServeConfig) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "halum-debug-")
	if err != nil {
		debugFailed(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover folder harms nobody
	if err := os.Setenv(plugin.EnvUnixSocketDir, dir); err != nil {
		debugFailed(err)
	}
	began, ended := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	config.Test = &plugin.ServeTestConfig{Context: ctx, ReattachConfigCh: began, CloseCh: ended}
	go plugin.Serve(config)
	select {
	case at := <-began:
		if err := announceDebug(kind, target, "unix:"+at.Addr.String()); err != nil {
			debugFailed(err)
		}
	case <-ended: // it could not listen and has said why
	}
	<-ended
}

func announceDebug(kind, target, address string) error {
	name := address
	if target != "1" {
		if err := os.WriteFile(target, []byte(address+"\n"), 0o600); err != nil { //nolint:gosec // the developer names the file
			return fmt.Errorf("%s must be 1 or the path of a file: %w", debugVariable, err)
		}
		name = target
	}
	_, err := fmt.Fprintf(stderr, "Serving a %s plugin. Attach to it with\n\n  halum dev --attach %s-NAME=%s\n\nCtrl-C ends it.\n", kind, kind, name)
	return err
}

func debugFailed(err error) {
	fmt.Fprintln(stderr, "debug:", err)
	os.Exit(1)
}
