// Package detect reads files of rows from their first to their last and finds out how to ingest them: which types their columns have,
// which column holds the time and how it is written, and how finely to cut segments. What it finds is written as a task.
//
// Nothing is guessed from a part: all that is told holds for every row. Where the engine's own reader would make the same of the
// files, the task reads the files themselves; elsewhere it reads copies, JSON lines that say the same in the engine's words.
package detect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/choice"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
	"ovate/internal/note"
	"ovate/internal/table"
)

// Options is what the caller knows already. What is empty is found out.
type Options struct {
	Table       table.Options
	Types       map[string]string // long, double or string, by column
	Nulls       []string          // texts that stand for no value, in every column
	Columns     []string          // those to ingest, instead of all
	Drop        []string          // those not to ingest
	TimeColumn  string
	TimeFormat  string            // as in a timestampSpec, or as people write such patterns elsewhere
	TimeZone    string            // of the IANA database, of times that do not say theirs
	Zones       map[string]string // what letters in times stand for: IST is Asia/Kolkata, or +05:30
	Time        *druid.Instant    // of all rows, instead of a column
	Granularity string            // of segments: HOUR, DAY …
	Rollup      bool              // add up numbers of rows that agree in their texts and their hour
	Append      bool              // keep what the data source has, instead of replacing it
	SkipBad     int               // how many rows that do not fit may be left out, -1 for any number
	Verbose     bool              // notes name all columns and files that they are about
	CopyDir     string            // where copies are made if they are needed; what is there already stays, and no copy may be
	CopyMost    int64             // bytes that copies may take together; 0: any number
	CopyMode    fs.FileMode       // of the copies, less the umask; 0: their owner alone may read them
	Watch       Watch             // told of what is being done; nil: nobody is
	Names       choice.Names      // of what the caller may choose; nil: the flags of a command

	workers func(phase string) int // nil: as many as there are processors
	now     func() time.Time       // nil: time.Now
}

// present is the time by which others are of the past or to come.
func (o *Options) present() druid.Instant {
	if o.now == nil {
		return druid.Instant(time.Now().UnixMilli())
	}
	return druid.Instant(o.now().UnixMilli())
}

// Watch is told of the phases of reading.
type Watch = table.Watch

// Column is one column that is ingested.
type Column struct {
	Name string
	From string // what Options call it, if that is another name
	Type string // string, long or double
	List bool   // some of its values are lists
	Sum  string // type of its sum, if it is a number: long or double
}

// Table is what some files hold.
type Table struct {
	Files       []File
	Format      string   // in words
	Fields      []string // the columns of the files, in order, as Options call them
	Columns     []Column
	Time        Time
	Rows        int64
	Left        int64          // rows that are left out, as they do not fit
	Faults      []Fault        // of those
	Span        druid.Interval // of the times
	Granularity string
	Rollup      bool
	Append      bool
	Notes       []string // whole sentences on what may surprise
	Copies      []string // files that the task reads instead of Files; none if it reads those
	CopySum     uint64   // of their rows, in any order and however they are shared out
	Why         string   // there are copies

	notes  note.List
	names  nameSet
	native textFormat // how the engine reads the files, if it makes the same of them
	plans  []plan
	rollup rollupNames
	copied int64 // bytes of Copies
}

// File is one of the files.
type File struct {
	Name string // for people
	Path string // absolute; empty if it is none
	Size int64
	Sum  string // of what is stored, as it was read
}

// RefusedError is about what the caller asked for or has not yet said, and not about a row.
type RefusedError struct{ err error }

func (e *RefusedError) Error() string { return e.err.Error() }
func (e *RefusedError) Unwrap() error { return e.err }

func refuse(format string, args ...any) error { return &RefusedError{fmt.Errorf(format, args...)} }

// Files reads files that all hold rows of the same table. args are as for table.Open. What is told of them is told in the words of Options.Names.
func Files(ctx context.Context, args []string, o Options) (*Table, error) {
	t, err := files(ctx, args, o)
	if err != nil {
		return nil, choice.Error(err, o.Names)
	}
	t.Why = choice.In(t.Why, o.Names)
	for i := range t.Notes {
		t.Notes[i] = choice.In(t.Notes[i], o.Names)
	}
	for i := range t.Faults {
		t.Faults[i].Why = choice.In(t.Faults[i].Why, o.Names)
	}
	return t, nil
}

// files is Files, with places for what its caller may choose.
func files(ctx context.Context, args []string, o Options) (_ *Table, err error) {
	note, err := o.check()
	if err != nil {
		return nil, err
	}
	o.Table.Watch = o.Watch
	in, err := table.Open(ctx, args, o.Table)
	if err != nil {
		return nil, &RefusedError{err}
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	t := &Table{Rollup: o.Rollup, Append: o.Append, Format: formatWords(in)}
	if note != "" {
		t.notes.Tell("%s", note)
	}
	s, err := readAll(ctx, in, o)
	if err != nil {
		return nil, err
	}
	for _, f := range in.Inputs {
		t.Files = append(t.Files, File{Name: f.Name, Path: f.Path, Size: f.Size, Sum: f.Checksum()})
	}
	t.notes.Join(in.Notes())
	if err := t.decide(s, o); err != nil {
		var refused *RefusedError
		return nil, withAround(in, !errors.As(err, &refused), err)
	}
	if err := t.takeRows(ctx, in, s, o); err != nil {
		return nil, err
	}
	t.tellSums(in, s)
	t.Notes = t.notes.Texts(o.Verbose, o.Table.ShowsNotes)
	if t.Rows == 0 { // all were left out
		return nil, cmp.Or(t.listFaults(ctx, in, s, o), fmt.Errorf("no row of %s can be ingested", in.Inputs[0].Name))
	}
	t.cut(o)
	return t, nil
}

// check refuses options that no file can go with. What is changed in them is said in note.
func (o *Options) check() (note string, err error) {
	if o.Granularity != "" && !slices.Contains(Granularities(), strings.ToUpper(o.Granularity)) {
		return "", refuse("granularity %q must be one of %s", o.Granularity, strings.Join(Granularities(), ", "))
	}
	if o.TimeFormat, note, err = timeformat.Meant(o.TimeFormat); err != nil {
		return "", &RefusedError{err}
	}
	if _, err := moment.NewReader(o.TimeZone); err != nil {
		return "", refuse("«--time-zone»: %w", err)
	}
	for letters, zone := range o.Zones {
		if err := moment.UTC().Name(letters, zone); err != nil {
			return "", refuse("«--time-zone»: %w", err)
		}
	}
	return note, nil
}

// takeRows makes copies of the rows where the engine's own reader would not make the same of the files, and refuses rows that do not fit unless they may be
// left out and others stay.
func (t *Table) takeRows(ctx context.Context, in *table.Table, s *scan, o Options) error {
	bad := s.faults.n + t.misfits(s)
	switch {
	case bad > 0 && (o.SkipBad == 0 || s.rows == 0):
		if err := t.listFaults(ctx, in, s, o); err != nil {
			return err
		}
	case s.rows == 0:
		return noRows(in.Inputs[0])
	}
	if t.Why = t.whyCopies(in, s, o, bad); t.Why == "" {
		return nil
	}
	if err := t.copy(ctx, in, s, o); err != nil {
		return err
	}
	if bad > 0 && t.Left == 0 {
		t.Why = "Druid would not read all values as numbers of the type that is given"
	}
	return nil
}

// noRows refuses a file without rows.
func noRows(f *table.Input) error {
	switch {
	case f.Dialect.Format == "json":
		return refuse("%s: there are no rows in it", f.Name)
	case f.Dialect.Lines():
		return refuse("%s: no rows in it, only one line, which is taken for the names of the columns; «--no-header» takes it for a row", f.Name)
	}
	return refuse("%s: no rows in it, only a header; «--no-header» takes it for a row", f.Name)
}

// cut chooses the granularity of segments.
func (t *Table) cut(o Options) {
	switch {
	case o.Granularity != "":
		t.Granularity = strings.ToUpper(o.Granularity)
	case t.Time.Column == "":
		t.Granularity = "DAY"
	default:
		t.Granularity = granularity(t.Span, t.Rows)
	}
}

// withAround adds to what is wrong with rows that some of the first lines seem to be none. seconds is whether lines behind a header may be the cause, as no
// other ones are wrong; a header that is not the first line may be the cause of anything.
func withAround(in *table.Table, seconds bool, err error) error {
	for _, f := range in.Inputs {
		if text := f.Dialect.Around(); text != "" && (seconds || !f.Dialect.HasSeconds()) {
			return fmt.Errorf("%w\nThe likely cause: %s: %s", err, f.Label, text)
		}
	}
	return err
}

// tellSums notes the rows that are stored and seem to be sums of others.
func (t *Table) tellSums(in *table.Table, s *scan) {
	for _, f := range in.Inputs {
		if sum := s.sums[f]; sum != nil && !sum.left {
			t.notes.AddKind("sum", "", f.Label, fmt.Sprintf(": line %d, the last row, begins with %q. It is taken for a row; if it is the sum of the others, remove it from the file.", sum.line, sum.text))
		}
	}
}

// TaskText is how many bytes the task reads, as they are stored.
func (t *Table) TaskText() int64 {
	if t.Why != "" {
		return t.copied
	}
	return t.Text()
}

// Text is how many bytes the files have, as they are stored.
func (t *Table) Text() int64 {
	var sum int64
	for _, f := range t.Files {
		sum += f.Size
	}
	return sum
}

// Summary counts the columns by type: "18: 4 string, 14 long".
func (t *Table) Summary() string {
	var parts []string
	for _, kind := range []string{"string", "long", "double"} {
		n := 0
		for _, c := range t.Columns {
			if c.Type == kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, kind))
		}
	}
	if len(parts) == 0 {
		return "none besides the time"
	}
	return fmt.Sprintf("%d besides the time: %s", len(t.Columns), strings.Join(parts, ", "))
}

func formatWords(in *table.Table) string {
	d := in.Inputs[0].Dialect
	switch {
	case d.Format == "json":
		return [...]string{table.Lines: "json, one object a line", table.Objects: "json, one object after the other", table.Array: "json, a list of rows"}[d.Layout]
	case d.Log():
		return "lines of a log"
	}
	with := "with a header"
	if !d.Header {
		with = "without a header"
	}
	switch {
	case d.Lines():
		return "text " + with + ", one value a line"
	case d.Delimiter == "":
		return "text " + with + ", in columns aligned by blanks"
	case d.Format == "tsv" && d.Delimiter != "\t":
		return fmt.Sprintf("text %s, cut by %q", with, d.Delimiter)
	}
	return d.Format + " " + with
}
