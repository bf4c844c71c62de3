package table

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// walker goes to the list of rows in JSON.
type walker struct {
	*bufio.Reader
	lines int64 // line feeds passed
}

// open goes behind the bracket that opens the list below some keys.
func (w *walker) open(path []string) error {
	for depth, key := range path {
		if err := w.expect('{', "no object"); err != nil {
			return err
		}
		if err := w.find(key); err != nil {
			return fmt.Errorf("--json-path, key %d: %w", depth+1, err)
		}
	}
	return w.expect('[', "no list of rows")
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
	if c == '\n' {
		w.lines++
	}
	return c, err
}

// find goes to the value of a key of the object at hand.
func (w *walker) find(key string) error {
	for {
		c, err := w.next()
		switch {
		case err != nil:
			return err
		case c == '}':
			return fmt.Errorf("line %d: the object has no key %q", w.lines+1, key)
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
		if err := w.expect(':', "no colon"); err != nil || name == key {
			return err
		}
		if err := w.skip(); err != nil {
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

// skip goes behind a value, up to the comma or bracket after it.
func (w *walker) skip() error {
	for depth := 0; ; {
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
			return w.UnreadByte()
		case c == '}' || c == ']':
			depth--
		}
	}
}
