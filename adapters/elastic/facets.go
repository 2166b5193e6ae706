package elastic

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/halum-hut/halum/core/search"
)

const (
	// found counts what has the words, whatever the filters.
	found = "found"

	// manyOptions is how many values of all options of a shop together are counted; those that most results have.
	manyOptions = 10_000
)

// counter is one aggregation: the values of a group, or of all options, that are not filtered by.
type counter struct {
	group   string
	options bool
}

// counters says what is to be counted for the groups that are asked for: options one by one where a filter is on them.
func counters(groups []string, by []narrowing) (all []counter) {
	add := func(c counter) {
		if !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	for _, g := range groups {
		if g != search.AllOptions {
			add(counter{group: g})
			continue
		}
		add(counter{group: g, options: true})
		for _, n := range by {
			if _, is := search.OptionOf(n.group); is {
				add(counter{group: n.group})
			}
		}
	}
	return all
}

func (c counter) values() object {
	pattern, size := literal(c.group)+separator+".*", search.MaxValues
	if c.options {
		pattern, size = literal(search.OptionGroup(""))+".*", manyOptions
	}
	return topTerms("values", pattern, size)
}

// topTerms counts terms, the frequent ones first. A shop is on one shard, so that its counts are exact; it has a small
// part of the shard's terms, so that ordinals of all of them would cost more than they save.
func topTerms(field, pattern string, size int) object {
	return object{"terms": object{
		"field": field, "include": pattern, "size": size, "execution_hint": "map",
		"order": []object{{"_count": "desc"}, {"_key": "asc"}},
	}}
}

// literal is a text as a pattern of the server: what is neither letter nor digit may be an operator there.
func literal(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9') {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// counts asks for facets, each without the filter on its own group.
func counts(groups []string, by []narrowing) object {
	aggs := object{found: object{"filter": everything}}
	for i, c := range counters(groups, by) {
		aggs["facet"+strconv.Itoa(i)] = object{"filter": narrowed(by, c.group), "aggs": object{"values": c.values()}}
	}
	return aggs
}

// aggregation is the part of an answer that counts.
type aggregation struct {
	Count  int `json:"doc_count"`
	Values struct {
		Buckets []struct {
			Key   string `json:"key"`
			Count int    `json:"doc_count"`
		} `json:"buckets"`
	} `json:"values"`
}

// facetsOf reads the counts: groups in the order they were asked for, options by name.
func facetsOf(q search.Query, from map[string]aggregation) (out []search.Facet) {
	by := narrowings(q)
	options := map[string]*search.Facet{}
	all := counters(q.Facets, by)
	var order []string
	for i, c := range all {
		for _, b := range from["facet"+strconv.Itoa(i)].Values.Buckets {
			group, name, _ := strings.Cut(b.Key, separator)
			if c.options && slices.Contains(all, counter{group: group}) {
				continue // has a count of its own
			}
			if options[group] == nil {
				options[group] = &search.Facet{Group: group}
				order = append(order, group)
			}
			if f := options[group]; len(f.Values) < search.MaxValues {
				f.Values = append(f.Values, search.Count{Name: name, Count: b.Count})
			}
		}
	}
	rank := func(group string) int {
		if i := slices.Index(q.Facets, group); i >= 0 {
			return i
		}
		return slices.Index(q.Facets, search.AllOptions)
	}
	slices.SortFunc(order, func(a, b string) int { return cmp.Or(rank(a)-rank(b), strings.Compare(a, b)) })
	for _, group := range order {
		out = append(out, *options[group])
	}
	return out
}
