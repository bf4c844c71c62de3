package table

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"golang.org/x/text/transform"
)

func utf16le(s string, more ...uint16) (b []byte) {
	for _, u := range slices.Concat(utf16.Encode([]rune(s)), more) {
		b = append(b, byte(u), byte(u>>8))
	}
	return b
}

// What cannot be decoded is a fault of its row, in every format; a replacement character that the file really has is kept.
func TestBytesThatCannotBeDecoded(t *testing.T) {
	t.Parallel()
	half := slices.Concat([]byte("\xff\xfe"), utf16le(`{"t":"2024-01-01","name":"A`, 0xd800), utf16le("B\"}\n{\"t\":\"2024-01-02\",\"name\":\"C\"}\n"))
	key := slices.Concat([]byte("\xff\xfe"), utf16le(`{"t":"2024-01-01","n`, 0xdc00), utf16le("\":1}\n{\"t\":\"2024-01-02\",\"n\":2}\n"))
	cut := append(slices.Concat([]byte("\xff\xfe"), utf16le("t,name\n2024-01-01,A\n2024-01-02,B")), 'C')
	for name, c := range map[string]struct {
		data     []byte
		encoding string
		faults   string // the line and what is wrong; empty if all is well
		values   string
	}{
		"half.json":    {half, "", "1: has bytes that are nothing in utf-16le", "C"},
		"key.json":     {key, "", "1: has bytes that are nothing in utf-16le", "2"},
		"cut.csv":      {cut, "", "3: has bytes that are nothing in utf-16le", "A"},
		"wrong.json":   {[]byte("{\"t\":\"2024-01-01\",\"name\":\"A\xff\xffB\"}\n{\"t\":\"2024-01-02\",\"name\":\"C\"}\n"), "shift_jis", "1: has bytes that are nothing in shift_jis", "C"},
		"wrong.csv":    {[]byte("t,name\n2024-01-01,A\xff\xffB\n2024-01-02,C\n"), "shift_jis", "2: has bytes that are nothing in shift_jis", "C"},
		"wide.csv":     {[]byte("t\x00\x00\x00,\x00\x00\x00n\x00\x00\x00\n\x00\x00\x001\x00\x00\x00,\x00\x00\x00\x00\xd8\x00\x00\n\x00\x00\x002\x00\x00\x00,\x00\x00\x00C\x00\x00\x00\n\x00\x00\x00"), "utf-32le", "2: has bytes that are nothing in utf-32le", "C"},
		"really.json":  {slices.Concat([]byte("\xff\xfe"), utf16le("{\"t\":\"2024-01-01\",\"name\":\"A\ufffd😀\"}\n")), "", "", "A\ufffd😀"},
		"really.csv":   {slices.Concat([]byte("\xff\xfe"), utf16le("t,name\n2024-01-01,A\ufffd😀\n")), "", "", "A\ufffd😀"},
		"really-8.csv": {[]byte("t,name\n2024-01-01,A\ufffd😀\n"), "", "", "A\ufffd😀"},
		"right.json":   {[]byte("{\"t\":\"2024-01-01\",\"name\":\"\x93\xfa\x96\x7b\"}\n"), "shift_jis", "", "日本"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			tab, err := Open(t.Context(), []string{path}, Options{Encoding: c.encoding})
			if err != nil {
				t.Fatal(err)
			}
			defer tab.Close()
			var values, faults []string
			err = tab.Scan(context.Background(), tab.Inputs, 1, func(_ int, b *Batch) error {
				for b.Next() {
					values = append(values, string(b.Cells[1].Raw))
				}
				for _, f := range b.Faults {
					faults = append(faults, string(rune('0'+f.Line))+": "+f.Why)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(values, " "); got != c.values {
				t.Errorf("values %q, want %q", got, c.values)
			}
			if got := strings.Join(faults, " "); !strings.HasPrefix(got, c.faults) || (got == "") != (c.faults == "") || len(faults) > 1 {
				t.Errorf("faults %q, want %q", got, c.faults)
			}
		})
	}
}

// How a text comes, in pieces of any size, does not change what is decoded.
func TestDecodersTakePieces(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("aß日😀\ufffd", 3000)
	for name, c := range map[string]struct {
		how  transform.Transformer
		in   []byte
		want string
	}{
		"wide":   {wides["utf-16le"], append(utf16le(text, 0xd800, 'x', 0xdc00), 'y'), text + "\xffx\xff\xff"},
		"broken": {broken{}, []byte(text), strings.ReplaceAll(text, "\ufffd", "\xff")},
	} {
		for _, r := range []io.Reader{strings.NewReader(string(c.in)), iotest.OneByteReader(strings.NewReader(string(c.in)))} {
			got, err := io.ReadAll(transform.NewReader(r, c.how))
			if err != nil || string(got) != c.want {
				t.Errorf("%s: %d bytes, want %d: %v", name, len(got), len(c.want), err)
			}
		}
	}
}
