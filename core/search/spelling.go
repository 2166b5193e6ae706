package search

import (
	"strings"
	"unicode"
)

// Spellable says whether a word may be suggested and corrected: it is written by people, has a letter and no digit.
func Spellable(word string) bool {
	return strings.ContainsFunc(word, unicode.IsLetter) && !strings.ContainsAny(word, "0123456789")
}

// Tolerance is how many edits a word may be away from the one that was meant: none below three characters, one up to
// five, two in longer ones.
func Tolerance(word string) int {
	switch n := len([]rune(word)); {
	case n < 3:
		return 0
	case n <= 5:
		return 1
	}
	return 2
}

// Edits counts the insertions, deletions, replacements and swaps of neighbours between two words (optimal string
// alignment); more than most is told as most+1.
func Edits(a, b []rune, most int) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], most+1)
}
