package smile

import (
	"bytes"
	"encoding/hex"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// recorded returns the rows of testdata/jackson.tsv.
func recorded(t *testing.T) [][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/jackson.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

// cut keeps failures readable.
func cut(s string) string { return s[:min(len(s), 500)] }

func TestDecodeWhatJacksonWrites(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t) {
		for _, text := range row[1:3] {
			smile, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := decode(smile); err != nil || string(got) != row[3] {
				t.Errorf("%s\n got %s, %v\nwant %s", cut(text), cut(string(got)), err, cut(row[3]))
			}
		}
	}
}

func TestEncodeAsJackson(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t) {
		if row[0] == "-" {
			continue
		}
		if got, err := Encode([]byte(row[0])); err != nil || hex.EncodeToString(got) != row[1] {
			t.Errorf("%s\n got %s, %v\nwant %s", cut(row[0]), cut(hex.EncodeToString(got)), err, cut(row[1]))
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const start = "3a290a05"
	for _, c := range []struct{ about, smile, problem string }{
		{"nothing", "", "byte 0: the header"},
		{"JSON", hex.EncodeToString([]byte(`{"a":1}`)), "byte 0: the header"},
		{"header cut short", "3a290a", "byte 0: the header"},
		{"a later version", "3a290a15c0", "version 1 of the format is unknown"},
		{"no value", start, "the document ends too soon"},
		{"two values", start + "c0c0", "byte 5: there is more after the end"},
		{"array cut short", start + "f8c0", "ends within a container"},
		{"object cut short", start + "fa8061c0", "ends within a container"},
		{"name without value", start + "fa8061", "ends too soon"},
		{"object closed as array", start + "faf9", "token 0xf9 cannot begin a name"},
		{"array closed as object", start + "f8fb", "token 0xfb cannot begin a value"},
		{"value where a name belongs", start + "fa22", "token 0x22 cannot begin a name"},
		{"text cut short", start + "4461", "5 bytes should follow, but only 1 do"},
		{"long text without end", start + "e06161", "the end of a long text is missing"},
		{"unknown name", start + "fa40c0fb", "name 0 is referred to, but there are 0"},
		{"unknown long name", start + "fa3140c0fb", "name 320 is referred to, but there are 0"},
		{"names not shared", "3a290a04f8fa8061c0fbfa40c0fbf9", "the header says that none are shared"},
		{"texts not shared", start + "f840610" + "1f9", "the header says that none are shared"},
		{"double cut short", start + "290000", "10 bytes should follow"},
		{"endless integer", start + "25" + strings.Repeat("7f", 11), "does not fit into 64 bits"},
		{"binary cut short", start + "fd0fbf00", "should follow, but only 1 do"},
		{"seven-bit binary cut short", start + "e88100", "2 bytes should follow, but only 1 do"},
		{"scale out of range", start + "2a7f7f7f7f7fbf8101", "the scale"},
		{"too deep", start + strings.Repeat("f8", maxDepth+1), "nested more than 1000 deep"},
		{"reserved token", start + "27", "token 0x27 cannot begin a value"},
	} {
		smile, err := hex.DecodeString(c.smile)
		if err != nil {
			t.Fatalf("%s: %v", c.about, err)
		}
		got, err := decode(smile)
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: got %s, %v, which does not say %q", c.about, got, err, c.problem)
		}
	}
}

// A reference of one byte stands for a text of 64, which JSON may write with six times as many.
func TestDecodeBoundsItsOutput(t *testing.T) {
	t.Parallel()
	smile := append([]byte(header), sharedNamesFlag|sharedValuesFlag, startArray, shortASCII+63)
	smile = append(smile, bytes.Repeat([]byte{1}, 64)...)
	smile = append(smile, bytes.Repeat([]byte{valueReference}, 1000)...)
	full := errors.New("no more room")
	most := 0
	_, err := Decode(append(smile, endArray), func(size int) error {
		if most = size; size > 1000*6*64 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || most > 2*1000*6*64 {
		t.Errorf("got error %v when %d bytes were wanted", err, most)
	}
}

// TestDecodeTakesNoMoreThanItGets: what room was told is what is taken, so that it can be counted.
func TestDecodeTakesNoMoreThanItGets(t *testing.T) {
	t.Parallel()
	for name, tokens := range map[string][]byte{
		"empty texts": bytes.Repeat([]byte{emptyString}, 100_000),
		"escapes":     append(append([]byte{longUnicode}, bytes.Repeat([]byte("\x01\xf0\x9f\x98\x80\xff"), 20_000)...), endOfString),
		"arrays":      bytes.Repeat(append(bytes.Repeat([]byte{startArray}, 999), bytes.Repeat([]byte{endArray}, 999)...), 50),
	} {
		given := 0
		got, err := Decode(append(append([]byte(header), 0, startArray), append(tokens, endArray)...), func(size int) error {
			given = size
			return nil
		})
		if err != nil || cap(got) > given || given > 3*len(got) {
			t.Errorf("%s: %d bytes in %d, of which %d were given: %v", name, len(got), cap(got), given, err)
		}
	}
}

func decode(smile []byte) ([]byte, error) { return Decode(smile, func(int) error { return nil }) }

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ json, problem string }{
		{"", "unexpected end"},
		{"{", "unexpected end"},
		{`{"a":1}}`, "byte 8: invalid character '}'"},
		{strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), "nested more than 1000 deep"},
		{strings.Repeat("9", maxDigits+1), "a number of 2401 digits"},
	} {
		_, err := Encode([]byte(c.json))
		if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: error %v does not say %q", cut(c.json), err, c.problem)
		}
	}
}

func TestLongestNumbersPass(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("9", maxDigits), "-" + strings.Repeat("9", maxDigits-1)} {
		smile, err := Encode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(smile); err != nil || string(got) != text {
			t.Errorf("got %s, %v", cut(string(got)), err)
		}
	}
}

// genJSON draws values as encoding/json has them. Names come from a small stock so that they repeat.
var genJSON = rapid.Custom(func(t *rapid.T) any { return drawValue(t, 4) })

func drawValue(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 6).Draw(t, "kind")
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0:
		return rapid.SampledFrom([]any{nil, true, false, ""}).Draw(t, "plain")
	case 1:
		return rapid.Int64().Draw(t, "integer")
	case 2:
		return rapid.Float64Range(-1e300, 1e300).Draw(t, "double")
	case 3:
		return strings.Repeat(rapid.StringN(0, 20, -1).Draw(t, "text"), rapid.IntRange(1, 8).Draw(t, "times"))
	case 4, 5:
		object := map[string]any{}
		for range rapid.IntRange(0, 6).Draw(t, "entries") {
			n := rapid.IntRange(0, 1200).Draw(t, "name")
			object[strings.Repeat(fmt.Sprint("é", n)[n%2*2:], n%30)] = drawValue(t, depth-1)
		}
		return object
	}
	list := make([]any, rapid.IntRange(0, 6).Draw(t, "length"))
	for i := range list {
		list[i] = drawValue(t, depth-1)
	}
	return list
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		json, err := stdjson.Marshal(genJSON.Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		checkRoundTrip(t, json)
	})
}

// checkRoundTrip encodes and decodes json, which must come back as Druid writes it.
func checkRoundTrip(t interface{ Fatalf(string, ...any) }, json []byte) {
	smile, err := Encode(json)
	if err != nil {
		return
	}
	want, err := druid.AppendNormalized(nil, json)
	if err != nil {
		t.Fatalf("%s was encoded, but %v", json, err)
	}
	if got, err := decode(smile); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("got %s, %v\nwant %s", got, err, want)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add(`{"a":[1,-17,1e3,"\ud83d\ude00",{"a":null}],"é":123456789012345678901234567890}`)
	f.Fuzz(func(t *testing.T, json string) { checkRoundTrip(t, []byte(json)) })
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"3a290a05fa8061f8c024bf25bf2900000000000000000000f9fb", "3a290a03f8416161" + "01f9", "3a290a052a83828101",
		"3a290a05e8870102030405060708", "3a290a05fd8301", "3a290a07fa346162fcc0fb",
	} {
		smile, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(smile)
	}
	f.Fuzz(func(t *testing.T, smile []byte) {
		json, err := decode(smile)
		if err != nil {
			return
		}
		if !stdjson.Valid(json) {
			t.Fatalf("%x became %s", smile, json)
		}
		checkRoundTrip(t, json)
	})
}

func BenchmarkDecode(b *testing.B) {
	smile, json := sample(b)
	b.SetBytes(int64(len(json)))
	for b.Loop() {
		if _, err := decode(smile); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	_, json := sample(b)
	b.SetBytes(int64(len(json)))
	for b.Loop() {
		if _, err := Encode(json); err != nil {
			b.Fatal(err)
		}
	}
}

// sample is a list of a thousand task statuses.
func sample(b *testing.B) (smile, json []byte) {
	json = []byte{'['}
	for i := range 1000 {
		if i > 0 {
			json = append(json, ',')
		}
		s := druid.TaskStatus{ID: fmt.Sprint("index_parallel_wiki_", i), State: druid.Success, Duration: int64(i) * 1000, Location: druid.UnknownLocation}
		json = s.AppendJSON(json)
	}
	json = append(json, ']')
	smile, err := Encode(json)
	if err != nil {
		b.Fatal(err)
	}
	return smile, json
}
