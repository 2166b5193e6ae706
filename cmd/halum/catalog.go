package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/halum-hut/halum/core/app/backoffice"
	"github.com/halum-hut/halum/core/identity"
)

type catalogCmd struct {
	Import catalogImportCmd `cmd:"" help:"Import a Shopify product CSV, as it is."`
}

type catalogImportCmd struct {
	Tenant string `required:"" help:"Slug of the shop."`
	DryRun bool   `help:"Tell what would happen and change nothing."`
	File   string `arg:"" type:"existingfile" help:"The CSV file."`
}

// Run imports the file. It fails when a product could not be imported; the others are.
func (c *catalogImportCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		t, err := p.bySlug(ctx, c.Tenant)
		if err != nil {
			return err
		}
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return err
		}
		wrap, done := newProgress(os.Stderr, c.File, info.Size())
		report, err := p.backoffice.Catalog.Import(ctx, identity.For(t.ID), backoffice.Import{File: wrap(file), DryRun: c.DryRun})
		done()
		printReport(os.Stdout, c.File, report)
		if err == nil && report.Failed > 0 {
			err = fmt.Errorf("%d of %d products were not imported: mend the rows above and run it again", report.Failed, report.Products)
		}
		return err
	})
}

func printReport(w io.Writer, file string, r backoffice.ImportReport) {
	for _, e := range r.Errors {
		column := ""
		if e.Column != "" {
			column = " [" + e.Column + "]"
		}
		fmt.Fprintf(w, "%s:%d%s: %s\n", file, e.Line, column, e.Message)
	}
	verb := ""
	if r.DryRun {
		verb = " (dry run: nothing was changed)"
	}
	fmt.Fprintf(w, "%d rows, %d products: %d created, %d updated, %d unchanged, %d failed%s\n",
		r.Rows, r.Products, r.Created, r.Updated, r.Unchanged, r.Failed, verb)
}
