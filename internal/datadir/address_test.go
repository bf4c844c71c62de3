package datadir_test

import (
	"testing"

	"ovate/internal/datadir"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := func(want string) {
		t.Helper()
		if got, err := datadir.Find(dir); got != want || err != nil {
			t.Errorf("found %q, %v; want %q", got, err, want)
		}
	}
	want("")
	for _, url := range []string{"http://127.0.0.1:12345", "http://[::1]:80"} { // a second, shorter one in the same folder
		said, err := datadir.Announce(dir, url)
		if err != nil {
			t.Fatal(err)
		}
		want(url)
		want(url) // reading does not take it away
		if err := said.Withdraw(); err != nil {
			t.Fatal(err)
		}
		want("")
	}
}
