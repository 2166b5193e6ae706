package web

import (
	"context"
	"embed"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"
	"golang.org/x/text/number"

	corecatalog "github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/locale"
)

// Shoppers' pages are written in English; texts/<language>.json says what each text is in another language. What is
// missing there is shown in English.
//
//go:embed texts/*.json
var textFiles embed.FS

// texts and sayings hold the same; sayings by language, to know what is missing.
var texts, sayings = loadTexts()

func loadTexts() (*catalog.Builder, map[string]map[string]string) {
	all, byLanguage := catalog.NewBuilder(catalog.Fallback(language.English)), map[string]map[string]string{}
	files, err := textFiles.ReadDir("texts")
	if err != nil {
		panic(err)
	}
	for _, f := range files {
		content, err := textFiles.ReadFile(path.Join("texts", f.Name()))
		if err != nil {
			panic(err)
		}
		said := map[string]string{}
		if err := json.Unmarshal(content, &said); err != nil {
			panic(f.Name() + ": " + err.Error())
		}
		tag := language.MustParse(strings.TrimSuffix(f.Name(), ".json"))
		byLanguage[tag.String()] = said
		for english, text := range said {
			if err := all.SetString(tag, english, text); err != nil {
				panic(f.Name() + ": " + err.Error())
			}
		}
	}
	return all, byLanguage
}

// tongue writes texts, numbers and times in one language.
type tongue struct {
	locale  string
	printer *message.Printer
	digits  *strings.Replacer // from 0–9; nil where those are written
	english bool
}

var tongues sync.Map // locale → *tongue; shops choose the locales, so there are few

func tongueOf(tag string) *tongue {
	if known, ok := tongues.Load(tag); ok {
		return known.(*tongue) //nolint:forcetypeassert // nothing else is stored
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		parsed = language.English
	}
	base, script, _ := parsed.Raw()
	parsed, _ = language.Compose(base, script) // with a region x/text knows no digits but 0–9
	made := &tongue{locale: tag, printer: message.NewPrinter(parsed, message.Catalog(texts)), english: locale.Language(tag) == "en" || tag == ""}
	var pairs []string
	for d := range 10 {
		ascii := string(rune('0' + d))
		if own := made.printer.Sprint(number.Decimal(d)); own != ascii {
			pairs = append(pairs, ascii, own)
		}
	}
	if pairs != nil {
		made.digits = strings.NewReplacer(pairs...)
	}
	known, _ := tongues.LoadOrStore(tag, made)
	return known.(*tongue) //nolint:forcetypeassert // nothing else is stored
}

// say writes an English text in the language; args fill its verbs as fmt does, numbers in the language's digits.
func (l *tongue) say(english string, args ...any) string {
	if len(args) > 0 {
		return l.printer.Sprintf(english, args...)
	}
	if l.english || english == "" {
		return english
	}
	return l.printer.Sprintf(message.Key(english, strings.ReplaceAll(english, "%", "%%")))
}

// numbers are what refusals differ in.
var numbers = regexp.MustCompile(`\d+`)

// refusal writes a sentence of the rules in the language. Its numbers, and the name of a thing before a colon, may be any.
func (l *tongue) refusal(english string) string {
	if l.english {
		return english
	}
	known := sayings[locale.Language(l.locale)]
	var args []any
	general := numbers.ReplaceAllStringFunc(strings.ReplaceAll(english, "%", "%%"), func(digits string) string {
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return digits
		}
		args = append(args, n)
		return "%d"
	})
	switch {
	case known[english] != "":
		return l.say(english)
	case known[general] != "":
		return l.say(general, args...)
	}
	if name, rest, named := strings.Cut(english, ": "); named {
		if general := sentence(rest); l.refusal(general) != general {
			return name + ": " + l.refusal(general)
		}
	}
	return english
}

// when writes a time for people, in UTC.
func (l *tongue) when(t time.Time) string {
	return l.inDigits(l.date(t) + t.UTC().Format(", 15:04 UTC"))
}

func (l *tongue) day(t time.Time) string { return l.inDigits(l.date(t)) }

func (l *tongue) date(t time.Time) string {
	t = t.UTC()
	return t.Format("2 ") + l.say(t.Month().String()) + t.Format(" 2006")
}

func (l *tongue) inDigits(written string) string {
	if l.digits != nil {
		return l.digits.Replace(written)
	}
	return written
}

type tongueKey struct{}

func speaking(ctx context.Context, l *tongue) context.Context {
	return context.WithValue(ctx, tongueKey{}, l) //nolint:forbidigo // how every template knows its reader's language; nothing is decided by it
}

func tongueIn(ctx context.Context) *tongue {
	if l, ok := ctx.Value(tongueKey{}).(*tongue); ok {
		return l
	}
	return tongueOf("en")
}

// t writes an English text of a page in the language of its reader.
func t(ctx context.Context, english string, args ...any) string {
	return tongueIn(ctx).say(english, args...)
}

// counted writes a number with its noun.
func counted(ctx context.Context, n int64, one, many string) string {
	if n == 1 {
		return t(ctx, one, n)
	}
	return t(ctx, many, n)
}

// languages are those that a shop offers, its own first.
func (v *visit) languages() []string {
	return append([]string{v.shop.Shop.Locale}, v.shop.Shop.LanguageList()...)
}

// speak chooses the language: what the address asks for, what was chosen before, or the shop's own. Staff's pages are
// in English.
func (v *visit) speak() {
	if v.shop.ID == "" || strings.HasPrefix(v.c.Path(), "/vendor") {
		return
	}
	chosen := v.cookie(languageCookie)
	if asked := v.query("lang"); asked != chosen && slices.Contains(v.languages(), asked) {
		v.setCookie(languageCookie, asked, languageLifetime)
		chosen = asked
	}
	if !slices.Contains(v.languages(), chosen) {
		chosen = v.shop.Shop.Locale
	}
	v.locale = chosen
	v.ctx = speaking(v.ctx, tongueOf(chosen))
}

const languageLifetime = 365 * 24 * time.Hour

// said is what products and categories are called in the reader's language. It is best effort: the shop's own language
// is better than no page.
func (v *visit) said(subjects ...string) corecatalog.Translations {
	found, err := v.web.d.Shop.Catalog.InLanguage(v.ctx, v.shop, v.locale, subjects...)
	if err != nil {
		v.web.d.Log.WarnContext(v.ctx, "the page is not translated", "error", err)
	}
	return found
}

// inLanguage returns summaries in the reader's language.
func (v *visit) inLanguage(all []corecatalog.Summary) []corecatalog.Summary {
	ids := make([]string, len(all))
	for i, s := range all {
		ids[i] = string(s.ID)
	}
	said := v.said(ids...)
	if said == nil {
		return all
	}
	out := make([]corecatalog.Summary, len(all))
	for i, s := range all {
		out[i] = said.Summary(s)
	}
	return out
}

// speech is one language that readers may choose.
type speech struct {
	Tag, Name, Path string
	Now             bool
}

// speeches are the languages to choose from, each named by itself; none where there is no choice.
func (p page) speeches() (all []speech) {
	if len(p.Languages) < 2 {
		return nil
	}
	for _, tag := range p.Languages {
		all = append(all, speech{tag, nameOf(tag), withQuery(p.Path, "lang", tag), tag == p.Locale})
	}
	return all
}

// nameOf names a language in itself: "বাংলা".
func nameOf(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	if name := display.Self.Name(language.Make(locale.Language(parsed.String()))); name != "" {
		return name
	}
	return tag
}

// alternate is the address of a public page in a language, for search engines; the plain one is in the shop's own.
func (p page) alternate(tag string) string {
	if tag == p.Shop.Locale || len(p.Languages) < 2 {
		return p.Canonical
	}
	return withQuery(p.Canonical, "lang", tag)
}
