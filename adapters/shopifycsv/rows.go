package shopifycsv

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

// row is one row with its cells, which stay valid until the next one is read.
type row struct {
	line    int
	cells   []string
	head    *header
	lines   func(cell int) int // the line a cell begins in
	problem *ports.RowError    // set when the cells from len(cells) on cannot be told apart
}

// get returns a cell without the spaces around it, "" when the file or the row lacks it.
func (r *row) get(c column) string {
	if i := r.head.at[c]; i >= 0 && i < len(r.cells) {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

// fault says what is wrong with a cell.
func (r *row) fault(c column, format string, args ...any) ports.RowError {
	e := ports.RowError{Line: r.line, Message: fmt.Sprintf(format, args...)}
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
	split *splitter
	feed  *feed
	csv   *csv.Reader
	head  *header
}

// newRows looks at the beginning of the file and reads its header. Errors: ErrEmpty, ErrNotCSV, ErrEncoding, ErrColumns
// and those of the file.
func newRows(src io.Reader) (*rows, error) {
	r := &rows{split: newSplitter(src), feed: &feed{}}
	r.reset()
	if err := r.split.begin(); err != nil {
		return nil, err
	}
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
		cells, err := r.cut(rec.bytes)
		if err != nil {
			return nil, ErrNotCSV.With(err)
		}
		r.head, err = newHeader(cells)
		return r, err
	}
}

// next returns the next row that is not blank. Errors: io.EOF and those of the file.
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
			return rw, nil
		}
	}
}

func (r *rows) row(rec record) row {
	rw := row{line: rec.line, head: r.head}
	var err error
	if len(rec.bytes) > 0 {
		if rw.cells, err = r.cut(rec.bytes); err != nil {
			rw.cells = nil
		}
	}
	if len(rw.cells) > 0 {
		first, _ := r.csv.FieldPos(0)
		rw.lines = func(cell int) int {
			at, _ := r.csv.FieldPos(cell)
			return rec.line + at - first
		}
	}
	switch n := len(r.head.texts); {
	case rec.problem != "":
		if len(rw.cells) > 0 {
			rw.cells = rw.cells[:len(rw.cells)-1] // behind the last comma begins the cell that is not understood
		}
		rw.problem = &ports.RowError{Line: rec.line, Column: r.head.text(len(rw.cells)), Message: rec.problem}
	case err != nil:
		rw.problem = &ports.RowError{Line: rec.line, Message: "this row cannot be read: put cells with commas or quotes in quotes, and write quotes inside them twice"}
	case len(rw.cells) > n && !empty(rw.cells[n:]):
		rw.problem = &ports.RowError{Line: rec.line, Message: fmt.Sprintf(
			"this row has %d cells, the header only %d: put cells with commas in them in quotes", len(rw.cells), n)}
	}
	return rw
}

// cut splits the bytes of one row.
func (r *rows) cut(b []byte) ([]string, error) {
	r.feed.rest = b
	cells, err := r.csv.Read()
	if err != nil {
		r.reset() // it may hold the rest of the row
	}
	return cells, err
}

func (r *rows) reset() {
	r.csv = csv.NewReader(r.feed)
	r.csv.FieldsPerRecord = -1
	r.csv.ReuseRecord = true
}

// feed hands the csv package one row at a time.
type feed struct{ rest []byte }

func (f *feed) Read(p []byte) (int, error) {
	if len(f.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

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

// begin drops the byte order mark and refuses what is no text. It judges by the first 64 KB: a stray byte further on
// spoils only its row.
func (s *splitter) begin() error {
	for len(s.buf) < chunk && s.err == nil {
		s.fill()
	}
	if s.err != nil && !errors.Is(s.err, io.EOF) {
		return unread(s.err, 1)
	}
	start := s.buf
	switch {
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return ErrEncoding.Saying("the file is UTF-16 text: save it as \"CSV UTF-8\"")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return ErrNotCSV.Saying("this is a spreadsheet or an archive: save the sheet as \"CSV UTF-8\"")
	case bytes.IndexByte(start, 0) >= 0, bytes.HasPrefix(start, []byte("%PDF-")):
		return ErrNotCSV
	case !utf8.Valid(whole(start, s.err != nil)):
		return ErrEncoding
	}
	if bytes.HasPrefix(start, []byte("\ufeff")) {
		s.off = len("\ufeff")
	}
	return nil
}

// whole drops a character that is cut in two by the end of what was read.
func whole(b []byte, all bool) []byte {
	for i := 1; !all && i < utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// unread says that the file broke off, unless the reader said something better. io.EOF stays what it is.
func unread(err error, line int) error {
	if f := (*fault.Error)(nil); errors.Is(err, io.EOF) || errors.As(err, &f) {
		return err
	}
	return ErrBroken.Saying("the file could not be read from line %d on: send it again", line).With(err)
}
