package provider

// Kinds of events about provider accounts.
const (
	KindChanged   = "provider.changed"
	KindReordered = "provider.reordered"
)

// Changed says which parts of an account were changed, never what they hold: "config.currency", "secrets.api_key",
// "rules", "enabled".
type Changed struct {
	Of     Kind     `json:"kind"`
	Plugin string   `json:"plugin"`
	Mode   Mode     `json:"mode"`
	Fields []string `json:"fields"`
}

// Kind implements event.Fact.
func (Changed) Kind() string { return KindChanged }

// Subject implements event.Fact.
func (c Changed) Subject() string {
	return string(c.Of) + "/" + c.Plugin + "/" + string(c.Mode)
}

// Reordered says in which order the providers of a kind are now offered.
type Reordered struct {
	Of      Kind     `json:"kind"`
	Plugins []string `json:"plugins"`
}

// Kind implements event.Fact.
func (Reordered) Kind() string { return KindReordered }

// Subject implements event.Fact.
func (r Reordered) Subject() string { return string(r.Of) }
