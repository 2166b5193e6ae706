package httpapi

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
)

const csv = "Handle,Title,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Requires Shipping\n" +
	"blue-cup,Blue cup,5,deny,12.50,true\nred-cup,Red cup,5,deny,nonsense,true\n"

func (s *stack) staff(of tenant.Tenant, role identity.Role) map[string]string {
	access, _, err := s.tokens.Sign(s.t.Context(), identity.Actor{Tenant: of.ID, Kind: identity.Staff, ID: "usr_" + id.Secret(), Role: role, Session: "ses_x"})
	require.NoError(s.t, err)
	return map[string]string{"Authorization": "Bearer " + access}
}

func TestAVendorOpensAShop(t *testing.T) {
	s := start(t)
	slug := "v" + id.Secret()[:12]
	owner := map[string]any{"email": slug + "@example.com", "password": "a long password"}
	signUp := map[string]any{
		"slug": slug, "shop_name": "My shop", "currency": "BDT", "country": "BD", "owner_name": "Me",
		"email": owner["email"], "password": owner["password"],
	}
	post := func(change map[string]any) answered {
		body := map[string]any{}
		for _, m := range []map[string]any{signUp, change} {
			for k, v := range m {
				body[k] = v
			}
		}
		return s.do(call{"POST", pgtest.BaseDomain, platformPath + "/vendors", body, nil})
	}
	post(map[string]any{"slug": "admin"}).is(422, "slug_reserved")
	post(map[string]any{"tenant_id": "ten_x"}).is(422, "invalid_request")
	post(map[string]any{"currency": "XXX"}).is(422, "unknown_currency")
	var made Vendor
	post(nil).is(201).into(&made)
	require.Equal(t, "http://"+slug+"."+pgtest.BaseDomain, made.URL)
	post(nil).is(409, "slug_taken")

	host := slug + "." + pgtest.BaseDomain
	s.do(call{"GET", host, front + "/shop", nil, nil}).is(200)
	s.do(call{"GET", pgtest.BaseDomain, front + "/shop", nil, map[string]string{headerKey: made.PublishableKey}}).is(200)
	var session StaffSession
	s.do(call{"POST", host, adminPath + "/sessions", owner, nil}).is(201).into(&session)
	require.Equal(t, "owner", session.Role)
	bearer := map[string]string{"Authorization": "Bearer " + session.Access}
	s.do(call{"GET", host, adminPath + "/shop", nil, bearer}).is(200)
	s.do(call{"GET", host, front + "/account", nil, bearer}).is(401, "invalid_token")
	var next StaffSession
	refresh := func(token string) answered {
		return s.do(call{"POST", host, adminPath + "/sessions/refresh", map[string]any{"refresh_token": token}, nil})
	}
	refresh(session.Refresh).is(200).into(&next)
	s.do(call{"POST", host, adminPath + "/sessions/end", map[string]any{"refresh_token": next.Refresh}, nil}).is(204)
	refresh(next.Refresh).is(401, "session_ended")
	s.do(call{"POST", host, adminPath + "/password-resets", map[string]any{"email": owner["email"]}, nil}).is(202)
	s.do(call{"POST", host, adminPath + "/password-resets", map[string]any{"email": "nobody@example.com"}, nil}).is(202)
	s.do(call{"POST", host, adminPath + "/password-resets/confirm", map[string]any{"token": "x", "password": "another password"}, nil}).is(422, "invalid_reset_token")

	other, _ := s.configured(1)
	s.do(call{"POST", hostOf(other), adminPath + "/sessions", owner, nil}).is(401, "wrong_credentials")
	s.do(call{"GET", hostOf(other), adminPath + "/orders", nil, bearer}).is(401, "invalid_token")
}

func TestStaffWork(t *testing.T) {
	s := start(t)
	of, variants := s.configured(10)
	host, owner, reader := hostOf(of), s.staff(of, identity.Owner), s.staff(of, identity.ReadOnly)
	var placed PlacedOrder
	buy := map[string]string{headerCart: s.fill(host, variants[0]), headerOnce: "k"}
	s.do(call{"POST", host, front + "/checkout", checkoutBody("manual", "cash_on_delivery", nil), buy}).is(201).into(&placed)

	var page OrderPage
	s.do(call{"GET", host, adminPath + "/orders?status=" + placed.Order.Status, nil, reader}).is(200).into(&page)
	require.Len(t, page.Orders, 1)
	require.Empty(t, page.Orders[0].Secret)
	path := fmt.Sprint(adminPath, "/orders/", placed.Order.Number)
	s.do(call{"GET", host, path, nil, reader}).is(200)
	s.do(call{"GET", host, adminPath + "/orders/999999", nil, reader}).is(404, "order_not_found")
	s.do(call{"GET", host, adminPath + "/orders/one", nil, reader}).is(422, "invalid_request")
	s.do(call{"POST", host, path + "/capture", nil, reader}).is(403, "forbidden")
	s.do(call{"POST", host, path + "/fulfilment", map[string]any{}, reader}).is(403, "forbidden")
	var captured PlacedOrder
	s.do(call{"POST", host, path + "/capture", nil, owner}).is(200).into(&captured)
	require.Equal(t, "paid", captured.Order.PaymentStatus)
	once := map[string]string{"Authorization": owner["Authorization"], headerOnce: "f1"}
	sent := map[string]any{"tracking": "T-1"}
	s.do(call{"POST", host, path + "/fulfilment", sent, once}).is(200).into(&captured)
	require.Equal(t, "fulfilled", captured.Order.Status)
	require.Equal(t, "true", s.do(call{"POST", host, path + "/fulfilment", sent, once}).is(200).header.Get(headerReplayed))
	s.do(call{"POST", host, path + "/fulfilment", sent, owner}).is(409, "order_state")
	s.do(call{"GET", host, adminPath + "/notifications", nil, owner}).is(200)
	s.do(call{"GET", host, adminPath + "/notifications", nil, nil}).is(401, "sign_in_required")
}

func TestStaffChangeTheShop(t *testing.T) {
	s := start(t)
	of, _ := s.configured(10)
	host, owner := hostOf(of), s.staff(of, identity.Owner)
	file := map[string]string{"Authorization": owner["Authorization"], "Content-Type": "text/csv"}
	imports := adminPath + "/catalog/imports"
	s.do(call{"POST", host, imports, csv, map[string]string{"Authorization": s.staff(of, identity.ReadOnly)["Authorization"], "Content-Type": "text/csv"}}).is(403, "forbidden")
	require.True(t, s.imported(of, "?dry_run=true", csv, file).DryRun)
	s.do(call{"GET", host, front + "/products/blue-cup", nil, nil}).is(404)
	report := s.imported(of, "", csv, file)
	require.Equal(t, []int{1, 1}, []int{report.Created, report.Failed})
	require.Equal(t, 1, s.imported(of, "", csv, file).Unchanged)
	s.do(call{"GET", host, front + "/products/blue-cup", nil, nil}).is(200)
	var page ProductPage
	s.do(call{"GET", host, adminPath + "/products", nil, owner}).is(200).into(&page)
	require.Equal(t, "active", page.Products[0].Status)

	change := func(body map[string]any) answered {
		return s.do(call{"PATCH", host, adminPath + "/shop", body, owner})
	}
	change(map[string]any{"tagline": "New words"}).is(200)
	change(map[string]any{"currency": "USD"}).is(422, "invalid_request")
	change(map[string]any{"colours": map[string]any{"primary": "red", "on_primary": "", "accent": "", "tint": ""}}).is(422, "invalid_colour")
	change(map[string]any{"name": ""}).is(422, "invalid_request")
	s.do(call{"PATCH", host, adminPath + "/shop", map[string]any{"name": "X"}, s.staff(of, identity.Fulfilment)}).is(403, "forbidden")
}
