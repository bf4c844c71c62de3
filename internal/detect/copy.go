package detect

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/choice"
	"ovate/internal/disk"
	"ovate/internal/quantity"
	"ovate/internal/table"
)

// copyFiles are the files that a copy of the rows is written to, one a worker.
type copyFiles struct {
	files []*os.File
	out   []*bufio.Writer
}

// createCopies creates as many as there are workers. Whoever gets them, also with an error, calls close in the end.
func createCopies(o Options) (c copyFiles, err error) {
	if o.CopyDir == "" {
		return c, errors.New("copies are needed, and there is no folder for them")
	}
	if err := disk.MkdirAll(o.CopyDir); err != nil {
		return c, err
	}
	for n := range o.workersFor("copying") {
		path := filepath.Join(o.CopyDir, "rows-"+strconv.Itoa(n)+".json")
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, cmp.Or(o.CopyMode, 0o600))
		if errors.Is(err, fs.ErrExist) {
			return c, refuse("%s is there already, and a task may read it: name another folder for the copy with --rows, or remove the file if nobody needs it", path)
		}
		if err != nil {
			return c, err
		}
		c.files = append(c.files, f)
		c.out = append(c.out, bufio.NewWriterSize(f, 1<<18))
	}
	return c, nil
}

// close closes the files, and removes them after an error.
func (c *copyFiles) close(err error) error {
	for _, f := range c.files {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(f.Name()) // half a copy is none, and would be in the way of the next
		}
	}
	return err
}

// keep takes the files that have rows for the task, and removes the others.
func (t *Table) keep(c *copyFiles) error {
	for i, w := range c.out {
		if err := w.Flush(); err != nil {
			return err
		}
		switch info, err := c.files[i].Stat(); {
		case err != nil:
			return err
		case info.Size() > 0:
			t.Copies = append(t.Copies, c.files[i].Name())
			t.copied += info.Size()
		default:
			if err := os.Remove(c.files[i].Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// copy writes the rows that fit as JSON lines, and counts them and what their times span.
func (t *Table) copy(ctx context.Context, in *table.Table, s *scan, o Options) (err error) {
	to, err := createCopies(o)
	defer func() { err = to.close(err) }()
	if err != nil {
		return err
	}
	done, err := t.convert(ctx, in, s, o, "copying", to.out)
	if err != nil {
		return err
	}
	if err := t.keep(&to); err != nil {
		return err
	}
	if o.SkipBad >= 0 && done.faults.n > int64(o.SkipBad) {
		return fmt.Errorf("%s would be left out, more than «--skip-bad»=%d allows:\n%s", quantity.Of(done.faults.n, "row"), o.SkipBad, &done.faults)
	}
	t.CopySum = done.sum
	t.Rows, t.Left = done.rows, done.faults.n
	if t.Span = (druid.Interval{Start: done.span.min, End: done.span.max + 1}); done.rows == 0 {
		t.Span = druid.Interval{}
	}
	t.tellChanged(done.changed)
	t.Faults = done.faults.list()
	if t.Left > 0 {
		t.notes.Tell("Left out: %s.\n%s", quantity.Of(t.Left, "row"), &done.faults)
	}
	return nil
}

// tellChanged notes what the types that the caller gave changed.
func (t *Table) tellChanged(changed []change) {
	for i := range changed {
		one, p := &changed[i], &t.plans[i]
		if one.n == 0 {
			continue
		}
		to := ""
		if one.to != "" {
			to = " is " + one.to
		}
		t.notes.AddKind("changed", "", fmt.Sprintf("%s changes %s %s of %s, the first %s%s", choice.Flag("--type", columnName(p.key)+"="+p.Type), quantity.Count(one.n), quantity.Form(one.n, "text", "texts"), columnName(p.key), &one.first, to), ".")
	}
}

// listFaults reads all rows to find those that do not fit, for the error that tells of them. It is nil if all do.
func (t *Table) listFaults(ctx context.Context, in *table.Table, s *scan, o Options) error {
	done, err := t.convert(ctx, in, s, o, "rechecking", nil)
	if err != nil {
		return err
	}
	if done.faults.n == 0 {
		return nil
	}
	return withAround(in, done.seconds == done.faults.n, fmt.Errorf("nothing was ingested, as %s %s not fit:\n%s\n%s", quantity.Of(done.faults.n, "row"), quantity.Form(done.faults.n, "does", "do"), &done.faults, t.advice(in, s, done, o)))
}

// advice says which flags take rows that do not fit.
func (t *Table) advice(in *table.Table, s *scan, done *converted, o Options) string {
	leave := "«--skip-bad» leaves them out and tells which."
	if done.rows == 0 {
		leave = "No row is left without them: mend them where the file is made."
	}
	advice := leave
	switch d := &in.Inputs[0].Dialect; {
	case done.faults.areEncodings() && done.rows == 0:
		return "No row is left without them."
	case done.faults.areEncodings():
	case d.Format != "json" && len(d.Columns) == 1:
		advice = "By its first line there is 1 column, so that this may be plain text, or a table behind other lines: «--skip-lines N» says how many stand before it, «--delimiter what» parts its fields. " +
			"«--delimiter tab» takes each line for one value, if none has a tab."
	case done.faults.n > done.rows && d.Format != "json":
		advice = fmt.Sprintf("These are %s of %s, so that it may be written otherwise than it seems: «--delimiter», «--quote» and «--skip-lines» say how it is. %s",
			quantity.Count(done.faults.n), quantity.Of(done.faults.n+done.rows, "row"), leave)
	}
	if line := done.faults.inFirstRow(in); line > 0 && o.Table.Header == nil {
		advice = fmt.Sprintf("If line %d names the columns, «--header» takes it for their names. %s", line, advice)
	}
	empties := done.faults.kinds[faultKind{columnName(t.Time.key), "", timeless}]
	empty := o.TimeColumn == "" && t.Time.Column != "" && empties != nil && empties.n == done.faults.n
	if empty {
		advice = fmt.Sprintf("«--time 2024-01-01» gives all rows the same time, so that %s is a column that may be empty; «--time-column NAME» takes the time from another column.\n%s", columnName(t.Time.key), advice)
	}
	var typed []string
	for i := range t.plans {
		if p := &t.plans[i]; p.misfits(s.index[p.key]) > 0 {
			typed = append(typed, choice.Flag("--type", columnName(p.key)+"=string"))
		}
	}
	if len(typed) > 0 {
		advice += " " + strings.Join(typed[:min(len(typed), 8)], " ") + " takes any value as it is written."
	}
	if t.Time.lacking > 0 && !empty {
		advice += fmt.Sprintf("\nIf all values of %s are times, say how they are written: %s. «--time-column NAME» takes the time from another column, and «--time 2024-01-01» gives all rows the same.", columnName(t.Time.key), formatAdvice)
	}
	return advice
}
