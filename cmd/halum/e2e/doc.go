// Package e2e drives the real binary from outside: with a browser (build tag browser) and with faults (build tag
// faults). It holds no code of the product. `make browser` and `make faults` run it; both build the binary first.
package e2e
