package shop

import (
	"context"

	"github.com/halum-hut/halum/core/account"
	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/id"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/core/tenant"
	"github.com/halum-hut/halum/ports"
)

// Signups is who waits for something that is sold out.
type Signups struct{ d Deps }

// Add asks for one mail when a variant can be bought again. Doing it again changes nothing, and the answer does not tell
// whether somebody has. Errors: account.ErrEmail, inventory.ErrVariant, inventory.ErrAvailable when it can be bought now.
func (s *Signups) Add(ctx context.Context, t tenant.ID, v catalog.VariantID, email string) error {
	email, err := account.CleanEmail(email)
	if err != nil {
		return err
	}
	return s.d.Store.Update(ctx, t, func(ctx context.Context, tx ports.Tx) error {
		shelves, err := tx.Shelves(ctx, []catalog.VariantID{v}) // goods that come in meanwhile wait, and find the sign-up
		if err != nil {
			return err
		}
		offers, err := tx.Offers(ctx, []catalog.VariantID{v})
		if err != nil {
			return err
		}
		if _, ok := shelves[v]; !ok || !offers[v].Active {
			return inventory.ErrVariant
		}
		if offers[v].Available > 0 {
			return inventory.ErrAvailable
		}
		now := s.d.Now()
		return tx.SaveSignup(ctx, inventory.Signup{ID: inventory.SignupID(id.New("sgn", now)), Variant: v, Email: email, CreatedAt: now})
	})
}
