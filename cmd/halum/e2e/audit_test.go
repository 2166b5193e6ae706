//go:build browser

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// audited is what audit/audit.mjs says of a page. Scores are 0 to 1.
type audited struct {
	URL        string
	Violations []struct {
		ID, Impact, Help string
		Where            []string
	}
	Scores map[string]float64
	Lost   []string // why points were lost, in Lighthouse's words
}

// scores are what home, category and product pages must reach in Lighthouse.
var scores = map[string]float64{"performance": 0.95, "accessibility": 0.95, "best-practices": 0.95, "seo": 0.95}

// TestBrowserPagesAreSound asks axe of every page that a shopper or a vendor sees first, and Lighthouse of those that
// search engines find.
func TestBrowserPagesAreSound(t *testing.T) {
	d := startDev(t)
	w := open(t, browser(t), 1280, 900)
	var pages []string
	for _, shop := range []string{"neel", "matir"} {
		w.goTo(d.url(shop, "/"))
		pages = append(pages, d.url(shop, "/"), w.href(`a[href^="/c/"]`), w.href(`a[href^="/p/"]`))
	}
	tools := auditTools(t)
	for _, a := range audit(t, tools, pages) {
		a.sound(t)
		for category, least := range scores {
			require.GreaterOrEqual(t, a.Scores[category], least, "%s of %s: %q", category, a.URL, a.Lost)
		}
		t.Logf("%s %v", regexp.MustCompile(`^http://([a-z]+)[^/]*`).ReplaceAllString(a.URL, "$1"), a.Scores)
	}
	for _, a := range audit(t, tools, []string{
		d.url("neel", "/products?q=silk"), d.url("neel", "/cart"), d.url("neel", "/wishlist"), d.url("neel", "/account/sign-in"), d.url("neel", "/account/register"),
		d.url("neel", "/vendor/sign-in"), d.url("neel", "/nothing-here"), d.url("", "/"),
	}, "--axe") {
		a.sound(t)
	}
}

// sound refuses what axe calls serious or worse.
func (a audited) sound(t *testing.T) {
	t.Helper()
	for _, v := range a.Violations {
		if v.Impact == "serious" || v.Impact == "critical" {
			t.Errorf("%s: %s: %s, at %q", a.URL, v.ID, v.Help, v.Where)
		}
	}
}

// href is where the first such link of the page leads.
func (w *window) href(selector string) string {
	w.t.Helper()
	return w.value("document.querySelector('main " + selector + "').href")
}

// audit runs the auditors, installed in dir.
func audit(t *testing.T, dir string, urls []string, flags ...string) (all []audited) {
	t.Helper()
	cmd := exec.Command("node", append(append([]string{"audit.mjs"}, flags...), urls...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CHROME_PATH="+chromiumPath(t))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", stderr.String())
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var a audited
		require.NoError(t, json.Unmarshal(lines.Bytes(), &a), "%s", lines.Text())
		all = append(all, a)
	}
	require.Len(t, all, len(urls))
	return all
}

// auditTools installs the auditors in a folder of their own: Go would look for packages in one below the module.
func auditTools(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "audit.mjs"} {
		text, err := os.ReadFile(filepath.Join("audit", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o644))
	}
	install := exec.Command("npm", "ci", "--no-audit", "--no-fund")
	install.Dir = dir
	out, err := install.CombinedOutput()
	require.NoError(t, err, "install the auditors: %s", out)
	return dir
}
