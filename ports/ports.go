// Package ports holds the interfaces the use cases drive: the database, the providers, mail, the live channel. One file
// per domain, roles of at most five methods. Their implementations live in adapters; porttest holds the suites that
// any implementation must pass. Read store.go first.
package ports
