// Package pluginhost runs payment and shipping plugins as separate programs and answers ports.PaymentProviders and
// ports.ShippingProviders with them.
//
// It owns the processes: which executables may run (catalog.go), how one is started and ended (process.go,
// instance.go), that it is watched and started again (supervisor.go), and how much may be asked of it at once
// (bulkhead.go). It refuses to run a file whose checksum is not the pinned one, gives plugins none of the host's
// environment, and never reports a call that may have reached a plugin as failed: that is payment.Unknown (call.go).
//
// Read host.go first.
package pluginhost
