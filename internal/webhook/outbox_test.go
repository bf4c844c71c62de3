package webhook

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// Events of whatever is no task can be noted, too: hooks choose them by what they are about, and each is told, also if the same happens again.
func TestEventsOfOthers(t *testing.T) {
	t.Parallel()
	told := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ Type, Data string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		told <- r.Header.Get("webhook-id") + " " + body.Type + " " + body.Data
	}))
	defer server.Close()
	store := sqlitetest.Open(t)
	hooks := New(Options{AllowPrivate: true, Log: slog.New(slog.DiscardHandler)})
	if err := hooks.Start(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	defer hooks.Stop()
	if err := hooks.Create(t.Context(), &Hook{URL: server.URL, Secret: "0123456789abcdef", DataSource: "mine"}); err != nil {
		t.Fatal(err)
	}
	for _, dataSource := range []string{"mine", "theirs", "mine"} {
		e := &event{name: "supervisor.unhealthy", about: subject{dataSource: dataSource}, data: "of " + dataSource}
		if err := store.Update(t.Context(), func(tx metadata.Tx) error { return hooks.note(tx, e) }); err != nil {
			t.Fatal(err)
		}
	}
	hooks.wakeAll()
	all := []string{<-told, <-told}
	if len(slices.Compact(slices.Sorted(slices.Values(all)))) != 2 {
		t.Errorf("told are %q", all)
	}
	for _, one := range all {
		if _, is, _ := strings.Cut(one, " "); is != "supervisor.unhealthy of mine" {
			t.Errorf("told is %s", one)
		}
	}
}
