package productfile

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	maxRecord = 4 << 20 // bytes of one row with all its cells
	maxCells  = 2000    // of one row
	chunk     = 64 << 10
)

// What is wrong with a row whose cells cannot be told apart.
const (
	tooLong   = "this row is longer than 4 MB: a quote is opened and never closed, or a cell is far too long"
	tooWide   = "this row has more than 2000 cells: remove what does not belong there"
	openQuote = "this cell opens a quote that is never closed: close it, and write quotes inside the text twice"
	strayMark = "there is a quote inside this cell: put the whole cell in quotes, and write quotes inside it twice"
	afterMark = "there is text behind the closing quote: write quotes inside a quoted cell twice"
	notUTF8   = "this row is not UTF-8 text: save the file as \"CSV UTF-8\""
)

// record is one row of the file as bytes, which stay valid until the next one is asked for.
type record struct {
	line    int
	bytes   []byte // when its quotes are wrong: the cells before the one that is not understood
	problem string // why it is unreadable; when its quotes are wrong the row ends with its first line
}

// splitter cuts a file into rows with bounded memory. The csv package alone would read on to the end of the file
// for a quote that is never closed, and lose all rows on the way to the next quote when it gives up.
type splitter struct {
	src  io.Reader
	buf  []byte
	off  int // where the next row begins in buf
	line int // its line
	sep  byte
	past int64 // bytes of the file before buf
	max  int   // bytes of a row
	err  error
}

// position is how much of the file has been handed out.
func (s *splitter) position() int64 { return s.past + int64(s.off) }

func newSplitter(src io.Reader) *splitter {
	return &splitter{src: src, buf: make([]byte, 0, 2*chunk), line: 1, sep: ',', max: maxRecord}
}

// next returns the next row. Errors: io.EOF and those of the file.
func (s *splitter) next() (record, error) {
	sc := scan{sep: s.sep}
	rec := record{line: s.line}
	for end := 0; ; {
		from := end
		var fits bool
		end, fits = s.lineEnd(from)
		if s.err != nil && !errors.Is(s.err, io.EOF) {
			return rec, s.err
		}
		if end == 0 {
			return rec, io.EOF
		}
		if !fits {
			_, _ = sc.scan(s.buf[s.off+from:s.off+end], from) // to name the cell
			return s.giveUp(rec, sc.cell, tooLong)
		}
		if end == from {
			return s.giveUp(rec, sc.cell, openQuote)
		}
		done, problem := sc.scan(s.buf[s.off+from:s.off+end], from)
		if problem != "" {
			return s.giveUp(rec, sc.cell, problem)
		}
		if done {
			return s.take(rec, end)
		}
	}
}

func (s *splitter) take(rec record, end int) (record, error) {
	rec.bytes = s.buf[s.off : s.off+end]
	if bytes.IndexByte(rec.bytes, 0) >= 0 || !utf8.Valid(rec.bytes) {
		rec.problem = notUTF8
	}
	s.line += bytes.Count(s.buf[s.off:s.off+end], []byte{'\n'})
	s.off += end
	return rec, nil
}

// giveUp reports a row as unreadable from the cell on and goes on behind its first line. Lines are read at most twice:
// one that leaves a quote open has an odd number of quotes, and the next such line would have ended the row.
func (s *splitter) giveUp(rec record, cell int, problem string) (record, error) {
	rec.problem = problem
	rec.bytes = bytes.Clone(s.buf[s.off : s.off+cell])
	if !utf8.Valid(rec.bytes) || bytes.IndexByte(rec.bytes, 0) >= 0 {
		rec.bytes = nil
	}
	return rec, s.skipLine()
}

func (s *splitter) skipLine() error {
	for {
		if i := bytes.IndexByte(s.buf[s.off:], '\n'); i >= 0 {
			s.off += i + 1
			s.line++
			return nil
		}
		s.off = len(s.buf)
		if s.err != nil {
			if errors.Is(s.err, io.EOF) {
				return nil
			}
			return s.err
		}
		s.fill()
	}
}

// lineEnd returns where the line that begins at from ends, both counted from the row's beginning; it is from itself
// at the end of the file. It does not fit when the row would grow beyond the limit.
func (s *splitter) lineEnd(from int) (end int, fits bool) {
	for seen := from; ; {
		have := len(s.buf) - s.off
		if i := bytes.IndexByte(s.buf[s.off+seen:], '\n'); i >= 0 {
			end = seen + i + 1
			return end, end <= s.max
		}
		if s.err != nil || have > s.max {
			return have, have <= s.max
		}
		seen = have
		s.fill()
	}
}

// fill reads more of the file behind what is there, making room first.
func (s *splitter) fill() {
	if s.off > 0 && cap(s.buf)-len(s.buf) < chunk {
		s.past += int64(s.off)
		s.buf = s.buf[:copy(s.buf, s.buf[s.off:])]
		s.off = 0
	}
	if cap(s.buf)-len(s.buf) < chunk {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	for range 100 {
		n, err := s.src.Read(s.buf[len(s.buf) : len(s.buf)+chunk])
		s.buf = s.buf[:len(s.buf)+n]
		if s.err = err; n > 0 || err != nil {
			return
		}
	}
	s.err = io.ErrNoProgress
}

// scan follows the quotes of one row over its lines, by the same strict rules as the csv package.
type scan struct {
	sep    byte
	quoted bool
	cell   int // where the present cell begins, counted from the row's beginning
	cells  int // complete ones
}

// scan takes the next line, which begins at base, and reports whether the row ends with it.
func (s *scan) scan(line []byte, base int) (done bool, problem string) {
	i := 0
	for {
		switch {
		case s.quoted:
			j := closing(line[i:])
			if j < 0 {
				return false, ""
			}
			i += j
			s.quoted = false
		case i < len(line) && line[i] == '"':
			s.quoted = true
			i++
			continue
		default:
			j := bytes.IndexByte(line[i:], s.sep)
			if j < 0 {
				j = len(line) - i
			}
			if bytes.IndexByte(line[i:i+j], '"') >= 0 {
				return false, strayMark
			}
			i += j
		}
		if rest := line[i:]; len(bytes.TrimRight(rest, "\r\n")) == 0 {
			return true, ""
		} else if rest[0] != s.sep {
			return false, afterMark
		}
		i++
		s.cell = base + i
		if s.cells++; s.cells >= maxCells {
			return false, tooWide
		}
	}
}

// closing returns what follows the quote that closes a cell, -1 when it is not closed in this line.
func closing(line []byte) int {
	for i := 0; ; {
		j := bytes.IndexByte(line[i:], '"')
		if j < 0 {
			return -1
		}
		i += j + 1
		if i >= len(line) || line[i] != '"' {
			return i
		}
		i++
	}
}
