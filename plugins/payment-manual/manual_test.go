package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk"
)

const everything = `{"cash_on_delivery":true,"bank_transfer":true,"bank_instructions":"Send it to account 42.","counter":true}`

func shop(config string) sdk.Account {
	return sdk.Account{Tenant: "t_shop", Mode: sdk.Live, Config: json.RawMessage(config), Revision: 1}
}

func TestEachKindBegins(t *testing.T) {
	amount, created := sdk.Amount{Minor: 199900, Currency: "BDT"}, time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		kind string
		want sdk.Result
	}{
		{cashOnDelivery, sdk.Result{Outcome: sdk.Authorized, ProviderRef: "pay_1", Amount: amount}},
		{counter, sdk.Result{Outcome: sdk.Captured, ProviderRef: "pay_1", Amount: amount, Captured: amount}},
		{bankTransfer, sdk.Result{
			Outcome: sdk.Pending, ProviderRef: "pay_1", Amount: amount, ExpiresAt: created.Add(7 * 24 * time.Hour),
			Next: &sdk.NextAction{Instructions: "Send it to account 42."},
		}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			p := sdk.Payment{ID: "pay_1", MethodKind: c.kind, Amount: amount, CreatedAt: created}
			first, err := manual{}.CreatePayment(t.Context(), sdk.CreatePayment{Account: shop(everything), Payment: p})
			require.NoError(t, err)
			require.Equal(t, c.want, first)
			asked, err := manual{}.GetPayment(t.Context(), sdk.GetPayment{Account: shop(everything), Payment: p})
			require.NoError(t, err)
			require.Equal(t, first, asked)
			back, err := manual{}.ContinuePayment(t.Context(), sdk.ContinuePayment{Account: shop(everything), Payment: p})
			require.NoError(t, err)
			require.Equal(t, first, back)

			off, err := manual{}.GetPayment(t.Context(), sdk.GetPayment{Account: shop(`{}`), Payment: p})
			require.NoError(t, err, "a method that was switched off is still true of the payments made with it")
			require.Equal(t, first.Outcome, off.Outcome)
			_, err = manual{}.CreatePayment(t.Context(), sdk.CreatePayment{Account: shop(`{"` + otherThan(c.kind) + `":true}`), Payment: p})
			require.Equal(t, sdk.FaultInvalid, fault(t, err).Kind)
		})
	}
}

func otherThan(kind string) string {
	if kind == counter {
		return cashOnDelivery
	}
	return counter
}

func TestStaffMovesTheMoney(t *testing.T) {
	p := sdk.Payment{ID: "pay_1", MethodKind: cashOnDelivery, Amount: sdk.Amount{Minor: 1000, Currency: "BDT"}}
	part := sdk.Amount{Minor: 400, Currency: "BDT"}
	taken, err := manual{}.Capture(t.Context(), sdk.Capture{Payment: p, CaptureID: "cap_1", Amount: part})
	require.NoError(t, err)
	require.Equal(t, sdk.Result{Outcome: sdk.Captured, ProviderRef: "pay_1", Amount: p.Amount, Captured: part}, taken)
	_, err = manual{}.Capture(t.Context(), sdk.Capture{Payment: p, CaptureID: "cap_2", Amount: sdk.Amount{Minor: 1001, Currency: "BDT"}})
	require.Equal(t, sdk.FaultInvalid, fault(t, err).Kind)

	voided, err := manual{}.Void(t.Context(), sdk.Void{Payment: p})
	require.NoError(t, err)
	require.Equal(t, sdk.Voided, voided.Outcome)

	back, err := manual{}.Refund(t.Context(), sdk.Refund{Payment: p, RefundID: "ref_1", Amount: part})
	require.NoError(t, err)
	require.Equal(t, sdk.RefundResult{Outcome: sdk.RefundSucceeded, ProviderRef: "ref_1", Amount: part}, back)
	asked, err := manual{}.GetRefund(t.Context(), sdk.GetRefund{Payment: p, RefundID: "ref_1", Amount: part})
	require.NoError(t, err)
	require.Equal(t, sdk.RefundNotFound, asked.Outcome)
}

func TestSettingsDecideWhatIsOffered(t *testing.T) {
	d, err := manual{}.Describe(t.Context(), shop(`{"cash_on_delivery":true,"counter":true}`))
	require.NoError(t, err)
	require.Equal(t, []sdk.Method{methods[0], methods[2]}, d.Methods)
	d, err = manual{}.Describe(t.Context(), sdk.Account{})
	require.NoError(t, err)
	require.Equal(t, methods, d.Methods)

	for _, c := range []struct{ config, field string }{
		{``, "cash_on_delivery"},
		{`{}`, "cash_on_delivery"},
		{`{"bank_transfer":true}`, "bank_instructions"},
		{`{"bank_transfer":true,"bank_instructions":" "}`, "bank_instructions"},
		{`{"counter":"true"}`, "counter"},
		{`{"counter":true,"till":3}`, "till"},
	} {
		t.Run(c.config, func(t *testing.T) {
			f := fault(t, manual{}.ValidateConfig(t.Context(), shop(c.config)))
			require.Equal(t, sdk.FaultMisconfigured, f.Kind)
			require.Equal(t, c.field, f.Fields[0].Path)
		})
	}
}

func fault(t *testing.T, err error) *sdk.Fault {
	t.Helper()
	var f *sdk.Fault
	require.ErrorAs(t, err, &f)
	return f
}
