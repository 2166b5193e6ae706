package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestProgressInLines(t *testing.T) {
	for _, c := range []struct {
		name        string
		size, total int64
		want        string
	}{
		{"whole file", 100, 100, "f: 10 %\nf: 20 %\nf: 30 %\nf: 40 %\nf: 50 %\nf: 60 %\nf: 70 %\nf: 80 %\nf: 90 %\nf: 100 %\n"},
		{"broken off", 25, 100, "f: 10 %\nf: 20 %\nf: 25 bytes read\n"},
		{"longer than said", 100, 10, "f: 10 %\nf: 20 %\nf: 30 %\nf: 40 %\nf: 50 %\nf: 60 %\nf: 70 %\nf: 80 %\nf: 90 %\nf: 100 %\n"},
		{"unknown size", 100, 0, "f: 100 bytes read\n"},
		{"empty", 0, 0, "f: 0 bytes read\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			wrap, done := newProgress(&out, "f", c.total)
			n, err := io.Copy(io.Discard, wrap(iotest.OneByteReader(strings.NewReader(strings.Repeat("x", int(c.size))))))
			done()
			require.NoError(t, err)
			require.Equal(t, c.size, n)
			require.Equal(t, c.want, out.String())
		})
	}
}
