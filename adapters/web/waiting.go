package web

import (
	"errors"
	"net/url"
	"time"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/core/inventory"
	"github.com/halum-hut/halum/ports"
)

var waitRate = ports.Rate{Limit: 20, Per: time.Minute, Burst: 20}

// waitFor signs somebody up for a mail when a variant is back.
func waitFor(v *visit) error {
	if err := v.limit("wait", waitRate, ""); err != nil {
		return err
	}
	err := v.web.d.Shop.Signups.Add(v.ctx, v.shop.ID, catalog.VariantID(v.form("variant")), v.form("email"))
	back := productPath(v.slug())
	switch {
	case errors.Is(err, inventory.ErrAvailable):
		return v.redirect(back)
	case err != nil:
		f, status := newForm(), statusOf[fault.KindOf(err)]
		f.set("email", v.form("email"))
		if err := f.explain(v.ctx, err); err != nil {
			return err
		}
		return showProduct(v, status, v.form, f)
	}
	return v.redirect(back + "?" + url.Values{"waiting": {"1"}}.Encode())
}
