package druid

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestContextOrderAsJava(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "java-hashmaps.tsv", "\t") {
		var c Context
		if err := json.Unmarshal([]byte(row[0]), &c); err != nil {
			t.Fatal(err)
		}
		c.SetIfAbsent("forceTimeChunkLock", json.RawMessage("true"))
		c.SetIfAbsent("useLineageBasedSegmentAllocation", json.RawMessage("true"))
		if got := string(c.AppendJSON(nil)); got != row[1] {
			t.Errorf("%s\n got %s\nwant %s", row[0], got, row[1])
		}
	}
}

func TestContextOfNoop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, want string }{
		{`{"priority":3}`, `{"useLineageBasedSegmentAllocation":true,"priority":3,"forceTimeChunkLock":true}`},
		{`null`, `{"forceTimeChunkLock":true,"useLineageBasedSegmentAllocation":true}`},
		{`{"forceTimeChunkLock":null}`, `{"forceTimeChunkLock":true,"useLineageBasedSegmentAllocation":true}`},
	} {
		var got Context
		if err := json.Unmarshal([]byte(c.given), &got); err != nil {
			t.Fatal(err)
		}
		got.SetIfAbsent("forceTimeChunkLock", json.RawMessage("true"))
		got.SetIfAbsent("useLineageBasedSegmentAllocation", json.RawMessage("true"))
		if b := got.AppendJSON(nil); string(b) != c.want {
			t.Errorf("got %s\nwant %s", b, c.want)
		}
	}
}

func TestContextValues(t *testing.T) {
	t.Parallel()
	var c Context
	text := `{"t":true,"f":false,"st":"TRUE","n":5,"sn":"-7","x":1.5,"s":"text","null":null,"o":{"a":[1.0, 2]},"t2":1,"t":false}`
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"t": false, "f": false, "st": true, "s": false, "null": true, "absent": true} {
		if got, err := c.Bool(key, true); err != nil || got != want {
			t.Errorf("Bool(%s) = %v, %v", key, got, err)
		}
	}
	for key, want := range map[string]int{"n": 5, "sn": -7, "null": 9, "absent": 9} {
		if got, err := c.Int(key, 9); err != nil || got != want {
			t.Errorf("Int(%s) = %v, %v", key, got, err)
		}
	}
	for key, want := range map[string]string{"s": "text", "sn": "-7", "null": "d", "absent": "d"} {
		if got, err := c.String(key, "d"); err != nil || got != want {
			t.Errorf("String(%s) = %v, %v", key, got, err)
		}
	}
	for _, key := range []string{"x", "s", "o", "t"} {
		if _, err := c.Int(key, 0); err == nil || !strings.Contains(err.Error(), `"`+key+`"`) {
			t.Errorf("Int(%s) fails with %v", key, err)
		}
	}
	if _, err := c.Bool("n", false); err == nil {
		t.Error("5 was taken for a boolean")
	}
	if _, err := c.String("o", ""); err == nil {
		t.Error("an object was taken for a text")
	}
	if c.SetIfAbsent("n", json.RawMessage("6")) || !c.SetIfAbsent("new", json.RawMessage("6")) || c.Len() != 11 {
		t.Errorf("n was there, new was not; now there are %d", c.Len())
	}
}

func TestContextCopyStaysApart(t *testing.T) {
	t.Parallel()
	var a Context
	if err := json.Unmarshal([]byte(`{"x":1,"y":2}`), &a); err != nil {
		t.Fatal(err)
	}
	b := a
	a.Set("a", json.RawMessage("1"))
	b.Set("b", json.RawMessage("1"))
	a.Set("x", json.RawMessage("5"))
	if x, _ := b.Get("x"); string(x) != "1" {
		t.Errorf("a change of one context shows in its copy: %s", b.AppendJSON(nil))
	}
	if _, ok := b.Get("a"); ok {
		t.Errorf("an addition to one context shows in its copy: %s", b.AppendJSON(nil))
	}
}

func FuzzContext(f *testing.F) {
	f.Add(`{"a":1,"b":{"c":[1.50,"\u0041"]}}`)
	f.Add(`{"a":1,"a":2}`)
	f.Fuzz(func(t *testing.T, text string) {
		var c, again Context
		if json.Unmarshal([]byte(text), &c) != nil {
			return
		}
		first := c.AppendJSON(nil)
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if second := again.AppendJSON(nil); again.Len() != c.Len() || len(first) != len(second) {
			t.Errorf("%s became %s", first, second)
		}
		if !bytes.HasPrefix(first, []byte("{")) {
			t.Errorf("%s is no object", first)
		}
	})
}

// TestLargeContext has a size at which anything but linear time is felt: it once took 18 s.
func TestLargeContext(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&text, `,"key%d":%d`, i, i)
	}
	var c Context
	if err := json.Unmarshal([]byte("{"+text.String()[1:]+`,"key7":8}`), &c); err != nil {
		t.Fatal(err)
	}
	if v, ok := c.Get("key7"); c.Len() != 60_000 || !ok || string(v) != "8" {
		t.Errorf("%d keys, key7 is %s", c.Len(), v)
	}
	if got := c.AppendJSON(nil); !json.Valid(got) || len(got) != text.Len()+1 {
		t.Errorf("the echo has %d bytes, want %d", len(got), text.Len()+1)
	}
}
