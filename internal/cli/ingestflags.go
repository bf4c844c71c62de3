package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"ovate/druid"
	"ovate/internal/detect"
	"ovate/internal/table"
)

// skipBad is how many rows may be left out: none without the flag, any number (-1) with it alone.
type skipBad int

// IsBool makes the number optional.
func (*skipBad) IsBool() bool { return true }

// Decode reads what stands behind an equals sign, if there is one.
func (s *skipBad) Decode(ctx *kong.DecodeContext) error {
	*s = -1
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	var n int
	text := fmt.Sprint(ctx.Scan.Pop().Value)
	if _, err := fmt.Sscanf(text+"\n", "%d\n", &n); err != nil || n < 0 {
		return fmt.Errorf("%q must be a number of rows", text)
	}
	*s = skipBad(n)
	return nil
}

// options is what the flags say about the files.
func (i *ingest) options(streams *Streams) (detect.Options, error) {
	o := detect.Options{
		Table: table.Options{Format: i.Format, Header: i.Header, Delimiter: i.Delimiter, Quote: i.Quote, Escape: i.Escape, Comment: i.Comment, Fill: i.Fill, Encoding: i.Encoding, JSONPath: i.JSONPath, Verbose: i.Verbose, Stdin: streams.In},
		Types: i.Type, Nulls: i.Null, Columns: i.Columns, Drop: i.Drop, SkipBad: int(i.SkipBad),
		TimeColumn: i.TimeColumn, TimeFormat: i.TimeFormat, Granularity: i.Granularity, Rollup: i.Rollup, Append: i.Append, Verbose: i.Verbose,
	}
	if i.SkipLines != "" {
		first, more, err := table.ParseLines(i.SkipLines)
		if err != nil {
			return o, err
		}
		o.Table.SkipLines, o.Table.OmitLines = &first, more
	}
	if err := i.takeZones(&o); err != nil {
		return o, err
	}
	if i.Time != "" {
		at, err := druid.ParseInstant(i.Time)
		if err != nil {
			return o, fmt.Errorf("--time %q must be a time like 2024-01-01 or 2024-01-01T10:00:00Z", i.Time)
		}
		o.Time = &at
		if i.TimeColumn != "" {
			return o, errors.New("--time and --time-column exclude each other")
		}
	}
	return o, nil
}

// takeZones gives the options the zone of times that do not say theirs, and those that letters stand for.
func (i *ingest) takeZones(o *detect.Options) error {
	for _, zone := range i.TimeZone {
		letters, where, named := strings.Cut(zone, "=")
		switch {
		case named && o.Zones == nil:
			o.Zones = map[string]string{letters: where}
		case named:
			o.Zones[letters] = where
		case o.TimeZone != "":
			return fmt.Errorf("--time-zone %s and %s: times that do not say their zone can be of one only", o.TimeZone, zone)
		default:
			o.TimeZone = zone
		}
	}
	return nil
}

// keeps is the granularity whose time chunks may be replaced as a whole. An append replaces nothing.
func (i *ingest) keeps() string {
	if i.Append {
		return "none"
	}
	return i.Granularity
}
