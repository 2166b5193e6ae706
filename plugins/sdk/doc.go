// Package sdk is what an author of a payment or shipping plugin imports.
//
// A plugin is a program of its own. Its main makes a value that implements PaymentPlugin or ShippingPlugin and hands it
// to ServePayment or ServeShipping; the host starts the program, watches it and talks to it over gRPC, which authors
// never see. One process serves all vendors: each request carries the Account it is for, and nothing about a vendor may
// be kept except under the account's tenant and revision.
//
// The interfaces of this package never grow: a new operation comes as an interface of its own which a plugin may
// implement too, and a new input comes as a field of a request struct.
//
// Read payment.go first, then fault.go for the errors whose class survives the border.
package sdk
