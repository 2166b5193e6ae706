// Serve runs the fake SSLCommerz on a free loopback port and prints its address as "READY url=http://…".
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/halum-hut/halum/plugins/payment-sslcommerz/fake"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for the life of the program
	if err != nil {
		fmt.Fprintln(os.Stderr, "fake sslcommerz:", err)
		os.Exit(1)
	}
	_, _ = fmt.Fprintf(os.Stdout, "READY url=http://%s\n", listener.Addr())
	server := &http.Server{Handler: fake.New(time.Now), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(os.Stderr, "fake sslcommerz:", server.Serve(listener))
	os.Exit(1)
}
