package smile

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strconv"
	"unsafe"

	"ovate/druid"
)

// Decode converts one Smile document to JSON without white space. Binary data becomes base64, numbers get Java's
// form, NaN and infinities become texts, as Jackson writes them. Before the JSON takes much more memory room is asked
// whether it may have so many bytes in all; a byte of Smile can stand for a hundred of JSON. The error of room is
// returned as it is, others are *Error.
func Decode(smile []byte, room func(size int) error) (json []byte, err error) {
	d := decoder{in: smile, room: room}
	if err := d.document(); err != nil {
		return nil, err
	}
	return d.out, nil
}

// decoder reads in and writes out.
type decoder struct {
	in     []byte
	pos    int
	out    []byte
	room   func(size int) error
	open   []byte  // the tokens of the containers that are open
	names  *shared // nil if names are not shared
	values *shared // nil if values are not shared
}

// spare is what may be written between two askings: the digits of a number, or the ends of all containers.
const spare = 4 << 10

// reserve makes sure that n more bytes of JSON fit into out.
func (d *decoder) reserve(n int) error {
	needed := len(d.out) + n
	if needed <= cap(d.out) {
		return nil
	}
	size := max(needed, 2*cap(d.out))
	if err := d.room(size); err != nil {
		return err
	}
	d.out = append(make([]byte, 0, size), d.out...)
	return nil
}

func (d *decoder) fail(format string, args ...any) error {
	return &Error{Offset: d.pos, Problem: fmt.Sprintf(format, args...)}
}

func (d *decoder) document() error {
	if err := d.header(); err != nil {
		return err
	}
	for {
		if err := d.value(); err != nil {
			return err
		}
		if err := d.close(); err != nil {
			return err
		}
		if len(d.open) == 0 {
			break
		}
	}
	if d.pos < len(d.in) && d.in[d.pos] == endOfContent {
		d.pos++
	}
	if d.pos < len(d.in) {
		return d.fail("there is more after the end of the document")
	}
	return nil
}

func (d *decoder) header() error {
	if !bytes.HasPrefix(d.in, []byte(header)) || len(d.in) == len(header) {
		return d.fail(`the header ":)\n" and its flags are missing`)
	}
	flags := d.in[len(header)]
	if version := flags >> 4; version != 0 {
		return d.fail("version %d of the format is unknown", version)
	}
	if flags&sharedNamesFlag != 0 {
		d.names = new(shared)
	}
	if flags&sharedValuesFlag != 0 {
		d.values = new(shared)
	}
	d.pos = len(header) + 1
	return nil
}

// value reads one value. If that is a container it is only opened, along with the name of its first entry; if that
// is a value of an object it stands after its name already.
func (d *decoder) value() error {
	for {
		if err := d.reserve(spare); err != nil {
			return err
		}
		token, err := d.byte()
		if err != nil {
			return err
		}
		if token != startArray && token != startObject {
			return d.scalar(token)
		}
		if len(d.open) == maxDepth {
			return d.fail("containers are nested more than %d deep", maxDepth)
		}
		d.open = append(d.open, token)
		if token == startArray {
			d.out = append(d.out, '[')
			if d.pos < len(d.in) && d.in[d.pos] == endArray {
				return nil
			}
			continue
		}
		d.out = append(d.out, '{')
		if d.pos < len(d.in) && d.in[d.pos] == endObject {
			return nil
		}
		if err := d.name(); err != nil {
			return err
		}
	}
}

// close ends the containers that end here and leads over to the next value, if there is one.
func (d *decoder) close() error {
	for len(d.open) > 0 {
		if d.pos == len(d.in) {
			return d.fail("the document ends within a container")
		}
		isArray := d.open[len(d.open)-1] == startArray
		switch token := d.in[d.pos]; {
		case isArray && token == endArray:
			d.out = append(d.out, ']')
		case !isArray && token == endObject:
			d.out = append(d.out, '}')
		case isArray:
			d.out = append(d.out, ',')
			return nil
		default:
			d.out = append(d.out, ',')
			return d.name()
		}
		d.pos++
		d.open = d.open[:len(d.open)-1]
	}
	return nil
}

// name reads the name of an entry and writes it with its colon.
func (d *decoder) name() error {
	token, err := d.byte()
	if err != nil {
		return err
	}
	var text []byte
	switch {
	case token == emptyString:
	case token >= longNameReference && token < longName:
		text, err = d.longReference(d.names, token-longNameReference, "name")
	case token == longName:
		text, err = d.longText()
		d.names.add(text)
	case token >= nameReference && token < shortASCIIName:
		text, err = d.reference(d.names, int(token-nameReference), "name")
	case token >= shortASCIIName && token < shortUnicodeName:
		text, err = d.sharedText(d.names, int(token-shortASCIIName)+1)
	case token >= shortUnicodeName && token < startArray:
		text, err = d.sharedText(d.names, int(token-shortUnicodeName)+2)
	default:
		err = d.fail("token %#x cannot begin a name", token)
	}
	if err != nil {
		return err
	}
	if err := d.text(text); err != nil {
		return err
	}
	d.out = append(d.out, ':')
	return nil
}

// scalar reads the rest of a value that begins with token and is no container.
func (d *decoder) scalar(token byte) error {
	switch {
	case token == emptyString:
		return d.text(nil)
	case token == null:
		d.out = append(d.out, "null"...)
	case token == falseToken:
		d.out = append(d.out, "false"...)
	case token == trueToken:
		d.out = append(d.out, "true"...)
	case token >= smallInteger && token < longASCII:
		d.out = strconv.AppendInt(d.out, unzigzag(uint64(token-smallInteger)), 10)
	case token >= int32Token && token <= bigDecimal:
		return d.number(token)
	case token == binary7 || token == rawBinary:
		return d.binary(token)
	default:
		text, err := d.string(token)
		if err != nil {
			return err
		}
		return d.text(text)
	}
	return nil
}

func (d *decoder) string(token byte) ([]byte, error) {
	switch {
	case token >= valueReference && token < emptyString:
		return d.reference(d.values, int(token-valueReference), "text")
	case token >= longValueReference && token < longValueReference+4:
		return d.longReference(d.values, token-longValueReference, "text")
	case token >= shortASCII && token < shortUnicode:
		return d.sharedText(d.values, int(token-shortASCII)+1)
	case token >= shortUnicode && token < smallInteger:
		return d.sharedText(d.values, int(token-shortUnicode)+2)
	case token == longASCII || token == longUnicode:
		return d.longText()
	}
	return nil, d.fail("token %#x cannot begin a value", token)
}

// text writes a JSON string.
func (d *decoder) text(text []byte) error {
	if err := d.reserve(escaped(text) + spare); err != nil {
		return err
	}
	d.out = druid.AppendString(d.out, unsafe.String(unsafe.SliceData(text), len(text)))
	return nil
}

// escaped is the most bytes that a text takes as a JSON string.
func escaped(text []byte) int {
	n := len(text) + 2
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' || c >= 0xF0 {
			n += 11 // two escapes of six bytes for a character beyond U+FFFF
		} else if c >= 0x80 {
			n += 2 // U+FFFD for a byte that is not UTF-8
		}
	}
	return n
}

func (d *decoder) byte() (byte, error) {
	if d.pos == len(d.in) {
		return 0, d.fail("the document ends too soon")
	}
	d.pos++
	return d.in[d.pos-1], nil
}

// take reads n bytes.
func (d *decoder) take(n int) ([]byte, error) {
	if n > len(d.in)-d.pos {
		return nil, d.fail("%d bytes should follow, but only %d do", n, len(d.in)-d.pos)
	}
	d.pos += n
	return d.in[d.pos-n : d.pos], nil
}

// longText reads up to the end marker.
func (d *decoder) longText() ([]byte, error) {
	n := bytes.IndexByte(d.in[d.pos:], endOfString)
	if n < 0 {
		return nil, d.fail("the end of a long text is missing")
	}
	d.pos += n + 1
	return d.in[d.pos-n-1 : d.pos-1], nil
}

// binary reads binary data and writes it in base64.
func (d *decoder) binary(token byte) error {
	n, err := d.length()
	if err != nil {
		return err
	}
	var data []byte
	if token == rawBinary {
		data, err = d.take(n)
	} else {
		data, err = d.sevenBits(n)
	}
	if err != nil {
		return err
	}
	if err := d.reserve(base64.StdEncoding.EncodedLen(n) + spare); err != nil {
		return err
	}
	d.out = append(d.out, '"')
	d.out = base64.StdEncoding.AppendEncode(d.out, data)
	d.out = append(d.out, '"')
	return nil
}
