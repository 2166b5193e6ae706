package main

import (
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
	server := httpapi.New(httpapi.Deps{BaseDomain: cfg.BaseDomain, Scheme: cfg.Scheme, Version: version})
	for _, name := range []string{"storefront", "admin", "platform"} {
		if err := os.WriteFile(filepath.Join(c.Dir, name+".json"), server.Document(name), 0o644); err != nil {
			return err
		}
	}
	return nil
}
