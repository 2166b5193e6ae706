// Package platform holds what concerns all vendors: their sign-up. It knows tenants only as registry entries; what makes
// one lives behind ports.Provisioner.
package platform

import (
	"context"
	"strings"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/app"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/core/provider"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Deps is what the platform's use cases stand on.
type Deps struct {
	Provisioner ports.Provisioner
	Staff       ports.Staff
	Passwords   ports.Passwords
	Forget      ports.Invalidation
	Now         app.Clock
	// Accounts are the provider accounts that a new shop starts with, enabled.
	Accounts func(money.Currency) []provider.Account
}

// Vendors is sign-up of vendors.
type Vendors struct{ d Deps }

// New builds it.
func New(d Deps) *Vendors { return &Vendors{d} }

// SignUp is a request to open a shop.
type SignUp struct {
	Slug      string
	Shop      tenant.Shop // Name and Currency are required
	OwnerName string
	Email     string
	Password  string
	Hosts     []string // own domains; only the command line may set them
}

// SignUp makes the owner's account and the shop in one step; the shop answers at once. An owner who already has an
// account proves it with its password and gets a second shop.
// Errors: tenant.ErrSlugTaken, ErrSlugReserved, ErrSlugSyntax, account.ErrCredentials, Invalid for bad input.
func (v *Vendors) SignUp(ctx context.Context, in SignUp) (tenant.Tenant, error) {
	owner, err := v.check(&in)
	if err != nil {
		return tenant.Tenant{}, err
	}
	switch known, err := v.d.Staff.StaffByEmail(ctx, owner.Email); {
	case err == nil:
		if ok, err := v.d.Passwords.Verify(ctx, in.Password, known.PasswordHash); err != nil || !ok {
			return tenant.Tenant{}, orElse(err, account.ErrCredentials.Saying("there is already an account with this email: sign up with its password"))
		}
		owner = known
	case fault.KindOf(err) != fault.NotFound:
		return tenant.Tenant{}, err
	default:
		if owner.PasswordHash, err = v.d.Passwords.Hash(ctx, in.Password); err != nil {
			return tenant.Tenant{}, err
		}
	}
	now := v.d.Now()
	t := tenant.Tenant{
		ID: tenant.ID(id.New("ten", now)), Slug: in.Slug, Cell: "main", Status: tenant.Active,
		PublishableKey: "pk_" + id.Secret(), Shop: in.Shop, CreatedAt: now,
	}
	t.Schema = tenant.SchemaFor(t.ID)
	n := ports.NewTenant{Tenant: t, Hosts: in.Hosts, Owner: owner, Accounts: v.d.Accounts(t.Shop.Currency)}
	for i := range n.Accounts {
		n.Accounts[i].Tenant = t.ID
	}
	if err := v.d.Provisioner.Provision(ctx, n); err != nil {
		return tenant.Tenant{}, err
	}
	_ = v.d.Forget.Forget(ctx, "tenant:"+string(t.ID)) // other nodes may have cached that there is no such host
	return t, nil
}

func (v *Vendors) check(in *SignUp) (owner account.Account, err error) {
	in.Slug = strings.ToLower(strings.TrimSpace(in.Slug))
	if err := tenant.CheckSlug(in.Slug); err != nil {
		return owner, err
	}
	if in.Shop.Name, err = account.CleanName(in.Shop.Name); err != nil {
		return owner, fault.InvalidField("shop_name", "use 1 to 120 characters")
	}
	if _, err := money.ParseCurrency(string(in.Shop.Currency)); err != nil {
		return owner, err
	}
	if err := in.Shop.Colours.Check(); err != nil {
		return owner, err
	}
	owner = account.Account{ID: id.New("usr", v.d.Now()), CreatedAt: v.d.Now()}
	if owner.Email, err = account.CleanEmail(in.Email); err != nil {
		return owner, err
	}
	if owner.Name, err = account.CleanName(in.OwnerName); err != nil {
		return owner, err
	}
	if in.Shop.Email == "" {
		in.Shop.Email = owner.Email
	}
	return owner, account.CheckPassword(in.Password)
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
