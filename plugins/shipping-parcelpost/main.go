// Shipping-parcelpost sends parcels with a carrier that speaks the API in API.md: it quotes, books, cancels, brings labels
// and tracks. It is the model of a carrier's plugin; the carrier that tests use is in fake/.
//
// Where the carrier is, the operator says on the command line and never a vendor, who could otherwise make the platform
// call any address:
//
//	shipping-parcelpost --live-url https://api.carrier.example --test-url https://sandbox.carrier.example
//
// A booking is made under the platform's own id, which the carrier takes for one shipment only. So any call may be sent
// again, and whether an unanswered one was carried out is asked by that id.
//
// Read client.go for what an error of the carrier means, book.go for what it makes of a booking, tracking.go for where a
// parcel is, webhook.go for what the carrier says by itself.
package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
)

func main() {
	hosts, err := readFlags(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "shipping-parcelpost:", err)
		os.Exit(2)
	}
	sdk.ServeShipping(newPlugin(hosts))
}

// carriers are the addresses of the carrier by mode, without a slash at the end.
type carriers map[sdk.Mode]string

func readFlags(args []string) (carriers, error) {
	flags := flag.NewFlagSet("shipping-parcelpost", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	live := flags.String("live-url", "", "address of the carrier's API")
	test := flags.String("test-url", "", "address of the carrier's test system")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	hosts := carriers{}
	for mode, address := range map[sdk.Mode]string{sdk.Live: *live, sdk.Test: *test} {
		if address == "" {
			continue
		}
		if err := usable(address, mode); err != nil {
			return nil, fmt.Errorf("--%s-url %s: %w", mode, address, err)
		}
		hosts[mode] = strings.TrimRight(address, "/")
	}
	return hosts, nil
}

// usable takes https addresses, and in test mode also http on this machine: keys go over the wire.
func usable(address string, mode sdk.Mode) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must be an address such as https://api.carrier.example")
	}
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme == "https" || u.Scheme == "http" && mode == sdk.Test && here {
		return nil
	}
	return errors.New("must begin with https://")
}
