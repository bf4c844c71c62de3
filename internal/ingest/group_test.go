package ingest

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
)

// faultyChunks panics when it is asked.
type faultyChunks struct{}

func (faultyChunks) Bucket(druid.Instant) druid.Interval { panic("no chunk") }

// A fault of the program fails the job it happens in, ends all goroutines of it, and is told where people look for it.
func TestPanicFailsTheJob(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	var log bytes.Buffer
	_, err := Run(t.Context(), Job{
		Spec: faulty(t), Staging: t.TempDir(), Workers: 2, Progress: new(Progress), Chunks: faultyChunks{},
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	var fault *PanicError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "fault of the server: no chunk") {
		t.Errorf("error %v", err)
	}
	if strings.Contains(err.Error(), ".go:") || !strings.Contains(log.String(), "group_test.go") {
		t.Errorf("the stack is to be in the log alone: %v\n%s", err, log.String())
	}
}

func TestPanicEndsAGroup(t *testing.T) {
	t.Parallel()
	g := limited(1)
	for _, f := range []func() error{func() error { return nil }, func() error { panic("one") }, func() error { return errors.New("two") }} {
		g.Go(f)
	}
	if err := g.Wait(); err == nil || !strings.HasSuffix(err.Error(), "one") {
		t.Errorf("error %v", err)
	}
}
