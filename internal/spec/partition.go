package spec

import (
	"fmt"
	"math"
	"strconv"
)

// partitions is a dynamic partitionsSpec.
type partitions struct {
	given      bool
	rows       int   // per segment; 0: the default
	total      int64 // of all segments in the making; -1: the default
	totalGiven bool
}

// partitionsSpec reads how rows are spread over the segments of a time chunk. What once were fields of the tuningConfig
// itself counts where there is no partitionsSpec.
func (r *reader) partitionsSpec(tuning value) partitions {
	if rollup := tuning.field("forceGuaranteedRollup"); r.boolean(rollup, false) {
		r.unsupported(rollup, "rows of one task are rolled up within a segment, leave it out")
	}
	r.int(tuning.field("numShards"), 0)
	rows, oldest := tuning.field("maxRowsPerSegment"), tuning.field("targetPartitionSize")
	if !rows.missing() && !oldest.missing() {
		r.refuse(oldest, "is the old name of maxRowsPerSegment, which is there, too: leave it out")
	}
	rows = r.either(rows, oldest)
	legacy := r.limits(rows, tuning.field("maxTotalRows"))
	v := tuning.field("partitionsSpec")
	if !r.object(v) {
		return legacy
	}
	if t := v.field("type"); r.text(t, "hashed") != "dynamic" {
		r.refuse(t, `%s is not supported by this version of ovate: the type must be "dynamic"`, t.shown())
	}
	p := r.limits(v.field("maxRowsPerSegment"), v.field("maxTotalRows"))
	p.given = true
	return p
}

func (r *reader) limits(rows, total value) partitions {
	var p partitions
	if n, ok := r.whole(rows, math.MinInt32, math.MaxInt32); ok {
		p.given = true
		r.limit(rows, n)
		if n > 0 {
			p.rows = int(n)
		}
	}
	if n, ok := r.whole(total, math.MinInt64, math.MaxInt64); ok {
		p.given = true
		r.limit(total, n)
		p.total, p.totalGiven = n, true
	}
	return p
}

// limit refuses numbers of rows with which Druid would put every row into a segment of its own.
func (r *reader) limit(v value, n int64) {
	if n < 1 && n != -1 {
		r.refuse(v, "must be at least 1, or -1 for the default, but is %s", v.shown())
	}
}

// limits are the numbers that hold.
func (p partitions) limits() (rows int, total int64) {
	rows, total = defaultRowsPerSegment, defaultTotalRows
	if p.rows > 0 {
		rows = p.rows
	}
	if p.total > 0 {
		total = p.total
	}
	return rows, total
}

func (p partitions) rowsJSON() string {
	if !p.given {
		return "null"
	}
	rows, _ := p.limits()
	return strconv.Itoa(rows)
}

func (p partitions) totalJSON() string {
	if !p.totalGiven {
		return "null"
	}
	return strconv.FormatInt(p.total, 10)
}

func (p partitions) appendJSON(dst []byte) []byte {
	if !p.given {
		return append(dst, "null"...)
	}
	return fmt.Appendf(dst, `{"type":"dynamic","maxRowsPerSegment":%s,"maxTotalRows":%s}`, p.rowsJSON(), p.totalJSON())
}
