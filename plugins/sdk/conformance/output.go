package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"strings"
	"sync"
)

// output reads along what a plugin writes, looks for secrets in it and keeps the end for error messages.
type output struct {
	mu       sync.Mutex
	canaries map[string]string // what to look for → the name of the secret
	longest  int
	leaked   map[string]bool // names of the secrets that were found
	lines    int
	tail     []byte
}

const tailSize = 4 << 10

func newOutput() *output { return &output{canaries: map[string]string{}, leaked: map[string]bool{}} }

// guard looks for a value from now on, also as base64, in a URL and in JSON. Short ones occur by chance and are left out.
func (o *output) guard(name, value string) {
	const shortest = 8
	if len(value) < shortest {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	quoted, _ := json.Marshal(value) //nolint:errchkjson // a string always encodes
	for _, form := range []string{
		value, base64.StdEncoding.EncodeToString([]byte(value)), url.QueryEscape(value), strings.Trim(string(quoted), `"`),
	} {
		o.canaries[form] = name
		o.longest = max(o.longest, len(form))
	}
}

// leaks names the secrets that were found so far.
func (o *output) leaks() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var names []string
	for name := range o.leaked {
		names = append(names, name)
	}
	return names
}

func (o *output) lineCount() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lines
}

// lastWords is the last line that was written.
func (o *output) lastWords() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(o.tail)), "\n")
	return strings.ToValidUTF8(lines[len(lines)-1], "?")
}

// stream is one of the plugin's streams. A secret may be cut in two by a read, so its end is kept for the next.
type stream struct {
	to   *output
	from io.ReadCloser // nil for one that is only written to
	mute bool          // says nothing about why a plugin ended
	rest []byte
}

func (s *stream) Write(p []byte) (int, error) {
	s.see(p)
	return len(p), nil
}

func (s *stream) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.see(p[:n])
	return n, err
}

func (s *stream) Close() error { return s.from.Close() }

func (s *stream) see(p []byte) {
	o := s.to
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines += bytes.Count(p, []byte("\n"))
	if !s.mute {
		o.tail = append(o.tail, p...)
		o.tail = o.tail[max(0, len(o.tail)-tailSize):]
	}
	window := append(s.rest, p...)
	for value, name := range o.canaries {
		if !o.leaked[name] && bytes.Contains(window, []byte(value)) {
			o.leaked[name] = true
		}
	}
	s.rest = bytes.Clone(window[max(0, len(window)-o.longest):])
}
