package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/plugins/sdk/conformance"
)

func TestNewPluginNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, c := range map[string]pluginNewCmd{
		"upper case":    {Kind: "payment", Name: "Acme", Lang: "go"},
		"empty":         {Kind: "payment", Name: "", Lang: "go"},
		"path":          {Kind: "payment", Name: "../acme", Lang: "go"},
		"double dash":   {Kind: "payment", Name: "a--b", Lang: "go"},
		"trailing dash": {Kind: "payment", Name: "acme-", Lang: "go"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, c.Run(t.Context()), "cannot be a plugin's name")
		})
	}
	require.ErrorContains(t, pluginNewCmd{Kind: "shipping", Name: "acme", Lang: "node"}.Run(t.Context()), "--lang go")
	require.ErrorContains(t, pluginNewCmd{Kind: "payment", Name: "acme", Lang: "go", SDK: t.TempDir()}.Run(t.Context()), "not a source checkout")
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestNewPluginRefusesAnExistingFolder(t *testing.T) {
	dir := t.TempDir()
	err := pluginNewCmd{Kind: "payment", Name: "acme", Lang: "go", Dir: dir, SDK: repo(t)}.Run(t.Context())
	require.ErrorContains(t, err, "is there already")
	left, readErr := os.ReadDir(dir)
	require.NoError(t, readErr)
	require.Empty(t, left)
}

// A plugin under another name passes as the template does, also with a name that is no identifier.
func TestNewPluginsKeepTheContract(t *testing.T) {
	for _, c := range []pluginNewCmd{{Kind: "payment", Name: "2-fast-pay", Lang: "go"}, {Kind: "shipping", Name: "func", Lang: "go"}} {
		t.Run(c.Kind, func(t *testing.T) {
			c.Dir, c.SDK = filepath.Join(t.TempDir(), c.Name), repo(t)
			require.NoError(t, c.Run(t.Context()))
			report, err := conformance.Verify(t.Context(), c.Dir, conformance.Options{})
			require.NoError(t, err)
			require.Empty(t, report.Failures())
			require.Equal(t, c.Name, report.Plugin.Name)
			require.Empty(t, grep(t, c.Dir, "(?i)acme"))
		})
	}
}

// The example in Node.js is the template under another name, file by file. The conformance kit's own test tries it.
func TestNodeExampleIsTheTemplate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "payment-node")
	require.NoError(t, pluginNewCmd{Kind: "payment", Name: "node", Lang: "node", Dir: dir}.Run(t.Context()))
	require.Equal(t, tree(t, dir), tree(t, nodeExample(t)),
		"run: rm -r plugins/examples/payment-node && halum plugin new payment node --lang node --dir plugins/examples/payment-node")
}

// Every command of the guide is run, in its order, by somebody who begins in an empty folder.
func TestGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(repo(t), "plugins", "GUIDE.md"))
	require.NoError(t, err)
	fences := regexp.MustCompile("(?m)^```(\\w*)\n([^`]*)^```$").FindAllStringSubmatch(string(guide), -1)
	script := "set -euo pipefail\n"
	for _, fence := range fences {
		require.Equal(t, "sh", fence[1], "a block that no test runs:\n%s", fence[2])
		script += "echo '---'\n" + fence[2]
	}
	require.GreaterOrEqual(t, len(fences), 10)
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "PATH="+freshHalum(t)+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	verified := strings.Count(script, "halum plugin verify ")
	require.Equal(t, verified, strings.Count(string(out), " 0 failed,"), "%s", out)
	t.Logf("%s", out)
}

// freshHalum builds the command into a folder of its own below bin, from where it finds the checkout as a built one does.
func freshHalum(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(repo(t), "bin")
	require.NoError(t, os.MkdirAll(bin, 0o755))
	dir, err := os.MkdirTemp(bin, "guide-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir, ".")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir
}

func repo(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	require.NoError(t, err)
	return dir
}

func nodeExample(t *testing.T) string {
	t.Helper()
	return filepath.Join(repo(t), "plugins", "examples", "payment-node")
}

// tree reads the files of a folder, but for what npm has installed.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.Name() == "node_modules" {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		rel, relErr := filepath.Rel(dir, path)
		require.NoError(t, relErr)
		files[rel] = string(content)
		return err
	}))
	return files
}

// grep lists the files whose content matches.
func grep(t *testing.T, dir, pattern string) (found []string) {
	t.Helper()
	for path, content := range tree(t, dir) {
		if regexp.MustCompile(pattern).Match(bytes.TrimSpace([]byte(content))) {
			found = append(found, path)
		}
	}
	return found
}
