package web

import (
	"context"
	"time"

	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Landing is what the platform's own page lists.
type Landing struct {
	Shops []LandingShop
	Links []Link
}

// LandingShop leads to a shop.
type LandingShop struct {
	URL  string
	Shop tenant.Shop
}

// Link leads somewhere of use, such as the API documents.
type Link struct{ Name, URL, Text string }

// Mailbox is where mail lands in development.
type Mailbox interface {
	// Messages lists all, newest first.
	Messages(ctx context.Context) ([]Message, error)
	// Message returns one. Errors: fault.NotFound.
	Message(ctx context.Context, id string) (Message, error)
}

// Message is a mail as it would have been sent.
type Message struct {
	ID string // of the mailbox, part of the page's address
	At time.Time
	ports.Mail
}

func landing(v *visit) error {
	var l Landing
	if v.web.d.Landing != nil {
		l = v.web.d.Landing(v.ctx)
	}
	p := v.page("")
	p.Canonical = v.origin() + "/"
	return v.shown(landingPage(p, l))
}

func mailbox(v *visit) error {
	all, err := v.web.d.Mailbox.Messages(v.ctx)
	if err != nil {
		return err
	}
	p := v.plainPage("Mailbox")
	return v.private(200, mailboxPage(p, all))
}

func mailboxMessage(v *visit) error {
	m, err := v.web.d.Mailbox.Message(v.ctx, v.param("id"))
	if err != nil {
		return err
	}
	p := v.plainPage(m.Subject)
	return v.private(200, messagePage(p, m))
}
