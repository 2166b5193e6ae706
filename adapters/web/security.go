package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/ports"
)

var errForm = fault.New(fault.Denied, "form_expired", "This form has expired or came from another site. Go back, reload the page and send it again.")

var hostPattern = regexp.MustCompile(`^[A-Za-z0-9.-]+(:[0-9]{1,5})?$`)

// headers are those of every page. Browsers apply form-action to the redirects after a form too, so that the way to a
// provider's page is always a link.
func (v *visit) headers() {
	connect := "'self'"
	if host := v.web.d.Host(v.c); hostPattern.MatchString(host) {
		scheme := " ws://"
		if v.secure() {
			scheme = " wss://"
		}
		connect += scheme + host // older browsers do not count sockets as 'self'
	}
	nonce, payments := "'nonce-"+v.nonce+"'", "payment=()"
	scripts, frames := nonce, "'none'"
	if v.pays { // https://docs.stripe.com/security/guide#content-security-policy
		scripts, frames = nonce+" https://js.stripe.com https://*.js.stripe.com", "https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com"
		connect, payments = connect+" https://api.stripe.com", `payment=(self "https://js.stripe.com")`
	}
	v.c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; script-src "+scripts+"; style-src 'self' "+nonce+"; frame-src "+frames+
		"; img-src 'self' https: data:; media-src 'self' https:; connect-src "+connect+"; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	v.c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	v.c.Set(fiber.HeaderReferrerPolicy, "same-origin") // order pages carry their secret in the address
	v.c.Set("Cross-Origin-Opener-Policy", "same-origin")
	v.c.Set(fiber.HeaderPermissionsPolicy, "camera=(), geolocation=(), microphone=(), "+payments)
	v.c.Set(fiber.HeaderXFrameOptions, "DENY")
	if v.secure() {
		v.c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000; includeSubDomains")
	}
}

// formToken is what every form of this browser carries: a MAC over a random cookie, for this shop only.
func (v *visit) formToken() string {
	seed := v.cookie(formCookie)
	if len(seed) < 20 {
		seed = id.Secret()
		v.setCookie(formCookie, seed, 0)
	}
	return v.tokenFor(seed)
}

func (v *visit) tokenFor(seed string) string {
	mac := hmac.New(sha256.New, v.web.d.Key)
	_, _ = mac.Write([]byte("form\x00" + string(v.shop.ID) + "\x00" + seed)) // a hash never fails
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// checkForm refuses a post from another site, and one without the token of this browser. Errors: errForm.
func (v *visit) checkForm() error {
	seed, sent := v.cookie(formCookie), v.form("csrf")
	switch site := v.c.Get("Sec-Fetch-Site"); {
	case site != "" && site != "same-origin" && site != "none":
		return errForm
	case v.c.Get(fiber.HeaderOrigin) != "" && v.c.Get(fiber.HeaderOrigin) != v.origin():
		return errForm
	case len(seed) < 20, !hmac.Equal([]byte(sent), []byte(v.tokenFor(seed))):
		return errForm
	}
	return nil
}

// renewFormToken gives the browser a new seed, as after signing in.
func (v *visit) renewFormToken() { v.setCookie(formCookie, id.Secret(), 0) }

// The rates of forms, per address and, where somebody is named, per name.
var (
	signInRate   = ports.Rate{Limit: 10, Per: time.Minute, Burst: 10}
	mailRate     = ports.Rate{Limit: 5, Per: 10 * time.Minute, Burst: 5}
	checkoutRate = ports.Rate{Limit: 30, Per: time.Minute, Burst: 15}
)

// limit counts a form against the address it comes from and, unless it is "", against whom it is about.
// Errors: ports.ErrTooMany.
func (v *visit) limit(what string, r ports.Rate, about string) error {
	if v.web.d.Limiter == nil {
		return nil
	}
	keys := []string{"web:" + what + ":" + string(v.shop.ID) + ":ip:" + network(v.web.d.ClientIP(v.c))}
	if about != "" {
		sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(about))))
		keys = append(keys, "web:"+what+":"+string(v.shop.ID)+":to:"+base64.RawURLEncoding.EncodeToString(sum[:12]))
	}
	for _, key := range keys {
		if a := v.web.d.Limiter.Allow(v.ctx, key, r); !a.Allowed {
			seconds := int64(a.RetryAfter/time.Second) + 1
			v.c.Set(fiber.HeaderRetryAfter, strconv.FormatInt(seconds, 10))
			return ports.ErrTooMany.Saying("That was too often. Wait %d seconds and try again.", seconds)
		}
	}
	return nil
}

// network is the address a limit counts: one IPv4 address, or the /64 that one IPv6 customer gets.
func network(a netip.Addr) string {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
