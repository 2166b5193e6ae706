package core_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// This test proves which way imports run in the module, on Linux, with the standard library alone. Which third-party
// library may be used where is depguard's business: see .golangci.yml. Test files are exempt from both.

const module = "github.com/halum-hut/halum/"

// impure are the packages a domain package does without: they do I/O, wait, or read what was not passed to them.
var impure = []string{"context", "net/http", "database/sql", "os", "log/slog", "encoding/json", "reflect"}

// driving adapters call use cases; all others are called by them.
var driving = []string{"adapters/http", "adapters/web", "adapters/jobs"}

// exceptions are single imports against the rule, with the reason why they are right.
var exceptions = map[string]string{
	"adapters/postgres/pgtest → adapters/localpg": "pgtest is test support: it gives each suite a private server",
}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

func TestImportsRunOneWay(t *testing.T) {
	pkgs := list(t)
	if len(pkgs) < 30 {
		t.Fatalf("go list found only %d packages: the test looks at the wrong place", len(pkgs))
	}
	for _, p := range pkgs {
		for _, problem := range check(p) {
			t.Error(problem)
		}
	}
}

// check returns what is wrong with a package's imports, in words.
func check(p pkg) (problems []string) {
	from := strings.TrimPrefix(p.ImportPath, module)
	may, home := rule(from)
	if !home {
		return []string{from + " has no place in the house: put nouns and rules in core/<domain>, use cases in core/app/<actor>, " +
			"interfaces in ports, what talks to the outside in adapters/<name>, what knows of many vendors in tenants, " +
			"providers in plugins/<kind>-<name>, commands in cmd/<name>"}
	}
	for _, to := range p.Imports {
		own, inside := strings.CutPrefix(to, module)
		switch {
		case !inside && strings.HasPrefix(to, strings.TrimSuffix(module, "/")):
			problems = append(problems, from+" must not import the module's root")
		case inside:
			if _, excused := exceptions[from+" → "+own]; !excused && own != from && !may(own) {
				problems = append(problems, from+" must not import "+own+": "+directions(from))
			}
		case isDomain(from) && slices.Contains(impure, to):
			problems = append(problems, from+" must not import "+to+": a domain package does no I/O and asks for nothing that was not passed to it")
		case stdOnly(from) && !isStd(to):
			problems = append(problems, from+" must not import "+to+": core, ports and tenants use the standard library only")
		}
	}
	return problems
}

// rule returns what a package of the module may import of the module, and whether the package may exist at all.
func rule(from string) (may func(to string) bool, home bool) {
	top, _, _ := strings.Cut(from, "/")
	switch {
	case from == "core":
		return func(string) bool { return false }, true
	case isDomain(from):
		return isDomain, true
	case from == "ports":
		return isDomain, true
	case from == "ports/porttest":
		return func(to string) bool { return isDomain(to) || to == "ports" }, true
	case under(from, "core/app"), from == "tenants":
		return func(to string) bool { return isDomain(to) || to == "ports" || under(to, "core/app") && top == "core" }, true
	case slices.Contains(driving, adapterOf(from)):
		return func(to string) bool {
			return under(to, "core") || to == "ports" || to == "tenants" || adapterOf(to) == adapterOf(from)
		}, true
	case adapterOf(from) != "":
		return func(to string) bool {
			return isDomain(to) || to == "ports" || adapterOf(to) == adapterOf(from) ||
				adapterOf(from) == "adapters/pluginhost" && under(to, "plugins/sdk")
		}, true
	case under(from, "plugins/sdk"):
		return func(to string) bool { return under(to, "plugins/sdk") }, true
	case strings.HasPrefix(from, "plugins/payment-"), strings.HasPrefix(from, "plugins/shipping-"):
		return func(to string) bool { return under(to, "plugins/sdk") || under(to, firstTwo(from)) }, true
	case top == "cmd" && from != "cmd":
		return func(string) bool { return true }, true
	}
	return nil, false
}

// directions says what a package may import, for whoever broke the rule.
func directions(from string) string {
	switch {
	case isDomain(from), from == "ports":
		return "core/<domain> and ports know core/<domain> only"
	case under(from, "ports"):
		return "conformance suites know core/<domain> and ports"
	case under(from, "core/app"), from == "tenants":
		return "use cases and tenants know core/<domain> and ports, never an adapter"
	case slices.Contains(driving, adapterOf(from)):
		return "driving adapters know core, ports and tenants, never a sibling"
	case under(from, "adapters"):
		return "adapters know core/<domain> and ports, never a sibling or a use case; only pluginhost knows plugins/sdk"
	case under(from, "plugins"):
		return "plugins know plugins/sdk and nothing else of the module"
	}
	return "it owns no knowledge of the rest"
}

func isDomain(p string) bool {
	return strings.Count(p, "/") == 1 && under(p, "core") && p != "core/app" && p != "core"
}

func stdOnly(p string) bool {
	return under(p, "core") || p == "ports" || p == "tenants"
}

// adapterOf returns the adapter a package belongs to, such as "adapters/postgres" for "adapters/postgres/pgtest".
func adapterOf(p string) string {
	if !strings.HasPrefix(p, "adapters/") {
		return ""
	}
	return firstTwo(p)
}

func firstTwo(p string) string {
	parts := strings.SplitN(p, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// isStd tells packages of the standard library: their first element has no dot.
func isStd(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return !strings.Contains(first, ".")
}

func list(t *testing.T) (pkgs []pkg) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Standard,Imports", "./...")
	cmd.Dir = ".."
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

// TestRuleCanFail plants one violation of every sort: a rule that never fails proves nothing.
func TestRuleCanFail(t *testing.T) {
	bad := []struct{ from, to, says string }{
		{"core/order", "context", "does no I/O"},
		{"core/order", "net/http", "does no I/O"},
		{"core/order", "os", "does no I/O"},
		{"core/order", "encoding/json", "does no I/O"},
		{"core/order", "github.com/google/uuid", "standard library only"},
		{"core/order", module + "ports", "know core/<domain> only"},
		{"core/order", module + "core/app", "know core/<domain> only"},
		{"core/order", module + "core/app/shop", "know core/<domain> only"},
		{"ports", module + "core/app", "know core/<domain> only"},
		{"ports", "gorm.io/gorm", "standard library only"},
		{"ports/porttest", module + "adapters/postgres", "conformance suites"},
		{"core/app/shop", module + "adapters/postgres", "never an adapter"},
		{"core/app/shop", module + "tenants", "never an adapter"},
		{"core/app/shop", "github.com/gofiber/fiber/v2", "standard library only"},
		{"tenants", module + "core/app/shop", "never an adapter"},
		{"tenants", module + "adapters/redis", "never an adapter"},
		{"adapters/postgres", module + "core/app/shop", "never a sibling or a use case"},
		{"adapters/postgres", module + "tenants", "never a sibling or a use case"},
		{"adapters/postgres", module + "adapters/redis", "never a sibling or a use case"},
		{"adapters/postgres", module + "plugins/sdk", "only pluginhost knows"},
		{"adapters/postgres", module + "adapters/localpg", "never a sibling or a use case"},
		{"adapters/http", module + "adapters/postgres", "never a sibling"},
		{"adapters/http", module + "adapters/web", "never a sibling"},
		{"adapters/http", module + "plugins/sdk", "never a sibling"},
		{"adapters/pluginhost", module + "plugins/payment-sandbox", "only pluginhost knows"},
		{"plugins/payment-sandbox", module + "core/money", "nothing else of the module"},
		{"plugins/payment-sandbox", module + "plugins/payment-manual", "nothing else of the module"},
		{"plugins/sdk", module + "core/fault", "nothing else of the module"},
		{"plugins/sdk/proto/payment/v1", module + "core/payment", "nothing else of the module"},
		{"adapters/redis", module + "cmd/halum", "never a sibling or a use case"},
		{"adapters/redis", strings.TrimSuffix(module, "/"), "module's root"},
		{"util", "fmt", "has no place"},
		{"internal/helper", "fmt", "has no place"},
		{"adapters", "fmt", "has no place"},
		{"plugins/tax-eu", "fmt", "has no place"},
		{"ports/orderport", "fmt", "has no place"},
		{"core/order/rules", "fmt", "has no place"},
	}
	for _, c := range bad {
		if got := check(pkg{ImportPath: module + c.from, Imports: []string{c.to}}); len(got) != 1 || !strings.Contains(got[0], c.says) {
			t.Errorf("%s → %s: want one problem saying %q, got %q", c.from, c.to, c.says, got)
		}
	}
	good := [][2]string{
		{"core/order", module + "core/money"},
		{"core/order", "strings"},
		{"ports", module + "core/order"},
		{"ports", "context"},
		{"core/app/shop", module + "core/app/settle"},
		{"core/app/shop", module + "ports"},
		{"core/app/shop", "encoding/json"},
		{"tenants", module + "ports"},
		{"adapters/http", module + "core/app/shop"},
		{"adapters/http", module + "tenants"},
		{"adapters/jobs", module + "core/app/reactions"},
		{"adapters/postgres", "gorm.io/gorm"},
		{"adapters/postgres/pgtest", module + "adapters/postgres"},
		{"adapters/postgres/pgtest", module + "adapters/localpg"},
		{"adapters/pluginhost", module + "plugins/sdk/proto/payment/v1"},
		{"plugins/payment-sandbox", module + "plugins/payment-sandbox/journal"},
		{"plugins/payment-stripe", "github.com/stripe/stripe-go/v76"},
		{"cmd/halum", module + "adapters/postgres"},
	}
	for _, c := range good {
		if got := check(pkg{ImportPath: module + c[0], Imports: []string{c[1]}}); len(got) != 0 {
			t.Errorf("%s → %s: %q", c[0], c[1], got)
		}
	}
}

// TestExceptionsAreNeeded keeps the list of exceptions from outliving its reasons.
func TestExceptionsAreNeeded(t *testing.T) {
	used := map[string]bool{}
	for _, p := range list(t) {
		for _, to := range p.Imports {
			used[strings.TrimPrefix(p.ImportPath, module)+" → "+strings.TrimPrefix(to, module)] = true
		}
	}
	for e, reason := range exceptions {
		if !used[e] || reason == "" {
			t.Errorf("the exception %q is not needed any more, or gives no reason", e)
		}
	}
}

// TestCoreHasNoFloatsAndNoClock looks at the code itself: money is never a float, and times are parameters.
func TestCoreHasNoFloatsAndNoClock(t *testing.T) {
	files := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files++
		problems, err := impurities(path, nil)
		for _, p := range problems {
			t.Error(p)
		}
		return err
	})
	if err != nil || files < 20 {
		t.Fatalf("%d files read: %v", files, err)
	}
}

func TestImpuritiesAreFound(t *testing.T) {
	const src = `package p
import clock "time"
var a float64
func f(x float32) { _ = clock.Now(); _ = clock.Since(clock.Time{}); _ = 1.5 }
func g(clock struct{ Now func() int }) {}
`
	problems, err := impurities("planted.go", src)
	if err != nil || len(problems) != 5 {
		t.Fatalf("want 5 problems, got %q, %v", problems, err)
	}
}

// impurities finds floats and readings of the system's clock in a file.
func impurities(path string, src any) (problems []string, err error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, src, 0)
	if err != nil {
		return nil, err
	}
	clock := importName(file, "time")
	add := func(n ast.Node, format string, args ...any) {
		problems = append(problems, fset.Position(n.Pos()).String()+": "+fmt.Sprintf(format, args...))
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if n.Name == "float32" || n.Name == "float64" {
				add(n, "no %s in core: money is whole minor units", n.Name)
			}
		case *ast.BasicLit:
			if n.Kind == token.FLOAT {
				add(n, "no float in core: money is whole minor units")
			}
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && clock != "" && x.Name == clock && slices.Contains([]string{"Now", "Since", "Until"}, n.Sel.Name) {
				add(n, "no time.%s in core: times are parameters, and use cases ask their Clock", n.Sel.Name)
			}
		}
		return true
	})
	return problems, nil
}

// importName returns the name under which a file knows a package, "" when it does not.
func importName(f *ast.File, path string) string {
	for _, i := range f.Imports {
		if i.Path.Value != `"`+path+`"` {
			continue
		}
		if i.Name != nil {
			return i.Name.Name
		}
		return filepath.Base(path)
	}
	return ""
}
