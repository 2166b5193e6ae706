package productfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/catalog"
)

// row is one row with its cells, which stay valid until the next one is read.
type row struct {
	line    int
	cells   []string
	head    *header
	lines   func(cell int) int // the line a cell begins in
	problem *catalog.RowError  // set when the cells from len(cells) on cannot be told apart
}

// raw returns a cell as it is, "" when the file or the row lacks it.
func (r *row) raw(c column) string {
	if i := r.head.at[c]; i >= 0 && i < len(r.cells) {
		return r.cells[i]
	}
	return ""
}

// get returns a cell without the spaces around it, and with plain line ends.
func (r *row) get(c column) string {
	s := strings.TrimSpace(r.raw(c))
	if strings.Contains(s, "\r\n") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	return s
}

// fault says what is wrong with a cell.
func (r *row) fault(c column, format string, args ...any) catalog.RowError {
	e := catalog.RowError{Line: r.line, Message: fmt.Sprintf(format, args...)}
	i := r.head.at[c]
	if e.Column = r.head.text(i); i >= 0 && i < len(r.cells) {
		e.Line = r.lines(i)
	}
	return e
}

// unreadable reports whether the cell of a column is the one that could not be understood.
func (r *row) unreadable(c column) bool { return r.problem != nil && r.head.at[c] == len(r.cells) }

// rows reads the rows below the header.
type rows struct {
	split  *splitter
	cutter cutter
	head   *header
	count  int
}

// newRows looks at the beginning of the file and reads its header. Errors: ErrEmpty, ErrNotCSV, ErrEncoding, ErrColumns
// and those of the file.
func newRows(src io.Reader, among []*dialect) (*rows, error) {
	r := &rows{split: newSplitter(src)}
	if err := r.split.begin(); err != nil {
		return nil, err
	}
	r.split.sep = separatorOf(r.split.firstLine())
	for {
		rec, err := r.split.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, ErrEmpty
		case err != nil:
			return nil, unread(err, rec.line)
		case rec.problem != "":
			return nil, ErrNotCSV.Saying("line %d, the header: %s", rec.line, rec.problem)
		case blank(rec.bytes):
			continue
		case bareReturns(rec.bytes):
			return nil, ErrNotCSV.Saying("the lines of this file end with bare carriage returns: save it as \"CSV UTF-8\"")
		}
		r.head, err = readHeader(cut(rec.bytes, r.split.sep), among)
		return r, err
	}
}

// next returns the next row that is not blank. Errors: io.EOF, ErrTooManyRows and those of the file.
func (r *rows) next() (row, error) {
	for {
		rec, err := r.split.next()
		if err != nil {
			return row{}, unread(err, rec.line)
		}
		if rec.problem == "" && blank(rec.bytes) {
			continue
		}
		if rw := r.row(rec); rw.problem != nil || !empty(rw.cells) {
			if r.count++; r.count > maxRows {
				return row{}, ErrTooManyRows
			}
			return rw, nil
		}
	}
}

func (r *rows) row(rec record) row {
	rw := row{line: rec.line, head: r.head}
	if len(rec.bytes) > 0 {
		rw.cells = r.cutter.cut(rec.bytes, r.split.sep)
		if i := slices.IndexFunc(rw.cells, stray); i >= 0 && rec.problem == notUTF8 {
			rw.cells = rw.cells[:i+1]
		}
		rw.lines = func(cell int) int {
			return rec.line + bytes.Count(rec.bytes[:r.cutter.starts[cell]], []byte{'\n'})
		}
	}
	switch n := len(r.head.texts); {
	case rec.problem != "":
		if len(rw.cells) > 0 {
			rw.cells = rw.cells[:len(rw.cells)-1] // behind the last separator begins the cell that is not understood
		}
		rw.problem = &catalog.RowError{Line: rec.line, Column: r.head.text(len(rw.cells)), Message: rec.problem}
	case len(rw.cells) > n && !empty(rw.cells[n:]):
		rw.problem = &catalog.RowError{Line: rec.line, Message: fmt.Sprintf(
			"this row has %d cells, the header only %d: put cells with commas in them in quotes", len(rw.cells), n)}
	}
	return rw
}

// cutter splits rows into cells, using its memory again for the next row.
type cutter struct {
	cells  []string
	starts []int // where each cell begins in the row
	ends   []int // where each cell ends in text
	text   []byte
}

// cut splits the bytes of one row whose quotes are known to be right.
func cut(b []byte, sep byte) []string { return new(cutter).cut(b, sep) }

// cut keeps every byte of a cell but the quotes around it, so that what was written comes back as it was.
func (c *cutter) cut(b []byte, sep byte) []string {
	c.cells, c.starts, c.ends, c.text = c.cells[:0], c.starts[:0], c.ends[:0], c.text[:0]
	b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
	for i := 0; ; {
		c.starts = append(c.starts, i)
		if i < len(b) && b[i] == '"' {
			i = c.quoted(b, i+1)
		}
		j := bytes.IndexByte(b[i:], sep)
		if j < 0 {
			c.text = append(c.text, b[i:]...)
			c.ends = append(c.ends, len(c.text))
			break
		}
		c.text = append(c.text, b[i:i+j]...)
		c.ends = append(c.ends, len(c.text))
		i += j + 1
	}
	text, from := string(c.text), 0
	for _, end := range c.ends {
		c.cells = append(c.cells, text[from:end])
		from = end
	}
	return c.cells
}

// quoted takes the inside of a quoted cell and returns where what is behind it begins.
func (c *cutter) quoted(b []byte, i int) int {
	for {
		j := bytes.IndexByte(b[i:], '"')
		if j < 0 {
			c.text = append(c.text, b[i:]...)
			return len(b)
		}
		c.text = append(c.text, b[i:i+j]...)
		if i += j + 1; i >= len(b) || b[i] != '"' {
			return i
		}
		c.text = append(c.text, '"')
		i++
	}
}

// stray recognises a cell with bytes that are no text.
func stray(cell string) bool { return !utf8.ValidString(cell) || strings.IndexByte(cell, 0) >= 0 }

func blank(b []byte) bool { return len(bytes.TrimSpace(b)) == 0 }

// bareReturns recognises the line ends of old Macintosh files, which would make the whole file one line.
func bareReturns(b []byte) bool {
	b = bytes.TrimRight(b, "\r\n")
	return bytes.Count(b, []byte("\r")) > bytes.Count(b, []byte("\r\n"))
}

func empty(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}
