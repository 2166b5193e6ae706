package sdk

import "context"

// ShippingPlugin quotes rates for vendors. Methods are called concurrently.
type ShippingPlugin interface {
	// Describe names the plugin. Account.Tenant is empty when the host asks in general.
	Describe(ctx context.Context, account Account) (ShippingDescription, error)
	// Quote is pure: the same parcel and settings give the same rates. No rate for this parcel is an empty slice.
	// Errors: Invalid, Misconfigured, Unavailable.
	Quote(ctx context.Context, in QuoteRequest) ([]Rate, error)
}

// ShippingDescription is what a plugin says of itself.
type ShippingDescription struct {
	Name    string // as in the file name after "shipping-"
	Version string // semantic version
}

// QuoteRequest asks what sending a parcel costs.
type QuoteRequest struct {
	Account Account
	Parcel  Parcel
}

// Parcel is what is to be sent.
type Parcel struct {
	Items       int64  // number of units
	Grams       int64  // total weight
	Subtotal    Amount // value of the goods
	FromCountry string // ISO 3166-1 alpha-2
	To          Address
}

// Address is where the parcel goes.
type Address struct {
	Name, Line1, Line2, City, Region, PostalCode string
	Country                                      string // ISO 3166-1 alpha-2
	Phone                                        string
}

// Rate is one way of sending the parcel. The price must be in the currency of the parcel's subtotal.
type Rate struct {
	Service string // stable code, such as "standard"
	Name    string
	Price   Amount
	MinDays int
	MaxDays int
}
