package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// endless is one JSON object that never ends.
type endless struct {
	begin io.Reader
	reads int
	after func()
}

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.begin.Read(p); err == nil {
		return n, nil
	}
	if e.reads++; e.reads == 100 {
		e.after()
	}
	for i := range p {
		p[i] = "1,"[i%2]
	}
	return len(p) &^ 1, nil
}

func (e *endless) Close() error { return nil }

// What is looked at as a whole before its rows are read ends with the context, too.
func TestLookEndsWithTheContext(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"a":[1],"b":[`, `{"status":1,"items":[{"a":1},`} {
		for _, path := range []string{"", "b"} {
			ctx, cancel := context.WithCancel(t.Context())
			in := &Input{Name: "x", open: func() (io.ReadCloser, error) {
				return &endless{begin: strings.NewReader(text), after: cancel}, nil
			}}
			table := &Table{Inputs: []*Input{in}, options: Options{JSONPath: path}}
			if err := table.look(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%s, path %q: %v", text, path, err)
			}
			cancel()
		}
	}
	// So does what is written of it.
	ctx, cancel := context.WithCancel(t.Context())
	in := &Input{ctx: ctx}
	_, _, err := in.spool(func(w io.Writer) error {
		cancel()
		_, err := io.Copy(w, &endless{begin: strings.NewReader(""), after: func() {}})
		return err
	})
	for _, spool := range in.spools {
		defer spool.Close()
	}
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What is looked at before its rows are read, and what is fetched before that, is told while it goes on.
func TestLookIsWatched(t *testing.T) {
	t.Parallel()
	text := `{"status":1,"items":[` + strings.Repeat(`{"a":1},`, 50_000) + `{"a":2}]}`
	var told []string
	watch := func(phase string, progress func() (read, total int64)) (done func()) {
		return func() {
			read, total := progress()
			told = append(told, fmt.Sprint(phase, " ", read > 0, " ", total)) // it may end with the beginning, read again
		}
	}
	table, err := Open(t.Context(), []string{"-"}, Options{Stdin: strings.NewReader(text), Watch: watch})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if got, want := strings.Join(told, "; "), fmt.Sprintf("fetching true 0; looking true %d", len(text)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
