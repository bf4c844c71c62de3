package runs

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// life is what one process does: tasks whose runs begin, those of them that end, and whether it is told to stop.
func life(t *testing.T, path, begins, ends string, stops bool) *Journal {
	t.Helper()
	j, err := Open(path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range strings.Fields(begins) {
		err = errors.Join(err, j.Begin(id))
	}
	for _, id := range strings.Fields(ends) {
		err = errors.Join(err, j.End(id))
	}
	if stops {
		err = errors.Join(err, j.Stop(), j.Begin("late"), j.Stop())
	}
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func TestWhoIsSuspected(t *testing.T) {
	t.Parallel()
	type step struct {
		begins, ends string
		stops        bool
		want         string // at the next start: task:times, with ! where it was the sole one
	}
	for name, steps := range map[string][]step{
		"nothing ran":                          {{want: ""}, {"a b", "a b", false, ""}},
		"one alone":                            {{"a", "", false, "a:1!"}, {"a", "", false, "a:2!"}, {"a", "a", false, "a:2!"}},
		"a stop counts for nobody":             {{"a b", "b", true, ""}, {"a", "", false, "a:1!"}, {"a", "", true, "a:1!"}},
		"several share the first time":         {{"k a b c", "c", false, "a:1 b:1 k:1"}},
		"the one that does it again":           {{"k a b", "", false, "a:1 b:1 k:1"}, {"k", "", false, "k:2!"}, {"k new", "", false, "k:3! new:1"}},
		"two suspects at once prove nothing":   {{"k a", "", false, "a:1 k:1"}, {"k a", "", false, "a:2 k:2"}, {"k", "", false, "k:3!"}},
		"the one that lost more stands out":    {{"k", "", false, "k:1!"}, {"k a", "", false, "a:1 k:2!"}, {"k a", "", false, "a:2 k:3!"}},
		"whoever did not run is out of it":     {{"k a", "", false, "a:1 k:1"}, {"new", "", false, "new:1!"}},
		"a newcomer does not clear a suspect":  {{"k", "", false, "k:1!"}, {"new k", "", false, "k:2! new:1"}},
		"run after run within one process":     {{"a b", "a", false, "b:1!"}, {"b a a a", "b", false, "a:1!"}},
		"a process that does not come to work": {{"a", "", false, "a:1!"}, {"", "", false, "a:1!"}, {"", "", false, "a:1!"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "runs")
			for i, s := range steps {
				life(t, path, s.begins, s.ends, s.stops)
				next, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, id := range []string{"a", "b", "c", "k", "late", "new"} {
					if l := settle(next)[id]; l.Times > 0 {
						mark := ""
						if l.Sole {
							mark = "!"
						}
						got = append(got, fmt.Sprintf("%s:%d%s", id, l.Times, mark))
					}
				}
				if strings.Join(got, " ") != s.want {
					t.Errorf("step %d: %v, want %q\n%s", i, got, s.want, next)
				}
			}
		})
	}
}

// Runs count again after a stop that the process survived, and those that were cut off there do not. What was lost before stays.
func TestStartAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "runs")
	life(t, path, "a", "", false)
	j := life(t, path, "a cut", "", true)
	if err := errors.Join(j.Start(), j.Start()); err != nil {
		t.Fatal(err)
	}
	lost := func(want string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(settle(text)); got != want {
			t.Errorf("lost %s, want %s", got, want)
		}
	}
	lost("map[a:{1 true}]")
	if err := errors.Join(j.Begin("a"), j.Begin("b"), j.End("b")); err != nil {
		t.Fatal(err)
	}
	lost("map[a:{2 true}]")
	if err := j.Stop(); err != nil {
		t.Fatal(err)
	}
	lost("map[a:{1 true}]")
}

// The end of the machine is no task's doing.
func TestMachineThatEnds(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "runs")
	life(t, path, "a", "", false)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(text), thisMachine(), "another", 1)
	if err := os.WriteFile(path, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := life(t, path, "", "", false).Lost("a"); got.Times != 0 {
		t.Errorf("lost %+v", got)
	}
}

// A journal that is cut, or that holds what nobody wrote, does not keep the server from starting; ids may hold anything.
func TestOddJournals(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "runs")
	const odd = "a \"quoted\"\n task\xff"
	j := life(t, path, "x", "", false)
	if err := j.Begin(odd); err != nil {
		t.Fatal(err)
	}
	if got := life(t, path, "", "", false).Lost(odd); got.Times != 1 {
		t.Errorf("lost %+v", got)
	}
	for _, text := range []string{"begin \"a", "lost x y\nsole\nbegin\n\x00\n", strings.Repeat("z", 3*maxSize), "machine " + thisMachine() + "\nbegin \"a\"\nbegin \"b"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := life(t, path, "", "", false).Lost("b"); got.Times != 0 {
			t.Errorf("%.20q: lost %+v", text, got)
		}
	}
}

// The journal does not grow for ever, and loses nothing when it is written anew.
func TestJournalStaysShort(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "runs")
	life(t, path, "long", "", false)
	j := life(t, path, "long", "", false)
	id := strings.Repeat("i", 1000)
	for range 3 * maxSize / len(id) {
		if err := errors.Join(j.Begin(id), j.End(id)); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > 2*maxSize {
		t.Fatalf("%d bytes, %v", info.Size(), err)
	}
	if next := life(t, path, "", "", false); next.Lost("long").Times != 2 || next.Lost(id).Times != 0 {
		t.Errorf("lost %+v, %+v", next.Lost("long"), next.Lost(id))
	}
}

// A full disk does not keep the server from starting: what cannot be written is tried again.
func TestJournalThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "runs")
	inTheWay := path + ".new"
	if err := os.Mkdir(inTheWay, 0o700); err != nil {
		t.Fatal(err)
	}
	j := life(t, path, "", "", false)
	if err := j.Begin("early"); err == nil {
		t.Error("a run was noted, although nothing can be written")
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if err := j.Begin("late"); err != nil {
		t.Error(err)
	}
	next := life(t, path, "", "", false)
	for _, id := range []string{"early", "late"} {
		if got := next.Lost(id); got != (Loss{Times: 1}) {
			t.Errorf("lost %+v of %s", got, id)
		}
	}
}
