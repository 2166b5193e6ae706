package fake

import (
	"bytes"
	"strings"
	"sync"
	"time"

	"github.com/boombuler/barcode/code128"
	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// Measures are millimetres, sizes of type are points.
const (
	labelWidth  = 105.0
	labelHeight = 148.0
	margin      = 5.0
)

// page draws one sheet.
type page struct{ *fpdf.Fpdf }

// glyphs are what a label can show. The fonts hold Latin, Greek and Cyrillic letters.
var glyphs = sync.OnceValue(func() *sfnt.Font {
	font, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // it is part of the program
	}
	return font
})

// newPage makes a sheet of its own size. The same shipment gives the same bytes.
func newPage(width, height float64, title string, made time.Time) *page {
	p := &page{fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: width, Ht: height}})}
	p.AddUTF8FontFromBytes("go", "", goregular.TTF)
	p.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	p.SetTitle(title, true)
	p.SetCreator("Parcelpost", true)
	p.SetCreationDate(made)
	p.SetModificationDate(made)
	p.SetCatalogSort(true)
	p.SetAutoPageBreak(false, 0)
	p.AddPage()
	return p
}

// printable replaces what the font has no glyph for.
func printable(text string) string {
	var buffer sfnt.Buffer
	return strings.Map(func(r rune) rune {
		if glyph, err := glyphs().GlyphIndex(&buffer, r); err != nil || glyph == 0 {
			return '?'
		}
		return r
	}, text)
}

// line writes text from a point on, in smaller type when it is wide, and shortened when that does not help.
func (p *page) line(x, y, width, size float64, style, text string) {
	const smallest, most = 5.5, 160 // letters beyond that fit nowhere
	text = printable(text)
	if letters := []rune(text); len(letters) > most {
		text = string(letters[:most])
	}
	p.SetFont("go", style, size)
	for p.GetStringWidth(text) > width && size > smallest {
		size -= 0.5
		p.SetFontSize(size)
	}
	for letters := []rune(text); p.GetStringWidth(text) > width && len(letters) > 1; {
		letters = letters[:len(letters)-1]
		text = string(letters) + "…"
	}
	p.Text(x, y, text)
}

// centred writes text in the middle of a width.
func (p *page) centred(x, y, width, size float64, style, text string) {
	p.SetFont("go", style, size)
	own := min(p.GetStringWidth(printable(text)), width)
	p.line(x+(width-own)/2, y, width, size, style, text)
}

// lines writes an address or the like, and leaves nothing out but empty lines.
func (p *page) lines(x, y, width, size float64, all ...string) {
	for i, text := range all {
		if strings.TrimSpace(text) == "" {
			continue
		}
		style := ""
		if i == 0 {
			style = "B"
		}
		p.line(x, y, width, size, style, text)
		y += size * 0.42
	}
}

// bars draws a Code 128 as filled rectangles, so that it is sharp at any size.
func (p *page) bars(x, y, width, height float64, content string) error {
	code, err := code128.Encode(content)
	if err != nil {
		return err
	}
	modules := code.Bounds().Dx()
	unit := width / float64(modules)
	p.SetFillColor(0, 0, 0)
	for i := 0; i < modules; {
		end := i
		for end < modules && dark(code.At(end, 0)) {
			end++
		}
		if end > i {
			p.Rect(x+float64(i)*unit, y, float64(end-i)*unit, height, "F")
		}
		i = end + 1
	}
	return p.Error()
}

func (p *page) bytes() ([]byte, error) {
	var out bytes.Buffer
	err := p.Output(&out)
	return out.Bytes(), err
}
