package main

import (
	"fmt"
	"io"
	"os"

	"github.com/mattn/go-isatty"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// newProgress shows on w how many of total bytes were read through the one reader that wrap wraps: as a bar when w is a
// terminal, otherwise as a line every tenth. A total of 0 or less is unknown. done ends the display, also when the
// reading broke off, and must be called.
func newProgress(w io.Writer, label string, total int64) (wrap func(io.Reader) io.Reader, done func()) {
	if f, ok := w.(*os.File); ok && isatty.IsTerminal(f.Fd()) {
		return barProgress(w, label, total)
	}
	return lineProgress(w, label, total)
}

func barProgress(w io.Writer, label string, total int64) (wrap func(io.Reader) io.Reader, done func()) {
	p := mpb.New(mpb.WithOutput(w), mpb.WithWidth(64))
	bar := p.AddBar(max(total, 0),
		mpb.PrependDecorators(decor.Name(label+" ")),
		mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.Percentage(decor.WCSyncSpace)))
	wrap = func(r io.Reader) io.Reader { return bar.ProxyReader(r) }
	return wrap, func() {
		if read := bar.Current(); read < total {
			bar.Abort(false) // leave the bar where it stopped
		} else {
			bar.SetTotal(read, true)
		}
		p.Wait()
	}
}

// tenths counts the bytes read and writes a line whenever another tenth of the total is passed.
type tenths struct {
	r           io.Reader
	w           io.Writer
	label       string
	read, total int64
	told        int64
}

func lineProgress(w io.Writer, label string, total int64) (wrap func(io.Reader) io.Reader, done func()) {
	t := &tenths{w: w, label: label, total: total}
	wrap = func(r io.Reader) io.Reader {
		t.r = r
		return t
	}
	return wrap, func() {
		if t.total <= 0 || t.read < t.total {
			fmt.Fprintf(t.w, "%s: %d bytes read\n", t.label, t.read)
		}
	}
}

// Read reads on and tells about it.
func (t *tenths) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.read += int64(n)
	if t.total <= 0 {
		return n, err
	}
	if tenth := min(t.read, t.total) * 10 / t.total; tenth > t.told {
		t.told = tenth
		fmt.Fprintf(t.w, "%s: %d %%\n", t.label, 10*tenth)
	}
	return n, err
}

// newSteps shows how many of total steps are done, as newProgress does with bytes.
func newSteps(w io.Writer, label string, total int64) (step func(n int64), done func()) {
	if f, ok := w.(*os.File); !ok || !isatty.IsTerminal(f.Fd()) {
		return lineSteps(w, label, total)
	}
	p := mpb.New(mpb.WithOutput(w), mpb.WithWidth(64))
	bar := p.AddBar(max(total, 0), mpb.PrependDecorators(decor.Name(label+" ")),
		mpb.AppendDecorators(decor.CountersNoUnit("%d / %d"), decor.Percentage(decor.WCSyncSpace)))
	step = func(n int64) { bar.IncrInt64(n) }
	return step, func() {
		if !bar.Completed() {
			bar.Abort(false)
		}
		p.Wait()
	}
}

func lineSteps(w io.Writer, label string, total int64) (step func(n int64), done func()) {
	var at, told int64
	step = func(n int64) {
		at += n
		if tenth := min(at, total) * 10 / max(total, 1); tenth > told {
			told = tenth
			fmt.Fprintf(w, "%s: %d %%\n", label, 10*tenth)
		}
	}
	return step, func() {}
}
