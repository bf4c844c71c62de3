package spec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/uri"
)

// maxDepth is how deep a task may nest: as deep as Druid reads, and shallow enough for a stack.
const maxDepth = 1000

type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// node is one JSON value. Names of fields are compared exactly. Of several equal ones the last counts, as in Druid,
// except that a type is settled once it has been read.
type node struct {
	kind   kind
	text   string // of a number or boolean: as it was written
	fields []field
	items  []*node
}

type field struct {
	name string
	node *node
}

// value is a node and where it stands in the spec. A value that is absent has no node.
type value struct {
	*node
	path   string
	secret bool // an error must not show what it is
}

// decodeTree reads all of raw, which has to be one JSON value.
func decodeTree(raw []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	n, err := decodeNode(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is more text after the end of the value")
	}
	return n, nil
}

func decodeNode(d *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it nests deeper than %d levels", maxDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case bool:
		return &node{kind: boolean, text: strconv.FormatBool(t)}, nil
	case json.Number:
		return &node{kind: number, text: t.String()}, nil
	case string:
		return &node{kind: text, text: t}, nil
	case json.Delim:
		if t == '[' {
			return decodeList(d, depth)
		}
		return decodeObject(d, depth)
	}
	return &node{kind: null}, nil
}

func decodeList(d *json.Decoder, depth int) (*node, error) {
	n := &node{kind: list}
	for d.More() {
		item, err := decodeNode(d, depth+1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	_, err := d.Token()
	return n, err
}

func decodeObject(d *json.Decoder, depth int) (*node, error) {
	n := &node{kind: object}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		item, err := decodeNode(d, depth+1)
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder lets nothing but a string stand here
		n.fields = append(n.fields, field{name, item})
	}
	_, err := d.Token()
	return n, err
}

// missing tells whether v is absent or null, between which Druid makes no difference.
func (v value) missing() bool { return v.node == nil || v.kind == null }

// field is the field of that name, absent if v has none or is no object.
func (v value) field(name string) value {
	f := value{path: name, secret: v.secret}
	if v.path != "" {
		f.path = v.path + "." + name
	}
	if v.node == nil {
		return f
	}
	for i := len(v.fields) - 1; i >= 0; i-- {
		if v.fields[i].name == name {
			f.node = v.fields[i].node
			if name != "type" {
				break
			}
		}
	}
	return f
}

// item is the i-th element of a list.
func (v value) item(i int) value {
	return value{v.items[i], v.path + "[" + strconv.Itoa(i) + "]", v.secret}
}

// shown is how v is quoted in an error: as JSON where that is short, else the kind of thing it is.
func (v value) shown() string {
	switch {
	case v.node == nil:
		return "missing"
	case v.kind == null:
		return "null"
	case v.secret && v.kind == text:
		return "a text"
	case v.secret && v.kind == number:
		return "a number"
	case v.kind == text:
		return quoted(v.text)
	case v.kind == list:
		return "a list"
	case v.kind == object:
		return "an object"
	}
	return cut(v.text)
}

// open is a message about v without the secrets of a URI that v may be.
func (v value) open(message string) string {
	if v.node != nil && v.kind == text && strings.Contains(v.text, "://") {
		if shown := uri.Redact(v.text); shown != v.text {
			message = strings.NewReplacer(v.text, shown, strings.ToUpper(v.text), shown).Replace(message)
		}
	}
	return uri.RedactIn(message)
}

// quoted quotes s for an error message, without the secrets of a URI, which may be given where none belongs.
func quoted(s string) string {
	if strings.Contains(s, "://") {
		s = uri.Redact(s)
	}
	return strconv.Quote(cut(s))
}

// cut shortens what would bury an error message.
func cut(s string) string {
	const enough = 100
	if len(s) <= enough {
		return s
	}
	return strings.ToValidUTF8(s[:enough], "") + "..."
}

// appendRaw appends n as JSON.
func (n *node) appendRaw(dst []byte) []byte {
	switch n.kind {
	case null:
		return append(dst, "null"...)
	case text:
		return druid.AppendString(dst, n.text)
	case list:
		dst = append(dst, '[')
		for i, item := range n.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = item.appendRaw(dst)
		}
		return append(dst, ']')
	case object:
		e := beginObject(dst)
		for _, f := range n.fields {
			e.name(f.name)
			e.dst = f.node.appendRaw(e.dst)
		}
		return e.end()
	}
	return append(dst, n.text...)
}
