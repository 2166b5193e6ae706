package configform_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/halum-hut/halum/adapters/configform"
	"github.com/halum-hut/halum/core/fault"
)

const schema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["country", "api_key"],
  "properties": {
    "country": {"type": "string", "enum": ["BD", "IN"]},
    "limit": {"type": "integer", "minimum": 1, "maximum": 10},
    "ratio": {"type": "number", "exclusiveMinimum": 0.5},
    "site": {"type": "string", "format": "uri"},
    "tags": {"type": "array", "maxItems": 1, "items": {"type": "object", "required": ["name"], "additionalProperties": false,
      "properties": {"name": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]+$"}}}},
    "either": {"anyOf": [{"type": "boolean"}, {"const": "auto"}]},
    "api_key": {"type": "string", "writeOnly": true, "minLength": 8, "pattern": "^sk_"},
    "webhook_key": {"type": "string", "writeOnly": true, "enum": ["whsec_fixed"]}
  },
  "dependentRequired": {"site": ["webhook_key"]}
}`

func TestCheck(t *testing.T) {
	good := map[string]string{"api_key": "sk_12345678"}
	for name, c := range map[string]struct {
		config  string
		secrets map[string]string
		want    map[string]string
	}{
		"good":            {`{"country":"BD","limit":10,"either":"auto"}`, good, nil},
		"missing both":    {`{}`, nil, map[string]string{"config.country": "is required", "secrets.api_key": "is required"}},
		"no object":       {`[]`, good, map[string]string{"config": "must be a JSON object"}},
		"null":            {`null`, good, map[string]string{"config": "must be a JSON object"}},
		"not JSON":        {`{`, good, map[string]string{"config": "must be a JSON object"}},
		"two":             {`{} {}`, good, map[string]string{"config": "must be a JSON object"}},
		"unknown":         {`{"country":"BD","colour":"red"}`, good, map[string]string{"config.colour": "is not a setting of this provider"}},
		"unknown secret":  {`{"country":"BD"}`, map[string]string{"api_key": "sk_12345678", "pin": "1"}, map[string]string{"secrets.pin": "is not a secret of this provider"}},
		"secret in open":  {`{"country":"BD","api_key":"sk_12345678"}`, nil, map[string]string{"config.api_key": "is secret: send it in secrets"}},
		"enum":            {`{"country":"XX"}`, good, map[string]string{"config.country": "must be one of BD, IN"}},
		"type":            {`{"country":"BD","limit":"1"}`, good, map[string]string{"config.limit": "must be of type integer, not string"}},
		"bounds":          {`{"country":"BD","limit":11,"ratio":0.5}`, good, map[string]string{"config.limit": "must be at most 10", "config.ratio": "must be more than 0.5"}},
		"format":          {`{"country":"BD","site":"no address"}`, map[string]string{"api_key": "sk_12345678", "webhook_key": "whsec_fixed"}, map[string]string{"config.site": "must be in the format uri"}},
		"nested":          {`{"country":"BD","tags":[{"name":"A"}]}`, good, map[string]string{"config.tags[0].name": "must have at least 2 characters"}},
		"nested missing":  {`{"country":"BD","tags":[{}]}`, good, map[string]string{"config.tags[0].name": "is required"}},
		"nested stranger": {`{"country":"BD","tags":[{"name":"abc","x":1}]}`, good, map[string]string{"config.tags[0].x": "is not a setting of this provider"}},
		"too many":        {`{"country":"BD","tags":[{"name":"abc"},{"name":"abc"}]}`, good, map[string]string{"config.tags": "must have at most 1 entry"}},
		"none of":         {`{"country":"BD","either":3}`, good, map[string]string{"config.either": "is in none of the forms that the provider accepts"}},
		"together":        {`{"country":"BD","site":"https://a.example"}`, good, map[string]string{"secrets.webhook_key": "is required together with site"}},
		"bad secret":      {`{"country":"BD"}`, map[string]string{"api_key": "canary"}, map[string]string{"secrets.api_key": "must have at least 8 characters"}},
		"bad secret enum": {`{"country":"BD"}`, map[string]string{"api_key": "sk_12345678", "webhook_key": "canary"}, map[string]string{"secrets.webhook_key": "must be one of whsec_fixed"}},
	} {
		t.Run(name, func(t *testing.T) {
			form, err := configform.New().Form([]byte(schema))
			require.NoError(t, err)
			err = form.Check([]byte(c.config), c.secrets)
			if c.want == nil {
				require.NoError(t, err)
				return
			}
			f := (*fault.Error)(nil)
			require.ErrorAs(t, err, &f)
			require.Equal(t, fault.Invalid, f.Kind)
			got := map[string]string{}
			for _, field := range f.Fields {
				if _, twice := got[field.Path]; !twice {
					got[field.Path] = field.Message
				}
				require.NotContains(t, field.Message, "canary")
			}
			require.Equal(t, c.want, got)
			require.NotContains(t, err.Error(), "canary")
		})
	}
}

func TestFormWithoutFields(t *testing.T) {
	form, err := configform.New().Form(nil)
	require.NoError(t, err)
	require.Empty(t, form.Secrets())
	require.NoError(t, form.Check([]byte("{}"), nil))
	require.ErrorContains(t, form.Check([]byte(`{"a":1}`), nil), "config.a: is not a setting of this provider")
}

func TestSecretsAreListed(t *testing.T) {
	forms := configform.New()
	form, err := forms.Form([]byte(schema))
	require.NoError(t, err)
	require.Equal(t, []string{"api_key", "webhook_key"}, form.Secrets())
	again, err := forms.Form([]byte(schema))
	require.NoError(t, err)
	require.Same(t, form, again)
	open, err := forms.Form([]byte(`{"additionalProperties":{"type":"integer"}}`))
	require.NoError(t, err)
	require.NoError(t, open.Check([]byte(`{"anything":1}`), nil))
	require.ErrorContains(t, open.Check([]byte(`{"anything":"1"}`), nil), "config.anything")
}

func TestUnusableSchemasAreRefused(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":           `{`,
		"no object":         `true`,
		"no schema":         `{"type":"nonsense"}`,
		"a file":            `{"properties":{"a":{"$ref":"file:///etc/passwd"}}}`,
		"an address":        `{"$ref":"https://example.com/schema.json"}`,
		"another dialect":   `{"$schema":"https://example.com/dialect"}`,
		"a deep secret":     `{"properties":{"login":{"type":"object","properties":{"key":{"type":"string","writeOnly":true}}}}}`,
		"a secret by ref":   `{"properties":{"key":{"$ref":"#/$defs/key"}},"$defs":{"key":{"type":"string","writeOnly":true}}}`,
		"a secret in items": `{"properties":{"keys":{"type":"array","items":{"type":"string","writeOnly":true}}}}`,
		"a secret number":   `{"properties":{"pin":{"type":"integer","writeOnly":true}}}`,
		"an odd name":       `{"properties":{"a/b":{"type":"string","writeOnly":true}}}`,
		"a bad pattern":     `{"properties":{"a":{"pattern":"("}}}`,
	} {
		_, err := configform.New().Form([]byte(text))
		require.ErrorIs(t, err, configform.ErrSchema, name)
	}
	many := configform.New()
	for i := range 300 { // the memory is bounded
		_, err := many.Form([]byte(`{"title":"` + strings.Repeat("x", i) + `"}`))
		require.NoError(t, err)
	}
}
