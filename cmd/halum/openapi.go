package main

import (
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"

	httpapi "github.com/halum-hut/halum/adapters/http"
)

type openapiCmd struct {
	Dir string `arg:"" help:"Folder to write into."`
}

// Run writes the documents as the server serves them. It needs neither database nor Redis.
func (c *openapiCmd) Run(cfg config) error {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	app := httpapi.New(httpapi.Deps{BaseDomain: cfg.BaseDomain, Scheme: cfg.Scheme, Version: version}).App()
	for _, name := range []string{"storefront", "admin", "platform"} {
		resp, err := app.Test(httptest.NewRequest("GET", "http://"+cfg.BaseDomain+"/openapi/"+name+".json", nil))
		if err != nil {
			return err
		}
		document, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			return fmt.Errorf("the %s document cannot be made: status %d, %w", name, resp.StatusCode, err)
		}
		if err := os.WriteFile(filepath.Join(c.Dir, name+".json"), document, 0o644); err != nil {
			return err
		}
	}
	return nil
}
