package goal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/goal"
)

// A config by which nothing can be compacted here is refused by its field.
func TestRead(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		`{"dataSource":"a","engine":"msq"}`:                                                      "field [engine] must be native: this version makes no tasks that compact by msq",
		`{"dataSource":"a","skipOffsetFromLatest":"soon"}`:                                       "field [skipOffsetFromLatest] must be a period",
		`{"dataSource":"a","tuningConfig":{"maxTotalRows":"many"}}`:                              "tuningConfig.maxTotalRows",
		`{"dataSource":"a","tuningConfig":{"partitionsSpec":{"type":"hashed","numShards":"x"}}}`: "partitionsSpec",
		`{"dataSource":"a","ioConfig":{"dropExisting":"x"}}`:                                     "dropExisting",
	} {
		if _, err := goal.Read("a", []byte(config)); !errors.Is(err, compaction.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", config, err, want)
		}
	}
	g, err := goal.Read("a", []byte(`{"dataSource":"a","engine":"NATIVE","taskPriority":3,"taskContext":{"useConcurrentLocks":true}}`))
	if err != nil || g.Engine != "native" || g.Priority != 3 || !g.IgnoresAppends || g.Segment != nil {
		t.Errorf("%+v, %v", g, err)
	}
}

// Without a granularity in the config a task has that which the length of the segments' interval tells, as in Druid, and compacts whole buckets of it.
func TestReach(t *testing.T) {
	t.Parallel()
	for config, cases := range map[string]map[string]string{
		`{"dataSource":"a"}`: {
			"2024-01-01/2024-01-02": "DAY 2024-01-01/2024-01-02", "2024-01-01/2024-01-05": "DAY 2024-01-01/2024-01-05",
			"2024-01-03/2024-01-10": "WEEK 2024-01-01/2024-01-15", "2024-01-01/2024-01-15": "WEEK 2024-01-01/2024-01-15",
			"2024-02-01/2024-03-01": "MONTH 2024-02-01/2024-03-01", "2024-04-01/2024-07-01": "QUARTER 2024-04-01/2024-07-01",
			"2023-01-01/2025-01-01": "YEAR 2023-01-01/2025-01-01", "2024-01-01T05/2024-01-01T06": "HOUR 2024-01-01T05/2024-01-01T06",
			"2024-01-01T05/2024-01-01T11": "SIX_HOUR 2024-01-01/2024-01-01T12", "2024-01-01T05:00/2024-01-01T05:15": "FIFTEEN_MINUTE 2024-01-01T05/2024-01-01T05:15",
			"2024-01-01T05:00/2024-01-01T05:00:07": "SECOND 2024-01-01T05/2024-01-01T05:00:07", "2024-01-01/2024-01-01T03": "none 2024-01-01/2024-01-01T03",
			"2024-01-01/2024-01-02T01": "none 2024-01-01/2024-01-02T01", "2024-01-01/2024-01-02 2024-01-02/2024-01-03": "none 2024-01-01/2024-01-03",
		},
		`{"dataSource":"a","granularitySpec":{"segmentGranularity":"MONTH"}}`: {
			"2024-01-01/2024-01-02": "MONTH 2024-01-01/2024-02-01", "2024-01-01/2024-01-02 2024-02-02/2024-02-03": "MONTH 2024-01-01/2024-03-01",
		},
		`{"dataSource":"a","granularitySpec":{"segmentGranularity":"ALL"}}`: {"2024-01-01/2024-01-02": "ALL 2024-01-01/2024-01-02"},
	} {
		g, err := goal.Read("a", []byte(config))
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range cases {
			var intervals []druid.Interval
			for one := range strings.FieldsSeq(text) {
				intervals = append(intervals, interval(t, one))
			}
			granularity, reach := g.Reach(intervals)
			got := "none"
			if granularity != nil {
				got = granularity.String()
			}
			if word, within, _ := strings.Cut(want, " "); got != word || reach != interval(t, within) {
				t.Errorf("%s of %s: %s %s, want %s", config, text, got, reach, want)
			}
		}
	}
}

func interval(t *testing.T, text string) druid.Interval {
	t.Helper()
	i, err := druid.ParseInterval(text)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// A member that is not given is by default: one of a kind that is not known here may be anything, and one that is given has to be stored.
func TestWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		given, stored string
		same          bool
	}{
		{`{"type":"mine","name":"m"}`, `{"type":"mine","name":"m","byDefault":[1,{}]}`, true},
		{`{"type":"mine","name":"m","n":1}`, `{"type":"mine","name":"m","n":1.0,"o":{}}`, true},
		{`{"type":"mine","name":"m","n":1}`, `{"type":"mine","name":"m","n":2}`, false},
		{`{"type":"mine","name":"m","n":1}`, `{"type":"mine","name":"m"}`, false},
		{`{"type":"mine","name":"m","n":null}`, `{"type":"mine","name":"m"}`, true},
		{`{"type":"thetaSketch","name":"m","fieldName":"f"}`, `{"type":"thetaSketch","name":"m","fieldName":"f","size":16384,"shouldFinalize":true,"isInputThetaSketch":false,"errorBoundsSize":null}`, true},
		{`{"type":"thetaSketch","name":"m","fieldName":"f"}`, `{"type":"thetaSketch","name":"m","fieldName":"f","size":32,"shouldFinalize":true,"isInputThetaSketch":false,"errorBoundsSize":null}`, false},
	} {
		g, err := goal.Read("a", fmt.Appendf(nil, `{"dataSource":"a","metricsSpec":[%s]}`, c.given))
		if err != nil {
			t.Fatal(err)
		}
		state := goal.ReadState(json.RawMessage(`{"partitionsSpec":{"type":"dynamic","maxTotalRows":9223372036854775807},"metricsSpec":[` + c.stored + `]}`))
		if why := g.Missed([]*goal.State{state}, []druid.Interval{{Start: 0, End: 1}}); (why == "") != c.same {
			t.Errorf("%s, and stored %s: %q", c.given, c.stored, why)
		}
	}
}
