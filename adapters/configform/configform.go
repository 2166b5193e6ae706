// Package configform reads the JSON Schemas (2020-12) by which plugins describe their settings, and holds settings
// against them.
//
// It owns what a schema may look like: an object whose secret fields are properties of its own with "writeOnly": true.
// It refuses schemas that hide secrets deeper, since those would be stored in the open, and schemas that point elsewhere:
// nothing is ever fetched. It never repeats a value in an error.
package configform

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/halum-hut/halum/core/fault"
	"github.com/halum-hut/halum/ports"
)

// ErrSchema says that a plugin describes its settings in a way that cannot be used.
var ErrSchema = fault.New(fault.Unavailable, "provider_schema_unusable", "this provider describes its settings in a way that cannot be used: tell its author")

// Forms keeps schemas that were read, by their text. It may be used from many goroutines.
type Forms struct {
	mu    sync.Mutex
	known map[[sha256.Size]byte]*form
}

// maxKnown bounds the schemas kept; there is one per plugin and version.
const maxKnown = 256

// New makes an empty one.
func New() *Forms { return &Forms{known: map[[sha256.Size]byte]*form{}} }

// Form implements ports.ConfigForms.
func (f *Forms) Form(schema []byte) (ports.ConfigForm, error) {
	key := sha256.Sum256(schema)
	f.mu.Lock()
	defer f.mu.Unlock()
	if known := f.known[key]; known != nil {
		return known, nil
	}
	read, err := readForm(schema)
	if err != nil {
		return nil, ErrSchema.With(err)
	}
	if len(f.known) >= maxKnown {
		clear(f.known)
	}
	f.known[key] = read
	return read, nil
}

// form is one schema.
type form struct {
	schema  *jsonschema.Schema // nil without any fields
	fields  map[string]bool
	secrets []string
	open    bool // the schema itself says what other fields there may be
}

var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`)

func readForm(text []byte) (*form, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return &form{}, nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	root, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("the schema is not an object")
	}
	f := &form{fields: map[string]bool{}}
	if err := f.readFields(root); err != nil {
		return nil, err
	}
	for _, keyword := range []string{"additionalProperties", "unevaluatedProperties", "patternProperties"} {
		_, said := root[keyword]
		f.open = f.open || said
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(nowhere{})
	if err := c.AddResource(schemaURL, root); err != nil {
		return nil, err
	}
	f.schema, err = c.Compile(schemaURL)
	return f, err
}

func (f *form) readFields(root map[string]any) error {
	properties, _ := root["properties"].(map[string]any)
	for name, p := range properties {
		f.fields[name] = true
		field, _ := p.(map[string]any)
		if field["writeOnly"] != true {
			continue
		}
		if !fieldName.MatchString(name) || field["type"] != "string" {
			return fmt.Errorf("the secret %q must be a string with a plain name", name)
		}
		f.secrets = append(f.secrets, name)
	}
	if secretsIn(root) > len(f.secrets) {
		return errors.New(`"writeOnly" is only understood at the properties of the schema itself`)
	}
	slices.Sort(f.secrets)
	return nil
}

// secretsIn counts the marks of secrets in all of a schema.
func secretsIn(v any) (n int) {
	switch v := v.(type) {
	case map[string]any:
		if v["writeOnly"] == true {
			n = 1
		}
		for _, inner := range v {
			n += secretsIn(inner)
		}
	case []any:
		for _, inner := range v {
			n += secretsIn(inner)
		}
	}
	return n
}

const schemaURL = "halum:provider-settings"

// nowhere refuses to load what a schema points to: no file and no address is read on a plugin's word.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema points to %q: it must hold all it needs", url)
}

// Secrets implements ports.ConfigForm.
func (f *form) Secrets() []string { return f.secrets }

// Check implements ports.ConfigForm.
func (f *form) Check(config []byte, secrets map[string]string) error {
	all, err := object(config)
	if err != nil {
		return err
	}
	wrong := f.strangers(all, secrets)
	if len(wrong) > 0 {
		return invalid(wrong)
	}
	if f.schema == nil {
		return nil
	}
	for name, value := range secrets {
		all[name] = value
	}
	err = f.schema.Validate(all)
	found := (*jsonschema.ValidationError)(nil)
	if errors.As(err, &found) {
		return invalid(f.leaves(found, nil))
	}
	return fault.Wrap(err, "check settings")
}

func object(config []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(config))
	d.UseNumber()
	var all map[string]any
	if err := d.Decode(&all); err != nil || all == nil || d.More() {
		return nil, fault.InvalidField("config", "must be a JSON object")
	}
	return all, nil
}

// strangers finds fields that the schema does not have, and secrets in the wrong place.
func (f *form) strangers(config map[string]any, secrets map[string]string) (wrong []fault.Field) {
	for name := range config {
		switch {
		case slices.Contains(f.secrets, name):
			wrong = append(wrong, fault.Field{Path: "config." + name, Message: "is secret: send it in secrets"})
		case !f.open && !f.fields[name]:
			wrong = append(wrong, fault.Field{Path: "config." + name, Message: "is not a setting of this provider"})
		}
	}
	for name := range secrets {
		if !slices.Contains(f.secrets, name) {
			wrong = append(wrong, fault.Field{Path: "secrets." + name, Message: "is not a secret of this provider"})
		}
	}
	return wrong
}
