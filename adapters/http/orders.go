package httpapi

import (
	"time"

	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/order"
	"github.com/halum-hut/halum/core/payment"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/shipping"
)

// Order is what was bought: lines and prices are frozen copies.
type Order struct {
	ID            string        `json:"id" example:"ord_01jd3v4k2m0000000000000000"`
	Number        int64         `json:"number" example:"1001" doc:"What people call it"`
	Secret        string        `json:"secret,omitempty" doc:"Opens the order without an account, as Halum-Order-Secret. Only those who placed it get it"`
	Status        string        `json:"status" enum:"pending,confirmed,fulfilled,cancelled"`
	PaymentStatus string        `json:"payment_status" enum:"awaiting,pending,requires_action,authorized,partially_paid,paid,declined,voided,expired,partially_refunded,refunded,disputed,unfulfillable"`
	Reason        string        `json:"reason,omitempty" doc:"Why it was cancelled"`
	Email         string        `json:"email"`
	Address       *Address      `json:"shipping_address,omitempty"`
	Rate          *ShippingRate `json:"shipping_rate,omitempty"`
	Lines         []OrderLine   `json:"lines"`
	Subtotal      Money         `json:"subtotal"`
	Shipping      Money         `json:"shipping"`
	Total         Money         `json:"total"`
	Note          string        `json:"note,omitempty"`
	Tracking      string        `json:"tracking,omitempty"`
	PlacedAt      time.Time     `json:"placed_at"`
	UpdatedAt     time.Time     `json:"updated_at"`
}

// OrderLine is a frozen copy of what was bought.
type OrderLine struct {
	VariantID    string      `json:"variant_id"`
	ProductID    string      `json:"product_id"`
	Slug         string      `json:"slug"`
	Title        string      `json:"title"`
	VariantTitle string      `json:"variant_title"`
	SKU          string      `json:"sku"`
	ImageURL     string      `json:"image_url,omitempty"`
	Quantity     int64       `json:"quantity"`
	Price        Money       `json:"price" doc:"Of one"`
	Total        Money       `json:"total"`
	Parts        []OrderPart `json:"parts,omitempty" doc:"Of a bundle, as it was bought"`
	ShipsAt      *time.Time  `json:"ships_at,omitempty" doc:"Of a pre-order, the day that was told"`
}

// OrderPart is a frozen copy of a part of a bundle.
type OrderPart struct {
	VariantID    string `json:"variant_id"`
	Title        string `json:"title"`
	VariantTitle string `json:"variant_title"`
	SKU          string `json:"sku"`
	Quantity     int64  `json:"quantity" doc:"In one bundle"`
}

// ShippingRate is one quoted way of sending.
type ShippingRate struct {
	Key     string `json:"key" example:"flatrate/standard" doc:"Names it in a checkout"`
	Name    string `json:"name" example:"Standard delivery"`
	Price   Money  `json:"price"`
	MinDays int    `json:"min_days"`
	MaxDays int    `json:"max_days"`
}

// Payment is the payment of an order.
type Payment struct {
	ID       string      `json:"id" example:"pay_01jd3v4k2m0000000000000000"`
	Provider string      `json:"provider" example:"manual" doc:"Empty when there was nothing to pay"`
	Method   string      `json:"method" example:"cash_on_delivery"`
	Test     bool        `json:"test,omitempty" doc:"No real money moves"`
	Status   string      `json:"status" enum:"created,processing,requires_action,authorized,captured,declined,voided,expired"`
	Amount   Money       `json:"amount"`
	Captured Money       `json:"captured" doc:"What came in"`
	Refunded Money       `json:"refunded" doc:"What went back"`
	Unfit    string      `json:"unfit,omitempty" enum:"amount_differs,order_cancelled,second_payment" doc:"Why its money cannot be for the order"`
	Code     string      `json:"code,omitempty" doc:"Why it was declined"`
	Message  string      `json:"message,omitempty"`
	Next     *NextAction `json:"next_action,omitempty" doc:"What the shopper must do before the payment goes on"`
}

// NextAction is what the shopper must do.
type NextAction struct {
	Kind         string            `json:"kind" enum:"redirect,instructions,qr_code,client"`
	URL          string            `json:"url,omitempty" doc:"Open it in the shopper's browser"`
	Instructions string            `json:"instructions,omitempty" doc:"Show it to the shopper"`
	QR           string            `json:"qr_code,omitempty" doc:"Show it as a QR code"`
	Library      string            `json:"library,omitempty" doc:"Hand data to this code of the provider in the shopper's browser"`
	Data         map[string]string `json:"data,omitempty"`
}

// PlacedOrder is an order with the payment that counts.
type PlacedOrder struct {
	Order     Order           `json:"order"`
	Payment   Payment         `json:"payment"`
	Refunds   []Refund        `json:"refunds,omitempty" doc:"Money that went back or is on its way; missing while there is none"`
	Shipments []OrderShipment `json:"shipments,omitempty" doc:"Parcels to the shopper and back; missing while there is none"`
}

// Refund is money that goes back to the shopper.
type Refund struct {
	Amount Money     `json:"amount"`
	Status string    `json:"status" enum:"pending,succeeded"`
	At     time.Time `json:"at"`
}

// OrderPage is a part of a list of orders, newest first.
type OrderPage struct {
	Orders []Order `json:"orders"`
	Next   string  `json:"next,omitempty" doc:"Send it as after for more; missing on the last page"`
}

// orderToJSON never shows the secret: placedToJSON does, for those who hold it.
func orderToJSON(o order.Order) Order {
	out := Order{
		ID: string(o.ID), Number: o.Number, Status: string(o.Status), PaymentStatus: string(o.Payment), Reason: o.Reason,
		Email: o.Email, Address: addressToJSON(o.Address), Lines: mapped(o.Lines, orderLineToJSON),
		Subtotal: moneyToJSON(o.Subtotal), Shipping: moneyToJSON(o.Shipping), Total: moneyToJSON(o.Total),
		Note: o.Note, Tracking: o.Tracking, PlacedAt: timeToJSON(o.PlacedAt), UpdatedAt: timeToJSON(o.UpdatedAt),
	}
	if o.Rate.Provider != "" {
		r := rateToJSON(o.Rate)
		out.Rate = &r
	}
	return out
}

func orderLineToJSON(l order.Line) OrderLine {
	return OrderLine{
		VariantID: string(l.Variant), ProductID: string(l.Product), Slug: l.Slug, Title: l.Title, VariantTitle: l.VariantTitle,
		SKU: l.SKU, ImageURL: l.ImageURL, Quantity: l.Quantity, Price: moneyToJSON(l.Price), Total: moneyToJSON(l.Total),
		ShipsAt: optionalTime(l.ShipsAt),
		Parts: mapped(l.Parts, func(p order.Part) OrderPart {
			return OrderPart{string(p.Variant), p.Title, p.VariantTitle, p.SKU, p.Quantity}
		}),
	}
}

func rateToJSON(r shipping.Rate) ShippingRate {
	return ShippingRate{Key: r.Key(), Name: r.Name, Price: moneyToJSON(r.Price), MinDays: r.MinDays, MaxDays: r.MaxDays}
}

func paymentToJSON(p payment.Payment) Payment {
	out := Payment{
		ID: string(p.ID), Provider: p.Provider, Method: p.MethodKind, Test: p.Mode == provider.Test, Status: string(p.Status),
		Amount: moneyToJSON(p.Amount), Captured: moneyToJSON(p.Captured), Refunded: moneyToJSON(p.Refunded), Unfit: string(p.Unfit),
		Code: p.Code, Message: p.Message,
	}
	if n := p.Next; n != nil && p.Status.Open() {
		out.Next = &NextAction{n.Kind, n.URL, n.Instructions, n.QR, n.Library, n.Data}
	}
	return out
}

// stateToJSON is what staff and signed-in shoppers see.
func stateToJSON(st settle.State) PlacedOrder {
	out := PlacedOrder{Order: orderToJSON(st.Order), Payment: paymentToJSON(st.Payment), Shipments: orderShipmentsToJSON(st.Bookings)}
	for _, m := range st.Moves {
		switch {
		case m.Kind != payment.RefundMove || m.Status == payment.MoveFailed:
		case m.Status == payment.MoveDone:
			out.Refunds = append(out.Refunds, Refund{moneyToJSON(m.Amount), "succeeded", timeToJSON(m.UpdatedAt)})
		default:
			out.Refunds = append(out.Refunds, Refund{moneyToJSON(m.Amount), "pending", timeToJSON(m.UpdatedAt)})
		}
	}
	return out
}

// placedToJSON also hands out the secret.
func placedToJSON(st settle.State) PlacedOrder {
	out := stateToJSON(st)
	out.Order.Secret = st.Order.Secret
	return out
}
