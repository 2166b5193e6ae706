package httpapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/postgres/pgtest"
	"github.com/halum-hut/halum/core/identity"
	"github.com/halum-hut/halum/core/tenant"
)

func (s *stack) exported(of tenant.Tenant, format string) string {
	s.t.Helper()
	got := s.do(call{"GET", hostOf(of), adminPath + "/catalog/export?format=" + format, nil, s.staff(of, identity.ReadOnly)}).is(200)
	require.Contains(s.t, got.header.Get("Content-Disposition"), "products."+format)
	require.Equal(s.t, "no-store", got.header.Get("Cache-Control"))
	return string(got.body)
}

func TestExportsGoInAgainWithoutADifference(t *testing.T) {
	s := start(t)
	from, _ := s.configured(10)
	for n := range 3 { // several reads of the cursor
		var file strings.Builder
		file.WriteString("Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Compare At Price,Image Src,Image Alt Text\n")
		for i := range 120 {
			fmt.Fprintf(&file, "p-%d-%d,=Product %d,\"<p>a, <b>b</b></p>\",+Maker,Cups & Mugs,\"x, y|z\",%t,Size,S,@%d,19.90,25,/a%d.jpg,'tis\n", n, i, i, i%2 == 0, i, i)
			fmt.Fprintf(&file, "p-%d-%d,,,,,,,,L,,21.90,,/b%d.jpg,\n", n, i, i)
		}
		s.importing(from, file.String())
	}
	for _, format := range []string{"csv", "jsonl"} {
		t.Run(format, func(t *testing.T) {
			first := s.exported(from, format)
			require.Equal(t, 361, strings.Count(first, "Product "), "every product, and drafts too")
			to := pgtest.Tenant(t, s.db)
			s.importing(to, first)
			require.Equal(t, first, s.exported(to, format))
		})
	}
}

func TestExportRefusals(t *testing.T) {
	s := start(t)
	of, _ := s.configured(10)
	other, _ := s.configured(10)
	export := adminPath + "/catalog/export"
	s.do(call{"GET", hostOf(of), export, nil, nil}).is(401, "sign_in_required")
	s.do(call{"GET", hostOf(of), export, nil, s.staff(other, identity.Owner)}).is(401)
	s.do(call{"GET", hostOf(of), export + "?format=xlsx", nil, s.staff(of, identity.Owner)}).is(422, "invalid_request")
	require.Contains(t, s.exported(of, "csv"), "slug,title,")
}
