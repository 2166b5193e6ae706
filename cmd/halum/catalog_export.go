package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/identity"
)

type catalogExportCmd struct {
	Tenant string `required:"" help:"Slug of the shop."`
	Format string `enum:"csv,jsonl" default:"csv" help:"csv (safe to open in a spreadsheet) or jsonl."`
	File   string `arg:"" optional:"" type:"path" help:"Where to write; the standard output when left out."`
}

// Run exports. A file appears only when it is complete.
func (c *catalogExportCmd) Run(ctx context.Context, cfg config) error {
	return withRunning(ctx, cfg, func(p *parts) error {
		t, err := p.bySlug(ctx, c.Tenant)
		if err != nil {
			return err
		}
		export := func(w io.Writer) error {
			return p.backoffice.Catalog.Export(ctx, identity.For(t.ID), catalog.FileFormat(c.Format), w)
		}
		if c.File == "" {
			return export(os.Stdout)
		}
		return writeWhole(c.File, export)
	})
}

// writeWhole writes a file beside its place and moves it there when all is written.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(write(f), f.Sync(), f.Close())
	if err == nil {
		return os.Rename(part, path)
	}
	return errors.Join(err, os.Remove(part))
}
