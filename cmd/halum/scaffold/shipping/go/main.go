// Shipping-acme quotes rates of Acme. Read provider.go first.
package main

import "github.com/halum-hut/halum/plugins/sdk"

func main() { sdk.ServeShipping(provider{}) }
