package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"ovate/client"
	"ovate/internal/copies"
	"ovate/internal/datadir"
	"ovate/internal/detect"
)

// ingestRun is files that were checked, and how their rows are ingested.
type ingestRun struct {
	flags  *ingest
	task   []byte
	found  *detect.Table
	folder *copies.Folder // that the task reads, if it does not read the files
	keeper *keeper
	notes  io.Writer // where people read how it goes
}

// newIngestRun is that of a task for the rows that were found.
func newIngestRun(flags *ingest, task []byte, found *detect.Table, folder *copies.Folder, notes io.Writer) *ingestRun {
	return &ingestRun{flags, task, found, folder, &keeper{flags.Replace || flags.Append, flags.keeps(), unitOf(found.Span), func(unit string) ([]byte, error) {
		by := *found
		by.Granularity = unit
		return by.Task(flags.Datasource)
	}}, notes}
}

// onServer has a server that runs already take the task, and tells how it ended.
func (i *ingestRun) onServer(ctx context.Context) (err error) {
	overlord, err := newClient(i.flags.URL)
	if err != nil {
		return err
	}
	if err := i.keeper.mayTell(ctx, overlord, i.flags.Datasource); err != nil {
		return err
	}
	if done, err := i.settleEarlier(ctx, overlord); done || err != nil {
		return err
	}
	this, err := newAttempt(i.task, i.flags.Datasource, i.found)
	if err != nil {
		return err
	}
	earlier, err := openHandedIn(overlord.URL())
	if err != nil {
		return err
	}
	done, again, err := earlier.settle(ctx, overlord, this, i.flags.Append, i.notes)
	if done || err != nil {
		return err
	}
	i.tellAppended(ctx, overlord)
	defer func() {
		if left := new(leftError); errors.As(err, &left) { // the next run tells what became of it
			err = errors.Join(err, earlier.leave())
		} else {
			err = errors.Join(err, earlier.forget())
		}
	}()
	ended, err := i.keeper.ingest(i.task, i.notes, func(task []byte, keys taskContext) (*outcome, error) {
		handed := &handing{ingestRun: i, overlord: overlord, handedIn: earlier, this: this, id: again}
		again = ""
		return handed.run(ctx, keys.addTo(task))
	})
	if err != nil {
		return err
	}
	if err := ended.printAll(i.notes, i.found.Rows); err != nil {
		return i.explainUnread(ended.rows.Unreadable, err)
	}
	if _, err := printHeld(ctx, overlord, i.flags.Datasource, i.notes); !client.IsNotFound(err) {
		return err
	}
	return nil // a server that does not tell
}

// here starts a server within this process for the task.
func (i *ingestRun) here(ctx context.Context, streams *Streams) (err error) {
	server, err := embed(ctx, i.flags.Data, "127.0.0.1:0", streams)
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
	if done, err := this.settle(ctx, server.Client, i.flags.Data, i.flags.Append, i.notes); done || err != nil {
		return beforeStored(err)
	}
	i.tellAppended(ctx, server.Client)
	ended, err := i.keeper.ingest(i.task, i.notes, func(task []byte, keys taskContext) (*outcome, error) {
		task, id := withNewID(task, i.flags.Datasource)
		if err := this.begin(i.flags.Data, id); err != nil {
			return nil, err
		}
		return server.run(ctx, id, task, keys, i.found.TaskText(), i.notes)
	})
	if cutOff := new(cutOffError); errors.As(err, &cutOff) && cutOff.fate == maybeStored {
		return err
	}
	if err != nil {
		return errors.Join(err, forgetAttempt(i.flags.Data))
	}
	if err := i.tellEnd(ctx, ended); err != nil {
		return err
	}
	if _, err := printHeld(context.WithoutCancel(ctx), server.Client, i.flags.Datasource, i.notes); err != nil { // the rows are stored all the same
		printLine(i.notes, "note", "what %s holds cannot be shown: %v", i.flags.Datasource, err)
	}
	return nil
}

// tellEnd tells how the task of a server within this process ended, and forgets the attempt unless nobody has read it.
func (i *ingestRun) tellEnd(ctx context.Context, ended *outcome) error {
	told := &toldWriter{Writer: i.notes}
	err := ended.printAll(told, i.found.Rows)
	if err == nil && ctx.Err() != nil {
		printLine(told, "note", "interrupted when the rows had been stored already")
	}
	if ctx.Err() == nil || told.err == nil { // else the terminal is gone, and nobody has read it
		err = errors.Join(err, forgetAttempt(i.flags.Data))
	}
	return err
}
