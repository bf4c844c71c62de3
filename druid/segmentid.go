package druid

import (
	"fmt"
	"strconv"
	"strings"
)

// SegmentID names a segment: no two segments of a cluster have the same one.
type SegmentID struct {
	DataSource   string
	Interval     Interval
	Version      string
	PartitionNum int
}

// String is dataSource_start_end_version, with _partitionNum after it unless that is 0.
func (id SegmentID) String() string { return string(id.AppendTo(make([]byte, 0, 128))) }

// AppendTo appends what String returns to dst.
func (id SegmentID) AppendTo(dst []byte) []byte {
	dst = append(append(dst, id.DataSource...), '_')
	dst = append(id.Interval.Start.AppendTo(dst), '_')
	dst = append(id.Interval.End.AppendTo(dst), '_')
	dst = append(dst, id.Version...)
	if id.PartitionNum != 0 {
		dst = strconv.AppendInt(append(dst, '_'), int64(id.PartitionNum), 10)
	}
	return dst
}

// ParseSegmentID reads the id text of a segment of dataSource, which must be known because data sources and
// versions may hold underscores themselves. A positive number at the end is the partition number, as Druid's
// SegmentId.tryParse has it, even though it might be the end of a version.
func ParseSegmentID(dataSource, text string) (SegmentID, error) {
	fail := func(problem string) (SegmentID, error) {
		return SegmentID{}, fmt.Errorf("segment id %q of data source %q: %s", text, dataSource, problem)
	}
	rest, ok := strings.CutPrefix(text, dataSource+"_")
	if !ok {
		return fail("it does not begin with the data source and an underscore")
	}
	parts := strings.SplitN(rest, "_", 3)
	if len(parts) < 3 {
		return fail("it needs start, end and version, separated by underscores")
	}
	id := SegmentID{DataSource: dataSource, Version: parts[2]}
	var err error
	if id.Interval.Start, err = parseFullInstant(parts[0]); err != nil {
		return fail(err.Error())
	}
	if id.Interval.End, err = parseFullInstant(parts[1]); err != nil {
		return fail(err.Error())
	}
	if id.Interval.IsEmpty() {
		return fail("its end is not after its start")
	}
	if cut := strings.LastIndexByte(id.Version, '_'); cut >= 0 {
		n, err := strconv.ParseInt(id.Version[cut+1:], 10, 32)
		if err == nil && n > 0 && id.Version[cut+1] != '+' {
			id.Version, id.PartitionNum = id.Version[:cut], int(n)
		}
	}
	return id, nil
}
