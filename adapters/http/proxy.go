package httpapi

import (
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// origin sets who asks, for which host, and over which scheme. Forwarded headers count only when the peer of the socket
// is a trusted proxy: anybody else could name another vendor's shop with them.
func (s *Server) origin(c *fiber.Ctx, r *request) {
	r.client = peer(c.Context().RemoteAddr())
	r.host = string(c.Request().Header.Host())
	r.scheme = "http"
	if c.Context().IsTLS() {
		r.scheme = "https"
	}
	if !s.trusted(r.client) {
		return
	}
	if host := lastOf(c.Get(fiber.HeaderXForwardedHost)); host != "" {
		r.host = host
	}
	if proto := lastOf(c.Get(fiber.HeaderXForwardedProto)); proto == "http" || proto == "https" {
		r.scheme = proto
	}
	r.client = s.hop(r.client, c.Get(fiber.HeaderXForwardedFor))
}

// hop walks X-Forwarded-For from the right, where our proxies wrote, to the first address that is not one of them.
func (s *Server) hop(client netip.Addr, forwarded string) netip.Addr {
	for forwarded != "" {
		i := strings.LastIndexByte(forwarded, ',')
		addr, err := netip.ParseAddr(strings.TrimSpace(forwarded[i+1:]))
		if err != nil {
			return client // what is left of it was not written by us
		}
		if client = addr.Unmap(); !s.trusted(client) || i < 0 {
			return client
		}
		forwarded = forwarded[:i]
	}
	return client
}

func (s *Server) trusted(a netip.Addr) bool {
	for _, p := range s.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func peer(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

func lastOf(list string) string {
	return strings.Clone(strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:]))
}

// network is the part of an address that one client cannot change at will: all of IPv4, the first 64 bits of IPv6.
func network(a netip.Addr) netip.Addr {
	if a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a
}
