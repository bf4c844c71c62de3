package queue

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ovate/druid"
)

// headers are payloads of every form that matters.
var headers = []string{
	`{"type":"noop","id":"t","groupId":"t","dataSource":"d","runTime":1,"context":{"forceTimeChunkLock":true},"resource":{"availabilityGroup":"t","requiredCapacity":1}}`,
	`{"type":"index","id":"t","groupId":"g","resource":{"availabilityGroup":"a","requiredCapacity":7},"spec":{"ioConfig":{"appendToExisting":true}}}`,
	`{"type":"index","spec":{"dataSchema":{"ioConfig":{"appendToExisting":true}},"ioConfig":{"x":[{"appendToExisting":true}],"appendToExisting":false}}}`,
	` { "type" : null , "groupId" : null, "resource" : null , "context" : null , "spec" : null } `, `{}`, `[]`, `null`, ``, `{"type":"no`, `{"type":5}`,
	`{"TYPE":"noop"}`, `{"type":"a","type":"b"}`, `{"\u0074ype":"noop"}`, `{"type":"\u006eoop"}`, `{"reſource":{"requiredCapacity":3}}`,
	`{"context":{"priority":7}}`, `{"context":{"a":1,"endsWithProcess":true}}`, `{"context":{"priority":"x"}}`, `{"context":["priority"]}`, `{"context":{"a":"priority"}}`,
	`{"resource":{"requiredCapacity":1.5}}`, `{"resource":{"requiredCapacity":-1}}`, `{"resource":{"requiredCapacity":"1"}}`, `{"resource":{"requiredCapacity":null}}`,
	`{"resource":{"availabilitygroup":"x"}}`, `{"resource":[]}`, `{"resource":{"availabilityGroup":1}}`, `{"resource":{"requiredCapacity":99999999999}}`,
	`{"spec":{"ioConfig":{"appendToExisting":"true"}}}`, `{"spec":{"ioConfig":null}}`, `{"spec":{"ioconfig":{"appendToExisting":true}}}`, `{"spec":[]}`, `{"spec":"x"}`,
	`{"spec":{"ioConfig":{"appendToExisting":true},"ioConfig":{}}}`, `{"spec":{"ioConfig":{"appendToExisting":true,"AppendToExisting":false}}}`,
	`{"type":"noop"} x`, `{"type":"noop"}}`, `{"type":"noop",}`, `{"type" "noop"}`, `{type:"noop"}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":-}`, `{"a":+1}`,
	`{"a":1E+2,"b":-0.5e-7}`, `{"a":tru}`, `{"a":nul`, `{"a":"\x"}`, `{"a":"\u12g4"}`, `{"a":"\u12A4\\\""}`, "{\"a\":\"\n\"}", "{\"type\":\"\xff\"}", `{"a":[1,]}`, `{"a":[1 2]}`,
	`{"a":{"b":1,}}`, `{"a":{b:1}}`, `{"a":{"b"}}`, `{"a":{,}}`, `{"a":[}`, `{"a":[[[{}]]]}`, `{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`,
}

func checkHeader(t rapid.TB, payload string) {
	want, wantErr := decodeHeader([]byte(payload))
	got, err := readHeader([]byte(payload), "t", false)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(header{}), cmp.Comparer(sameContext)); (err == nil) != (wantErr == nil) || err == nil && diff != "" {
		t.Errorf("%s\nerror %v, want %v\n%s", payload, err, wantErr, diff)
	}
}

func sameContext(a, b druid.Context) bool {
	return string(a.AppendJSON(nil)) == string(b.AppendJSON(nil))
}

// TestReadHeader: what is read fast is what a general decoder reads.
func TestReadHeader(t *testing.T) {
	t.Parallel()
	for _, payload := range headers {
		checkHeader(t, payload)
	}
	for at, payload := range headers[:3] { // the form in which tasks are stored
		if s := (headerScan{id: "t"}); !s.scan([]byte(payload)) {
			t.Errorf("%d is not read fast", at)
		}
	}
	rapid.Check(t, func(t *rapid.T) { // headers with a piece of another one, or without a piece
		payload := rapid.SampledFrom(headers).Draw(t, "payload")
		other := rapid.SampledFrom(headers).Draw(t, "other")
		cut := func(of, name string) (int, int) {
			from := rapid.IntRange(0, len(of)).Draw(t, name+" from")
			return from, rapid.IntRange(from, min(len(of), from+40)).Draw(t, name+" to")
		}
		from, to := cut(payload, "payload")
		otherFrom, otherTo := cut(other, "other")
		checkHeader(t, payload[:from]+other[otherFrom:otherTo]+payload[to:])
	})
}

// TestStringsOfAnyLength: eight bytes are looked at together, wherever in them the one is that counts.
func TestStringsOfAnyLength(t *testing.T) {
	t.Parallel()
	for length := range 20 {
		for at := range length {
			for _, odd := range []string{`"`, `\`, `\"`, `\\`, "\n", "\x00", "\x1f", " ", "!", "\x7f", "\x80", "\xff", "ö"} {
				text := strings.Repeat("a", at) + odd + strings.Repeat("b", length-at)
				checkHeader(t, `{"type":"`+text+`"}`)
				checkHeader(t, `{"`+text+`":1,"type":"noop"}`)
			}
		}
	}
}
