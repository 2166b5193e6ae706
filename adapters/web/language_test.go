package web

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sayers are the functions whose texts shoppers read.
var sayers = []string{"t", "counted", "say", "accountForm", "refuseAccount", "sheet"}

// staffOnly are the files whose texts only staff reads, in English.
var staffOnly = []string{"vendor.go", "vendor_templ.go", "shipments.go", "platform_templ.go", "security.go"}

// spoken collects the texts of shoppers' pages.
func spoken(t *testing.T) []string {
	t.Helper()
	found := map[string]bool{}
	note := func(e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			if strings.ContainsFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' && !strings.HasPrefix(text, "/") }) {
				found[text] = true
			}
		}
	}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || slices.Contains(staffOnly, name) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				name := ""
				switch fun := n.Fun.(type) {
				case *ast.Ident:
					name = fun.Name
				case *ast.SelectorExpr:
					name = fun.Sel.Name
				}
				if slices.Contains(sayers, name) {
					for _, arg := range n.Args {
						note(arg)
					}
				}
			case *ast.CompositeLit:
				of, ok := n.Type.(*ast.Ident)
				if !ok || of.Name != "badge" && of.Name != "inputField" {
					return true
				}
				for i, e := range n.Elts {
					if kv, keyed := e.(*ast.KeyValueExpr); keyed {
						if key := kv.Key.(*ast.Ident).Name; key == "Label" || key == "Hint" {
							note(kv.Value)
						}
					} else if i == 0 {
						note(e)
					}
				}
			}
			return true
		})
	}
	for _, s := range sortNames {
		found[s.Name] = true
	}
	return slices.Sorted(maps.Keys(found))
}

func TestEveryTextIsTranslated(t *testing.T) {
	keys := spoken(t)
	require.Greater(t, len(keys), 150)
	files, err := fs.Glob(textFiles, "texts/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		content, err := textFiles.ReadFile(name)
		require.NoError(t, err)
		said := map[string]string{}
		require.NoError(t, json.Unmarshal(content, &said))
		for _, k := range keys {
			require.NotEmpty(t, said[k], "%s does not say %q", name, k)
		}
		for english, text := range said {
			require.Equal(t, verbs(english), verbs(text), "%s: %q", name, english)
		}
	}
}

// verbs are what fmt fills in, in the order of the arguments.
func verbs(s string) (all []string) {
	for i := range len(s) - 1 {
		if s[i] == '%' {
			all = append(all, s[i:i+2])
		}
	}
	return all
}

func TestTonguesWriteTheirOwnDigits(t *testing.T) {
	at := time.Date(2026, 11, 3, 15, 4, 0, 0, time.UTC)
	bengali, english := tongueOf("bn-BD"), tongueOf("en-BD")
	require.Equal(t, "3 November 2026, 15:04 UTC", english.when(at))
	require.Equal(t, "৩ নভেম্বর ২০২৬, ১৫:০৪ UTC", bengali.when(at))
	require.Equal(t, "100% silk", english.say("100% silk"))
	require.Equal(t, "100% silk", bengali.say("100% silk"), "what is not translated stays")
	require.Equal(t, "১২,৩৪,৫৬৭", bengali.say("%d", 1234567))
	require.Equal(t, "বাংলা", nameOf("bn-BD"))
}
