package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/halum-hut/halum/plugins/sdk"
	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
)

// usual is the outcome that stands for ordinary work, as the scenario has it.
func (k *bench) usual() string {
	for _, name := range []string{"captured", "authorized", "requires_action", "pending"} {
		if _, ok := k.scenario.Payment.Outcomes[name]; ok {
			return name
		}
	}
	return "captured"
}

// works does an ordinary piece of work and fails when it does not succeed.
func (k *bench) works(ctx context.Context) error {
	if k.kind == sdk.KindShipping {
		rates, err := k.quote(ctx, k.parcel(), k.account())
		if err == nil && len(rates) == 0 {
			err = errors.New("Quote of the scenario's parcel answered no rate")
		}
		return err
	}
	_, _, err := k.bring(ctx, k.usual())
	return err
}

// worksNot does the same for an account that must be refused.
func (k *bench) worksNot(ctx context.Context, a *borderv1.Account, why string) error {
	if k.kind == sdk.KindShipping {
		if _, err := k.quote(ctx, k.parcel(), a); err == nil {
			return fmt.Errorf("Quote works for an account with %s", why)
		}
		return nil
	}
	s, _ := k.saleOf(k.usual())
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req := s.request()
	req.Account = a
	answer, err := k.payments().CreatePayment(ctx, req)
	if o := answer.GetResult().GetOutcome(); err == nil && o != declined {
		return fmt.Errorf("CreatePayment answered %s for an account with %s: check the settings in every call, and keep what you cache under tenant, mode and revision",
			nameOf(o), why)
	}
	return nil
}

// light makes n cheap calls, some at once.
func (k *bench) light(ctx context.Context, parallel, n int) error {
	return together(parallel, func(int) error {
		for range n / parallel {
			if err := k.lightOnce(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func (k *bench) lightOnce(ctx context.Context) error {
	if k.kind == sdk.KindShipping {
		_, err := k.quote(ctx, k.parcel(), k.account())
		return err
	}
	s, _ := k.saleOf(k.usual())
	if _, err := s.get(ctx); err != nil && !cleanly(err) {
		return fmt.Errorf("GetPayment of a payment never heard of answered %s", words(err))
	}
	return nil
}

type fieldValue struct{ field, value string }

// secretFields are the inputs of shoppers in the scenario that Describe calls secret.
func (k *bench) secretFields() []fieldValue {
	var out []fieldValue
	if k.kind != sdk.KindPayment {
		return nil
	}
	for _, m := range k.about.payment.GetMethods() {
		for _, f := range m.GetFields() {
			for _, c := range k.scenario.Payment.Outcomes {
				if value := c.Fields[f.GetName()]; f.GetSecret() && c.Method == m.GetKind() && strings.TrimSpace(value) != "" {
					out = append(out, fieldValue{f.GetName(), value})
				}
			}
		}
	}
	return out
}
