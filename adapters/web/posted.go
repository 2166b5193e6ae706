package web

import "net/url"

// maxPosted bounds what a provider's form may add to the address it is answered with.
const maxPosted = 3000

// postFromProvider takes up a form that a provider's page had the browser post, as SSLCommerz does. It comes from another
// site, so that it has no token of ours and no cookies, and it does nothing but send the browser on with the same fields.
func postFromProvider(v *visit) error {
	query := url.Values{}
	for key, value := range v.c.Request().PostArgs().All() {
		query.Set(string(key), string(value))
	}
	query.Del("order")
	query.Del("secret")
	if len(query.Encode()) > maxPosted {
		query = url.Values{} // the provider is asked anyway
	}
	for key, value := range v.c.Request().URI().QueryArgs().All() {
		query.Set(string(key), string(value))
	}
	return v.redirect("/checkout/return?" + query.Encode())
}
