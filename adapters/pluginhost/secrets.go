package pluginhost

import (
	"encoding/base64"
	"net/url"
	"strings"
	"sync"

	borderv1 "github.com/halum-hut/halum/plugins/sdk/proto/border/v1"
)

const (
	masked = "[secret]"

	// A shorter value is not worth hiding: it would be guessed, and hiding it would shred the log.
	minSecret = 6
	// More are dropped by chance: an upper bound of memory, far above the accounts that one plugin serves in a minute.
	maxSecrets = 20_000

	minCard, maxCard = 13, 19 // digits
)

// secrets are values that must not appear in a plugin's log, which the host has no power over: the credentials of the
// accounts it was called for. They are found by their first bytes, so a line costs the same however many there are. It
// is safe for concurrent use.
type secrets struct {
	mu      sync.RWMutex
	known   map[string]bool // with the encoded forms, so that the usual call finds that there is nothing to learn
	byStart map[[minSecret]byte][]string
}

func newSecrets() *secrets {
	return &secrets{known: map[string]bool{}, byStart: map[[minSecret]byte][]string{}}
}

// learn takes the credentials out of a request.
func (s *secrets) learn(request any) {
	r, ok := request.(interface{ GetAccount() *borderv1.Account })
	if !ok {
		return
	}
	for _, of := range []map[string]string{r.GetAccount().GetSecrets(), r.GetAccount().GetFormerSecrets()} {
		for _, value := range of {
			s.add(value)
		}
	}
}

// add hides a value from now on, also as it looks in a URL, as the user of basic authentication and line by line.
func (s *secrets) add(value string) {
	s.mu.RLock()
	known := len(value) < minSecret || s.known[value]
	s.mu.RUnlock()
	if known {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	forms := []string{value, url.QueryEscape(value), url.PathEscape(value), base64.StdEncoding.EncodeToString([]byte(value[:len(value)-len(value)%3]))}
	if strings.Contains(value, "\n") { // a key in PEM: its lines are logged one by one
		for line := range strings.Lines(value) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, "-----") {
				forms = append(forms, line)
			}
		}
	}
	for _, form := range forms {
		s.keep(form)
	}
}

func (s *secrets) keep(form string) {
	if len(form) < minSecret || s.known[form] {
		return
	}
	if len(s.known) >= maxSecrets {
		s.drop()
	}
	s.known[form] = true
	start := [minSecret]byte([]byte(form)[:minSecret])
	s.byStart[start] = append(s.byStart[start], form)
}

// drop forgets the values of one arbitrary start.
func (s *secrets) drop() {
	for start, values := range s.byStart {
		for _, value := range values {
			delete(s.known, value)
		}
		delete(s.byStart, start)
		return
	}
}

// mask replaces all known values in text, and what looks like the number of a card.
func (s *secrets) mask(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out strings.Builder
	kept := 0
	for i := 0; i < len(text); {
		n := max(s.longestAt(text[i:]), cardAt(text, i))
		if n == 0 {
			i++
			continue
		}
		out.WriteString(text[kept:i])
		out.WriteString(masked)
		i += n
		kept = i
	}
	if kept == 0 {
		return text
	}
	out.WriteString(text[kept:])
	return out.String()
}

func (s *secrets) longestAt(text string) int {
	if len(text) < minSecret || len(s.byStart) == 0 {
		return 0
	}
	longest := 0
	for _, value := range s.byStart[[minSecret]byte([]byte(text[:minSecret]))] {
		if len(value) > longest && strings.HasPrefix(text, value) {
			longest = len(value)
		}
	}
	return longest
}

// cardAt returns the length of a card's number that begins at i: 13 to 19 digits, possibly in groups, of an issuer's
// range and with a right check digit. 0 when there is none.
func cardAt(text string, i int) int {
	if text[i] < '2' || text[i] > '6' || i > 0 && isDigit(text[i-1]) {
		return 0
	}
	digits, end := make([]byte, 0, maxCard), 0
	for j := i; j < len(text) && len(digits) < maxCard; j++ {
		switch c := text[j]; {
		case isDigit(c):
			digits = append(digits, c-'0')
			if ends := j+1 == len(text) || !isDigit(text[j+1]); ends && len(digits) >= minCard && luhn(digits) {
				end = j + 1
			}
		case (c != ' ' && c != '-') || !isDigit(text[j-1]):
			j = len(text)
		}
	}
	return max(0, end-i)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
