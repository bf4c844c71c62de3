package commit

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

func parse(t *testing.T, text string) *Metadata {
	t.Helper()
	if text == "" {
		return nil
	}
	var m Metadata
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &m
}

func kafka(kind, stream, offsets string) string {
	return `{"type":"kafka","partitions":{"type":"` + kind + `","stream":"` + stream + `","partitionSequenceNumberMap":` + offsets + `}}`
}

func object(of string) string { return `{"type":"object","object":` + of + `}` }

// The recorded answers of Druid, which the tests of compat hold all of this against, have more of them.
func TestAdvance(t *testing.T) {
	t.Parallel()
	const refused, ahead, wrong = "refused", "ahead", "wrong"
	for _, c := range []struct{ stored, start, end, want string }{
		{"", kafka("start", "t", `{"0":5}`), kafka("end", "t", `{"0":7}`), kafka("end", "t", `{"0":7}`)},
		{kafka("end", "t", `{"0":7}`), kafka("start", "t", `{"0":7}`), kafka("end", "t", `{"0":9}`), kafka("end", "t", `{"0":9}`)},
		{kafka("end", "t", `{"0":7,"1":1}`), kafka("start", "t", `{"0":7,"2":0}`), kafka("end", "t", `{"0":9,"2":4}`), kafka("end", "t", `{"0":9,"1":1,"2":4}`)},
		{kafka("end", "t", `{"0":7}`), kafka("start", "t", `{"0":6}`), kafka("end", "t", `{"0":9}`), refused},
		{kafka("end", "t", `{"0":7}`), kafka("start", "t", `{"0":8}`), kafka("end", "t", `{"0":9}`), ahead},
		{kafka("end", "t", `{"0":7}`), kafka("start", "u", `{"0":8}`), kafka("end", "u", `{"0":9}`), refused},
		{kafka("end", "t", `{"0":7}`), kafka("start", "t", `{"0":7}`), kafka("end", "u", `{"0":9}`), kafka("end", "u", `{"0":9}`)},
		{kafka("end", "t", `{"0":7}`), kafka("start", "t", `{"0":7}`), kafka("start", "t", `{"0":9}`), wrong},
		{kafka("end", "t", `{"0":7}`), kafka("start", "t", `{"0":7}`), `{"type":"object"}`, wrong},
		{kafka("end", "t", `{"0":7,"1":10}`), kafka("start", "t", `{"0":7,"1":10}`), kafka("end", "t", `{"0":8,"1":9}`), wrong},
		{"", kafka("start", "t", `{"0":7}`), kafka("end", "t", `{"0":6}`), wrong},
		{"", kafka("start", "t", `{"0":7}`), kafka("end", "t", `{"0":7}`), kafka("end", "t", `{"0":7}`)},
		{"", kafka("start", "t", `{"0":7}`), kafka("end", "u", `{"0":6}`), kafka("end", "u", `{"0":6}`)},
		{`{"type":"object","object":1}`, kafka("start", "t", `{"0":7}`), kafka("end", "t", `{"0":9}`), wrong},
		{kafka("end", "t", `{"0":7}`), `{"type":"object","object":1}`, `{"type":"object","object":2}`, refused},
		{"", `{"type":"object","object":1}`, `{"type":"object","object":2}`, ahead},
		{object(`{"lsn":9007199254740993}`), object(`{"lsn":9007199254740992}`), object(`1`), refused},
		{object(`{"lsn":[9007199254740993,1.50,-0]}`), object(`{"lsn":[9007199254740993,15e-1,0]}`), object(`1`), object(`1`)},
		{object(`1`), object(`1.0`), object(`2`), refused},
		{kafka("end", "t", `{"0":"+07"}`), kafka("start", "t", `{"+0":7}`), kafka("end", "t", `{"0":9}`), kafka("end", "t", `{"0":9}`)},
		{"", `{"type":"object"}`, `{"type":"object","object":2}`, `{"type":"object","object":2}`},
	} {
		got, err := Advance(parse(t, c.stored), parse(t, c.start), parse(t, c.end))
		var r *Refused
		var deliberate *druid.Error
		switch {
		case errors.As(err, &r):
			if want := map[bool]string{false: refused, true: ahead}[r.Ahead]; want != c.want {
				t.Errorf("%+v: %v", c, err)
			}
		case errors.As(err, &deliberate):
			if c.want != wrong {
				t.Errorf("%+v: %v", c, err)
			}
		case err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.want == refused, c.want == ahead, c.want == wrong, got.String() != parse(t, c.want).String():
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	for text, because := range map[string]string{
		`{"type":"nothing"}`:           `field [type] is "nothing", but must be one of kafka`,
		`{"type":"kafka"}`:             `field [partitions] is missing`,
		kafka("middle", "t", `{}`):     `field [type] is "middle", but must be start or end`,
		kafka("end", "", `{}`):         `field [stream] is missing`,
		kafka("end", "t", `null`):      `field [partitionSequenceNumberMap] is missing`,
		kafka("end", "t", `{"x":1}`):   `has the partition "x", which must be a number`,
		kafka("end", "t", `{"0":"x"}`): `field [partitionSequenceNumberMap.0] is "x", but must be an offset`,
		`{"type":"kafka","partitions":{"type":"end","topic":"t","partitionOffsetMap":{"0":"x"}}}`: `field [partitionOffsetMap.0] is "x", but must be an offset`,
		kafka("end", "t", `{"0":1.5}`):             `is 1.5, but must be an offset`,
		kafka("end", "t", `{"0":null}`):            `is null, but must be an offset`,
		kafka("end", "t", `{"a:0":1e99}`):          `but must be an offset`,
		kafka("end", "t", `{"0":1,"+0":2}`):        `twice`,
		`{"type":"kafka","partitions":{"type":5}}`: `field [partitions.type] is a number, but must be a text`,
	} {
		var m Metadata
		if err := json.Unmarshal([]byte(text), &m); err == nil || !strings.Contains(err.Error(), because) {
			t.Errorf("%s: %v, want %s", text, err, because)
		}
	}
}

// Of a stream that is read in pieces, in which order and how often ever they come, each is published once, in its turn, and the offsets that are
// stored are read back as they were.
func TestEachPieceOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"kafka", "rabbit", "kinesis"}).Draw(t, "kind")
		s, _ := streams(kind)
		const pieces = 6
		of := func(n int, end bool) *Metadata {
			p := partitions{end: end, stream: "t", offsets: map[string]string{"0": string(rune('0' + n)), "1": string(rune('0' + n/2))}, exclusive: map[string]bool{}}
			if !end && s.afterwards {
				p.exclusive["0"], p.exclusive["1"] = true, true
			}
			return &Metadata{kind: kind, read: p}
		}
		var stored *Metadata
		next := 0
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, pieces), 1, 40).Draw(t, "pieces") {
			got, err := Advance(stored, of(n, false), of(n+1, true))
			if stored == nil {
				next = n
			}
			if (err == nil) != (n == next) {
				t.Fatalf("piece %d, after %v: %v", n, stored, err)
			}
			if err == nil {
				text, err := json.Marshal(got)
				if err != nil {
					t.Fatal(err)
				}
				stored, next = new(Metadata), n+1
				if err := json.Unmarshal(text, stored); err != nil || stored.String() != string(text) {
					t.Fatalf("%s is read as %s, %v", text, stored, err)
				}
			}
		}
	})
}

// What is read can be written, and is the same when it is read again.
func TestWhatIsReadCanBeWritten(t *testing.T) {
	t.Parallel()
	texts := rapid.OneOf(rapid.StringMatching(`[-+]?0{0,2}[0-9]{1,20}`), rapid.String(), rapid.SampledFrom([]string{"+5", "007", "-0", "1_0", "9223372036854775807"}))
	rapid.Check(t, func(t *rapid.T) {
		offset := any(texts.Draw(t, "offset"))
		if rapid.Bool().Draw(t, "number") {
			offset = rapid.Float64().Draw(t, "offset")
		}
		partition := rapid.OneOf(rapid.StringMatching(`([a-z]:)?[-+]?0?[0-9]`), rapid.String()).Draw(t, "partition")
		text, err := json.Marshal(map[string]any{"type": rapid.SampledFrom([]string{"kafka", "rabbit", "kinesis"}).Draw(t, "kind"), "partitions": map[string]any{
			"type": rapid.SampledFrom([]string{"start", "end"}).Draw(t, "side"), "stream": rapid.String().Draw(t, "stream"),
			"partitionSequenceNumberMap": map[string]any{partition: offset}, "exclusivePartitions": []any{partition},
		}})
		if err != nil {
			t.Fatal(err)
		}
		read, err := Parse(text)
		if err != nil {
			return
		}
		written, err := json.Marshal(read)
		if err != nil {
			t.Fatalf("%s cannot be written: %v", text, err)
		}
		if again, err := Parse(written); err != nil || again.String() != string(written) {
			t.Fatalf("%s is written as %s, and read as %v, %v", text, written, again, err)
		}
	})
}
