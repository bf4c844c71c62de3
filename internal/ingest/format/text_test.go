package format

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ovate/internal/spec"
)

// cells splits one line in both ways, the fast one if it can, and checks that they agree.
func cells(t interface {
	Helper()
	Errorf(string, ...any)
}, f spec.TextFormat, line string) []*string {
	t.Helper()
	lines, err := newTextLines(f)
	if err != nil {
		t.Errorf("%v", err)
		return nil
	}
	p := &Parser{data: []byte(line + "\n\x00\x00\x00\x00\x00\x00\x00"), end: len(line), layout: &layout{}}
	lines.splitCells(p, 0, len(line))
	var out []*string
	for _, c := range lines.cells {
		if c.kind == null {
			out = append(out, nil)
			continue
		}
		s := string(p.data[c.start:c.end])
		out = append(out, &s)
	}
	if len(lines.delimiter) == 1 && !(f.Quoted && strings.Contains(line, `"`)) {
		fields := lines.split(p.data, 0, len(line))
		if fields != len(out) {
			t.Errorf("%q has %d fields, want %d", line, fields, len(out))
		}
		begin := int32(0)
		for i := range min(fields, len(out)) {
			if got := line[begin:lines.ends[i]]; out[i] != nil && *out[i] != got || out[i] == nil && got != "" {
				t.Errorf("field %d of %q is %q", i, line, got)
			}
			begin = lines.ends[i] + 1
		}
	}
	return out
}

// testdata/opencsv.tsv is how the parser that Druid uses splits lines, as JSON.
func TestCSVAsDruidSplits(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/opencsv.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		in, out, _ := strings.Cut(lines.Text(), "\t")
		var line string
		var want []*string
		decode(t, []byte(in), &line)
		decode(t, []byte(out), &want)
		if diff := cmp.Diff(want, cells(t, spec.TextFormat{Quoted: true, Delimiter: ","}, line)); diff != "" {
			t.Errorf("%s (-opencsv +ours):\n%s", in, diff)
		}
	}
}

func TestDelimited(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		delimiter := rapid.SampledFrom([]string{"\t", "|", "||", "ü", "\x00"}).Draw(t, "delimiter")
		line := rapid.StringOf(rapid.SampledFrom([]rune("a\"\t|ü\x00,"))).Draw(t, "line")
		got := cells(t, spec.TextFormat{Delimiter: delimiter}, line)
		var want []*string
		for _, s := range strings.Split(line, delimiter) {
			if s == "" {
				want = append(want, nil)
				continue
			}
			want = append(want, &s)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q at %q:\n%s", line, delimiter, diff)
		}
	})
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"a,b,c\n":           `["a","b","c"]`,
		"a,,\"\"\r\n":       `["a","column_2","column_3"]`,
		"\"a,b\",\"c\"\"\"": `["a,b","c\""]`,
		"\n":                `["column_1"]`,
		"\ufeffa,b\n":       "[\"\ufeffa\",\"b\"]",
		"a,b,a,b,c\n":       `Duplicate column entries found : [a, b]`,
	} {
		lines, err := newTextLines(spec.TextFormat{Quoted: true, Delimiter: ","})
		if err != nil {
			t.Fatal(err)
		}
		names, got := nameColumns(lines.headerColumns([]byte(header)))
		if got == "" {
			raw, err := json.Marshal(names)
			if err != nil {
				t.Fatal(err)
			}
			got = string(raw)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestBrokenUTF8(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\xffb": "a\uFFFDb", "\xe2\x82": "\uFFFD", "\xe2\x82x": "\uFFFDx", "\xc0\x80": "\uFFFD\uFFFD", "\xed\xa0\x80": "\uFFFD\uFFFD\uFFFD",
		"\xf0\x9f\x98": "\uFFFD", "\xf5\x80": "\uFFFD\uFFFD", "é": "é", "\xf0\x9f\x98\x80": "😀", "\uFFFD": "\uFFFD",
	} {
		if got := string(appendJavaUTF8(nil, []byte(in))); got != want {
			t.Errorf("%q = %q, want %q", in, got, want)
		}
	}
}
