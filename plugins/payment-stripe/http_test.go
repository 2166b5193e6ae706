package main

import (
	"net/http"
)

// dated answers with the test's time instead of the machine's.
type dated struct {
	http.Handler
	clock *clock
}

func (d dated) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", d.clock.now().UTC().Format(http.TimeFormat))
	d.Handler.ServeHTTP(w, r)
}

var noRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
