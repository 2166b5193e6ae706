// Package notification owns what people are told inside the product. Every notification is a row with a sequence in
// its topic; the socket is only a hint that there is one.
package notification

import (
	"time"

	"github.com/halum-hut/halum/core/event"
)

// Notification is one message on a topic: "staff", "customer:<id>" or "order:<id>".
type Notification struct {
	Topic   string
	Seq     int64 // 1, 2, 3 … without gaps within the topic, assigned when stored
	EventID event.ID
	Kind    string // the event's kind, such as "order.confirmed"
	OrderID string
	Title   string
	Body    string
	At      time.Time
}

// StaffTopic is shared by a vendor's staff.
const StaffTopic = "staff"

// CustomerTopic is a signed-in shopper's own.
func CustomerTopic(customer string) string { return "customer:" + customer }

// OrderTopic is for whoever has the order's secret.
func OrderTopic(order string) string { return "order:" + order }
