// Package core is the house's inner room: what the shop is, told in the standard library alone.
//
// The packages below hold the nouns with their rules; core/app holds the verbs, one package per actor. A domain package
// knows no context, no clock and no I/O: times are parameters, and code that cannot be cancelled does nothing that
// would need to be. arch_test.go proves which way imports run:
//
//	core/<domain> ← ports ← core/app/*, tenants ← adapters/http, web, jobs
//	core/<domain> ← ports ← all other adapters
//
// # Read first
//
// order/order.go and order/status.go for the shape of a domain package; app/shop/checkout.go and app/settle/settle.go
// for what a use case looks like, and how a payment stays right when everything around it fails; ../ports/store.go for
// what the use cases stand on.
//
// # Glossary
//
//   - Vendor, tenant: whoever has a shop on the platform. Vendor is the person's word, tenant the machine's: an id, a
//     schema and a role in Postgres. See tenant.
//   - Shopper, customer: whoever buys. A customer is a shopper with an account, which exists in one shop only.
//   - Staff, owner: people with an account of the platform and a role at a shop. See identity.
//   - Actor: who does something, for which tenant. Every use case takes one. See identity.
//   - Product: what the shop shows. It has options, such as size, and at least one variant. See catalog.
//   - Variant: what can be bought, one combination of option values, with its own price, SKU and stock.
//   - Offer: price and stock of a variant right now. Carts and checkouts trust nothing else.
//   - On hand, reserved, available: what lies on the shelf, what orders hold of it, and what is left. See inventory.
//   - Cart: variants and quantities that a shopper intends to buy, never prices. See cart.
//   - Order: a cart frozen at checkout, with its prices and address. Its money never changes. See order.
//   - Payment, intent: the wish to be paid for one order, written down before a provider hears of it; its id is the
//     idempotency key of every call. See payment.
//   - Authorise, capture, void: a provider promises money, takes it, or gives up and returns it.
//   - Held: a payment whose provider contradicts the intent. Staff must look.
//   - Ledger, posting, entry: what a payment's moves mean in accounts. The entries of a posting sum to zero.
//   - Provider: whoever takes money or carries parcels. Plugin: the program that talks to it, a process of its own.
//     Provider account: a vendor's settings for a plugin.
//   - Rate: one quoted way to send a parcel, at a price. See shipping.
//   - Fulfilment: the goods of a confirmed order leave the shelf.
//   - Fact, event: what a rule says has happened, and the same stored with its sequence: outbox, audit trail and
//     webhook source in one. See event.
//   - Reaction: a job that follows an event, at least once, idempotent by the event's id. See app/reactions.
//   - Topic: whom a notification is for: "staff", "customer:<id>" or "order:<id>". Each has a sequence without gaps.
//     See notification.
//   - Fault: the one error type, with a kind, a stable code and a sentence for a person. See fault.
//   - Minor units: paisa, cents: how all money is counted. See money.
//   - Once, Idempotency-Key: a client's wish that a request has its effect once, however often it is sent.
package core
