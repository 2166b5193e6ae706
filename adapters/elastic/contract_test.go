package elastic_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// contract is the published description of OpenSearch's API, which the client brings along, made strict.
type contract struct {
	paths   map[string]any
	schemas map[string]*jsonschema.Schema
}

const (
	described = "https://opensearch.org/api"
	bodies    = "/components/requestBodies/"
	answered  = "/components/responses/"
	asJSON    = "/content/application~1json/schema"
)

// operations are those that the adapter uses, with what is sent and answered.
var operations = map[string]struct{ method, path, request, answer string }{
	"create": {"put", "/{index}", bodies + "indices.create" + asJSON, answered + "indices.create___200" + asJSON},
	"search": {"post", "/{index}/_search", bodies + "search" + asJSON, answered + "search___200" + asJSON},
	"bulk":   {"post", "/{index}/_bulk", "/components/schemas/_core.bulk___OperationContainer", answered + "bulk___200" + asJSON}, // by line
}

var readContract = sync.OnceValues(func() (*contract, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/opensearch-project/opensearch-go/v4").Output()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "opensearch-openapi.yaml"))
	if err != nil {
		return nil, err
	}
	var whole map[string]any
	if err := yaml.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	c := &contract{paths: whole["paths"].(map[string]any), schemas: map[string]*jsonschema.Schema{}} //nolint:forcetypeassert // an OpenAPI document
	choosable(whole)
	answers, err := compiler(whole)
	if err != nil {
		return nil, err
	}
	makeStrict(whole)
	requests, err := compiler(whole)
	if err != nil {
		return nil, err
	}
	for name, o := range operations {
		if c.schemas[name+" request"], err = requests.Compile(described + "#" + o.request); err != nil {
			return nil, err
		}
		if c.schemas[name+" answer"], err = answers.Compile(described + "#" + o.answer); err != nil {
			return nil, err
		}
	}
	return c, nil
})

func compiler(whole map[string]any) (*jsonschema.Compiler, error) {
	b, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	return c, c.AddResource(described, doc)
}

// choosable lets any of several alternatives do: where the description says "one of", they overlap.
func choosable(whole map[string]any) {
	walk(whole, func(o map[string]any) {
		if alternatives, has := o["oneOf"]; has {
			o["anyOf"] = alternatives
			delete(o, "oneOf")
		}
	})
}

// makeStrict closes the described objects, so that a property without description is refused. One that others are made of
// cannot be closed by itself.
func makeStrict(whole map[string]any) {
	parts := map[string]bool{}
	var isPart func(any)
	isPart = func(part any) {
		p, is := part.(map[string]any)
		if !is {
			return
		}
		name, _ := p["$ref"].(string)
		parts[name], p["x-part"] = true, true
		alternatives, _ := p["anyOf"].([]any)
		for _, a := range alternatives {
			isPart(a)
		}
	}
	walk(whole, func(o map[string]any) {
		if o["unevaluatedProperties"] == true {
			delete(o, "unevaluatedProperties")
		}
		all, _ := o["allOf"].([]any)
		all = slices.DeleteFunc(slices.Clone(all), func(part any) bool { // what only describes
			p, _ := part.(map[string]any)
			return p["$ref"] == nil && p["properties"] == nil && p["anyOf"] == nil
		})
		for _, part := range all {
			if len(all) > 1 {
				isPart(part)
			}
		}
	})
	schemas := whole["components"].(map[string]any)["schemas"].(map[string]any) //nolint:forcetypeassert // an OpenAPI document
	for name := range parts {
		if o, is := schemas[strings.TrimPrefix(name, "#/components/schemas/")].(map[string]any); is {
			o["x-part"] = true
		}
	}
	walk(whole, func(o map[string]any) {
		_, object := o["properties"].(map[string]any)
		if o["x-part"] == nil && o["additionalProperties"] == nil && (object && o["type"] == "object" || o["allOf"] != nil) {
			o["unevaluatedProperties"] = false
		}
	})
}

// walk visits every object below a value.
func walk(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, below := range v {
			walk(below, visit)
		}
	case []any:
		for _, below := range v {
			walk(below, visit)
		}
	}
}

// check holds an exchange against the contract: path, parameters, what was sent, and what the stand-in answers.
func (c *contract) check(r *http.Request, body []byte, status int, answer []byte) error {
	name := "create"
	if _, operation, found := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/_"); found {
		name = operation
	}
	o, known := operations[name]
	if !known || r.Method != strings.ToUpper(o.method) {
		return fmt.Errorf("%s %s is not among the operations", r.Method, r.URL.Path)
	}
	for p := range r.URL.Query() {
		if !c.takes(o.path, o.method, p) {
			return fmt.Errorf("%s takes no %s", o.path, p)
		}
	}
	if err := c.checkBody(name, body); err != nil {
		return fmt.Errorf("%s: %w in %s", name, err, body)
	}
	if status != http.StatusOK {
		return nil
	}
	if err := c.valid(name+" answer", answer); err != nil {
		return fmt.Errorf("answer to %s: %w", name, err)
	}
	return nil
}

func (c *contract) takes(path, method, parameter string) bool {
	operation, _ := c.paths[path].(map[string]any)[method].(map[string]any)
	listed, _ := operation["parameters"].([]any)
	for _, p := range listed {
		name, _ := p.(map[string]any)["$ref"].(string)
		if strings.HasSuffix(name, "query."+parameter) {
			return true
		}
	}
	return false
}

// checkBody knows that a bulk request is lines: of each two the first says what to do with the second.
func (c *contract) checkBody(name string, body []byte) error {
	if name != "bulk" {
		return c.valid(name+" request", body)
	}
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	for i := 0; i < len(lines); i += 2 {
		if err := c.valid("bulk request", lines[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *contract) valid(schema string, text []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return c.schemas[schema].Validate(v)
}

func published(t testing.TB) *contract {
	t.Helper()
	c, err := readContract()
	require.NoError(t, err)
	return c
}

// TestTheContractCanRefuse plants what the server would not take: a check that never fails proves nothing.
func TestTheContractCanRefuse(t *testing.T) {
	t.Parallel()
	c := published(t)
	for schema, bad := range map[string][]string{
		"search request": {
			`{"querry":{"match_all":{}}}`, `{"query":{"matches_all":{}}}`, `{"query":{"bool":{"filters":[]}}}`, `{"size":"many"}`,
			`{"query":{"match":{"all":{"query":"x","zero_terms_query":"some"}}}}`, `{"aggs":{"a":{"terms":{"field":"x","execution_hint":"guess"}}}}`,
			`{"query":{"fuzzy":{"all":{"value":"x","rewritten":"constant_score"}}}}`,
		},
		"create request": {`{"mapping":{}}`, `{"mappings":{"properties":{"a":{"type":"keywords"}}}}`},
		"bulk request":   {`{"index":{"_id":"a","version_type":"outside"}}`, `{"indexes":{}}`},
	} {
		for _, text := range bad {
			require.Error(t, c.valid(schema, []byte(text)), text)
		}
	}
	require.False(t, c.takes("/{index}/_search", "post", "rooting"))
	require.True(t, c.takes("/{index}/_search", "post", "routing"))
}
