package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/halum-hut/halum/adapters/pluginhost"
	"github.com/halum-hut/halum/plugins/sdk/proto"
)

// scaffold holds the templates as plugins that work, named acme. They are compiled and tested where they stand.
//
//go:embed all:scaffold
var scaffold embed.FS

type pluginNewCmd struct {
	Kind string `arg:"" enum:"payment,shipping" help:"payment or shipping."`
	Name string `arg:"" help:"Name of the provider, such as acme: lower-case letters, digits and single dashes."`
	Dir  string `help:"Folder to make; the name when not given." type:"path" placeholder:"DIR"`
	Lang string `help:"go or node." enum:"go,node" default:"go"`
	SDK  string `name:"sdk" help:"Source checkout of Halum Hut; found by itself from here or from the binary." type:"path" placeholder:"DIR"`
}

const halumModule = "github.com/halum-hut/halum"

// Run makes a folder with a plugin that passes the conformance kit, for its author to go on from.
func (c pluginNewCmd) Run(ctx context.Context) error {
	if !pluginhost.IsProgram(c.Kind + "-" + c.Name) {
		return fmt.Errorf("%q cannot be a plugin's name: use lower-case letters, digits and single dashes, such as acme or acme-pay", c.Name)
	}
	template := path.Join("scaffold", c.Kind, c.Lang)
	if _, err := fs.Stat(scaffold, template); err != nil {
		return fmt.Errorf("there is no template of a %s plugin in %s yet: take --lang go", c.Kind, c.Lang)
	}
	dir := c.Dir
	if dir == "" {
		dir = c.Name
	}
	checkout, err := c.checkout()
	if err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s is there already: name another folder with --dir", dir)
		}
		return err
	}
	if err := c.write(template, dir); err != nil {
		return err
	}
	if c.Lang == "node" {
		err = copyTree(proto.Files, ".", filepath.Join(dir, "proto"))
	} else {
		err = c.module(ctx, dir, checkout)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s holds a %s plugin that works. Read its README.md, then try it:\n\n  halum plugin verify %s\n", dir, c.Kind, dir)
	return nil
}

// write copies a template under its new name.
func (c pluginNewCmd) write(template, dir string) error {
	return fs.WalkDir(scaffold, template, func(file string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.Name() == "node_modules" {
			return fs.SkipDir // somebody has tried the template where it stands
		}
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := scaffold.ReadFile(file)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(c.rename(strings.TrimPrefix(file, template))))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if bytes.HasPrefix(content, []byte("#!")) {
			mode = 0o755
		}
		return os.WriteFile(to, []byte(c.rename(string(content))), mode)
	})
}

// rename gives the template's provider its name.
func (c pluginNewCmd) rename(text string) string {
	words := strings.Split(c.Name, "-")
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.NewReplacer("acme", c.Name, "Acme", strings.Join(words, " ")).Replace(text)
}

// checkout finds the source that a Go plugin is compiled against.
func (c pluginNewCmd) checkout() (string, error) {
	if c.Lang != "go" {
		return "", nil
	}
	if c.SDK != "" {
		if !isCheckout(c.SDK) {
			return "", fmt.Errorf("%s is not a source checkout of %s", c.SDK, halumModule)
		}
		return filepath.Abs(c.SDK)
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	binary, err := os.Executable()
	if err != nil {
		return "", err
	}
	for _, from := range []string{here, filepath.Dir(binary)} {
		for dir := from; ; dir = filepath.Dir(dir) {
			if isCheckout(dir) {
				return dir, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return "", errors.New("the SDK is compiled from a source checkout of Halum Hut, and none was found above this folder or the binary: name it with --sdk DIR")
}

func isCheckout(dir string) bool {
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(mod), "module "+halumModule+"\n")
}

// module makes the folder a Go module of its own. The checkout's sums are a good start for its own.
func (c pluginNewCmd) module(ctx context.Context, dir, checkout string) error {
	mod := fmt.Sprintf(`module %s-%s

go 1.26.0

require %s v0.0.0

// The SDK is compiled from a source checkout. Take this line away, and a released version above, once there is one.
replace %s => %s
`, c.Kind, c.Name, halumModule, halumModule, filepath.ToSlash(checkout))
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(checkout, "go.sum"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644); err != nil {
		return err
	}
	tidy := exec.CommandContext(ctx, "go", "mod", "tidy")
	tidy.Dir = dir
	if out, err := tidy.CombinedOutput(); err != nil {
		return fmt.Errorf("the plugin is written to %s, but `go mod tidy` did not end well there: %w\n%s", dir, err, bytes.TrimSpace(out))
	}
	return nil
}

func copyTree(from fs.FS, root, dir string) error {
	return fs.WalkDir(from, root, func(file string, entry fs.DirEntry, err error) error {
		to := filepath.Join(dir, filepath.FromSlash(file))
		if err != nil || entry.IsDir() {
			return errors.Join(err, os.MkdirAll(to, 0o755))
		}
		content, err := fs.ReadFile(from, file)
		if err != nil {
			return err
		}
		return os.WriteFile(to, content, 0o644)
	})
}
