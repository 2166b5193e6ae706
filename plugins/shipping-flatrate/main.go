// Shipping-flatrate quotes fixed prices from the vendor's settings:
//
//	{"services": [{"service": "standard", "name": "Standard", "price": 6000, "min_days": 2, "max_days": 4,
//	               "countries": ["BD"], "free_over": 200000}]}
//
// Prices are minor units of the parcel's currency. Without countries a service goes everywhere; from free_over upwards
// (value of the goods) it is free. Unknown keys are refused, so that a typing mistake never changes a price in silence.
package main

import "github.com/halum-hut/halum/plugins/sdk"

func main() { sdk.ServeShipping(flatrate{}) }
