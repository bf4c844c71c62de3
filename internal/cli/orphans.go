package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/term"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/quantity"
)

type orphans struct {
	remote
	OlderThan time.Duration `default:"1h" placeholder:"AGE" help:"Only what has not changed for so long, like 90m or 24h; at least 1m. Default: 1h."`
	Others    bool          `help:"Also what was not written by this server: other servers on the same deep storage may need it."`
	Delete    bool          `help:"Remove what is listed, for good."`
	Yes       bool          `short:"y" help:"With --delete: do not ask."`
}

// Help tells what counts as an orphan, and gives the examples.
func (*orphans) Help() string {
	return "Lists the files in deep storage that belong to no segment, used or not, and that no active task is about to publish: " +
		"what tasks had pushed when the server was killed, and what dead processes left in staging. They do no harm but for the room they take.\n\n" + examples(
		"what is there", "ovate orphans",
		"remove it", "ovate orphans --delete",
		"from a script, sparing what is younger than a day", "ovate orphans --older-than 24h --delete --yes",
	)
}

// Run lists the orphans, and removes them if that is asked for.
func (o *orphans) Run(ctx context.Context, streams *Streams) error {
	if o.OlderThan < time.Minute {
		return &inputError{fmt.Errorf("--older-than: %v is too short; what is younger than 1m may be about to be published", o.OlderThan)}
	}
	if o.Yes && !o.Delete {
		return &usageError{errors.New("--yes goes with --delete"), "ovate orphans"}
	}
	overlord, err := o.client(ctx)
	if err != nil {
		return err
	}
	now := time.Now()
	before := druid.InstantOf(now.Add(-o.OlderThan))
	query := client.OrphanQuery{Before: &before, Others: o.Others}
	found, err := overlord.Orphans(ctx, query)
	if err != nil {
		return err
	}
	if err := o.print(streams.Out, found, now); err != nil {
		return err
	}
	if !o.Delete || len(found.Orphans) == 0 {
		return unread(found)
	}
	if err := o.confirm(streams, found); err != nil {
		return err
	}
	query.Before = &found.Before
	removed, err := overlord.RemoveOrphans(ctx, query)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(streams.Out, "removed %s, %s\n", quantity.Of(len(removed.Orphans), "orphan"), size(sizeOf(removed))); err != nil {
		return err
	}
	return unread(removed)
}

// unread is the error of a look that could not see everything, or nil.
func unread(found *client.Orphans) error {
	n := len(found.Unread) + found.MoreUnread
	if n == 0 {
		return nil
	}
	const most = 10
	var text strings.Builder
	for _, folder := range found.Unread[:min(most, len(found.Unread))] {
		path := folder.Path
		if path == "" {
			path = "."
		}
		fmt.Fprintf(&text, "\n  %s: %s", path, folder.Reason)
	}
	if n > most {
		fmt.Fprintf(&text, "\n  and %s more", quantity.Count(n-most))
	}
	return fmt.Errorf("what lies in %s of deep storage is not told, as the server cannot read it:%s", quantity.Of(n, "folder"), text.String())
}

func (o *orphans) print(w io.Writer, found *client.Orphans, now time.Time) error {
	var text bytes.Buffer
	if len(found.Orphans) > 0 {
		table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "DATASOURCE\tINTERVAL\tSIZE\tAGE\tWRITTEN BY\tPATH")
		for _, orphan := range found.Orphans {
			by := "others"
			if orphan.Own {
				by = "this server"
			}
			dataSource, interval := orphan.DataSource, strings.Replace(orphan.Interval, "_", "/", 1)
			if dataSource == "" {
				dataSource, interval = "(staging)", "-"
			}
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", dataSource, interval, size(orphan.Size), age(now.Sub(orphan.Changed.Time())), by, orphan.Path)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	width := math.MaxInt
	if file, is := terminalOf(w); is {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			width = columns // the paths come last, and are cut
		}
	}
	for line := range strings.Lines(text.String()) {
		fmt.Fprintln(w, oneLine(line, width))
	}
	_, err := fmt.Fprintln(w, o.summary(found))
	return err
}

// summary is the total, and what is left out.
func (o *orphans) summary(found *client.Orphans) string {
	text := "no orphans"
	if n := len(found.Orphans); n > 0 {
		text = fmt.Sprintf("%s, %s", quantity.Of(n, "orphan"), size(sizeOf(found)))
	}
	if found.More > 0 {
		text += fmt.Sprintf("\n%s more are left out; they are told once these are gone", quantity.Count(found.More))
	}
	if found.Spared > 0 {
		text += fmt.Sprintf("\n%s left alone: younger than %v, or an active task may be about to publish it", quantity.Of(found.Spared, "more place"), o.OlderThan)
	}
	if found.Others > 0 {
		text += fmt.Sprintf("\n%s left alone: not written by this server, so that others may need it (--others lists it)", quantity.Of(found.Others, "more place"))
	}
	if len(found.Unreadable) > 0 {
		text += "\nnothing is told of these data sources, as they have segments that cannot be read: " + strings.Join(found.Unreadable, ", ")
	}
	return text
}

// confirm asks whether to remove what is listed.
func (o *orphans) confirm(streams *Streams, found *client.Orphans) error {
	if o.Yes {
		return nil
	}
	if _, is := terminalOf(streams.In); !is {
		return &usageError{errors.New("nothing was removed: --delete asks on a terminal, and needs --yes elsewhere"), "ovate orphans"}
	}
	warning := ""
	if o.Others {
		warning = " Others may need them, as not all were written by this server."
	}
	fmt.Fprintf(streams.Err, "Remove %s for good?%s [y/N] ", quantity.Of(len(found.Orphans), "orphan"), warning)
	answer, err := bufio.NewReader(streams.In).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		return &inputError{errors.New("nothing was removed")}
	}
	return nil
}

func sizeOf(found *client.Orphans) (total int64) {
	for _, orphan := range found.Orphans {
		total = quantity.Sum(total, orphan.Size)
	}
	return total
}
