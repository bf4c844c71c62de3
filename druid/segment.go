package druid

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ovate/internal/jsontext"
)

// DataSegment describes a published segment: what stands in the payload column of druid_segments.
type DataSegment struct {
	DataSource          string
	Interval            Interval
	Version             string
	LoadSpec            json.RawMessage // how to fetch it
	Dimensions          []string
	Metrics             []string
	ShardSpec           ShardSpec
	LastCompactionState json.RawMessage // nil if not stored
	BinaryVersion       int             // 9; 0 for tombstones, written as null
	Size                int64           // bytes of all files, uncompressed
}

// ID is the identifier of the segment.
func (s *DataSegment) ID() SegmentID {
	return SegmentID{DataSource: s.DataSource, Interval: s.Interval, Version: s.Version, PartitionNum: s.ShardSpec.PartitionNum()}
}

// AppendJSON appends the segment in Druid's order: lists joined by commas, lastCompactionState only if there is
// one, the identifier last.
func (s *DataSegment) AppendJSON(dst []byte) []byte {
	dst = appendStringField(dst, `{"dataSource":`, s.DataSource)
	dst = s.Interval.AppendTo(append(dst, `,"interval":"`...))
	dst = appendStringField(dst, `","version":`, s.Version)
	dst = appendRaw(append(dst, `,"loadSpec":`...), s.LoadSpec)
	dst = appendStringField(dst, `,"dimensions":`, strings.Join(s.Dimensions, ","))
	dst = appendStringField(dst, `,"metrics":`, strings.Join(s.Metrics, ","))
	dst = s.ShardSpec.AppendJSON(append(dst, `,"shardSpec":`...))
	if !isNull(s.LastCompactionState) {
		dst = appendRaw(append(dst, `,"lastCompactionState":`...), s.LastCompactionState)
	}
	if s.BinaryVersion == 0 {
		dst = append(dst, `,"binaryVersion":null`...)
	} else {
		dst = appendIntField(dst, `,"binaryVersion":`, int64(s.BinaryVersion))
	}
	dst = appendIntField(dst, `,"size":`, s.Size)
	dst = AppendString(append(dst, `,"identifier":`...), s.ID().String())
	return append(dst, '}')
}

// MarshalJSON writes what AppendJSON writes.
func (s DataSegment) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// UnmarshalJSON takes what AppendJSON writes; dimensions and metrics may also be arrays, and a missing shard spec
// is that of a partition that stands alone. The identifier is not read.
func (s *DataSegment) UnmarshalJSON(b []byte) error {
	var wire struct {
		DataSource          string          `json:"dataSource"`
		Interval            *Interval       `json:"interval"`
		Version             string          `json:"version"`
		LoadSpec            single          `json:"loadSpec"`
		Dimensions          commaList       `json:"dimensions"`
		Metrics             commaList       `json:"metrics"`
		ShardSpec           *ShardSpec      `json:"shardSpec"`
		LastCompactionState json.RawMessage `json:"lastCompactionState"`
		BinaryVersion       int             `json:"binaryVersion"`
		Size                int64           `json:"size"`
	}
	if err := jsontext.Unmarshal(b, &wire); err != nil {
		return fmt.Errorf("data segment: %w", err)
	}
	switch {
	case wire.DataSource == "":
		return fmt.Errorf("data segment: dataSource is missing")
	case wire.Interval == nil:
		return fmt.Errorf("data segment of %s: interval is missing", wire.DataSource)
	case wire.Version == "":
		return fmt.Errorf("data segment of %s, %s: version is missing", wire.DataSource, wire.Interval)
	case wire.Size < 0:
		return fmt.Errorf("data segment of %s, %s: size %d is negative", wire.DataSource, wire.Interval, wire.Size)
	}
	*s = DataSegment{
		DataSource: wire.DataSource, Interval: *wire.Interval, Version: wire.Version, LoadSpec: json.RawMessage(wire.LoadSpec),
		Dimensions: wire.Dimensions, Metrics: wire.Metrics, ShardSpec: Numbered(0, 1),
		BinaryVersion: wire.BinaryVersion, Size: wire.Size,
	}
	if wire.ShardSpec != nil {
		s.ShardSpec = *wire.ShardSpec
	}
	if !isNull(wire.LastCompactionState) {
		s.LastCompactionState = wire.LastCompactionState
	}
	return nil
}

// single is a value that must not be there twice: nobody knows which one counts, and files are removed on its account.
type single json.RawMessage

// UnmarshalJSON takes the value as it is.
func (s *single) UnmarshalJSON(b []byte) error {
	if *s != nil {
		return errors.New("field [loadSpec] is there twice")
	}
	*s = append(single{}, b...)
	return nil
}

// commaList is a list of names that JSON holds as one text, joined by commas, or as an array.
type commaList []string

func (l *commaList) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		text, err := unquote(b)
		if err != nil {
			return err
		}
		*l = nil
		for name := range strings.SplitSeq(text, ",") {
			if name != "" {
				*l = append(*l, name)
			}
		}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(l))
}
