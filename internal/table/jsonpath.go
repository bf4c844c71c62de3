package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// walker goes to the list of rows in JSON.
type walker struct {
	*bufio.Reader
	lines int64 // line feeds passed
	read  int64 // bytes
}

// open goes behind the bracket that opens the list below some keys.
func (w *walker) open(path []string) error {
	for depth, key := range path {
		err := w.expect('{', "no object")
		if err == nil {
			err = w.find(key)
		}
		if err != nil {
			return fmt.Errorf("«--json-path», key %d (%s): %w", depth+1, key, err)
		}
	}
	err := w.expect('[', "no list of rows")
	if err != nil && len(path) > 0 {
		err = fmt.Errorf("«--json-path»: %w", err)
	}
	return err
}

func (w *walker) expect(want byte, otherwise string) error {
	c, err := w.next()
	if err == nil && c != want {
		err = fmt.Errorf("line %d: there is %s, as %q comes", w.lines+1, otherwise, c)
	}
	return err
}

// next is the next byte that is not blank.
func (w *walker) next() (byte, error) {
	for {
		switch c, err := w.byte(); {
		case err != nil:
			return 0, err
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return c, nil
		}
	}
}

func (w *walker) byte() (byte, error) {
	c, err := w.ReadByte()
	if err == io.EOF {
		return 0, errors.New("the JSON ends too early")
	}
	w.read++
	if c == '\n' {
		w.lines++
	}
	return c, err
}

// errFound ends a walk over keys.
var errFound = errors.New("found")

// find goes to the value of a key of the object at hand.
func (w *walker) find(key string) error {
	var names []string
	hint := ""
	err := w.keys(func(name string) error {
		if name == key {
			return errFound
		}
		if hint == "" && strings.HasPrefix(name, key+".") {
			hint = "; a point in a key has a backslash before it: " + keyPath([]string{name})
		}
		if names = append(names, name); len(names) > 10 {
			names = append(names[:10], "…")
		}
		return w.skip(0)
	})
	switch {
	case err == errFound:
		return nil
	case err == nil && len(names) == 0:
		return fmt.Errorf("line %d: the object has no key %q, nor any other", w.lines+1, key)
	case err == nil:
		return fmt.Errorf("line %d: the object has no key %q, but %s%s", w.lines+1, key, strings.Join(names, ", "), hint)
	}
	return err
}

// keys goes through the object whose opening brace has been read, and calls each at the value of every key, which it has to step over.
func (w *walker) keys(each func(key string) error) error {
	for {
		c, err := w.next()
		switch {
		case err != nil:
			return err
		case c == '}':
			return nil
		case c == ',':
			continue
		case c != '"':
			return fmt.Errorf("line %d: has %q where a key has to be", w.lines+1, c)
		}
		raw, err := w.text(true)
		if err != nil {
			return err
		}
		var name string
		if err := json.Unmarshal(raw, &name); err != nil {
			return fmt.Errorf("line %d: key %s: %w", w.lines+1, raw, err)
		}
		if err := w.expect(':', "no colon"); err != nil {
			return err
		}
		if err := each(name); err != nil {
			return err
		}
	}
}

// text reads a text whose opening quote has been read; it is kept, with its quotes, if that is asked for.
func (w *walker) text(keep bool) (raw []byte, err error) {
	const longest = 1 << 20
	raw = append(raw, '"')
	for escaped := false; ; {
		c, err := w.byte()
		if err != nil {
			return nil, err
		}
		if keep {
			if raw = append(raw, c); len(raw) > longest {
				return nil, fmt.Errorf("line %d: a key is longer than %d bytes", w.lines+1, longest)
			}
		}
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			return raw, nil
		}
	}
}

// skip goes behind a value, up to the comma or bracket after it; or with depth 1 behind the list or the object at hand.
func (w *walker) skip(depth int) error {
	for from := depth; ; {
		c, err := w.byte()
		switch {
		case err != nil:
			return err
		case c == '"':
			if _, err := w.text(false); err != nil {
				return err
			}
		case c == '{' || c == '[':
			depth++
		case (c == '}' || c == ']' || c == ',') && depth == 0:
			return w.back()
		case c == '}' || c == ']':
			if depth--; depth == 0 && from == 1 {
				return nil
			}
		}
	}
}

// count goes behind the list at hand and counts its values.
func (w *walker) count() (n int, err error) {
	c, err := w.next()
	if err != nil || c == ']' {
		return 0, err
	}
	if err := w.back(); err != nil {
		return 0, err
	}
	for c = ','; c == ','; n++ {
		if err := w.skip(0); err != nil {
			return 0, err
		}
		if c, err = w.next(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// texts reads the rest of a list and counts its values. texts is nil if one of them is none.
func (w *walker) texts() (texts []string, n int, err error) {
	only := true
	for end := byte(','); end == ','; {
		var raw []byte
		if raw, end, err = w.raw(nil); err != nil {
			return nil, 0, err
		}
		n++
		var text string
		only = only && json.Unmarshal(raw, &text) == nil
		texts = append(texts, text)
	}
	if !only {
		texts = nil
	}
	return texts, n, nil
}

// nextKey reads a key of the object at hand and the colon behind it. The key is as it is written, with its quotes.
func (w *walker) nextKey() ([]byte, error) {
	if err := w.expect('"', "no key"); err != nil {
		return nil, err
	}
	key, err := w.text(true)
	if err != nil {
		return nil, err
	}
	return key, w.expect(':', "no colon")
}

// raw appends the value at hand, without line ends, and goes behind the comma or bracket after it, which it returns.
func (w *walker) raw(dst []byte) (value []byte, end byte, err error) {
	begin, depth := len(dst), 0
	text, escaped := false, false
	for {
		c, err := w.byte()
		switch {
		case err != nil:
			return nil, 0, err
		case len(dst)-begin > LongestRow:
			return nil, 0, fmt.Errorf("a value is longer than %d MB", LongestRow>>20)
		case c == '\n' || c == '\r':
			c = ' ' // a text has none
		case text:
			text = escaped || c != '"'
			escaped = c == '\\' && !escaped
		case c == '"':
			text = true
		case c == '{' || c == '[':
			depth++
		case depth == 0 && (c == ',' || c == ']' || c == '}'):
			return bytes.TrimRight(dst, " \t"), c, nil
		case c == ']' || c == '}':
			depth--
		}
		if len(dst) > begin || c != ' ' && c != '\t' {
			dst = append(dst, c)
		}
	}
}

// leave goes from a list of rows, behind its end, to the end of the object that holds it, and says whether another value follows. It fails where the
// path is there twice, as there may be rows that nobody reads.
func (w *walker) leave(path []string) (more bool, err error) {
	for depth, key := range slices.Backward(path) {
		err := w.keys(func(name string) error {
			if name == key {
				return fmt.Errorf("«--json-path», key %d (%s): line %d: the object has it twice", depth+1, key, w.lines+1)
			}
			return w.skip(0)
		})
		if err != nil {
			return false, err
		}
	}
	if _, err := w.next(); err != nil {
		return false, nil
	}
	return true, w.back()
}

// back goes before the last byte, which is no line feed.
func (w *walker) back() error {
	w.read--
	return w.UnreadByte()
}
