package supervisor_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/auth"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/supervisor"
)

// One user cannot use up what there may be of supervisors, in number or in bytes: once half is taken each has a tenth. What ends, shrinks or is not stored
// gives back what it had; what was stored before counts, and goes on.
func TestShares(t *testing.T) {
	t.Parallel()
	store := &breaking{Store: sqlitetest.Open(t)}
	limited := func(supervisors, bytes int64) *supervisor.Manager {
		m := supervisor.New(supervisor.Options{Store: metadata.Classified(store), Now: druid.Now, Log: slog.New(slog.DiscardHandler)})
		m.Limit(supervisors, bytes)
		t.Cleanup(m.Stop)
		if err := m.Start(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := limited(20, 40_000)
	as := func(who string) context.Context {
		return audit.WithCaller(auth.With(t.Context(), auth.NewIdentity(who, auth.AllowAll{})), audit.Caller{Identity: who})
	}
	put := func(who, id string, size int) error {
		spec := fmt.Sprintf(`{"type":"kafka","dataSchema":{"dataSource":"%s"},"ioConfig":{"topic":"t"},"context":{"x":""}}`, id)
		_, err := m.Submit(as(who), []byte(strings.Replace(spec, `""`, `"`+strings.Repeat("x", size-len(spec))+`"`, 1)), false)
		return err
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(want string, err error) {
		t.Helper()
		if no, is := errors.AsType[*druid.Error](err); !is || no.HTTPStatus() != 429 || !strings.Contains(no.Message, want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for i := range 10 {
		must(put("joe", fmt.Sprint("joe", i), 1000))
	}
	refused("user [joe] has 10 of the 20 supervisors", put("joe", "another", 200))
	must(put("sam", "sam0", 1000))
	must(put("sam", "sam1", 1000))
	refused("user [sam] has 2 of the 20 supervisors", put("sam", "sam2", 200))
	must(put("joe", "joe0", 8000)) // in the place of what there is
	must(put("sam", "sam1", 3000))
	refused("user [sam] has 4000 of the 40000 bytes of specs of supervisors", put("sam", "sam1", 9000))
	refused("user [joe] has 17000 of the 40000 bytes", put("joe", "joe1", 4000))
	must(put("sam", "sam1", 1000))

	must(m.Terminate(as("joe"), "joe0"))
	refused("user [joe] has 9 of the 20 supervisors", put("joe", "joe10", 300))
	must(m.Terminate(as("sam"), "sam0"))
	must(m.Terminate(as("sam"), "sam1"))
	store.breaks = true
	if err := put("joe", "lost", 300); err == nil {
		t.Error("what was not stored is taken for stored")
	}
	must(put("joe", "joe10", 300))
	refused("user [joe] has 10 of the 20 supervisors", put("joe", "joe11", 300))
	_, err := m.Suspend(as("sam"), "joe10", true) // it stays joe's
	must(err)
	refused("user [joe] has 10 of the 20 supervisors", put("joe", "joe11", 300))

	m.Stop()
	m = limited(20, 40_000) // the next term finds out by whom they are
	m.Quiet()
	refused("user [joe] has 10 of the 20 supervisors", put("joe", "joe12", 300))
	must(put("sam", "sam2", 300))
	must(m.Terminate(as("sam"), "sam2"))

	m.Stop()
	m = limited(10, 40_000) // there are 10
	if n := len(m.All()); n != 10 {
		t.Errorf("%d supervisors go on", n)
	}
	refused("all together may be 10000, with specs of 256 MiB", put("sam", "sam0", 300))
	must(put("sam", "joe1", 300)) // no more than there were
}
