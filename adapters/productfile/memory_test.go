package productfile_test

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/ports"
)

// generated is a long file that is nowhere as a whole: its rows are all equally long and made when they are read.
type generated struct {
	head string
	row  func(i int) string
	each int // bytes of a row
	rows int
}

func (g generated) Size() int64 { return int64(len(g.head) + g.each*g.rows) }

func (g generated) ReadAt(p []byte, at int64) (done int, err error) {
	for done < len(p) {
		rest := int(at) - len(g.head)
		switch {
		case at >= g.Size():
			return done, io.EOF
		case rest < 0:
			rest = copy(p[done:], g.head[at:])
		default:
			rest = copy(p[done:], g.row(rest / g.each)[rest%g.each:])
		}
		done, at = done+rest, at+int64(rest)
	}
	return done, nil
}

// TestLongFilesAreReadInLittleMemory reads 100,000 rows of each format. What an import holds besides is a batch.
func TestLongFilesAreReadInLittleMemory(t *testing.T) {
	const n = 100_000
	text := strings.Repeat("x", 100)
	for name, c := range map[string]struct {
		file     generated
		products int
	}{
		"shopify": {generated{"Handle,Title,Body (HTML),Price,Option1 Name,Option1 Value\n", func(i int) string {
			if i%4 == 0 {
				return fmt.Sprintf("p-%06d,Product,%s,19.90,Size,s%d\n", i/4, text, i%4)
			}
			return fmt.Sprintf("p-%06d,,%s,19.90,,s%d%s\n", i/4, text, i%4, strings.Repeat(" ", 11))
		}, 0, n}, n / 4},
		"csv": {generated{"slug,title,description,price\n", func(i int) string { return fmt.Sprintf("p-%06d,Product,%s,19.90\n", i, text) }, 0, n}, n},
		"jsonl": {generated{"", func(i int) string {
			return fmt.Sprintf("{\"slug\":\"p-%06d\",\"title\":%q,\"variants\":[{\"price\":{\"amount\":1,\"currency\":\"BDT\"}}]}\n", i, text)
		}, 0, n}, n},
		"woocommerce": {generated{"ID,Type,SKU,Name,Regular price,Parent,Attribute 1 name,Attribute 1 value(s),Description\n", func(i int) string {
			if i < n/4*3 { // all variations come before their products
				return fmt.Sprintf("%06d,variation,,V,19.90,p-%06d,Size,s%d,%s\n", n+i, i/3, i%3, text)
			}
			return fmt.Sprintf("%06d,variable,p-%06d,P %06d,,,Size,,%s\n", i, i-n/4*3, i-n/4*3, text+"x")
		}, 0, n}, n / 4},
	} {
		t.Run(name, func(t *testing.T) {
			c.file.each = len(c.file.row(0))
			require.Len(t, c.file.row(n-1), c.file.each)
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			before, peak, products := m.HeapAlloc, uint64(0), 0
			require.NoError(t, source.Read(c.file, "", "BDT", func(p ports.SourceProduct) error {
				require.Empty(t, p.Errors)
				if products++; products%5000 == 0 {
					runtime.GC()
					runtime.ReadMemStats(&m)
					peak = max(peak, m.HeapAlloc)
				}
				return nil
			}))
			require.Equal(t, c.products, products)
			require.Less(t, peak, before+32<<20)
			t.Logf("%d MB held at most", (int64(peak)-int64(before))>>20)
		})
	}
}

// TestAbuseIsRefusedInEveryFormat sends what no exporter writes. A good product follows each, and is read.
func TestAbuseIsRefusedInEveryFormat(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	pad := strings.Repeat("#", 70_000) // stray bytes behind the beginning of a file spoil their row only
	for name, f := range map[string]struct {
		head, good string
		row        func(title string) string
	}{
		"shopify":     {"Handle,Title,Price,Vendor\n", "good,Good,5,\n", func(s string) string { return "a," + s + ",1,\n" }},
		"csv":         {"slug,title,price,brand\n", "good,Good,5,\n", func(s string) string { return "a," + s + ",1,\n" }},
		"woocommerce": {"SKU,Name,Regular price,Brands\n", "good,Good,5,\n", func(s string) string { return "a," + s + ",1,\n" }},
		"jsonl": {
			"", `{"slug":"good","title":"Good","variants":[{"price":{"amount":1,"currency":"BDT"}}]}` + "\n",
			func(s string) string { return `{"slug":"a","title":"` + strings.Trim(s, `"`) + `"}` + "\n" },
		},
	} {
		for what, c := range map[string]struct{ title, says string }{
			"10 MB cell":      {`"` + long + `"`, "MB"},
			"zero bytes":      {pad + "\x00", "UTF-8"},
			"Windows-1252":    {pad + "Caf\xe9", "UTF-8"},
			"too long a text": {strings.Repeat("y", 300), "255"},
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				// The stray bytes stand behind the part by which the whole file is judged.
				all := read(t, strings.NewReader(f.head+f.good+f.row(c.title)))
				require.NotEmpty(t, all)
				require.Empty(t, all[0].Errors)
				var says []string
				for _, p := range all[1:] {
					if err := p.Product.Check(); err != nil && len(p.Errors) == 0 {
						says = append(says, err.Error()+" 255")
					}
					for _, e := range p.Errors {
						says = append(says, e.Message)
					}
				}
				require.NotEmpty(t, says)
				require.Contains(t, says[0], c.says)
			})
		}
	}
}

func TestMoreVariantsThanAllowed(t *testing.T) {
	var shopify, own, lines strings.Builder
	shopify.WriteString("Handle,Title,Price,Option1 Name,Option1 Value\n")
	own.WriteString("slug,title,price,option1_name,option1\n")
	lines.WriteString(`{"slug":"a","title":"A","options":[{"name":"Size","values":[]}],"variants":[`)
	for i := range catalog.MaxVariants + 1 {
		fmt.Fprintf(&shopify, "a,A,1,Size,s%d\n", i)
		fmt.Fprintf(&own, "a,A,1,Size,s%d\n", i)
		fmt.Fprintf(&lines, `{"values":["s%d"],"price":{"amount":1,"currency":"BDT"}},`, i)
	}
	text := strings.TrimSuffix(lines.String(), ",") + "]}"
	for name, file := range map[string]string{"shopify": shopify.String(), "csv": own.String(), "jsonl": text} {
		all := read(t, strings.NewReader(file))
		require.Len(t, all, 1, name)
		if len(all[0].Errors) == 0 {
			require.ErrorContains(t, all[0].Product.Check(), "rule", name)
			continue
		}
		require.Contains(t, all[0].Errors[0].Message, "2000", name)
	}
}
