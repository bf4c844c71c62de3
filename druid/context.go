package druid

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Context is the context of a task: a JSON object whose keys Druid keeps in a Java HashMap and therefore writes in
// the order of that map. The zero value is an empty context. A copy shares its entries with the original.
type Context struct {
	entries []contextEntry // in the order of insertion
	table   int            // buckets of the HashMap; 0 stands for a map created empty
}

type contextEntry struct {
	key   string
	value json.RawMessage
}

// Len is the number of entries.
func (c *Context) Len() int { return len(c.entries) }

// Get returns the JSON value of key.
func (c *Context) Get(key string) (json.RawMessage, bool) {
	for i := range c.entries {
		if c.entries[i].key == key {
			return c.entries[i].value, true
		}
	}
	return nil, false
}

// All yields the entries in the order of insertion.
func (c *Context) All() iter.Seq2[string, json.RawMessage] {
	return func(yield func(string, json.RawMessage) bool) {
		for _, e := range c.entries {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// Set gives key the JSON value value.
func (c *Context) Set(key string, value json.RawMessage) {
	for i := range c.entries {
		if c.entries[i].key == key {
			c.entries[i].value = value
			return
		}
	}
	c.entries = append(c.entries[:len(c.entries):len(c.entries)], contextEntry{key, value})
	c.grow()
}

// SetIfAbsent gives key the JSON value value unless it has one other than null, and tells whether it did.
func (c *Context) SetIfAbsent(key string, value json.RawMessage) bool {
	if given, ok := c.Get(key); ok && !isNull(given) {
		return false
	}
	c.Set(key, value)
	return true
}

// Bool is the value of key, or fallback if there is none. Texts are taken as Druid takes them: "true" in any case
// is true, any other text false.
func (c *Context) Bool(key string, fallback bool) (bool, error) {
	value, ok := c.Get(key)
	if !ok || isNull(value) {
		return fallback, nil
	}
	if value[0] == '"' {
		s, err := unquote(value)
		return strings.EqualFold(s, "true"), err
	}
	b, err := strconv.ParseBool(string(value))
	if err != nil {
		return false, fmt.Errorf("context key %q: %s is neither true nor false", key, value)
	}
	return b, nil
}

// Int is the value of key, or fallback if there is none. A text that is a whole number counts as one.
func (c *Context) Int(key string, fallback int) (int, error) {
	value, ok := c.Get(key)
	if !ok || isNull(value) {
		return fallback, nil
	}
	n, err := strconv.ParseInt(strings.Trim(string(value), `"`), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("context key %q: %s is not a whole number", key, value)
	}
	return int(n), nil
}

// String is the value of key, or fallback if there is none.
func (c *Context) String(key, fallback string) (string, error) {
	value, ok := c.Get(key)
	if !ok || isNull(value) {
		return fallback, nil
	}
	s, err := unquote(value)
	if err != nil {
		return "", fmt.Errorf("context key %q: %s is not a text", key, value)
	}
	return s, nil
}

// UnmarshalJSON takes an object or null. Of a key that occurs twice the last value counts, at the place of the first.
func (c *Context) UnmarshalJSON(b []byte) error {
	*c = Context{}
	if isNull(b) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("context is not an object: %s", b)
	}
	places := map[string]int{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("context: %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fmt.Errorf("context key %q: %w", key, err)
		}
		name := key.(string)
		if at, again := places[name]; again {
			c.entries[at].value = value
			continue
		}
		places[name] = len(c.entries)
		c.entries = append(c.entries, contextEntry{name, value})
	}
	c.table = tableOfCopy(len(c.entries))
	return nil
}

// AppendJSON appends the context in the order in which Druid's API shows it, values normalised. The API writes and
// reads a task before it shows it, so the order is that of a HashMap copied from what the first one wrote.
func (c *Context) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	first := true
	for _, e := range hashOrder(hashOrder(c.entries, c.table), tableOfCopy(len(c.entries))) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(AppendString(dst, e.key), ':')
		dst = appendRaw(dst, e.value)
	}
	return append(dst, '}')
}

// MarshalJSON writes what AppendJSON writes.
func (c Context) MarshalJSON() ([]byte, error) { return c.AppendJSON(nil), nil }

const emptyMapTable = 16

// grow doubles the table as a HashMap does when an insertion takes it beyond three quarters full.
func (c *Context) grow() {
	if c.table == 0 {
		c.table = emptyMapTable
	}
	if len(c.entries) > c.table*3/4 {
		c.table *= 2
	}
}

// tableOfCopy is the table of `new HashMap(other)`, with which Druid makes the context of a task that was given one.
func tableOfCopy(size int) int {
	if size == 0 {
		return emptyMapTable
	}
	table := 1
	for table < size*4/3+1 {
		table *= 2
	}
	return table
}

// hashOrder lists entries bucket by bucket, within a bucket in the order they had.
func hashOrder(entries []contextEntry, table int) []contextEntry {
	type placed struct {
		bucket uint32
		at     int
	}
	order := make([]placed, len(entries))
	for i, e := range entries {
		h := javaHash(e.key)
		order[i] = placed{(h ^ h>>16) & uint32(table-1), i}
	}
	slices.SortFunc(order, func(a, b placed) int { return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.at, b.at)) })
	ordered := make([]contextEntry, len(entries))
	for i, p := range order {
		ordered[i] = entries[p.at]
	}
	return ordered
}

// javaHash is String.hashCode.
func javaHash(s string) (h uint32) {
	for _, r := range s {
		if r >= 0x10000 {
			high, low := utf16.EncodeRune(r)
			h = (h*31+uint32(high))*31 + uint32(low)
			continue
		}
		h = h*31 + uint32(r)
	}
	return h
}
