package commit

import (
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

func TestReset(t *testing.T) {
	t.Parallel()
	stored := kafka("end", "t", `{"0":7,"1":1}`)
	many := kafka("end", "a|b", `{"a:0":7,"b:0":1}`)
	for _, c := range []struct{ stored, reset, want string }{
		{"", kafka("end", "t", `{"0":5}`), kafka("end", "t", `{"0":5}`)},
		{stored, kafka("end", "t", `{"0":5}`), kafka("end", "t", `{"0":5,"1":1}`)},
		{stored, kafka("end", "t", `{"1":9,"2":3}`), kafka("end", "t", `{"0":7,"1":9,"2":3}`)},
		{stored, kafka("end", "t", `{"0":0,"1":0}`), kafka("end", "t", `{"0":0,"1":0}`)},
		{stored, kafka("end", "t", `{}`), stored},
		{stored, kafka("end", "u", `{"0":5}`), kafka("end", "u", `{"0":5}`)},
		{many, kafka("end", "a|b", `{"b:0":4}`), kafka("end", "a|b", `{"a:0":7,"b:0":4}`)},
	} {
		before := parse(t, c.stored)
		got, err := With(before, parse(t, c.reset))
		if want := parse(t, c.want); err != nil || got == nil || got.String() != want.String() {
			t.Errorf("%s with %s is %v, want %v: %v", c.stored, c.reset, got, want, err)
		}
		if before != nil && before.String() != parse(t, c.stored).String() {
			t.Errorf("%s has become %s", c.stored, before)
		}
	}
}

func TestResetRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ stored, reset, because string }{
		{"", kafka("start", "t", `{"0":5}`), "field [partitions.type] is [start], but must be [end]"},
		{kafka("end", "t", `{"0":7}`), kafka("start", "t", `{"0":5}`), "field [partitions.type] is [start]"},
		{"", object(`1`), "field [type] is [object], but must be that of a stream"},
		{object(`1`), kafka("end", "t", `{"0":5}`), "field [type] is [kafka], but what was published last is of type [object]"},
		{strings.Replace(kafka("end", "t", `{"0":7}`), "kafka", "rabbit", 1), kafka("end", "t", `{"0":5}`), "but what was published last is of type [rabbit]"},
	} {
		_, err := With(parse(t, c.stored), parse(t, c.reset))
		if deliberate, is := errors.AsType[*druid.Error](err); !is || !strings.Contains(deliberate.Error(), c.because) {
			t.Errorf("%s reset by %s: %v, want %s", c.stored, c.reset, err, c.because)
		}
	}
}

// Whatever is stored and reset: exactly the named partitions are read on from the named offsets, and all others go on
// where they were.
func TestResetIsOfTheNamedPartitions(t *testing.T) {
	t.Parallel()
	offsets := rapid.MapOf(rapid.StringMatching(`[0-5]`), rapid.Map(rapid.IntRange(0, 99), strconv.Itoa))
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"kafka", "rabbit", "kinesis"}).Draw(t, "kind")
		s, _ := streams(kind)
		of := func(end bool, offsets map[string]string) *Metadata {
			p := partitions{end: end, stream: "t", offsets: offsets, exclusive: map[string]bool{}}
			for partition := range offsets {
				p.exclusive[partition] = !end && s.afterwards
			}
			return &Metadata{kind: kind, read: p}
		}
		before, named := offsets.Draw(t, "stored"), offsets.Draw(t, "reset")
		stored, reset := of(true, maps.Clone(before)), of(true, maps.Clone(named))
		with, err := With(stored, reset)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(stored.read.offsets, before) || !maps.Equal(reset.read.offsets, named) {
			t.Fatalf("what was given has become %s and %s", stored, reset)
		}
		for partition := 0; partition < 6; partition++ {
			name := strconv.Itoa(partition)
			offset := rapid.IntRange(0, 99).Draw(t, "offset")
			_, refused := Advance(with, of(false, map[string]string{name: strconv.Itoa(offset)}), of(true, map[string]string{name: "100"}))
			want, isStored := before[name]
			to, isReset := named[name]
			if isReset {
				want = to
			}
			known := isStored || isReset
			if may := !known || want == strconv.Itoa(offset); (refused == nil) != may {
				t.Fatalf("%s with %s: partition %s may be read on from %d: %t, want %t", stored, reset, name, offset, !may, may)
			}
		}
		if again, err := With(with, reset); err != nil || again.String() != with.String() {
			t.Fatalf("%s with %s for a second time is %s, %v", with, reset, again, err)
		}
	})
}
