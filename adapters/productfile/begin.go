package productfile

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/halum-hut/halum/core/fault"
)

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
	case packed(start):
		return ErrNotCSV.Saying("this file is compressed: unpack it and send what is in it")
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

// packed recognises gzip, bzip2, xz, zstd, 7z and rar. None is ever unpacked: a small file stays small.
func packed(b []byte) bool {
	return slices.ContainsFunc([]string{"\x1f\x8b", "BZh", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd", "7z\xbc\xaf\x27\x1c", "Rar!"}, func(mark string) bool {
		return bytes.HasPrefix(b, []byte(mark))
	})
}

// firstLine is the first line with text in it, as far as it has been read.
func (s *splitter) firstLine() []byte {
	line, _, _ := bytes.Cut(bytes.TrimLeft(s.buf[s.off:], "\r\n \t"), []byte{'\n'})
	return line
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
