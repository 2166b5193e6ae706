package web

import (
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/halum-hut/halum/core/fault"
)

// orderTicket lets the page of an order open a socket, with the order's secret or the account that placed it.
func orderTicket(v *visit) error {
	number, err := strconv.ParseInt(v.form("number"), 10, 64)
	if err != nil {
		number = 0 // there is no such order
	}
	secret := v.form("secret")
	if secret == "" {
		by, _, err := v.actor()
		if err != nil {
			return v.ticket("", err)
		}
		st, err := v.web.d.Shop.Orders.Mine(v.ctx, by, number)
		if err != nil {
			return v.ticket("", err)
		}
		secret = st.Order.Secret
	}
	return v.ticket(v.web.d.Shop.Live.OrderTicket(v.ctx, v.shop.ID, number, secret))
}

// staffTicket lets the desk open a socket.
func staffTicket(v *visit) error {
	by, _, err := v.staff()
	if err != nil {
		return v.ticket("", err)
	}
	return v.ticket(v.web.d.Backoffice.Live.Ticket(v.ctx, by))
}

// ticket answers the script.
func (v *visit) ticket(ticket string, err error) error {
	v.c.Set(fiber.HeaderCacheControl, "no-store")
	v.c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	if err != nil {
		return v.c.Status(statusOf[fault.KindOf(err)]).JSON(map[string]string{"code": fault.CodeOf(err)})
	}
	return v.c.JSON(map[string]string{"ticket": ticket})
}
