package productfile

import (
	"slices"
	"strings"
	"unicode"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/fault"
)

// column is a column of one dialect.
type column int

// dialect says how a kind of CSV file names its columns.
type dialect struct {
	format   catalog.FileFormat
	columns  int                                     // their number
	find     func(normal string) (c column, ok bool) // knows header texts as normalise makes them
	required []requirement
}

// requirement is a column, or one of several, that a file cannot do without.
type requirement struct {
	any  []column
	name string
}

// dialects are tried in this order; of equally good ones the first wins.
var dialects = []*dialect{&shopify, &woo, &own}

func dialectOf(f catalog.FileFormat) *dialect {
	for _, d := range dialects {
		if d.format == f {
			return d
		}
	}
	return nil
}

// named makes a dialect's find of a table.
func named(table map[string]column) func(string) (column, bool) {
	return func(normal string) (column, bool) {
		c, ok := table[normal]
		return c, ok
	}
}

// header says where the columns of one file are.
type header struct {
	dialect *dialect
	texts   []string // as the file writes them
	at      []int    // the index of a column, -1 when the file lacks it
	known   int
	twice   [2]string // two texts that say the same
}

// readHeader finds the dialect that knows most of the columns. Errors: ErrNotCSV, ErrColumns.
func readHeader(cells []string, among []*dialect) (*header, error) {
	var best *header
	for _, d := range among {
		if h := newHeader(cells, d); best == nil || h.known > best.known {
			best = h
		}
	}
	return best, best.check()
}

func newHeader(cells []string, d *dialect) *header {
	h := &header{dialect: d, at: make([]int, d.columns)}
	for c := range h.at {
		h.at[c] = -1
	}
	for i, cell := range cells {
		h.texts = append(h.texts, clip(strings.TrimSpace(cell)))
		c, ok := d.find(normalise(cell))
		if !ok {
			continue
		}
		if first := h.at[c]; first >= 0 {
			h.twice = [2]string{h.texts[first], h.texts[i]}
			continue
		}
		h.at[c] = i
		h.known++
	}
	return h
}

func (h *header) check() error {
	if h.known == 0 {
		return ErrNotCSV.Saying("the first line has none of the columns of a product file: export the products as CSV again, and keep the header")
	}
	if h.twice != [2]string{} {
		return ErrColumns.Saying("the columns %q and %q say the same: keep one of them", h.twice[0], h.twice[1])
	}
	var missing []string
	var fields []fault.Field
	for _, r := range h.dialect.required {
		if !slices.ContainsFunc(r.any, h.has) {
			missing = append(missing, r.name)
			fields = append(fields, fault.Field{Path: r.name, Message: "this column is missing"})
		}
	}
	if missing == nil {
		return nil
	}
	return ErrColumns.Saying("the file lacks these columns: %s", strings.Join(missing, ", ")).At(fields...)
}

func (h *header) has(c column) bool { return h.at[c] >= 0 }

// text returns the header text above cell i, "" beyond the last column.
func (h *header) text(i int) string {
	if i < 0 || i >= len(h.texts) {
		return ""
	}
	return h.texts[i]
}

// separatorOf finds what stands between the cells of a header: a comma, or what spreadsheets of other countries write.
func separatorOf(line []byte) byte {
	best, most := byte(','), 0
	for _, sep := range []byte{',', ';', '\t'} {
		cells := cut(line, sep)
		for _, d := range dialects {
			if h := newHeader(cells, d); h.known > most {
				best, most = sep, h.known
			}
		}
	}
	return best
}

// clip bounds what is shown of a header text.
func clip(s string) string { return strings.Clone(strings.ToValidUTF8(s[:min(len(s), maxText)], "")) }

// normalise makes header texts comparable: letter case, spaces and underscores do not count.
func normalise(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '_' || r == '\ufeff' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}
