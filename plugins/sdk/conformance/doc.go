// Package conformance proves that a program keeps the contract of a payment or shipping plugin, whatever language it is
// written in: it starts the program as the platform does, calls it over the contract's protos, breaks it in the ways that
// production does, and compares every answer with what the contract promises.
//
// `halum plugin verify` is the command; Run is the same for tests. What a plugin's provider must be told so that it
// declines, pends or sends a webhook, no kit can guess: it stands in the plugin's conformance.json, which Scenario
// describes. The kit needs Linux for the figures it reads from /proc; elsewhere those checks are not applicable.
//
// Read scenario.go for the file an author writes, then run.go.
package conformance
