// Serve runs the fake carrier on a free loopback port and prints its address as "READY url=http://…". Its shipments are in
// the journal file, so that it knows them when it is started again.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/halum-hut/halum/plugins/shipping-parcelpost/fake"
)

func main() {
	journal := flag.String("journal", "", "file that the shipments are kept in")
	address := flag.String("listen", "127.0.0.1:0", "address to listen on")
	flag.Parse()
	fmt.Fprintln(os.Stderr, "fake carrier:", serve(*journal, *address))
	os.Exit(1)
}

func serve(journal, address string) error {
	if journal == "" {
		return errors.New("--journal is required")
	}
	carrier, err := fake.Open(journal, time.Now)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address) //nolint:noctx // for the life of the program
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(os.Stdout, "READY url=http://%s\n", listener.Addr()); err != nil {
		return err
	}
	return (&http.Server{Handler: carrier, ReadHeaderTimeout: 10 * time.Second}).Serve(listener)
}
