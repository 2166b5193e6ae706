package elastic

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/halum-hut/halum/core/catalog"
	"github.com/halum-hut/halum/core/search"
)

// place is where a page ended: the keys of its last product, the tier first when there are tiers, and the id at last. No
// place is the beginning.
type place []string

// placeOf is what a cursor belongs to.
func placeOf(q search.Query) string {
	if tiered(q) {
		return "search tiers " + string(q.Sort)
	}
	return "search " + string(q.Sort)
}

func cursor(q search.Query, sort []json.RawMessage) string {
	p := place{placeOf(q)}
	for _, key := range sort[:len(sort)-1] {
		p = append(p, number(string(key)))
	}
	b, err := json.Marshal(append(p, string(idOf(sort))))
	if err != nil {
		panic(err) // texts always encode
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// number writes scores, which come as 3.0, as the whole numbers they are.
func number(key string) string {
	if f, err := strconv.ParseFloat(key, 64); err == nil && f >= elsewhereTier && f <= codeTier {
		return strconv.Itoa(int(f))
	}
	return key
}

// readPlace reads the cursor of a query. Errors: catalog.ErrCursor.
func readPlace(q search.Query) (place, error) {
	if q.After == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(q.After)
	var parts place
	if err == nil {
		err = json.Unmarshal(b, &parts)
	}
	keys := 2
	if tiered(q) {
		keys = 3
	}
	if err != nil || len(parts) != 1+keys || parts[0] != placeOf(q) {
		return nil, catalog.ErrCursor
	}
	for _, key := range parts[1:keys] {
		if _, err := strconv.ParseInt(key, 10, 64); err != nil {
			return nil, catalog.ErrCursor
		}
	}
	return parts[1:], nil
}

// values are the keys as the server wants them back.
func (p place) values() []any {
	out := make([]any, len(p))
	for i, key := range p[:len(p)-1] {
		out[i] = json.Number(key)
	}
	out[len(p)-1] = p[len(p)-1]
	return out
}
