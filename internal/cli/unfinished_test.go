package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/client"
)

// TestUnfinishedTasksAreCountedToALimit: what is told of unfinished tasks costs the same however many there are, in whatever state.
func TestUnfinishedTasksAreCountedToALimit(t *testing.T) {
	t.Parallel()
	for _, count := range []map[string]int{{"running": mostUnfinished, "pending": 5000}, {"running": 1, "pending": 5000, "waiting": 5000}} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var list []string
			for n := range count[r.URL.Query().Get("state")] {
				list = append(list, fmt.Sprintf(`{"id":"t%d","type":"noop","dataSource":"d"}`, n))
			}
			fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
		}))
		overlord, err := client.New(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		var notes bytes.Buffer
		err = tellUnfinished(t.Context(), overlord, "var", &notes)
		if want := "note 1,000 tasks "; err != nil || !strings.Contains(strings.Join(strings.Fields(notes.String()), " "), want) {
			t.Errorf("%v: %v: %s", count, err, notes.String())
		}
		server.Close()
	}
}
