package productfile

import "strings"

// risky are the characters with which a spreadsheet takes a cell for a formula, or drops what is before it.
const risky = "=+-@\t\r\n＝＋－＠"

// guard makes a cell safe to open in a spreadsheet: what begins like a formula gets an apostrophe before it, which the
// spreadsheet does not show as part of a formula and unguard takes off again.
func guard(s string) string {
	if guarded(s) {
		return "'" + s
	}
	return s
}

// unguard takes off what guard put before a cell. Other apostrophes stay.
func unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && guarded(rest) {
		return rest
	}
	return s
}

// guarded reports whether a cell begins, behind any apostrophes, with something risky.
func guarded(s string) bool {
	for _, r := range strings.TrimLeft(s, "'") {
		return strings.ContainsRune(risky, r)
	}
	return false
}

// joinList writes several texts into one cell, with a bar between them. Bars, backslashes and outer spaces inside the
// texts get a backslash before them.
func joinList(all []string) string {
	var b strings.Builder
	for i, s := range all {
		if i > 0 {
			b.WriteByte('|')
		}
		inner := len(strings.TrimLeft(s, listSpace))
		outer := len(strings.TrimRight(s, listSpace))
		for k := range len(s) {
			if c := s[k]; c == '|' || c == '\\' || strings.IndexByte(listSpace, c) >= 0 && (k < len(s)-inner || k >= outer) {
				b.WriteByte('\\')
			}
			b.WriteByte(s[k])
		}
	}
	return b.String()
}

const listSpace = " \t\r\n"

// splitList reads what joinList wrote, leaving out empty texts.
func splitList(cell string) (all []string) {
	var b []byte
	keep := 0 // bytes that trimming leaves alone, since a backslash was before them
	flush := func() {
		end := max(keep, len(strings.TrimRight(string(b), listSpace)))
		if end > 0 {
			all = append(all, string(b[:end]))
		}
		b, keep = b[:0], 0
	}
	for i := 0; i < len(cell); i++ {
		switch c := cell[i]; {
		case c == '\\' && i+1 < len(cell):
			i++
			b = append(b, cell[i])
			keep = len(b)
		case c == '|':
			flush()
		case len(b) == 0 && strings.IndexByte(listSpace, c) >= 0:
		default:
			b = append(b, c)
		}
	}
	flush()
	return all
}
