package client

import (
	"errors"
	"strings"
	"testing"

	"ovate/druid"
)

func TestSegments(t *testing.T) {
	t.Parallel()
	const one = `{"dataSource":"a b","interval":"2020-01-01T00:00:00.000Z/2020-02-01T00:00:00.000Z","version":"v","loadSpec":{"type":"local","path":"/x/"},"dimensions":"a,b","metrics":"","shardSpec":{"type":"numbered","partitionNum":1,"partitions":2},"binaryVersion":9,"size":7,"identifier":"x","visible":["2020-01-01T00:00:00.000Z/2020-01-02T00:00:00.000Z"],"rows":3}`
	c := serve(t, map[string]string{
		"GET /api/v1/datasources?rows=true":                                                                               `[{"dataSource":"a","interval":"2020-01-01T00:00:00.000Z/2020-02-01T00:00:00.000Z","segments":2,"size":5,"rows":null}]`,
		"GET /api/v1/datasources/a%20b/segments?rows=true":                                                                "[" + one + "," + strings.Replace(one, `"rows":3`, `"rows":null`, 1) + "]",
		"GET /api/v1/datasources/none/segments?rows=true":                                                                 "[]",
		"GET /api/v1/datasources/broken/segments?rows=true":                                                               "[" + one,
		"GET /api/v1/datasources/page/segments?rows=true":                                                                 "<html>",
		"GET /api/v1/datasources/d/segments?rows=true&interval=2020-01-01T00%3A00%3A00.000Z_2020-01-02T00%3A00%3A00.000Z": "[]",
	})
	ctx := t.Context()
	if list, err := c.DataSources(ctx); err != nil || len(list) != 1 || list[0].Name != "a" || list[0].Segments != 2 || list[0].Rows != nil {
		t.Errorf("%+v, %v", list, err)
	}
	var got []Segment
	keep := func(s *Segment) error { got = append(got, *s); return nil }
	if err := c.Segments(ctx, "a b", nil, keep); err != nil || len(got) != 2 || *got[0].Rows != 3 || got[1].Rows != nil ||
		got[0].ShardSpec.PartitionNum() != 1 || len(got[0].Visible) != 1 || got[0].Visible[0].End.String() != "2020-01-02T00:00:00.000Z" {
		t.Errorf("%+v, %v", got, err)
	}
	day := druid.Interval{Start: 1_577_836_800_000, End: 1_577_923_200_000}
	if err := errors.Join(c.Segments(ctx, "none", nil, keep), c.Segments(ctx, "d", &day, keep)); err != nil || len(got) != 2 {
		t.Errorf("%d, %v", len(got), err)
	}
	var unreachable *UnreachableError
	if err := c.Segments(ctx, "broken", nil, keep); !errors.As(err, &unreachable) {
		t.Errorf("an answer that breaks off: %v", err)
	}
	if err := c.Segments(ctx, "page", nil, keep); err == nil || !strings.Contains(err.Error(), "not what an Overlord sends") {
		t.Errorf("a page: %v", err)
	}
	no := errors.New("no")
	if err := c.Segments(ctx, "a b", nil, func(*Segment) error { return no }); !errors.Is(err, no) {
		t.Errorf("%v", err)
	}
}
