package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/halum-hut/halum/core/app/settle"
	"github.com/halum-hut/halum/core/tenant"
)

type paymentsCmd struct {
	Reconcile reconcileCmd `cmd:"" help:"Compare the books with what the providers say, and list what does not match with what to do."`
}

type reconcileCmd struct {
	Tenant string        `help:"Slug of one shop; all shops without it."`
	Since  time.Duration `default:"48h" help:"How far back to look, by when a payment was begun."`
	Mend   bool          `help:"Take over what the provider says where that is safe, and try again what has no answer."`
	JSON   bool          `name:"json" help:"Print the reports as JSON, one line per shop."`
}

// errFindings makes the command end with an error when something does not match.
var errFindings = fmt.Errorf("some payments do not match: see above")

// Run compares and prints.
func (c *reconcileCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		all, err := p.chosen(ctx, c.Tenant)
		if err != nil {
			return err
		}
		p.startPlugins(ctx)
		clean := true
		for _, t := range all {
			now := time.Now()
			report, err := p.settler.Reconcile(ctx, t.ID, settle.Reconcile{From: now.Add(-c.Since), To: now, Mend: c.Mend})
			if err != nil {
				return fmt.Errorf("%s: %w", t.Slug, err)
			}
			clean = clean && len(report.Findings) == 0 && report.Dead == 0
			if err := c.print(t, report); err != nil {
				return err
			}
		}
		if !clean {
			return errFindings
		}
		return nil
	})
}

func (c *reconcileCmd) print(t tenant.Tenant, r settle.Report) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(struct {
			Tenant string `json:"tenant"`
			settle.Report
		}{t.Slug, r})
	}
	fmt.Printf("%s: %d payments compared (%d offline), %d findings, %d provider events waiting, %d given up\n",
		t.Slug, r.Payments, r.Offline, len(r.Findings), r.Parked, r.Dead)
	if len(r.Findings) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  PAYMENT\tORDER\tPROVIDER\tWHAT\tOURS\tTHEIRS\tDO")
	for _, f := range r.Findings {
		do := f.Do
		if f.Mended {
			do = "mended"
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Payment, f.Order, f.Plugin, f.Kind, f.Ours, f.Theirs, do)
	}
	return w.Flush()
}

// chosen lists one shop by its slug, or all.
func (p *parts) chosen(ctx context.Context, slug string) ([]tenant.Tenant, error) {
	if slug == "" {
		return p.db.Tenants(ctx)
	}
	t, err := p.bySlug(ctx, slug)
	return []tenant.Tenant{t}, err
}
