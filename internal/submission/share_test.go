package submission

import (
	"errors"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/audit"
)

// Once half of what may wait is there, who has a tenth hands in nothing more, and is told so; others do, and what is handed in again by its key is answered as before.
func TestShareOfOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _, _ := w.lead()
	due := druid.Instant(w.wall.Load()) + 3_600_000
	submit := func(who, key string) (*Submission, bool, error) {
		body := `{"type":"noop","dataSource":"d","runTime":1}`
		return s.Submit(t.Context(), &Request{Task: []byte(body), NotBefore: &due}, Sender{Key: key, Caller: audit.Caller{Identity: who}, Body: []byte(body)})
	}
	first, _, err := submit("greedy", "once")
	if err != nil {
		t.Fatal(err)
	}
	s.agenda.mu.Lock()
	s.agenda.taken.Take("greedy", mostActive/2-1)
	s.agenda.mu.Unlock()
	if _, again, err := submit("greedy", "once"); err != nil || !again {
		t.Errorf("the same once more: %v", err)
	}
	_, _, err = submit("greedy", "")
	if told, is := errors.AsType[*druid.Error](err); !is || told.HTTPStatus() != 429 || !strings.Contains(told.Message, "user [greedy] has 50000 of the 100000 submissions") || !strings.Contains(told.Message, "cancel some") {
		t.Errorf("one more: %v", err)
	}
	if _, _, err := submit("other", ""); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if err := s.Cancel(t.Context(), first.ID, ""); err != nil {
		t.Fatal(err)
	}
	if s.agenda.mu.Lock(); s.agenda.taken.Left("greedy") != 0 || s.agenda.taken.Left("other") != mostActive/10-1 {
		t.Errorf("%d and %d are left", s.agenda.taken.Left("greedy"), s.agenda.taken.Left("other"))
	}
	s.agenda.mu.Unlock()
}

// The next leader counts what is stored for whoever has handed it in.
func TestShareIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _, _ := w.lead()
	due := druid.Instant(w.wall.Load()) + 3_600_000
	if _, _, err := s.Submit(t.Context(), &Request{Task: []byte(`{"type":"noop","dataSource":"d"}`), NotBefore: &due}, Sender{Caller: audit.Caller{Identity: "joe"}}); err != nil {
		t.Fatal(err)
	}
	next := New(Options{Store: w.store, Wall: s.Wall, Log: s.Log})
	if next.load(); next.agenda.taken.Left("joe") != mostActive/2-1 {
		t.Errorf("%d are left", next.agenda.taken.Left("joe"))
	}
}

// Tasks that wait take no more bytes of one user than he may have, and are counted under the next leader, too, until they have ended.
func TestShareOfBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s, _, _ := w.lead()
	due := druid.Instant(w.wall.Load()) + 3_600_000
	body := `{"type":"noop","dataSource":"d","context":{"x":"` + strings.Repeat("x", 100_000) + `"}}`
	submit := func(who string) (*Submission, error) {
		sub, _, err := s.Submit(t.Context(), &Request{Task: []byte(body), NotBefore: &due}, Sender{Caller: audit.Caller{Identity: who}})
		return sub, err
	}
	first, err := submit("joe")
	if err != nil || first.Size < int64(len(body)) {
		t.Fatalf("%d bytes, %v", first.Size, err)
	}
	next := New(Options{Store: w.store, Wall: s.Wall, Log: s.Log})
	if next.load(); next.agenda.bytes.Left("joe") != mostBytes/2-first.Size {
		t.Errorf("the next leader has %d left", next.agenda.bytes.Left("joe"))
	}
	s.agenda.mu.Lock()
	s.agenda.bytes.Take("joe", mostBytes/2-first.Size)
	s.agenda.mu.Unlock()
	if _, err = submit("joe"); err == nil || !strings.Contains(err.Error(), "bytes of submissions that there may be") {
		t.Errorf("one more: %v", err)
	}
	if _, err := submit("sue"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	s.agenda.mu.Lock()
	s.agenda.bytes.Give("joe", mostBytes/2-first.Size)
	s.agenda.mu.Unlock()
	if err := s.Cancel(t.Context(), first.ID, ""); err != nil {
		t.Fatal(err)
	}
	if s.agenda.mu.Lock(); s.agenda.bytes.Left("joe") < mostBytes/2-2*first.Size {
		t.Errorf("%d are left", s.agenda.bytes.Left("joe"))
	}
	s.agenda.mu.Unlock()
}
