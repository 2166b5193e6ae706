// Payment-acme takes payments through Acme. Read provider.go first.
package main

import (
	"net/http"

	"github.com/halum-hut/halum/plugins/sdk"
)

func main() { sdk.ServePayment(provider{http: &http.Client{}}) }
