package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/clock"
)

// later are the flags by which a task waits, is tried again, and is found.
type later struct {
	After     []string `sep:"none" placeholder:"ID" help:"Begin once this task, or submission, has ended. May be given several times."`
	OnFailure string   `enum:",fail,run" default:"" placeholder:"fail" help:"When one of --after fails: fail, too, or run all the same."`
	NotBefore string   `placeholder:"TIME" help:"Begin at this time at the earliest, like 2026-12-01T02:00Z."`
	Attempts  *int     `placeholder:"N" help:"Submit it once more when it fails, up to N tasks in all."`
	Backoff   string   `placeholder:"PERIOD" help:"How long the second attempt waits, like PT30S; each other one twice as long."`
	Label     []string `sep:"none" placeholder:"KEY=VALUE" help:"A text by which the task can be found. May be given several times."`
}

// given tells whether any of the flags was.
func (l *later) given() bool {
	return len(l.After)+len(l.Label) > 0 || l.Attempts != nil || l.NotBefore+l.OnFailure+l.Backoff != ""
}

// request is a task with what the flags say.
func (l *later) request(task []byte) (r client.SubmissionRequest, err error) {
	r = client.SubmissionRequest{Task: json.RawMessage(task), After: l.After, OnFailure: l.OnFailure}
	if l.NotBefore != "" {
		at, err := druid.ParseInstant(l.NotBefore)
		if err != nil {
			return r, &inputError{fmt.Errorf("--not-before: %w; give one like 2026-12-01T02:00Z", err)}
		}
		r.NotBefore = &at
	}
	switch {
	case l.Attempts != nil && *l.Attempts < 1:
		return r, &inputError{fmt.Errorf("--attempts %d: must be a number of tasks, 1 or more", *l.Attempts)}
	case l.Attempts != nil:
		r.Retry = &client.Retry{MaxAttempts: *l.Attempts, Backoff: l.Backoff}
	case l.Backoff != "":
		return r, &inputError{fmt.Errorf("--backoff says when another attempt begins, of which there is none without --attempts")}
	}
	for _, label := range l.Label {
		key, value, both := strings.Cut(label, "=")
		if !both {
			return r, &inputError{fmt.Errorf("--label %s: must be KEY=VALUE", label)}
		}
		if r.Labels == nil {
			r.Labels = map[string]string{}
		}
		r.Labels[key] = value
	}
	return r, nil
}

// watchLater waits until a submission has ended, and shows on w what it waits for, and how far its task is.
func watchLater(ctx context.Context, overlord *client.Client, id string, w io.Writer) (last *outcome, err error) {
	told, seen := "", ""
	for {
		s, err := overlord.Submission(ctx, id)
		if err != nil {
			return nil, err
		}
		switch s.State {
		case string(druid.Success):
			if last != nil {
				return last, nil
			}
			return watch(ctx, overlord, s.Task, 0, w)
		case string(druid.Failed):
			return nil, &taskFailedError{status: druid.TaskStatusPlus{ID: id, State: druid.Failed, ErrorMsg: s.Error}}
		}
		if s.WaitsFor != "" && s.WaitsFor != told {
			told = s.WaitsFor
			fmt.Fprintln(w, told)
		}
		if s.State == "SUBMITTED" && s.Task != seen {
			seen = s.Task
			if last, err = watch(ctx, overlord, s.Task, 0, w); err != nil {
				return nil, err
			}
			continue
		}
		if !clock.Pause(ctx, 200*time.Millisecond) {
			return nil, context.Cause(ctx)
		}
	}
}
