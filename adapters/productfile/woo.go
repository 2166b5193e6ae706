package productfile

import (
	"bytes"
	"cmp"
	"errors"
	"hash/maphash"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/money"
	"github.com/halum-hut/halum/ports"
)

// What WooCommerce's files are: each row is a product or a variation, which names its product by SKU or as "id:" and a
// number, and stands anywhere, also before it. So the file is read twice: first what each row is and where it begins,
// then each product with its variations.
//
// What they leave open:
//   - There is no address: it is made of the name, and of name and SKU when an earlier product has that name.
//   - An attribute is an option when a variation names it. A variation that leaves its value open stands for all values
//     that no variation before it has.
//   - What cannot be bought there either (grouped and external products, and what has no price) becomes a draft, and a
//     note says so; so does what is hidden from the catalogue.
//   - Stock that the variations of a product share is put to the first of them: otherwise more would be sold than is there.

// wooRow is one row as the first pass finds it.
type wooRow struct {
	at       int64
	size     int32
	line     int32
	parent   int32 // index of the row of a variation's product, -1 for none
	position int32
	variant  bool
}

// wooIndex is what the first pass remembers of a file.
type wooIndex struct {
	rows []wooRow
	// children holds the variations in the order of their products; those of a product by position.
	children []int32
}

// wooReading is the second pass.
type wooReading struct {
	source   *Source
	file     ports.File
	head     *header
	sep      byte
	currency money.Currency
	used     *used
}

func (s *Source) readWoo(f ports.File, rows *rows, currency money.Currency, fn func(ports.SourceProduct) error) error {
	index, err := indexWoo(rows)
	if err != nil {
		return err
	}
	in := wooReading{source: s, file: f, head: rows.head, sep: rows.split.sep, currency: currency, used: newUsed()}
	next := 0 // of the children
	for i, r := range index.rows {
		if r.variant && r.parent >= 0 {
			continue
		}
		from := next
		for next < len(index.children) && index.rows[index.children[next]].parent == int32(i) {
			next++
		}
		p, err := in.product(r, index, index.children[from:next])
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
	}
	return nil
}

// indexWoo is the first pass.
func indexWoo(rows *rows) (*wooIndex, error) {
	index := &wooIndex{}
	seed := maphash.MakeSeed()
	names := map[uint64]int32{}  // "id:7" and SKUs of products → row
	wanted := map[int32]uint64{} // variation → what it calls its product
	for {
		at := rows.split.position()
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		i := int32(len(index.rows))
		r := wooRow{at: at, size: int32(rows.split.position() - at), line: int32(row.line), parent: -1}
		if kind, _ := wooKind(row.get(wooType)); kind == "variation" {
			n, _ := strconv.ParseInt(row.get(wooPosition), 10, 32)
			r.variant, r.position = true, int32(n)
			wanted[i] = maphash.String(seed, parentName(row.get(wooParent)))
		} else {
			register(names, seed, "id:"+row.get(wooID), i)
			register(names, seed, parentName(row.get(wooSKU)), i)
		}
		index.rows = append(index.rows, r)
	}
	for i, name := range wanted {
		if parent, ok := names[name]; ok {
			index.rows[i].parent = parent
			index.children = append(index.children, i)
		}
	}
	slices.SortFunc(index.children, func(a, b int32) int {
		x, y := index.rows[a], index.rows[b]
		return cmp.Or(cmp.Compare(x.parent, y.parent), cmp.Compare(x.position, y.position), cmp.Compare(a, b))
	})
	return index, nil
}

// register keeps the first row of a name.
func register(names map[uint64]int32, seed maphash.Seed, name string, row int32) {
	if name == "" || name == "id:" {
		return
	}
	key := maphash.String(seed, name)
	if _, known := names[key]; !known {
		names[key] = row
	}
}

// parentName makes references comparable.
func parentName(s string) string {
	s = strings.ToLower(strings.TrimSpace(unguard(s)))
	if rest, ok := strings.CutPrefix(s, "id:"); ok {
		return "id:" + strings.TrimSpace(rest)
	}
	return s
}

// wooKind reads a type such as "simple, downloadable, virtual".
func wooKind(s string) (kind string, virtual bool) {
	for part := range strings.SplitSeq(strings.ToLower(s), ",") {
		switch part = strings.TrimSpace(part); part {
		case "virtual":
			virtual = true
		case "downloadable", "":
		default:
			kind = part
		}
	}
	return cmp.Or(kind, "simple"), virtual
}

// row reads a row again.
func (in *wooReading) row(r wooRow) (row, error) {
	b := make([]byte, r.size)
	if _, err := in.file.ReadAt(b, r.at); err != nil && !errors.Is(err, io.EOF) {
		return row{}, unread(err, int(r.line))
	}
	rows := &rows{split: newSplitterOf(b, in.sep), head: in.head}
	for {
		rec, err := rows.split.next()
		if err != nil {
			return row{}, unread(err, int(r.line))
		}
		if rec.problem == "" && blank(rec.bytes) {
			continue
		}
		rec.line = int(r.line)
		if out := rows.row(rec); out.problem != nil || !empty(out.cells) {
			return out, nil
		}
	}
}

// product reads a product with its variations.
func (in *wooReading) product(r wooRow, index *wooIndex, children []int32) (ports.SourceProduct, error) {
	first, err := in.row(r)
	if err != nil {
		return ports.SourceProduct{}, err
	}
	b := &wooBuilder{in: in}
	b.p.Line, b.p.Rows, b.p.End = first.line, 1, r.at+int64(r.size)
	if first.problem != nil {
		b.fail(*first.problem)
	} else if r.variant {
		b.fail(first.fault(wooParent, "the product of this variation is not in the file: export both, or name it by its SKU or as id: and its number"))
	} else {
		b.product(&first)
	}
	if len(children) > catalog.MaxVariants {
		b.fail(first.fault(wooType, "this product has too many variations: use at most 2000"))
	}
	for _, c := range children {
		b.p.Rows++
		if b.failed {
			continue
		}
		child, err := in.row(index.rows[c])
		if err != nil {
			return b.p, err
		}
		b.variation(&child)
	}
	b.finish(&first)
	return b.p, nil
}

// newSplitterOf reads rows out of memory.
func newSplitterOf(b []byte, sep byte) *splitter {
	return &splitter{src: bytes.NewReader(nil), buf: b, line: 1, sep: sep, max: maxRecord, err: io.EOF}
}
