package identity_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/identity"
)

var permissions = []identity.Permission{
	identity.ReadOrders, identity.FulfilOrders, identity.ManageOrders, identity.ReadCatalog, identity.ManageCatalog,
	identity.ManageStock, identity.ModerateReviews, identity.ManageSettings, identity.ManageStaff,
}

func TestPermissions(t *testing.T) {
	for name, c := range map[string]struct {
		actor  identity.Actor
		may    []identity.Permission
		denied error
	}{
		"guest":      {identity.GuestOf("ten_a"), nil, identity.ErrSignIn},
		"nobody":     {identity.Actor{}, nil, identity.ErrSignIn},
		"customer":   {identity.Actor{Kind: identity.Customer, ID: "cus_1"}, nil, identity.ErrForbidden},
		"pretender":  {identity.Actor{Kind: identity.Customer, ID: "cus_1", Role: identity.Owner}, nil, identity.ErrForbidden},
		"guest role": {identity.Actor{Kind: identity.Guest, Role: identity.Owner}, nil, identity.ErrSignIn},
		"system":     {identity.For("ten_a"), permissions, nil},
		"owner":      {staff(identity.Owner), permissions, nil},
		"manager":    {staff(identity.Manager), permissions[:8], identity.ErrForbidden},
		"fulfilment": {
			staff(identity.Fulfilment),
			[]identity.Permission{identity.ReadOrders, identity.FulfilOrders, identity.ReadCatalog, identity.ManageStock},
			identity.ErrForbidden,
		},
		"read only": {staff(identity.ReadOnly), []identity.Permission{identity.ReadOrders, identity.ReadCatalog}, identity.ErrForbidden},
		"no role":   {staff(""), nil, identity.ErrForbidden},
		"bad role":  {staff("root"), nil, identity.ErrForbidden},
		"no kind":   {identity.Actor{Kind: 99, Role: identity.Owner}, nil, identity.ErrSignIn},
	} {
		t.Run(name, func(t *testing.T) {
			for _, p := range permissions {
				if slices.Contains(c.may, p) {
					require.NoError(t, c.actor.May(p), p)
				} else {
					require.ErrorIs(t, c.actor.May(p), c.denied, p)
				}
			}
			if c.actor.Kind != identity.System {
				require.Error(t, c.actor.May("made:up"))
			}
		})
	}
}

func staff(r identity.Role) identity.Actor {
	return identity.Actor{Tenant: "ten_a", Kind: identity.Staff, ID: "usr_1", Role: r}
}

func TestWhoAndTopic(t *testing.T) {
	for _, c := range []struct {
		actor      identity.Actor
		who, topic string
		customer   string
		err        error
	}{
		{identity.GuestOf("t"), "guest", "", "", identity.ErrSignIn},
		{identity.Actor{Kind: identity.Customer, ID: "cus_1"}, "cus_1", "customer:cus_1", "cus_1", nil},
		{staff(identity.Owner), "usr_1", "staff", "", identity.ErrForbidden},
		{identity.For("t"), "system", "staff", "", identity.ErrForbidden},
	} {
		require.Equal(t, c.who, c.actor.Who())
		require.Equal(t, c.topic, c.actor.Topic())
		customer, err := c.actor.CustomerID()
		require.Equal(t, c.customer, customer)
		require.ErrorIs(t, err, c.err)
	}
}

func TestParseRole(t *testing.T) {
	for _, r := range []identity.Role{identity.Owner, identity.Manager, identity.Fulfilment, identity.ReadOnly} {
		got, err := identity.ParseRole(string(r))
		require.NoError(t, err)
		require.Equal(t, r, got)
	}
	for _, s := range []string{"", "root", "Owner", "system"} {
		_, err := identity.ParseRole(s)
		require.Equal(t, fault.Invalid, fault.KindOf(err))
	}
}
