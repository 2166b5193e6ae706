// Package pluginhost runs payment and shipping plugins as separate programs and answers ports.PaymentProviders and
// ports.ShippingProviders with them.
//
// It owns the processes: which executables may run (catalog.go), how one is started and ended (process.go,
// instance.go), what it may take from the machine (confine.go, landlock_linux.go), that it is watched and started again
// (supervisor.go), how another version takes its place (upgrade.go, lease.go, follow.go), what of its log is passed on
// (logs.go, secrets.go) and how much may be asked of it at once (bulkhead.go). It refuses to run a file whose checksum is
// not the pinned one, gives plugins none of the host's environment, and never reports a call that may have reached a
// plugin as failed: that is payment.Unknown (call.go).
//
// What it does not keep a plugin from: using the network, and connecting to a unix socket whose path it knows. Both are
// for the machine's firewall and the rights of the socket; run the host as a user of its own.
//
// Read host.go first.
package pluginhost
