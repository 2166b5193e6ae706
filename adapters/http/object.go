package httpapi

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// JSONObject is an object of a form that only somebody else knows, kept as it was written.
type JSONObject json.RawMessage

// Schema implements huma.SchemaProvider.
func (JSONObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
}

// MarshalJSON implements json.Marshaler.
func (o JSONObject) MarshalJSON() ([]byte, error) { return json.RawMessage(o).MarshalJSON() }

// UnmarshalJSON implements json.Unmarshaler.
func (o *JSONObject) UnmarshalJSON(text []byte) error {
	*o = append((*o)[:0], text...)
	return nil
}
