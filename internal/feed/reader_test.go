package feed

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A reader is told at once of what happens, then rests, hears now and then that the other end is there, and is served until it goes or the server stops.
func TestServe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, ends := range []string{"client", "server", "tell", "alive"} {
			serving, stop := context.WithCancel(t.Context())
			client, leave := context.WithCancel(t.Context())
			f := New(serving, none, few)
			f.begin(serving, "term")
			f.add(serving, []string{"before"})
			begun := time.Now()
			var heard []string
			hear := func(format string, args ...any) bool {
				heard = append(heard, time.Since(begun).String()+" "+fmt.Sprintf(format, args...))
				return true
			}
			r := Reader[string]{
				At: Place{"term", 1}, Pause: 2 * time.Second,
				Send: func(text []byte) bool { return hear("%q", text) && ends != "alive" },
				Tell: func(events []string, now Place, known bool) (int, bool) {
					return len(events), hear("%v %v %v", events, now, known) && ends != "tell"
				},
			}
			over := false
			go func() { f.Serve(client, r); over = true }()
			time.Sleep(time.Second)
			f.add(serving, []string{"a"})
			time.Sleep(time.Second)
			f.add(serving, []string{"b"})
			f.add(serving, []string{"c"})
			time.Sleep(14 * time.Second)
			want := []string{"1s [a] term-2 true", "3s [b c] term-4 true", `15s ":\n\n"`}
			switch ends {
			case "client":
				leave()
			case "server":
				stop()
			case "tell":
				want = want[:1]
			}
			synctest.Wait()
			if !over || !slices.Equal(heard, want) {
				t.Errorf("ended by %s: %v, heard %q", ends, over, heard)
			}
			leave()
			stop()
			synctest.Wait()
		}
	})
}
