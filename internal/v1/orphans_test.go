package v1

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/orphans"
)

// litter notes what it is asked to remove.
type litter struct {
	asked *orphans.Query
	err   error // what both fail with
	found orphans.Findings
}

func (l *litter) Find(_ context.Context, q orphans.Query) (*orphans.Findings, error) {
	l.asked = &q
	return &l.found, l.err
}

func (l *litter) Remove(ctx context.Context, q orphans.Query) (*orphans.Findings, error) {
	return l.Find(ctx, q)
}

// The beginning of 1970 is an instant like any other, before which nothing was written, and not the absence of one.
func TestOrphansBefore(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]*druid.Instant{"": nil, "?before=1970-01-01": new(druid.Instant)} {
		l := &litter{}
		f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &Engine{Orphans: l} } })
		if w := f.answer("DELETE", "/api/v1/orphans"+query, ""); w.Code != http.StatusOK {
			t.Fatalf("%q: %d %s", query, w.Code, w.Body)
		}
		if got := l.asked.Before; (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%q asks for %v, want %v", query, got, want)
		}
	}
}

// TestOrphansTellWhatCouldNotBeRead in their answer.
func TestOrphansTellWhatCouldNotBeRead(t *testing.T) {
	t.Parallel()
	l := &litter{found: orphans.Findings{Unread: []orphans.Unread{{Path: `a"b`, Reason: "permission denied"}, {Path: "c", Reason: "x"}}, MoreUnread: 3}}
	f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &Engine{Orphans: l} } })
	w := f.answer("GET", "/api/v1/orphans", "")
	if want := `"unread":[{"path":"a\"b","reason":"permission denied"},{"path":"c","reason":"x"}],"moreUnread":3,"orphans":[]}`; !strings.HasSuffix(w.Body.String(), want) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// What keeps the server from looking is told as elsewhere, and a fault of its own is in its log.
func TestOrphansThatCannotBeLookedFor(t *testing.T) {
	t.Parallel()
	for why, want := range map[error]struct {
		status       int
		says, logged string
	}{
		errors.New("deep storage: it is odd"):                           {500, "deep storage: it is odd", "deep storage: it is odd"},
		fmt.Errorf("open /srv/segments: %w", syscall.EMFILE):            {503, "as many files open as it may", "/srv/segments"},
		&metadata.TransientError{Err: errors.New("connection refused")}: {503, "connection refused", "connection refused"},
	} {
		f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &Engine{Orphans: &litter{err: why}} } })
		w := f.answer("GET", "/api/v1/orphans", "")
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.says) || !strings.Contains(f.log.String(), want.logged) {
			t.Errorf("%v: %d %s\nlog: %s", why, w.Code, w.Body, f.log)
		}
	}
}
