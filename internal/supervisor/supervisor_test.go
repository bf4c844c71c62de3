package supervisor_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/supervisor"
)

const tombstone = `{"type":"NoopSupervisorSpec","id":null,"dataSources":["wiki"],"suspended":false,"type":"noop","source":"noop"}`

// stored is a store with these versions in turn: an id, and a spec.
func stored(t *testing.T, versions ...string) metadata.Store {
	t.Helper()
	store := sqlitetest.Open(t)
	if err := store.Update(t.Context(), func(tx metadata.Tx) error {
		for i := 0; i < len(versions); i += 2 {
			if err := tx.InsertSupervisor(versions[i], []byte(versions[i+1]), druid.Instant(i/2*1000)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return store
}

// start is a manager of what is stored, which is stopped at the end of the test.
func start(t *testing.T, store metadata.Store, kinds ...supervisor.Kind) *supervisor.Manager {
	t.Helper()
	now := clock.New(druid.Now)
	m := supervisor.New(supervisor.Options{Store: metadata.Classified(store), Now: now.Now, Log: slog.New(slog.DiscardHandler), Kinds: kinds})
	t.Cleanup(m.Stop)
	if err := m.Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestStored(t *testing.T) {
	t.Parallel()
	kafka, err := os.ReadFile("testdata/kafka.json") // as Druid 33 has stored it
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, stored(t,
		"older", `{"type":"kinesis","dataSchema":{"dataSource":"o"},"ioConfig":{"stream":"s"}}`,
		"pattern", `{"type":"kafka","spec":{"dataSchema":{"dataSource":"p"},"ioConfig":{"topicPattern":"p.*","topic":null}}}`,
		"g_kafka", `{"type":"kafka","suspended":false}`, "g_kafka", string(kafka),
		"autocompact__wiki", `{"type":"autocompact","spec":{"dataSource":"wiki"},"suspended":false}`,
		"scheduled", `{"type":"scheduled_batch","dataSource":"sql","spec":{"query":"q"}}`,
		"ended", `{"type":"kafka"}`, "ended", tombstone,
		"back", `{"type":"kafka"}`, "back", tombstone, "back", `{"type":"rabbit"}`,
		"bad", `{"type":"kafka"`, "odd", `{"type":"kafka","suspended":"yes"}`,
	))
	var got []string
	for _, one := range s.All() {
		got = append(got, fmt.Sprintf("%s %s of %q to %q: %t %s %s %t", one.ID, one.Type, one.Source, one.DataSource, one.Suspended, one.State.Stage, one.State.Word(), one.Spec != nil))
		if healthy := one.State.Stage.Healthy(); healthy != one.Suspended || healthy != (one.State.Why == "") || one.Runs() {
			t.Errorf("%s: %+v", one.ID, one.State)
		}
		if single, err := s.Get(one.ID); err != nil || fmt.Sprint(*single) != fmt.Sprint(*one) {
			t.Errorf("asked for %s alone: %+v, %v", one.ID, single, err)
		}
	}
	const rests = `false UNHEALTHY_SUPERVISOR NOT_RUN_BY_OVATE true`
	want := []string{
		`autocompact__wiki autocompact of "" to "wiki": ` + rests, `back rabbit of "" to "": ` + rests,
		`bad  of "" to "": false UNHEALTHY_SUPERVISOR UNREADABLE_SPEC false`, `g_kafka kafka of "t" to "g_kafka": true SUSPENDED SUSPENDED true`,
		`odd kafka of "" to "": false UNHEALTHY_SUPERVISOR UNREADABLE_SPEC false`, `older kinesis of "s" to "o": ` + rests, `pattern kafka of "p.*" to "p": ` + rests,
		`scheduled scheduled_batch of "" to "sql": ` + rests,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	one, err := s.Get("g_kafka")
	if err != nil || string(one.Spec) != string(kafka) {
		t.Errorf("the spec of Druid became %s, %v", one.Spec, err)
	}
	for _, id := range []string{"ended", "never"} {
		if one, err := s.Get(id); !errors.Is(err, metadata.ErrNotFound) {
			t.Errorf("%s: %+v, %v", id, one, err)
		}
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	s := start(t, stored(t, "a", `{"type":"kafka","x":1}`, "a", "bad", "a", tombstone, "b", "bad", "c", ` {"type":"kafka"} `))
	words := func(versions []supervisor.Version) string {
		var all []string
		for _, v := range versions {
			all = append(all, v.Time[17:19]+string(v.Spec))
		}
		return strings.Join(all, " ")
	}
	for id, want := range map[string]string{"a": "02" + tombstone + ` 00{"type":"kafka","x":1}`, "b": "", "c": `04{"type":"kafka"}`, "d": ""} {
		if got := words(history(t, s, id, -1, nil)); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	both := "02" + tombstone + ` 00{"type":"kafka","x":1}`
	for most, want := range map[int]string{0: "", 1: "02" + tombstone, 2: both, 3: both} {
		if got := words(history(t, s, "a", most, nil)); got != want {
			t.Errorf("the newest %d: %s, want %s", most, got, want)
		}
	}
	own := errors.New("the caller's own")
	if err := s.History(t.Context(), "a", -1, nil, func(supervisor.Version) error { return own }); err != own {
		t.Error(err)
	}
	if ids, err := s.IDs(t.Context()); err != nil || fmt.Sprint(ids) != "[a b c]" {
		t.Error(ids, err)
	}
	const of = `{"type":"kafka","spec":{"dataSchema":{"dataSource":"%s"},"ioConfig":{"topic":"t"}}}`
	mine, theirs := fmt.Sprintf(of, "mine"), fmt.Sprintf(of, "theirs")
	s = start(t, stored(t, "a", mine, "a", theirs, "b", theirs))
	may := func(name string) bool { return name == "mine" }
	if got, none := words(history(t, s, "a", -1, may)), words(history(t, s, "b", -1, may)); got != "00"+mine || none != "" {
		t.Errorf("of which one may read a part: %s, %s", got, none)
	}
}

// history are the versions of a supervisor that one may read.
func history(t *testing.T, m *supervisor.Manager, id string, most int, may func(string) bool) (all []supervisor.Version) {
	t.Helper()
	err := m.History(t.Context(), id, most, may, func(v supervisor.Version) error {
		all = append(all, supervisor.Version{Spec: bytes.Clone(v.Spec), Time: v.Time})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Secrets are not shown.
func TestSecrets(t *testing.T) {
	t.Parallel()
	const spec = `{"type":"kafka","spec":{"ioConfig":{"consumerProperties":{"bootstrap.servers":"h:1","sasl.jaas.config":"SECRET","ssl.key.password":{"type":"default","password":"SECRET"}}}}}`
	s := start(t, stored(t, "a", spec))
	one, err := s.Get("a")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{string(one.Spec), string(history(t, s, "a", -1, nil)[0].Spec)} {
		if strings.Contains(text, "SECRET") || !strings.Contains(text, `"bootstrap.servers":"h:1"`) {
			t.Error(text)
		}
	}
}
