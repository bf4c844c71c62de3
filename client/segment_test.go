package client

import "testing"

func TestSegmentAndTrends(t *testing.T) {
	t.Parallel()
	c := serve(t, map[string]string{
		"GET /api/v1/datasources/a%20b/segments/x%2Fy?fetch=false": `{"segment":{"dataSource":"a b","interval":"2020-01-01T00:00:00.000Z/2020-02-01T00:00:00.000Z","version":"v","loadSpec":{},"dimensions":"","metrics":"","shardSpec":{"type":"numbered","partitionNum":1,"partitions":2},"binaryVersion":9,"size":7},
"created":"2020-01-01T00:00:00.000Z","used":true,"updated":"2020-01-01T00:00:00.000Z","visible":["2020-01-01T00:00:00.000Z/2020-01-02T00:00:00.000Z"],"hiddenBy":["z"],"hides":[],
"contents":{"rows":3,"size":9,"rollup":false,"columns":[{"name":"c","kind":"dimension","type":"STRING","multiValue":false,"hasNulls":false,"cardinality":2,"min":"a","max":"b","size":9,"encoding":"plain"}]}}`,
		"GET /api/v1/datasources/a/segments/x/rows?from=5&limit=2&fetch=true": `{"from":5,"of":9,"rows":[{"c":1},{"c":2}],"next":7}`,
		"GET /api/v1/rates":                 `[{"time":"2020-01-01T00:00:00.000Z","rowsPerSecond":1.5,"bytesPerSecond":2}]`,
		"GET /api/v1/supervisors/s%2Ft/lag": `[{"time":"2020-01-01T00:00:00.000Z","total":3,"partitions":{"0":3}}]`,
	})
	d, err := c.Segment(t.Context(), "a b", "x/y", false)
	if err != nil || d.Segment.ShardSpec.PartitionNum() != 1 || len(d.Visible) != 1 || len(d.HiddenBy) != 1 || d.Contents.Rows != 3 || *d.Contents.Rollup || *d.Contents.Columns[0].Max != "b" {
		t.Errorf("%+v, %v", d, err)
	}
	if rows, err := c.Rows(t.Context(), "a", "x", 5, 2, true); err != nil || len(rows.Rows) != 2 || *rows.Next != 7 || rows.Of != 9 {
		t.Errorf("%+v, %v", rows, err)
	}
	if rates, err := c.Rates(t.Context()); err != nil || len(rates) != 1 || rates[0].RowsPerSecond != 1.5 {
		t.Errorf("%+v, %v", rates, err)
	}
	if lag, err := c.Lag(t.Context(), "s/t"); err != nil || len(lag) != 1 || lag[0].Partitions["0"] != 3 {
		t.Errorf("%+v, %v", lag, err)
	}
}
