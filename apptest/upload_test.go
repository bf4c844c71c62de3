package apptest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ovate/client"
)

// TestUploadsKilled: whatever the server acknowledged of files that are sent, also while others are on their way, it has with all their bytes after a kill -9; of others
// nothing is left; and a task that was made of one before ingests it after.
func TestUploadsKilled(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	const senders, rounds = 4, 3
	known := map[string]string{} // sums, by id
	for round := range rounds {
		p := launch(t, dir)
		server := p.ready(t, dir).Client
		var mu sync.Mutex
		var group sync.WaitGroup
		sent := make(chan struct{}, senders*1000)
		for sender := range senders {
			group.Go(func() {
				for n := 0; ; n++ {
					content := bytes.Repeat(fmt.Appendf(nil, "round %d, sender %d, file %d\n", round, sender, n), 1+sender*3000)
					u, err := server.SendUpload(t.Context(), "lines.csv", "d", bytes.NewReader(content))
					if err != nil {
						return // it was killed
					}
					sum := sha256.Sum256(content)
					mu.Lock()
					known[u.ID] = hex.EncodeToString(sum[:])
					mu.Unlock()
					sent <- struct{}{}
				}
			})
		}
		for range 5 + 7*round {
			<-sent
		}
		p.kill(t)
		group.Wait()
		p = launch(t, dir)
		server = p.ready(t, dir).Client
		list, err := server.Uploads(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, u := range list.Uploads {
			there[u.ID] = true
			content, err := os.ReadFile(filepath.Join(dir, "uploads", u.ID, u.Name))
			sum := sha256.Sum256(content)
			if err != nil || u.SHA256 != hex.EncodeToString(sum[:]) || known[u.ID] != "" && known[u.ID] != u.SHA256 {
				t.Errorf("upload %s has %d bytes, %v", u.ID, len(content), err)
			}
		}
		for id := range known {
			if !there[id] {
				t.Errorf("upload %s is lost", id)
			}
		}
		if left, err := filepath.Glob(filepath.Join(dir, "uploads", ".new-*")); err != nil || len(left) > 0 {
			t.Errorf("left: %v, %v", left, err)
		}
		p.kill(t)
	}

	p := launch(t, dir)
	server := p.ready(t, dir).Client
	u, err := server.SendUpload(t.Context(), "prices.csv", "prices", strings.NewReader("day;price\n2026-03-01;1,5\n2026-03-02;2,5\n")) // whose commas take a copy
	if err != nil {
		t.Fatal(err)
	}
	shown, err := server.Preview(t.Context(), client.PreviewQuery{Upload: u.ID})
	if err != nil || len(shown.Rows) != 2 || !strings.Contains(string(shown.Task), ".copy-") {
		t.Fatalf("%+v, %v", shown, err)
	}
	p.kill(t)
	p = launch(t, dir)
	server = p.ready(t, dir).Client
	id, err := server.Submit(t.Context(), shown.Task)
	if err != nil {
		t.Fatal(err)
	}
	if status, err := server.Wait(t.Context(), id); err != nil || status.State != "SUCCESS" {
		t.Errorf("%+v, %v", status, err)
	}
}

// TestUploadsReplaceNothing: a file that is sent for a data source with rows of the same time leaves them, unless somebody has chosen what becomes of them.
func TestUploadsReplaceNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	server := launch(t, dir).ready(t, dir).Client
	ingest := func(rows string, choices client.Choices) (state, why string, held int64) {
		t.Helper()
		u, err := server.SendUpload(t.Context(), "towns.csv", "towns", strings.NewReader("day,town\n"+rows))
		if err != nil {
			t.Fatal(err)
		}
		shown, err := server.Preview(t.Context(), client.PreviewQuery{Upload: u.ID, Choices: choices})
		if err != nil {
			t.Fatal(err)
		}
		id, err := server.Submit(t.Context(), shown.Task)
		if err != nil {
			t.Fatal(err)
		}
		status, err := server.Wait(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		err = server.Segments(t.Context(), "towns", nil, func(s *client.Segment) error {
			held += *s.Rows
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(status.State), status.ErrorMsg, held
	}
	for _, c := range []struct {
		name, rows string
		choices    client.Choices
		state, why string
		held       int64
	}{
		{"first", "2026-03-01,Oslo\n2026-03-02,Oslo\n", client.Choices{}, "SUCCESS", "", 2},
		{"same time", "2026-03-01,Rome\n2026-03-02,Rome\n", client.Choices{}, "FAILED", "data source[towns] holds 2 rows", 2},
		{"append", "2026-03-01,Rome\n2026-03-02,Rome\n", client.Choices{Append: true}, "SUCCESS", "", 4},
		{"replace a day", "2026-03-01,Bonn\n", client.Choices{Replace: true}, "SUCCESS", "", 3},
		{"replace in a wider chunk", "2026-03-01,Bonn\n2026-03-30,Bonn\n", client.Choices{Replace: true, Granularity: "MONTH"}, "SUCCESS", "", 2},
		{"another time", "2027-03-01,Bonn\n", client.Choices{}, "SUCCESS", "", 3},
	} {
		if state, why, held := ingest(c.rows, c.choices); state != c.state || !strings.HasPrefix(why, c.why) || held != c.held {
			t.Errorf("%s: %s %q, %d rows, want %s %q, %d rows", c.name, state, why, held, c.state, c.why, c.held)
		}
	}
}
