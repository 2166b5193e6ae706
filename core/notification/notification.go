// Package notification owns what people are told inside the product. Every notification is a row with a sequence in
// its topic; the socket is only a hint that there is one.
package notification

import (
	"time"

	"github.com/halum-hut/halum/core/event"
)

// Notification is one message on a topic: "staff", "customer:<id>" or "order:<id>".
type Notification struct {
	Topic   string    `json:"topic"`
	Seq     int64     `json:"seq"` // 1, 2, 3 … without gaps within the topic, assigned when stored
	EventID event.ID  `json:"event_id"`
	Kind    string    `json:"kind"` // the event's kind, such as "order.confirmed"
	OrderID string    `json:"order_id"`
	Order   int64     `json:"order_number"`
	Title   string    `json:"title"`
	Body    string    `json:"body"`
	At      time.Time `json:"at"`
}

// StaffTopic is shared by a vendor's staff.
const StaffTopic = "staff"

// CustomerTopic is a signed-in shopper's own.
func CustomerTopic(customer string) string { return "customer:" + customer }

// OrderTopic is for whoever has the order's secret.
func OrderTopic(order string) string { return "order:" + order }
