package web

import (
	"context"
	"errors"
	"strings"

	"github.com/halum-hut/halum/core/fault"
)

// form is what somebody typed, and what is wrong with it. Nothing typed is lost except secrets.
type form struct {
	values  map[string]string
	errors  map[string]string
	Message string // about the form as a whole
}

func newForm() form { return form{values: map[string]string{}, errors: map[string]string{}} }

// read takes fields as they were posted.
func (v *visit) read(names ...string) form {
	f := newForm()
	for _, n := range names {
		f.values[n] = v.form(n)
	}
	return f
}

// Value is what was typed into a field.
func (f form) Value(name string) string { return f.values[name] }

// Error says what is wrong with a field; "" when nothing is.
func (f form) Error(name string) string { return f.errors[name] }

// Bad reports whether anything is wrong.
func (f form) Bad() bool { return f.Message != "" || len(f.errors) > 0 }

func (f form) set(name, value string) { f.values[name] = value }

// explain puts a use case's refusal next to the fields it names, or above the form. It hands back what is not the
// shopper's to mend: defects and absent things.
func (f *form) explain(ctx context.Context, err error) error {
	known := (*fault.Error)(nil)
	if !errors.As(err, &known) || known.Kind == fault.Internal || known.Kind == fault.NotFound {
		return err
	}
	for _, field := range known.Fields {
		name := field.Path
		if _, ours := f.values[name]; !ours {
			name = name[strings.LastIndexByte(name, '.')+1:]
		}
		if _, ours := f.values[name]; ours {
			f.errors[name] = refusal(ctx, field.Message)
			continue
		}
		f.Message = strings.TrimSpace(f.Message + " " + refusal(ctx, field.Message))
	}
	if f.Message == "" {
		f.Message = refusal(ctx, known.Message)
		if len(f.errors) > 0 {
			f.Message = t(ctx, "Please look at the marked fields.")
		}
	}
	return nil
}

// refusal is why something was refused, as a sentence in the reader's language.
func refusal(ctx context.Context, why string) string { return tongueIn(ctx).refusal(sentence(why)) }

// sentence starts with a capital letter and ends with a stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	first := strings.ToUpper(s[:1])
	if s[0] >= 0x80 {
		first = s[:1]
	}
	s = first + s[1:]
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
