package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"
)

const utf8Name = "utf-8"

// marks are the byte order marks.
var marks = [...]struct{ name, mark string }{{utf8Name, "\xef\xbb\xbf"}, {"utf-32le", "\xff\xfe\x00\x00"}, {"utf-32be", "\x00\x00\xfe\xff"}, {"utf-16le", "\xff\xfe"}, {"utf-16be", "\xfe\xff"}}

// encodingOf finds how a text is encoded: by its mark, unless the caller says otherwise and the text bears that out, or else by what the caller says. Without either it is
// UTF-8. overruled says what did not count, if the mark and the caller do not agree.
func encodingOf(head []byte, whole bool, told string) (name string, mark bool, overruled string, err error) {
	for _, m := range marks {
		if !bytes.HasPrefix(head, []byte(m.mark)) {
			continue
		}
		if told == "" {
			return m.name, true, "", nil
		}
		given, _, err := lookUp(told)
		switch {
		case err != nil:
			return "", false, "", err
		case given == m.name || strings.TrimSuffix(given, "le") == strings.TrimSuffix(m.name, "be") && !strings.HasSuffix(strings.ToLower(told), "le"): // utf-16 is either
			return m.name, true, "", nil
		case m.name == utf8Name && validBeginning(head, whole) || m.name != utf8Name && bytes.IndexByte(head, 0) >= 0:
			return m.name, true, fmt.Sprintf("it begins with the byte order mark of %s, and all that was looked at is text of that, so that «--encoding %s» does not count.", m.name, told), nil
		}
		return given, false, fmt.Sprintf("it begins as with the byte order mark of %s, and is read as «--encoding %s» says, as it is no text of that.", m.name, told), nil
	}
	if told == "" {
		name, err = unmarked(head)
		return name, false, "", err
	}
	if name, _, err = lookUp(told); err == nil {
		err = bearsOut(head, whole, name, told)
	}
	return name, false, "", err
}

// bearsOut refuses a text without a mark that can hardly be in the encoding that the caller says: lines of UTF-16 and UTF-32 have bytes that are zero, and in no
// other text is there one in every second place.
func bearsOut(head []byte, whole bool, name, told string) error {
	if _, isWide := wides[name]; !isWide {
		_, err := unmarked(head)
		return err
	}
	if bytes.IndexByte(head, 0) < 0 && len(head) > 1 {
		what := "say the encoding that it is in"
		if validBeginning(head, whole) {
			what = "leave «--encoding» out, as it is UTF-8"
		}
		return fmt.Errorf("is no text in «--encoding %s», as no byte of it is zero: %s", told, what)
	}
	if seems, err := unmarked(head); err != nil && strings.HasPrefix(name, "utf-16") && strings.HasPrefix(seems, "utf-16") && seems != name {
		return fmt.Errorf("is no text in «--encoding %s»: it %w", told, err)
	}
	return nil
}

// validBeginning tells whether a text is UTF-8, but for a letter that is cut off at its end.
func validBeginning(head []byte, whole bool) bool {
	if !whole && len(head) > utf8.UTFMax {
		end := len(head) - 1
		for n := 0; n < utf8.UTFMax && !utf8.RuneStart(head[end]); n++ {
			end--
		}
		head = head[:end]
	}
	return utf8.Valid(head)
}

// unmarked refuses what is no text in UTF-8, and tells which encoding it seems to be in, if any.
func unmarked(head []byte) (name string, err error) {
	var even, odd int
	for i, c := range head {
		if c == 0 && i%2 == 0 {
			even++
		} else if c == 0 {
			odd++
		}
	}
	switch n := len(head); {
	case even+odd == 0:
		return utf8Name, nil
	case odd > n/4 && even < n/50+1:
		return "utf-16le", errors.New("seems to be UTF-16 without a byte order mark: say «--encoding utf-16le»")
	case even > n/4 && odd < n/50+1:
		return "utf-16be", errors.New("seems to be UTF-16 without a byte order mark: say «--encoding utf-16be»")
	case even+odd > n/20+8: // some may be the trace of a computer that crashed; they are told with their places
		return "", errors.New("is not text; rows must be JSON, csv or tsv")
	}
	return utf8Name, nil
}

// isoName are the ways in which programs write iso-8859-1.
var isoName = regexp.MustCompile(`^iso[-_]?8859[-_]?([0-9]{1,2})$`)

// lookUp finds an encoding by a name that people or standards give it. Browsers take names of ISO for encodings of Windows that have more letters; here they mean
// what they say.
func lookUp(told string) (name string, e encoding.Encoding, err error) {
	switch name = strings.ToLower(strings.TrimSpace(told)); name {
	case "utf8", utf8Name:
		return utf8Name, nil, nil
	case "utf-16", "utf16", "utf-16le", "utf16le":
		return "utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), nil
	case "utf-16be", "utf16be":
		return "utf-16be", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), nil
	case "utf-32", "utf32", "utf-32le", "utf32le":
		return "utf-32le", utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), nil
	case "utf-32be", "utf32be":
		return "utf-32be", utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM), nil
	case "ansi":
		name = "windows-1252"
	case "ascii":
		name = "us-ascii"
	case "latin9", "latin_9": // which is no alias in either list
		name = "iso-8859-15"
	default:
		if number := isoName.FindStringSubmatch(name); number != nil {
			name = "iso-8859-" + number[1]
		} else if number, is := strings.CutPrefix(strings.NewReplacer("-", "", "_", "").Replace(name), "latin"); is {
			name = "latin" + number
		}
	}
	if e, err = ianaindex.IANA.Encoding(name); err == nil && e != nil {
		return name, e, nil
	}
	if e, err = htmlindex.Get(name); err == nil {
		return name, e, nil
	}
	return "", nil, fmt.Errorf("«--encoding %q» is not known; use a name like utf-8, utf-16, latin-1, windows-1252, iso-8859-15, macintosh, gbk, shift_jis", told)
}

// decode returns a text as UTF-8. What is nothing in its encoding becomes a byte that is nothing in UTF-8, so that whoever looks at
// values finds both in one way, and takes a U+FFFD that is there for what it is.
func decode(r io.Reader, d *Dialect) io.Reader {
	if d.Mark {
		for _, m := range marks {
			if m.name == d.Encoding {
				r = &skipper{r, len(m.mark)}
			}
		}
	}
	if w, isWide := wides[d.Encoding]; isWide {
		return transform.NewReader(r, w)
	}
	if _, e, err := lookUp(d.Encoding); err == nil && e != nil {
		return transform.NewReader(r, transform.Chain(e.NewDecoder(), broken{}))
	}
	return r
}

// superset is why Windows' encoding is named to who has Latin-1: a euro sign far down in the file does not fail it.
const superset = ", which has the same letters and more"

// encodingHint says what a text may be that is not UTF-8. Bytes from 0x80 to 0x9f are letters in many encodings, and in Latin-1 none.
func encodingHint(raw []byte) string {
	if bytes.ContainsFunc(raw, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }) {
		return "it may be no text at all; if it is one, say «--encoding» and its name"
	}
	if cutWithin(raw) {
		return "it ends within a letter of UTF-8, as where a text was cut off: mend it where the file is made"
	}
	run := 0
	for _, c := range raw {
		if c < 0x80 {
			run = 0
			continue
		}
		if run++; run > 2 { // words of no language of Latin-1 have so many letters beyond ASCII side by side
			return "say «--encoding» and the name of what it is, such as windows-1251, koi8-r, gb18030, big5, euc-kr or shift_jis"
		}
	}
	for _, c := range raw {
		if c >= 0x80 && c < 0xa0 {
			return "say «--encoding» and the name of what it is, such as windows-1252, macintosh, shift_jis, gbk or cp852"
		}
	}
	return "if it is Latin-1, say «--encoding windows-1252»" + superset
}

// cutWithin tells whether a text that is not UTF-8 lacks but the end of its last letter. What is a letter of its own in Latin-1, with which words end, is none.
func cutWithin(raw []byte) bool {
	for n := 1; n < utf8.UTFMax && n <= len(raw); n++ {
		begin := raw[len(raw)-n:]
		if utf8.RuneStart(begin[0]) {
			return utf8.Valid(raw[:len(raw)-n]) && !utf8.FullRune(begin) && (n > 1 || begin[0] == 0xc2 || begin[0] == 0xc3)
		}
	}
	return false
}

// undecoded is why a value cannot be taken that is not valid UTF-8 after decoding.
func (d *Dialect) undecoded(raw []byte) string {
	encoding := d.Encoding
	if (encoding == utf8Name || encoding == "") && d.beyond {
		return "is not UTF-8, as other values with such letters are, so that no «--encoding» fits all of them; mend it where the file is written"
	}
	if encoding == utf8Name || encoding == "" {
		return "is not UTF-8; " + encodingHint(raw)
	}
	more := ""
	switch encoding {
	case "latin1", "l1", "iso-8859-1":
		more = ", such as windows-1252" + superset
	case "us-ascii":
		more = ", such as utf-8 or windows-1252"
	}
	return "has bytes that are nothing in " + encoding + "; say with «--encoding» what it is" + more
}

// beyondASCII tells whether a text has letters beyond ASCII that are UTF-8: at least half of the runs of such letters, as some in other encodings are UTF-8 by chance.
func beyondASCII(text []byte) bool {
	valid, others := 0, 0
	for i := 0; i < len(text); i++ {
		begin := i
		for i < len(text) && text[i] >= utf8.RuneSelf {
			i++
		}
		switch {
		case i == begin:
		case utf8.Valid(text[begin:i]):
			valid++
		default:
			others++
		}
	}
	return valid > 0 && valid >= others
}

// skipper leaves out the first bytes.
type skipper struct {
	io.Reader
	n int
}

func (s *skipper) Read(b []byte) (int, error) {
	for s.n > 0 {
		var skipped [4]byte
		n, err := s.Reader.Read(skipped[:s.n])
		if s.n -= n; err != nil {
			return 0, err
		}
	}
	return s.Reader.Read(b)
}
