package fetch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"code.dny.dev/ssrf"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/halum-hut/halum/adapters/fetch"
	"github.com/halum-hut/halum/core/fault"
)

// reach counts who reaches a server that nobody should.
func reach(t *testing.T, network string) (port string, hits *int) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), network, "localhost:0")
	if err != nil {
		t.Skipf("this machine has no %s: %v", network, err)
	}
	hits = new(int)
	s := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*hits++
		fmt.Fprint(w, "secret")
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, hits
}

func TestOwnNetworksAreNotReached(t *testing.T) {
	port, hits := reach(t, "tcp4")
	f := fetch.New(fetch.Options{Allow: []ssrf.Option{ssrf.WithAnyPort()}})
	for _, host := range []string{
		"127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1",
		"192.168.0.1", "172.16.0.1", "[fd00::1]", "[fe80::1]", "100.64.0.1", "224.0.0.1",
	} {
		_, err := f.Fetch(t.Context(), "http://"+host+":"+port+"/", 100)
		require.Error(t, err, host)
		require.NotContains(t, err.Error(), "secret")
	}
	require.Zero(t, *hits)
	for _, address := range []string{"", "file:///etc/passwd", "gopher://example.com/", "ftp://example.com", "http://", "//example.com/a", "http://me:pw@example.com/", "\x00"} {
		_, err := f.Fetch(t.Context(), address, 100)
		require.ErrorIs(t, err, fetch.ErrAddress, address)
	}
	_, err := fetch.New(fetch.Options{}).Fetch(t.Context(), "http://93.184.216.34:22/", 100)
	require.ErrorIs(t, err, fetch.ErrRefused, "a port that is not the web's")
}

// outside is a server that stands for the world: its port alone is let through.
func outside(t *testing.T, h http.HandlerFunc) (*httptest.Server, *fetch.Fetcher) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	at := netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))
	return s, fetch.New(fetch.Options{Allow: []ssrf.Option{ssrf.WithPorts(at.Port()), ssrf.WithAllowedV4Prefixes(netip.PrefixFrom(at.Addr(), 32))}})
}

func TestRedirectsAreCheckedToo(t *testing.T) {
	var to string
	s, f := outside(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ok" {
			fmt.Fprint(w, "fine")
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	for address, want := range map[string]error{
		"http://169.254.169.254/latest/meta-data": fetch.ErrRefused, "http://10.0.0.1:" + s.URL[strings.LastIndex(s.URL, ":")+1:] + "/": fetch.ErrRefused,
		"file:///etc/passwd": fetch.ErrAddress, "/again": fetch.ErrMissing,
	} {
		to = address
		_, err := f.Fetch(t.Context(), s.URL+"/go", 100)
		require.ErrorIs(t, err, want, address)
	}
	to = "/ok"
	got, err := f.Fetch(t.Context(), s.URL+"/go", 100)
	require.NoError(t, err)
	require.Equal(t, "fine", string(got))
}

// names answers one question with a public address and all later ones with this machine's.
func names(t *testing.T) *net.Resolver {
	t.Helper()
	c, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	answers := [][4]byte{{93, 184, 216, 34}, {127, 0, 0, 1}}
	go func() {
		asked, buffer := 0, make([]byte, 1500)
		for {
			n, from, err := c.ReadFrom(buffer)
			var m dnsmessage.Message
			if err != nil || m.Unpack(buffer[:n]) != nil {
				return
			}
			m.Response, m.Additionals = true, nil
			if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: answers[min(asked, 1)]},
				}}
				asked++
			}
			packed, _ := m.Pack()
			_, _ = c.WriteTo(packed, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", c.LocalAddr().String())
	}}
}

// TestNamesThatChange looks a name up whose first answer is harmless: what is checked is what a connection is made to.
func TestNamesThatChange(t *testing.T) {
	port, hits := reach(t, "tcp4")
	resolver := names(t)
	first, err := resolver.LookupHost(t.Context(), "rebind.example.")
	require.NoError(t, err)
	require.Equal(t, []string{"93.184.216.34"}, first, "whoever checks the name before finds nothing wrong")
	f := fetch.New(fetch.Options{Allow: []ssrf.Option{ssrf.WithAnyPort()}, Resolver: resolver})
	_, err = f.Fetch(t.Context(), "http://rebind.example.:"+port+"/", 100)
	require.ErrorIs(t, err, fetch.ErrRefused)
	require.Zero(t, *hits)
}

func TestAnswersAreBounded(t *testing.T) {
	var squeezed bytes.Buffer
	z := gzip.NewWriter(&squeezed)
	_, err := z.Write(make([]byte, 50<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	s, f := outside(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			for {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					return
				}
			}
		case "/honest":
			w.Header().Set("Content-Length", strconv.Itoa(1<<30))
			w.WriteHeader(http.StatusOK)
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(squeezed.Bytes())
		case "/broken":
			w.WriteHeader(http.StatusBadGateway)
		default:
			http.NotFound(w, r)
		}
	})
	for path, want := range map[string]error{"/endless": fetch.ErrTooLarge, "/honest": fetch.ErrTooLarge, "/none": fetch.ErrMissing, "/broken": fetch.ErrSilent} {
		_, err := f.Fetch(t.Context(), s.URL+path, 1<<20)
		require.ErrorIs(t, err, want, path)
	}
	got, err := f.Fetch(t.Context(), s.URL+"/bomb", 1<<20)
	require.NoError(t, err)
	require.Len(t, got, squeezed.Len(), "nothing is unpacked")
	s.Close()
	_, err = f.Fetch(t.Context(), s.URL+"/endless", 100)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	_, err = fetch.New(fetch.Options{}).Fetch(t.Context(), "http://no-such-host.invalid/", 100)
	require.Error(t, err)
}
