package bank

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Door is where the bank's pages are reached. It begins to listen when it is first needed.
type Door struct {
	bank *Bank
	addr string
	mu   sync.Mutex
	base string
}

// NewDoor prepares to listen at a loopback address. When that is taken, as by another process of the same bank, another
// port is used: the pages are the same.
func NewDoor(b *Bank, addr string) *Door { return &Door{bank: b, addr: addr} }

// URL returns the address of the pages, such as "http://127.0.0.1:4242". The first call opens them; they are open until
// the process ends.
func (d *Door) URL() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.base != "" {
		return d.base, nil
	}
	host, _, err := net.SplitHostPort(d.addr)
	if err != nil || !local(host) {
		return "", fmt.Errorf("open the bank's pages: %q is not a loopback address with a port", d.addr)
	}
	listener, err := net.Listen("tcp", d.addr)
	if err != nil {
		if listener, err = net.Listen("tcp", net.JoinHostPort(host, "0")); err != nil {
			return "", fmt.Errorf("open the bank's pages: %w", err)
		}
	}
	server := &http.Server{Handler: d.bank.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = server.Serve(listener) }() // ends with the process
	d.base = "http://" + listener.Addr().String()
	return d.base, nil
}
