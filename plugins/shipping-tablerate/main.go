// Shipping-tablerate quotes rates from a vendor's table: zones of destinations, services per zone, prices per service by
// weight, value or number of items. It asks nobody, keeps nothing and books nothing.
//
// The settings are one JSON object; README.md describes them for vendors and config.schema.json for forms. They are read
// strictly: every mistake is told with its path, such as zones[1].services[0].bands[2].price, because a table that is
// understood otherwise than it was meant sells at a loss.
//
// Read table.go for what a table is, then match.go and price.go for what becomes of a parcel; reader.go and parse.go turn
// JSON into a table.
package main

import "github.com/halum-hut/halum/plugins/sdk"

func main() { sdk.ServeShipping(newPlugin()) }
