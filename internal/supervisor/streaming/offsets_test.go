package streaming

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ovate/internal/stream"
	"ovate/internal/stream/kafka"
	"ovate/internal/supervisor/plan"
)

// Places are read and written as tasks have them: numbers with all their digits, or texts.
func TestOffsets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plan.Offsets{
		`{"0":9007199254740993,"10":2}`:                                          {"0": "9007199254740993", "10": "2"},
		`{"shard-1":"49590338271490256608559692538361571095921575989136588898"}`: {"shard-1": "49590338271490256608559692538361571095921575989136588898"},
		`{}`: {},
	} {
		got, err := readOffsets([]byte(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
		if again := string(appendOffsets(nil, got, strings.Contains(text, `:"`))); again != text {
			t.Errorf("%s is written as %s", text, again)
		}
	}
	for _, text := range []string{``, `[]`, `{"0":null}`, `{"0":{}}`} {
		if got, err := readOffsets([]byte(text)); err == nil {
			t.Errorf("%s is read as %v", text, got)
		}
	}
}

// What can be no place is refused, as shortly as it can be told.
func TestNoPlaces(t *testing.T) {
	t.Parallel()
	for _, at := range []stream.Sequence{"-5", "1.5e3", "abc", stream.Sequence(strings.Repeat("9", 1_000_000))} {
		if err := check(kafka.Order{}, plan.Offsets{"0": "7", "1": at}); err == nil || !strings.Contains(err.Error(), "in partition 1: ") || len(err.Error()) > 200 {
			t.Errorf("%.20s: %.300v", at, err)
		}
	}
	if err := check(kafka.Order{}, plan.Offsets{"0": "0", "1": "9223372036854775807"}); err != nil {
		t.Error(err)
	}
}

// The parts of a sequence have numbers, one after the other.
func TestCheckpoints(t *testing.T) {
	t.Parallel()
	got, err := readCheckpoints([]byte(`{"10":{"0":7},"9":{"0":5},"11":{"0":7}}`))
	want := plan.Checkpoints{First: 9, At: []plan.Offsets{{"0": "5"}, {"0": "7"}, {"0": "7"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := readCheckpoints([]byte(`{}`)); err != nil || got.First != 0 || got.At != nil {
		t.Errorf("none: %v, %v", got, err)
	}
	for text, because := range map[string]string{`{"1":{},"3":{}}`: "part 3 without part 2", `{"x":{}}`: `part "x" has no number`, `{"0":{"0":[]}}`: "must be a number or a text", `[]`: ""} {
		if got, err := readCheckpoints([]byte(text)); err == nil || !strings.Contains(err.Error(), because) {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
}

// Lag is what comes between where readers are and where a partition ends; what is read beyond counts as none.
func TestLag(t *testing.T) {
	t.Parallel()
	order := kafka.Order{}
	at, err := farthest(order, plan.Offsets{"0": "9", "1": "5"}, nil, plan.Offsets{"0": "10", "2": "1"})
	if want := (plan.Offsets{"0": "10", "1": "5", "2": "1"}); err != nil || !reflect.DeepEqual(at, want) {
		t.Errorf("farthest is %v, %v", at, err)
	}
	lag := lagOf(order, at, plan.Offsets{"0": "8", "1": "25", "3": "7"})
	if got := fmt.Sprint(lag, lag.Total()); got != "map[0:-2 1:20] 20" {
		t.Errorf("lag is %s", got)
	}
	if at, err := farthest(order, plan.Offsets{"0": "1"}, plan.Offsets{"0": "x"}); err == nil {
		t.Errorf("what is no number is compared: %v", at)
	}
}

// What is read beyond what was the end a moment ago is no lag, of one partition as of all.
func TestLagBeyondTheEnd(t *testing.T) {
	t.Parallel()
	s := &Supervisor{settings: Settings{Rules: plan.Rules{Order: kafka.Order{}}}}
	s.shown = shown{tasks: []shownTask{{current: plan.Offsets{"0": "171", "1": "4"}}}, latest: plan.Offsets{"0": "10", "1": "10"}}
	if got := s.Lag(); !reflect.DeepEqual(got, stream.Lag{"0": 0, "1": 6}) {
		t.Errorf("it is %v", got)
	}
}
