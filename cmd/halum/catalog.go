package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/ports"
)

type catalogCmd struct {
	Import catalogImportCmd `cmd:"" help:"Import products from a file."`
	Export catalogExportCmd `cmd:"" help:"Write all products to a file."`
}

type catalogImportCmd struct {
	Tenant string `required:"" help:"Slug of the shop."`
	Format string `enum:"auto,csv,jsonl,shopify,woocommerce" default:"auto" help:"auto finds it out by the header; csv and jsonl are our own."`
	Policy string `enum:"skip-failed,reject-all" default:"skip-failed" help:"reject-all checks the whole file first, and one bad product keeps all of them out."`
	DryRun bool   `help:"Tell what would happen to each product and change nothing."`
	Images string `enum:"fetch,keep" default:"fetch" help:"Pictures that the file names by address: fetch them in the background, or keep the addresses."`
	File   string `arg:"" type:"existingfile" help:"The file."`
}

// Run imports the file. It fails when a product could not be imported; the others are. When it is killed, a worker goes
// on where it was.
func (c *catalogImportCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		t, err := p.bySlug(ctx, c.Tenant)
		if err != nil {
			return err
		}
		by := identity.For(t.ID)
		i, err := c.upload(ctx, p, by)
		if err != nil {
			return err
		}
		step, done := newSteps(os.Stderr, "import "+filepath.Base(c.File), 1000)
		at := 0
		i, err = p.backoffice.Imports.Finish(ctx, by, i.ID, func(now catalog.Import) {
			step(int64(now.Progress() - at))
			at = now.Progress()
		})
		if err == nil {
			step(int64(1000 - at))
		}
		done()
		if errors.Is(err, context.Canceled) {
			return fmt.Errorf("stopped watching: a worker goes on with %s", i.ID)
		}
		if err != nil {
			return err
		}
		if err := printRows(ctx, os.Stdout, p, by, i, c.File); err != nil {
			return err
		}
		return summarise(os.Stdout, i)
	})
}

// upload keeps the file where every worker can read it.
func (c *catalogImportCmd) upload(ctx context.Context, p *parts, by identity.Actor) (catalog.Import, error) {
	file, err := os.Open(c.File)
	if err != nil {
		return catalog.Import{}, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return catalog.Import{}, err
	}
	in := catalog.Import{Name: filepath.Base(c.File), Policy: catalog.SkipFailed, DryRun: c.DryRun, Leave: c.Images == "keep"}
	if c.Format != "auto" {
		in.Format = catalog.FileFormat(c.Format)
	}
	if c.Policy == "reject-all" {
		in.Policy = catalog.RejectAll
	}
	wrap, done := newProgress(os.Stderr, "store "+in.Name, info.Size())
	defer done()
	return p.backoffice.Imports.Begin(ctx, by, in, wrap(file))
}

// printRows writes what is wrong in the file, as compilers do, and for a dry run what would become of each product.
func printRows(ctx context.Context, w io.Writer, p *parts, by identity.Actor, i catalog.Import, file string) error {
	q := ports.ImportRowQuery{Limit: 500}
	for {
		rows, err := p.backoffice.Imports.Rows(ctx, by, i.ID, q)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, r := range rows {
			printRow(w, file, r, i.DryRun)
		}
		q.After = rows[len(rows)-1].Number
	}
}

var outcomeMarks = map[catalog.ImportOutcome]string{
	catalog.ImportCreates: "+ %s: new\n", catalog.ImportUpdates: "~ %s: changed\n", catalog.ImportLeaves: "= %s: unchanged\n",
	catalog.ImportFailsRow: "! %s: failed\n",
}

func printRow(w io.Writer, file string, r catalog.ImportRow, diff bool) {
	if diff {
		fmt.Fprintf(w, outcomeMarks[r.Outcome], r.Slug)
		for _, c := range r.Changes {
			fmt.Fprintf(w, "    %s: %q → %q\n", c.Field, c.Old, c.New)
		}
	}
	for _, e := range r.Errors {
		fmt.Fprintf(w, "%s:%d%s: %s\n", file, e.Line, bracketed(e.Column), e.Message)
	}
	for _, e := range r.Notes {
		fmt.Fprintf(w, "%s:%d%s: note: %s\n", file, e.Line, bracketed(e.Column), e.Message)
	}
}

func bracketed(column string) string {
	if column == "" {
		return ""
	}
	return " [" + column + "]"
}

// summarise writes one line about the import. Errors: it did not bring all products in.
func summarise(w io.Writer, i catalog.Import) error {
	dry := ""
	if i.DryRun {
		dry = " (dry run: nothing was changed)"
	}
	fmt.Fprintf(w, "%s, %d rows, %d products: %d created, %d updated, %d unchanged, %d failed%s\n",
		i.Format, i.Rows, i.Products, i.Created, i.Updated, i.Unchanged, i.Failed, dry)
	switch i.Status {
	case catalog.ImportRejected:
		return fmt.Errorf("nothing was imported: %d of %d products are not right, mend the rows above", i.Failed, i.Products)
	case catalog.ImportFailed:
		return errors.New("the file could not be read on: " + i.Message)
	case catalog.ImportCancelled:
		return errors.New("the import was cancelled")
	case catalog.ImportDone, catalog.ImportUploading, catalog.ImportQueued, catalog.ImportRunning:
	}
	if i.Failed > 0 {
		return fmt.Errorf("%d of %d products were not imported: mend the rows above and run it again", i.Failed, i.Products)
	}
	return nil
}
