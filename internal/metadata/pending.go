package metadata

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// pendingPayload is the JSON of Druid's SegmentIdWithShardSpec, keys in its order.
type pendingPayload struct {
	DataSource string          `json:"dataSource"`
	Interval   druid.Interval  `json:"interval"`
	Version    string          `json:"version"`
	ShardSpec  druid.ShardSpec `json:"shardSpec"`
}

// DecodePending reads the payload of a pending segment into row's ID and ShardSpec.
func DecodePending(payload []byte, row *PendingRow) error {
	var p pendingPayload
	if err := jsontext.Unmarshal(payload, &p); err != nil {
		return err
	}
	if !utf8.Valid(payload) {
		return errNotUTF8
	}
	row.ID = druid.SegmentID{DataSource: p.DataSource, Interval: p.Interval, Version: p.Version, PartitionNum: p.ShardSpec.PartitionNum()}
	row.ShardSpec = p.ShardSpec
	return nil
}

// AppendPending appends the payload of a pending segment to dst.
func AppendPending(dst []byte, row *PendingRow) []byte {
	dst = druid.AppendString(append(dst, `{"dataSource":`...), row.ID.DataSource)
	dst = row.ID.Interval.AppendTo(append(dst, `,"interval":"`...))
	dst = druid.AppendString(append(dst, `","version":`...), row.ID.Version)
	return append(row.ShardSpec.AppendJSON(append(dst, `,"shardSpec":`...)), '}')
}

// CompareSegmentIDs orders by interval, version and partition number.
func CompareSegmentIDs(a, b druid.SegmentID) int {
	return cmp.Or(
		druid.CompareIntervals(a.Interval, b.Interval),
		strings.Compare(a.Version, b.Version),
		cmp.Compare(a.PartitionNum, b.PartitionNum),
	)
}

// CompareByAge orders pending segments by when they were handed out, and those of one moment by their ids.
func CompareByAge(a, b PendingRow) int {
	return cmp.Or(cmp.Compare(a.Created, b.Created), CompareSegmentIDs(a.ID, b.ID))
}
