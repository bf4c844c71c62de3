package upload

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"ovate/internal/auth"
	"ovate/internal/share"
)

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func open(t *testing.T, dir string, c *clock) *Store {
	t.Helper()
	s, err := Open(Options{Dir: dir, MaxSize: 100, MaxTotal: 250, Retain: time.Hour, Now: c.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func send(t *testing.T, s *Store, name, content string) *Upload {
	t.Helper()
	u, err := s.Create(name, "d", auth.NameAllowAll, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// names are what is in a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestRoom: what is refused gives back what it took, as does what is removed, and a start counts the same.
func TestRoom(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{time.Now()}
	s := open(t, dir, c)
	broken := errors.New("the line broke")
	for content, want := range map[io.Reader]error{
		strings.NewReader(strings.Repeat("x", 101)):                                                  ErrTooLarge,
		strings.NewReader(""):                                                                        ErrEmpty,
		io.MultiReader(strings.NewReader("half of it"), iotest.ErrReader(broken)):                    broken,
		io.MultiReader(strings.NewReader(strings.Repeat("x", 90)), strings.NewReader("01234567890")): ErrTooLarge,
	} {
		if _, err := s.Create("a", "d", auth.NameAllowAll, content); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if s.Room(auth.NameAllowAll) != 250 || len(names(t, dir)) != 0 {
		t.Errorf("room for %d, and %v is left", s.Room(auth.NameAllowAll), names(t, dir))
	}
	first := send(t, s, "a.csv", strings.Repeat("x", 100))
	send(t, s, "b.csv", strings.Repeat("y", 100))
	if _, err := s.Create("c.csv", "d", auth.NameAllowAll, strings.NewReader(strings.Repeat("z", 60))); !errors.Is(err, ErrFull) {
		t.Errorf("too many: %v", err)
	}
	copyOf := func(content string) string {
		scratch, err := s.Scratch()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(scratch, "rows-0.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return scratch
	}
	kept, err := s.Keep(first.ID, copyOf(strings.Repeat("r", 40)), "one")
	if err != nil || s.Room(auth.NameAllowAll) != 10 {
		t.Errorf("a copy: %v, room for %d", err, s.Room(auth.NameAllowAll))
	}
	if again, err := s.Keep(first.ID, copyOf("other"), "one"); err != nil || again != kept || s.Room(auth.NameAllowAll) != 10 {
		t.Errorf("the same copy: %s, %v, room for %d", again, err, s.Room(auth.NameAllowAll))
	}
	large := copyOf(strings.Repeat("r", 11))
	if _, err := s.Keep(first.ID, large, "two"); !errors.Is(err, ErrFull) {
		t.Errorf("a copy for which there is no room: %v", err)
	}
	if s = open(t, dir, c); s.Room(auth.NameAllowAll) != 10 || len(s.List()) != 2 {
		t.Errorf("after a start there is room for %d, and there are %v", s.Room(auth.NameAllowAll), s.List())
	}
	if _, err := os.Stat(large); err == nil {
		t.Error("a start leaves what was not kept")
	}
	if text, err := os.ReadFile(filepath.Join(kept, "rows-0.json")); err != nil || len(text) != 40 {
		t.Errorf("the copy: %q, %v", text, err)
	}
	if err := s.Remove(first.ID); err != nil || s.Room(auth.NameAllowAll) != 150 {
		t.Errorf("removed: %v, room for %d", err, s.Room(auth.NameAllowAll))
	}
	if err := s.Remove(first.ID); !errors.Is(err, ErrNone) {
		t.Errorf("removed twice: %v", err)
	}
	if _, err := s.Keep(first.ID, copyOf("r"), "three"); !errors.Is(err, ErrNone) {
		t.Errorf("a copy of what was removed: %v", err)
	}
}

// TestShares: once half of the bytes are taken a user may have a tenth of them, with what is on its way and the copies, and after a start, too; others still have room.
func TestShares(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{time.Now()}
	s := open(t, dir, c)
	by := func(who string, bytes int) error {
		_, err := s.Create("a.csv", "d", who, strings.NewReader(strings.Repeat("x", bytes)))
		return err
	}
	if err := errors.Join(by("greedy", 100), by("greedy", 25)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var used *share.Error
		if err := by("greedy", 1); !errors.Is(err, ErrFull) || !errors.As(err, &used) || *used != (share.Error{Who: "greedy", What: "bytes of uploads", Has: 125, Most: 250, Mine: 25}) {
			t.Errorf("one byte more: %v", err)
		}
		if s.Room("greedy") != 0 || s.Room("other") != 25 {
			t.Errorf("room for %d and %d", s.Room("greedy"), s.Room("other"))
		}
		s = open(t, dir, c)
	}
	if err := by("other", 26); !errors.Is(err, ErrFull) {
		t.Errorf("more than a tenth: %v", err)
	}
	if err := by("other", 25); err != nil {
		t.Errorf("a tenth: %v", err)
	}
	for _, u := range s.List() {
		if err := s.Remove(u.ID); err != nil {
			t.Fatal(err)
		}
	}
	if s.Room("greedy") != 125 || s.files.Left("greedy") != maxUploads/2 {
		t.Errorf("once all are removed there is room for %d bytes and %d files", s.Room("greedy"), s.files.Left("greedy"))
	}
	s.files.Take("greedy", maxUploads/2)
	if err := by("greedy", 1); !errors.Is(err, ErrFull) {
		t.Errorf("one file more: %v", err)
	}
}

// TestInterruptedRemoval: a removal that a crash ended goes on at the next start, and what is no upload stays.
func TestInterruptedRemoval(t *testing.T) {
	t.Parallel()
	dir, c := t.TempDir(), &clock{time.Now()}
	s := open(t, dir, c)
	u := send(t, s, "a.csv", "x")
	if err := os.Remove(filepath.Join(dir, u.ID, about)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "mine"), 0o700); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, c)
	if left := names(t, dir); !slices.Equal(left, []string{"mine"}) || s.Room(auth.NameAllowAll) != 250 {
		t.Errorf("%v, room for %d", left, s.Room(auth.NameAllowAll))
	}
}

// TestSweep: what nobody has used for as long as it is retained goes, unless an active task reads it; then it counts as used.
func TestSweep(t *testing.T) {
	t.Parallel()
	c := &clock{time.UnixMilli(1_800_000_000_000)}
	s := open(t, t.TempDir(), c)
	unused, used, read := send(t, s, "unused", "x"), send(t, s, "used", "x"), send(t, s, "read", "x")
	asked := 0
	reads := func(_ context.Context, folders []string) (map[string]bool, error) {
		asked++
		return map[string]bool{s.Folder(read.ID): true}, nil
	}
	c.at = c.at.Add(time.Hour)
	if err := s.Sweep(t.Context(), reads); err != nil || asked != 0 || len(s.List()) != 3 {
		t.Errorf("nothing is over yet: %v, asked %d times, %v", err, asked, s.List())
	}
	if err := s.Use(used.ID); err != nil {
		t.Fatal(err)
	}
	c.at = c.at.Add(time.Minute)
	failing := errors.New("the store does not answer")
	if err := s.Sweep(t.Context(), func(context.Context, []string) (map[string]bool, error) { return nil, failing }); !errors.Is(err, failing) || len(s.List()) != 3 {
		t.Errorf("where it is not known what is read: %v, %v", err, s.List())
	}
	if err := s.Sweep(t.Context(), reads); err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	if _, err := s.Get(unused.ID); !errors.Is(err, ErrNone) {
		t.Error("what nobody uses is still there")
	}
	s = open(t, s.Dir, c) // the times survive
	c.at = c.at.Add(59*time.Minute + 30*time.Second)
	if err := s.Sweep(t.Context(), func(context.Context, []string) (map[string]bool, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	if list := s.List(); len(list) != 1 || list[0].ID != read.ID {
		t.Errorf("%v, want what was read by a task", list)
	}
}

// TestLoop: the loop looks at once, and ends when it is told to.
func TestLoop(t *testing.T) {
	t.Parallel()
	c := &clock{time.Now()}
	s := open(t, t.TempDir(), c)
	u := send(t, s, "a", "x")
	c.at = c.at.Add(2 * time.Hour)
	asked := make(chan struct{})
	s.Start(func(context.Context, []string) (map[string]bool, error) { close(asked); return nil, nil })
	<-asked
	s.Stop()
	s.Stop()
	if _, err := s.Get(u.ID); !errors.Is(err, ErrNone) {
		t.Error("it is still there")
	}
	(&Store{}).Stop()
}

// TestNames: names are what paths, patterns and URLs take as one name, and data sources are named after them.
func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]string{
		"flights.csv.gz":                  {"flights.csv.gz", "flights"},
		`C:\data\my flights.csv`:          {"my flights.csv", "my_flights"},
		"../../etc/passwd":                {"passwd", "passwd"},
		"a*[b]?{c}:d.json":                {"a__b___c__d.json", "a__b___c__d"},
		".hidden.csv":                     {"hidden.csv", "hidden"},
		"":                                {"file", "file"},
		"..":                              {"file", "file"},
		"/":                               {"file", "file"},
		"größe 2026 (1).csv":              {"größe 2026 (1).csv", "größe_2026_1"},
		"\xff\x00\n.csv":                  {"___.csv", "___"},
		"http://h/x.csv?a=b":              {"x.csv_a_b", "x"},
		strings.Repeat("é", 200) + ".csv": {strings.Repeat("é", 88) + ".csv", strings.Repeat("é", 88)},
	} {
		if got := CleanName(name); got != want[0] {
			t.Errorf("%q is called %q, want %q", name, got, want[0])
		}
		if got := DataSource(name); got != want[1] {
			t.Errorf("%q is for %q, want %q", name, got, want[1])
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.String().Draw(r, "name")
		clean := CleanName(name)
		if clean == "" || len(clean) > maxName || !utf8.ValidString(clean) || strings.ContainsAny(clean, "/\\*?[]{}:\x00\n") || clean[0] == '.' || !filepath.IsLocal(clean) || CleanName(clean) != clean {
			r.Fatalf("%q is called %q", name, clean)
		}
		if err := CheckDataSource(DataSource(name)); err != nil {
			r.Fatal(err)
		}
	})
}
