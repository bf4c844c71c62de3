package cli

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"ovate/druid"
	"ovate/internal/choice"
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
	switch next := ctx.Scan.Peek(); {
	case next.Type == kong.FlagValueToken:
	case next.Type == kong.UntypedToken && isNumber(fmt.Sprint(next.Value)): // as people type it; a file is seldom called so
	default:
		if text := fmt.Sprint(next.Value); next.Type == kong.UntypedToken && isNumber(strings.TrimPrefix(text, "-")) {
			return fmt.Errorf("%q must be a number of rows, 0 or more", text)
		}
		return nil
	}
	var n int
	text := fmt.Sprint(ctx.Scan.Pop().Value)
	if _, err := fmt.Sscanf(text+"\n", "%d\n", &n); err != nil || n < 0 {
		return fmt.Errorf("%q must be a number of rows, 0 or more", text)
	}
	*s = skipBad(n)
	return nil
}

// nullWords are texts that stand for no value.
type nullWords []string

// Decode reads the next word, which may begin with a dash as -999 does, if it is no flag.
func (n *nullWords) Decode(ctx *kong.DecodeContext) error {
	next := ctx.Scan.Peek()
	if text := fmt.Sprint(next.Value); next.Type == kong.UntypedToken && !mayBeFlag(text) {
		ctx.Scan.Pop()
		*n = append(*n, text)
		return nil
	}
	var text string
	if err := ctx.Scan.PopValueInto("string", &text); err != nil {
		return err
	}
	*n = append(*n, text)
	return nil
}

// mayBeFlag tells whether an argument is written as flags are: letters behind dashes.
func mayBeFlag(text string) bool {
	name := strings.TrimLeft(text, "-")
	return name != text && name != "" && (name[0] >= 'a' && name[0] <= 'z' || name[0] >= 'A' && name[0] <= 'Z')
}

// isNumber tells whether an argument is the number of the flag before it, and no file.
func isNumber(text string) bool {
	_, err := os.Lstat(text)
	return err != nil && text != "" && strings.Trim(text, "0123456789") == ""
}

// typeNames are Druid's types for what other programs call them.
func typeNames() map[string]string {
	return map[string]string{
		"int": "long", "integer": "long", "bigint": "long", "int64": "long", "int32": "long",
		"float": "double", "float64": "double", "real": "double", "decimal": "double", "numeric": "double", "number": "double",
		"str": "string", "text": "string", "varchar": "string",
	}
}

// columnTypes are the types of columns, by their names.
type columnTypes map[string]string

// Decode reads NAME=TYPE, several with semicolons between them. An equals sign before the last one belongs to the name.
func (c *columnTypes) Decode(ctx *kong.DecodeContext) error {
	var text string
	if err := ctx.Scan.PopValueInto("string", &text); err != nil {
		return err
	}
	for _, one := range kong.SplitEscaped(text, ';') {
		at := strings.LastIndexByte(one, '=')
		if at < 0 {
			return fmt.Errorf("%q must be NAME=TYPE, such as price=double", one)
		}
		name, given := one[:at], one[at+1:]
		if before, twice := (*c)[name]; twice && before != given {
			return fmt.Errorf("column %q is to be %s and %s: it can have one type", name, before, given)
		}
		(*c)[name] = given
	}
	return nil
}

// takeTypes writes the types of columns as Druid calls them, and tells where that is another name.
func (i *ingest) takeTypes(notes io.Writer) {
	for _, name := range slices.Sorted(maps.Keys(i.Type)) {
		given := i.Type[name]
		if typ, known := typeNames()[strings.ToLower(given)]; known {
			i.Type[name] = typ
			printLine(notes, "note", "--type %s=%s is taken as %s, one of the types long, double and string", name, given, typ)
		}
	}
}

// keysOf is a path of keys joined by dots, which may be written as jq and JSONPath have it: $.data.items, .data.items[], $.data.items[*].
func keysOf(path string) (string, error) {
	keys := path
	if strings.Contains(path, `\`) {
		return path, nil // before what belongs to a key, as no other has it
	}
	if keys == "$" || keys == "." {
		return ".", nil
	}
	if rest, is := strings.CutPrefix(keys, "$"); is && strings.HasPrefix(rest, ".") {
		keys = rest
	}
	keys = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(keys, "."), "[*]"), "[]")
	if strings.Contains(keys, "[]") || strings.Contains(keys, "[*]") || strings.Contains(keys, "['") || strings.Contains(path, "..") || path != "" && keys == "" {
		return "", fmt.Errorf("--json-path %q: give the keys that lead to the list of rows, joined by dots, such as data.items", path)
	}
	return keys, nil
}

// options is what the flags say about the files.
func (i *ingest) options(streams *Streams) (detect.Options, error) {
	o := detect.Options{
		Table: table.Options{Format: i.Format, Header: i.Header, Delimiter: i.Delimiter, Quote: i.Quote, Escape: i.Escape, Comment: i.Comment, Fill: i.Fill, Encoding: i.Encoding, JSONPath: i.JSONPath, Verbose: i.Verbose, ShowsNotes: " --verbose shows them.", Stdin: streams.In},
		Types: i.Type, Nulls: i.Null, Columns: i.Columns, Drop: i.Drop, SkipBad: int(i.SkipBad),
		TimeColumn: i.TimeColumn, TimeFormat: i.TimeFormat, Granularity: i.Granularity, Rollup: i.Rollup, Append: i.Append, Verbose: i.Verbose,
	}
	i.takeTypes(streams.Err)
	path, err := keysOf(i.JSONPath)
	if err != nil {
		return o, err
	}
	o.Table.JSONPath = path
	if i.SkipLines != "" {
		first, more, err := table.ParseLines(i.SkipLines)
		if err != nil {
			return o, choice.Error(err, nil)
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
		switch {
		case i.TimeColumn != "":
			return o, errors.New("--time and --time-column exclude each other")
		case i.TimeFormat != "":
			return o, errors.New("--time and --time-format exclude each other: the latter is for the times in a column")
		case len(i.TimeZone) > 0:
			return o, errors.New("--time and --time-zone exclude each other: the latter is for the times in a column, and --time can say its own zone, such as 2024-01-01T10:00:00+01:00")
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
