package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"ovate/internal/quantity"
)

const (
	headBytes = 256 << 10 // looked at to find the dialect
	longHead  = 16 << 20  // if there is no line end in that
)

// look reads the beginning of an input and finds out how it is written.
func (in *Input) look(o Options) error {
	head, whole, err := in.decoded(o)
	if err != nil {
		return err
	}
	d := &in.Dialect
	d.beyond = d.Encoding == utf8Name && beyondASCII(head)
	d.Break = lineBreak(head)
	d.omitted = o.OmitLines
	if o.SkipLines != nil {
		if head, err = d.skipLines(head, *o.SkipLines); err != nil {
			return err
		}
	}
	if in.rows = len(bytes.TrimSpace(head)) > 0 || !whole; !in.rows {
		return nil
	}
	if err := in.checkKind(head, o); err != nil {
		return err
	}
	if isJSON, err := d.isJSON(head, o); err != nil {
		return err
	} else if isJSON {
		return in.lookJSON(head, whole, o)
	}
	before := *d
	if err := in.lookText(head, whole, o); err != nil {
		return err
	}
	in.findUndoable(before, head, whole, o)
	return nil
}

// decoded is the beginning of the text, once it is known how it is compressed and encoded, and whether it is all of it.
func (in *Input) decoded(o Options) (head []byte, whole bool, err error) {
	magic, err := in.beginning()
	if err != nil {
		return nil, false, prefixed(err)
	}
	if in.Compression, err = compression(magic); err != nil {
		return nil, false, err
	}
	in.Dialect = Dialect{Encoding: utf8Name}
	if head, whole, err = in.head(headBytes); err != nil {
		return nil, false, prefixed(err)
	}
	if err := in.checkInside(head); err != nil {
		return nil, false, err
	}
	d := &in.Dialect
	if d.Encoding, d.Mark, d.overruled, err = encodingOf(head, whole, o.Encoding); err != nil {
		return nil, false, err
	}
	if d.Encoding != utf8Name || d.Mark {
		if head, whole, err = in.head(headBytes); err != nil {
			return nil, false, prefixed(err)
		}
	}
	if !whole && !bytes.ContainsAny(head, "\r\n") {
		if head, whole, err = in.head(longHead); err != nil {
			return nil, false, prefixed(err)
		}
	}
	return head, whole, nil
}

// checkKind refuses text of which no rows are read, unless the caller says how it is written.
func (in *Input) checkKind(head []byte, o Options) error {
	if o.SkipLines != nil {
		return nil
	}
	if err := in.Dialect.checkARFF(head); err != nil {
		return err
	}
	if o.Delimiter == "" && o.Format == "" {
		if err := in.checkOtherKind(head); err != nil {
			return err
		}
	}
	if o.Delimiter == "" && (o.Format == "" || o.Format == "tsv") {
		return in.Dialect.checkDrawn(head)
	}
	return nil
}

// isJSON tells whether a text is JSON, as the caller says or by how it begins, and refuses what he says that is of no JSON.
func (d *Dialect) isJSON(head []byte, o Options) (bool, error) {
	if n := commentsBeforeJSON(head); n > 0 && (o.Format == "json" || o.Format == "") && o.Delimiter == "" {
		return false, fmt.Errorf("line %d is a comment, and JSON has none: remove it, or say «--skip-lines %d»", d.Skip+1, d.Skip+n)
	}
	is := o.Format == "json" || o.Format == "" && o.Delimiter == "" && o.Quote == "" && looksLikeJSON(head) && !bracketedTime(head)
	switch {
	case is && o.Comment != "" && o.Comment != "none":
		return false, errors.New("is JSON, and «--comment» is for text files")
	case is && len(o.OmitLines) > 0:
		return false, errors.New("is JSON, of which «--skip-lines» leaves out the first lines alone")
	}
	return is, nil
}

// lineBreak is what ends a line: a carriage return where more of them stand alone than there are line feeds, as on old Macs. Those within
// quotes do not count, unless quotes do not come in pairs.
func lineBreak(head []byte) byte {
	if bytes.IndexByte(head, '\r') < 0 {
		return '\n'
	}
	if pieces := bytes.Split(head, []byte{'"'}); len(pieces)%2 == 1 {
		head = nil
		for i := 0; i < len(pieces); i += 2 {
			head = append(head, pieces[i]...)
		}
	}
	feeds := bytes.Count(head, []byte{'\n'})
	if bytes.Count(head, []byte{'\r'})-bytes.Count(head, []byte("\r\n")) > feeds {
		return '\r'
	}
	return '\n'
}

// skipLines leaves out the first lines.
func (d *Dialect) skipLines(head []byte, n int64) ([]byte, error) {
	for range n {
		_, rest, ended := bytes.Cut(head, []byte{d.Break})
		if !ended {
			return nil, fmt.Errorf("has nothing behind the %s that «--skip-lines» leaves out", quantity.Of(int(n), "line"))
		}
		head = rest
	}
	d.Skip = n
	return head, nil
}

// prefixed sets an error apart from the name before it.
func prefixed(err error) error { return errors.New("cannot be read: " + err.Error()) }

// head is the beginning of the text, and whether it is all of it. There are padding zeros behind it.
func (in *Input) head(limit int64) (head []byte, whole bool, err error) {
	r, err := in.text()
	if err != nil {
		return nil, false, err
	}
	head, err = io.ReadAll(io.LimitReader(r, limit))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, false, err
	}
	n := len(head)
	return append(head, make([]byte, padding)...)[:n], int64(n) < limit, nil
}

// commentsBeforeJSON counts the lines of comments before what seems to be JSON.
func commentsBeforeJSON(head []byte) (lines int64) {
	for block := false; ; lines++ {
		line, rest, ended := bytes.Cut(head, []byte{'\n'})
		text := bytes.TrimSpace(line)
		switch {
		case block:
			block = !bytes.HasSuffix(text, []byte("*/"))
		case bytes.HasPrefix(text, []byte("/*")):
			block = !bytes.HasSuffix(text, []byte("*/"))
		case bytes.HasPrefix(text, []byte("//")), bytes.HasPrefix(text, []byte("#")), lines > 0 && len(text) == 0:
		case lines > 0 && (bytes.HasPrefix(text, []byte(`{"`)) || bytes.HasPrefix(text, []byte(`[{`)) || string(text) == "{" || string(text) == "["):
			return lines
		default:
			return 0
		}
		if head = rest; !ended {
			return 0
		}
	}
}

// looksLikeJSON tells by the first characters.
func looksLikeJSON(head []byte) bool {
	head = bytes.TrimLeft(head, " \t\r\n\x1e") // the latter begins each text of a sequence
	if len(head) == 0 || head[0] != '{' && head[0] != '[' {
		return false
	}
	next := bytes.TrimLeft(head[1:], " \t\r\n")
	return head[0] == '{' || len(next) == 0 || strings.IndexByte("{[]\"-0123456789tfn", next[0]) >= 0
}
