package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"

	"ovate/client"
	"ovate/internal/copies"
	"ovate/internal/datadir"
	"ovate/internal/detect"
	"ovate/internal/task"
)

// ingestRun is files that were checked, and how their rows are ingested.
type ingestRun struct {
	flags  *ingest
	task   []byte
	found  *detect.Table
	folder *copies.Folder // that the task reads, if it does not read the files
	keeper *keeper
	notes  io.Writer                 // where people read how it goes
	record func(*handedIn) *handedIn // has them end with the process
}

// newIngestRun is that of a task for the rows that were found.
func newIngestRun(flags *ingest, task []byte, found *detect.Table, folder *copies.Folder, streams *Streams) *ingestRun {
	return &ingestRun{flags, task, found, folder, &keeper{replace: flags.Replace || flags.Append, granularity: flags.keeps(), unit: found.Unit(), narrow: func(unit string) ([]byte, error) {
		by := *found
		by.Granularity = unit
		return by.Task(flags.Datasource)
	}}, streams.Err, func(h *handedIn) *handedIn {
		streams.atEnd = append(streams.atEnd, h.end)
		return h
	}}
}

// onServer has a server that runs already take the task, and tells how it ended.
func (i *ingestRun) onServer(ctx context.Context) error {
	overlord, err := i.flags.trust.client(i.flags.URL, waitsFor(answerPatience, i.notes))
	if err != nil {
		return err
	}
	if err := i.keeper.mayTell(ctx, overlord, i.flags.Datasource); err != nil {
		return err
	}
	this, err := newAttempt(i.task, i.flags.Datasource, i.found)
	if err != nil {
		return err
	}
	records, err := i.recordsOf(ctx, overlord)
	if err != nil {
		return err
	}
	again := ""
	for _, place := range records {
		done, same, err := place.settle(ctx, overlord, this, i.flags.Append, i.notes)
		if done || err != nil {
			return err
		}
		again = cmp.Or(again, same)
	}
	i.tellAppended(ctx, overlord)
	before := i.visibleNow(ctx, overlord)
	ended, err := i.keeper.ingest(i.task, i.notes, func(task []byte, keys taskContext) (*outcome, error) {
		handed := &handing{ingestRun: i, overlord: overlord, handedIn: records[0], this: this, id: again}
		again = ""
		return handed.run(ctx, i.with(keys).addTo(task))
	})
	if err != nil {
		return err
	}
	if err := ended.printAll(i.notes, i.found.Rows); err != nil {
		return i.explainUnread(ended.rows.Unreadable, err)
	}
	i.tellReplaced(ctx, overlord, before)
	i.tellStayed(ctx, overlord)
	i.tellHeld(ctx, overlord)
	return nil
}

// with adds what holds for every task of the run: that the files it reads must be as they were checked.
func (i *ingestRun) with(keys taskContext) taskContext {
	all := taskContext{}
	maps.Copy(all, keys)
	if sums := i.found.Checksums(); len(sums) > 0 {
		all[task.KeyInputChecksums] = sums
	}
	return all
}

// tellHeld shows what the data source holds. The rows are stored, whether that can be told or not.
func (i *ingestRun) tellHeld(ctx context.Context, overlord *client.Client) {
	_, err := printHeld(ctx, overlord, i.flags.Datasource, i.notes)
	if err != nil && !client.IsNotFound(err) { // which is a server that does not tell
		printLine(i.notes, "note", "the rows are stored; what %s holds cannot be shown: %v", i.flags.Datasource, err)
	}
}

// here starts a server within this process for the task.
func (i *ingestRun) here(ctx context.Context, streams *Streams) (err error) {
	server, err := embed(ctx, i.flags.Data, anyPort, streams)
	if held := new(datadir.HeldError); errors.As(err, &held) {
		return fmt.Errorf("%w\nIt is no server that takes tasks from others, or one that only starts: try again when it has ended or started", err)
	}
	if err != nil {
		return beforeStored(err)
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	return i.within(ctx, server)
}

// within has the server of this process run the task, and tells how it ended, however this process ends.
func (i *ingestRun) within(ctx context.Context, server *embedded) error {
	this, err := newAttempt(i.task, i.flags.Datasource, i.found)
	if err != nil {
		return beforeStored(err)
	}
	this.Within = true
	records := i.record(&handedIn{dir: i.flags.Data})
	if done, _, err := records.settle(ctx, server.Client, this, i.flags.Append, i.notes); done || err != nil {
		return beforeStored(err)
	}
	if err := tellUnfinished(ctx, server.Client, i.flags.Data, i.notes); err != nil {
		return beforeStored(err)
	}
	i.tellAppended(ctx, server.Client)
	before := i.visibleNow(ctx, server.Client)
	ended, err := i.keeper.ingest(i.task, i.notes, func(task []byte, keys taskContext) (*outcome, error) {
		task, id := withNewID(task, i.flags.Datasource)
		if err := records.begin(this, id); err != nil {
			return nil, err
		}
		return server.run(ctx, id, task, i.with(keys), i.found.TaskText(), records.taken, i.notes)
	})
	if err != nil {
		return err
	}
	err = ended.printAll(i.notes, i.found.Rows)
	if err == nil && ctx.Err() != nil {
		printLine(i.notes, "note", "interrupted when the rows had been stored already")
	}
	if err != nil {
		return err
	}
	i.tellReplaced(context.WithoutCancel(ctx), server.Client, before)
	i.tellStayed(context.WithoutCancel(ctx), server.Client)
	i.tellHeld(context.WithoutCancel(ctx), server.Client)
	return nil
}
