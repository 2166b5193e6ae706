package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// pseudoTerminal opens a pseudo terminal and returns its two ends.
func pseudoTerminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("this machine has no pseudo terminals: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0))
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 120}))
	return screen, tty
}

func TestProgressOnATerminal(t *testing.T) {
	for _, c := range []struct {
		name        string
		size, total int64
		want        string
	}{
		{"whole file", 2048, 2048, "100 %"},
		{"broken off", 1024, 2048, "50 %"},
		{"unknown size", 2048, 0, "100 %"},
		{"empty", 0, 0, "catalogue.csv"},
	} {
		t.Run(c.name, func(t *testing.T) {
			screen, tty := pseudoTerminal(t)
			shown := make(chan string)
			go func() {
				text, _ := io.ReadAll(screen) // ends with an error when the last tty is closed
				shown <- string(text)
			}()
			wrap, done := newProgress(tty, "catalogue.csv", c.total)
			_, err := io.Copy(io.Discard, wrap(strings.NewReader(strings.Repeat("x", int(c.size)))))
			require.NoError(t, err)
			done()
			require.NoError(t, tty.Close())
			text := <-shown
			require.Contains(t, text, "catalogue.csv")
			require.Contains(t, text, c.want)
		})
	}
}
