package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
)

// refusing are the files whose rules refuse what shoppers do.
var refusing = []string{
	"account/account.go", "cart/cart.go", "order/order.go", "review/review.go", "wishlist/wishlist.go", "payment/payment.go",
	"shipping/shipping.go", "identity/actor.go", "inventory/stock.go", "inventory/signup.go", "digital/digital.go", "tenant/tenant.go",
	"app/shop/*.go",
}

// toStaff are codes of refusals that shoppers never cause, and fields that their pages do not have.
var toStaff = []string{
	"reason", "reply", "role", "is required for items that are shipped",
	"not_capturable", "not_refundable", "amount_too_high", "capture_under_way", "payment_not_held", "amount_mismatch", "payment_not_found",
	"invalid_request", "location_not_found", "location_inactive", "location_code_taken", "location_has_stock", "main_location", "not_on_hand",
	"on_hand_changed", "too_many", "oversold", "rows_failed", "too_many_locations", "revision_mismatch", "file_not_found", "empty_file",
	"file_too_large", "file_incomplete", "too_many_files", "range_not_satisfiable", "slug_taken", "slug_reserved", "invalid_slug", "invalid_colour",
	"invalid_schema", "currencies", "languages", "review_changed", "idempotency_key_required", "unknown_host",
	"currency", "BDT", "use a plain name of at most 150 bytes, without slashes, such as guide.pdf", "the shipping provider quoted a negative price",
}

// refusals collects what rules say to shoppers: the last text of fault.New, InvalidField, Saying, add and of a fault.Field.
func refusals(t *testing.T) (all []string) {
	t.Helper()
	text := func(e ast.Expr) string {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			return s
		}
		return ""
	}
	for _, pattern := range refusing {
		files, err := filepath.Glob(filepath.Join("../../core", pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			require.NoError(t, err)
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					if kv, keyed := n.(*ast.KeyValueExpr); keyed {
						if key, named := kv.Key.(*ast.Ident); named && key.Name == "Message" {
							all = append(all, text(kv.Value))
						}
					}
					return true
				}
				fun := ""
				switch f := call.Fun.(type) {
				case *ast.Ident:
					fun = f.Name
				case *ast.SelectorExpr:
					fun = f.Sel.Name
				}
				if !slices.Contains([]string{"New", "InvalidField", "Saying", "add"}, fun) || len(call.Args) == 0 {
					return true
				}
				for _, arg := range call.Args[:len(call.Args)-1] {
					if slices.Contains(toStaff, text(arg)) {
						return true
					}
				}
				all = append(all, text(call.Args[len(call.Args)-1]))
				return true
			})
		}
	}
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" || slices.Contains(toStaff, s) })
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEveryRefusalIsTranslated(t *testing.T) {
	all := append(refusals(t), catalog.ErrNotFound.Message, catalog.ErrNoCategory.Message, catalog.ErrNoCollection.Message, errForm.Message)
	require.Greater(t, len(all), 50)
	bn := tongueOf("bn")
	for _, english := range all {
		if s := sentence(english); bn.refusal(s) == s {
			t.Errorf("texts/bn.json does not say %q", s)
		}
	}
	require.Equal(t, "Shirt: মাত্র ৩টি বাকি আছে।", bn.refusal("Shirt: only 3 left."), "names stay")
	require.Equal(t, "Nobody wrote 100% of this.", bn.refusal("Nobody wrote 100% of this."))
	require.Equal(t, "Use 1 to 80 characters.", tongueOf("en").refusal("Use 1 to 80 characters."))
}

func TestAFormRefusesInTheReadersLanguage(t *testing.T) {
	s := newStack(t)
	of := s.shops[s.green]
	of.Shop.Languages = "bn"
	s.shops[s.green] = of
	b := s.open(t, s.green)
	b.get("/account/sign-in?lang=bn")
	a := b.post("/account/sign-in", url.Values{"email": {shopper}, "password": {"not the password"}})
	require.Equal(t, 401, a.Status)
	require.Contains(t, a.Body, "ইমেইল বা পাসওয়ার্ড ভুল।")
	b.get("/account/register")
	a = b.post("/account/register", url.Values{"email": {"new@example.com"}, "password": {"short"}, "name": {"Rina"}})
	require.Equal(t, 422, a.Status)
	require.Contains(t, a.Body, "১০ থেকে ২০০ অক্ষর ব্যবহার করুন।")
	require.NotContains(t, a.Body, "characters")
	require.Contains(t, b.get("/p/none").Body, "এই দোকানে এমন কোনো পণ্য নেই।")
}
