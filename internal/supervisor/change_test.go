package supervisor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/supervisor"
)

const kafka = ` { "type" : "kafka", "spec":{"dataSchema":{"dataSource":"wiki"},"ioConfig":{"topic":"t", "consumerProperties":{"bootstrap.servers":"h:1","sasl.jaas.config":"SECRET"}}}, "x":1.0 } `

// versions are the types and payloads of an id that are stored, the oldest first.
func versions(t *testing.T, store metadata.Store, id string) (all []string) {
	t.Helper()
	if err := store.SupervisorVersions(t.Context(), id, -1, func(row *metadata.SupervisorRow) error {
		all = append([]string{string(row.Payload)}, all...)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// audits are the entries of the history, as Druid has them, the oldest first.
func audits(t *testing.T, store metadata.Store, id string) (all []string) {
	t.Helper()
	payloads, err := audit.Payloads(t.Context(), store, id, "supervisor", &druid.Eternity, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range payloads {
		text, _, _ := strings.Cut(string(p), `,"auditTime"`)
		all = append(all, text)
	}
	return all
}

func submit(t *testing.T, m *supervisor.Manager, document string, unlessSame bool) *supervisor.Supervisor {
	t.Helper()
	s, err := m.Submit(audit.WithCaller(t.Context(), audit.Caller{Author: "me", IP: "::1"}), []byte(document), unlessSame)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A supervisor of a kind that does not run here has all of its life in the store: every version byte for byte, but for suspended, and the tombstone of
// Druid at its end. Whoever leads next finds it as it was.
func TestChanges(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	m := start(t, store)
	if s := submit(t, m, kafka, false); s.ID != "wiki" || s.Runs() || s.State.Word() != "NOT_RUN_BY_OVATE" || strings.Contains(string(s.Spec), "SECRET") {
		t.Errorf("submitted: %+v", s)
	}
	submit(t, m, kafka, false)                               // as it is: no version more
	submit(t, m, strings.ReplaceAll(kafka, " ", "\n"), true) // and nothing at all
	if s, err := m.Suspend(t.Context(), "wiki", true); err != nil || !reflect.DeepEqual(s.State, supervisor.State{Stage: supervisor.Suspended}) || !s.Suspended || !strings.Contains(string(s.Spec), `"suspended":true`) {
		t.Errorf("suspended: %+v, %v", s, err)
	}
	if _, err := m.Suspend(t.Context(), "wiki", true); fmt.Sprint(err) != "[wiki] is already suspended" {
		t.Error(err)
	}
	m.Stop()
	m = start(t, store)
	if s, err := m.Get("wiki"); err != nil || !s.Suspended || s.Source != "t" {
		t.Errorf("the next manager has %+v, %v", s, err)
	}
	if _, err := m.Suspend(t.Context(), "wiki", false); err != nil {
		t.Error(err)
	}
	if _, err := m.Suspend(t.Context(), "wiki", false); fmt.Sprint(err) != "[wiki] is already running" {
		t.Error(err)
	}
	submit(t, m, kafka, true)
	if err := m.Terminate(t.Context(), "wiki"); err != nil {
		t.Error(err)
	}
	for _, err := range []error{m.Terminate(t.Context(), "wiki"), m.Terminate(t.Context(), "never")} {
		if !errors.Is(err, metadata.ErrNotFound) {
			t.Error(err)
		}
	}
	if _, err := m.Suspend(t.Context(), "wiki", true); !errors.Is(err, metadata.ErrNotFound) {
		t.Error(err)
	}
	if all := m.All(); len(all) != 0 {
		t.Errorf("there are %+v", all)
	}
	text := strings.TrimSpace(kafka)
	open := strings.TrimSuffix(text, "}")
	want := []string{text, open + `,"suspended":true}`, open + `,"suspended":false}`, tombstone}
	if got := versions(t, store, "wiki"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("stored are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	const told = `{"key":"wiki","type":"supervisor","auditInfo":{"author":"me","identity":"allowAll","comment":"","ip":"::1"},` +
		`"request":{"service":"overlord","method":"POST","uri":"/druid/indexer/v1/supervisor","queryParams":null},"payload":"\"Update supervisor[wiki] for datasource[[wiki]]\""`
	if got := audits(t, store, "wiki"); strings.Join(got, "\n") != told+"\n"+told {
		t.Errorf("the history is\n%s", strings.Join(got, "\n"))
	}
	submit(t, m, kafka, true)
	if got := audits(t, store, "wiki"); len(got) != 3 || !strings.Contains(got[2], `"queryParams":"skipRestartIfUnmodified=true"`) {
		t.Errorf("the history is\n%s", strings.Join(got, "\n"))
	}
}

// A supervisor that rests, or goes on, writes to and reads what it did, whatever its kind: who may change it is decided by that.
func TestSuspendedIsOfItsKind(t *testing.T) {
	t.Parallel()
	m := start(t, sqlitetest.Open(t))
	for id, spec := range map[string]string{
		"wiki":  kafka,
		"query": `{"type":"scheduled_batch","id":"query","dataSource":"wiki","spec":{}}`,
		"tasks": `{"type":"ovate_scheduled_task","id":"tasks","task":{"type":"index","spec":{"dataSchema":{"dataSource":"wiki"}}}}`,
		"noop":  `{"type":"ovate_scheduled_task","id":"noop","task":{"type":"noop","dataSource":"wiki"}}`,
	} {
		want := submit(t, m, spec, false)
		for _, suspended := range []bool{true, false} {
			if s, err := m.Suspend(t.Context(), id, suspended); err != nil || s.DataSource != "wiki" || s.Source != want.Source || s.Suspended != suspended {
				t.Errorf("%s, suspended %t: %+v, %v", id, suspended, s, err)
			}
		}
	}
}

// What is submitted gets the id that Druid gives it, and that is stored where Druid makes it up.
func TestIDs(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	m := start(t, store)
	for document, id := range map[string]string{
		`{"type":"kinesis","dataSchema":{"dataSource":"a"},"ioConfig":{"stream":"s"}}`:                         "a",
		`{"type":"kafka","id":"b","spec":{"dataSchema":{"dataSource":"b"},"ioConfig":{"topicPattern":"s.*"}}}`: "b",
		`{"type":"autocompact","spec":{"dataSource":"a"}}`:                                                     "autocompact__a",
		`{"type":"scheduled_batch","id":"mine","dataSource":"a","spec":{"query":"q"},"schedulerConfig":{}}`:    "mine",
	} {
		if s := submit(t, m, document, false); s.ID != id || string(s.Spec) != document {
			t.Errorf("%s is %s with the spec %s", document, s.ID, s.Spec)
		}
	}
	s := submit(t, m, `{"type":"scheduled_batch","dataSource":"a","spec":{"query":"q"}}`, false)
	if !strings.HasPrefix(s.ID, "scheduled_batch__a__") || len(s.ID) != len("scheduled_batch__a__")+36 ||
		string(s.Spec) != `{"type":"scheduled_batch","dataSource":"a","spec":{"query":"q"},"id":"`+s.ID+`"}` {
		t.Errorf("%s has the spec %s", s.ID, s.Spec)
	}
}

// What cannot be a supervisor is refused, with the field, its value and what would be right, and nothing is stored.
func TestRefusals(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	m := start(t, store)
	for document, want := range map[string]string{
		`{"spec":{}}`: "no \"type\" that is a text",
		`[]`:          "no JSON object",
		`{"type":"kafka","dataSchema":{"dataSource":"a"},"context":{"a":"\ud800"}}`:                                                 `line 1, column 65 is no JSON, or has one half alone of a character, as \ud800`,
		`{"type":"autocompact","spec":{"dataSource":"` + strings.Repeat("a", 256) + `"}}`:                                           "Field [spec.dataSource] has 256 bytes, but must have at most 255",
		`{"type":"kinesis","dataSchema":{"dataSource":"` + strings.Repeat("a", 70_000) + `"},"ioConfig":{"stream":"s"}}`:            "Field [spec.dataSchema.dataSource] has 70000 bytes",
		`{"type":"kafka","dataSchema":{"dataSource":"a"},"ioConfig":{"topic":"` + strings.Repeat("t", supervisor.MostSpec) + `"}}`:  "but must have at most 8388608. Data that is in it belongs into a file",
		`{"type":"NoopSupervisorSpec","dataSources":["a"]}`:                                                                         "To terminate one, POST to supervisor/{id}/terminate",
		`{"type":"kafka","spec":{"ioConfig":{"topic":"t"}}}`:                                                                        "Field [spec.dataSchema.dataSource] is missing",
		`{"type":"autocompact","spec":{}}`:                                                                                          "Field [spec.dataSource] is missing",
		`{"type":"scheduled_batch","spec":{"query":"q"}}`:                                                                           "Field [dataSource] is missing",
		`{"type":"kafka","dataSchema":{"dataSource":"a"}}`:                                                                          "Field [spec.ioConfig.topic] is missing",
		`{"type":"kafka","dataSchema":{"dataSource":"a/b"},"ioConfig":{"topic":"t"}}`:                                               "Value [a/b] cannot contain '/'",
		`{"type":"kafka","id":"x","dataSchema":{"dataSource":"a"},"ioConfig":{"topic":"t"}}`:                                        "Field [id] is [x], but must be [a] or missing",
		`{"type":"kafka","suspended":1,"dataSchema":{"dataSource":"a"},"ioConfig":{"topic":"t"}}`:                                   "suspended",
		`{"type":"kafka","dataSchema":{"dataSource":"a"},"ioConfig":{"topic":"t","consumerProperties":{"ssl.key.password":"***"}}}`: "Field [ioConfig.consumerProperties.ssl.key.password] has the ***",
	} {
		_, err := m.Submit(t.Context(), []byte(document), false)
		if refused := (*supervisor.Refusal)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.300s: %v, want %s", document, err, want)
		}
	}
	_, err := m.Submit(t.Context(), []byte(`{"type":"later","dataSource":"c"}`), false)
	if unknown := (*supervisor.UnknownType)(nil); !errors.As(err, &unknown) || unknown.Type != "later" {
		t.Error(err)
	}
	if rows, err := store.Supervisors(t.Context()); err != nil || len(rows) != 0 {
		t.Errorf("stored are %d, %v", len(rows), err)
	}
}

// What cannot be done with one is done with the others all the same, and told; what goes wrong in another way than by a refusal stays what it is.
func TestEach(t *testing.T) {
	t.Parallel()
	gone, broken, refused := fmt.Errorf("x: %w", metadata.ErrNotFound), &metadata.TransientError{Err: context.DeadlineExceeded}, supervisor.Refuse("no")
	var all []*supervisor.Supervisor
	for i := range 15 {
		all = append(all, &supervisor.Supervisor{ID: fmt.Sprint(i)})
	}
	for name, c := range map[string]struct {
		errs    map[string]error
		want    string
		refusal bool
		calls   int
	}{
		"well":    {calls: 15},
		"gone":    {errs: map[string]error{"3": gone}, calls: 15},
		"refused": {errs: map[string]error{"3": refused, "7": refused}, want: "2 of 15 supervisors could not be changed", refusal: true, calls: 15},
		"broken":  {errs: map[string]error{"3": refused, "7": broken}, want: "supervisor[7]: ", calls: 15},
		"over":    {errs: map[string]error{"3": metadata.ErrTermOver}, want: metadata.ErrTermOver.Error(), calls: 4},
		"many": {errs: map[string]error{"0": refused, "1": refused, "2": refused, "3": refused, "4": refused, "5": refused, "6": refused, "7": refused, "8": refused,
			"9": refused, "10": refused, "11": refused}, want: "supervisor[9]: no And 2 more.", refusal: true, calls: 15},
	} {
		calls := 0
		err := supervisor.Each(all, func(one *supervisor.Supervisor) error { calls++; return c.errs[one.ID] })
		is := (*supervisor.Refusal)(nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) || errors.As(err, &is) != c.refusal || calls != c.calls {
			t.Errorf("%s: after %d calls %v", name, calls, err)
		}
		if name == "broken" && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One that cannot be read can be replaced and terminated, alone and with all others, and nothing else becomes of it: who asks for that with all hears of
// it, and all others do what they were asked for.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	store := stored(t, "a", `{"type":"kafka"`, "b", `{"type":"kafka","suspended":"x"}`, "c", `{"type":"kafka"}`, "d", `{"type":"kafka","suspended":true}`)
	m := start(t, store)
	if _, err := m.Suspend(t.Context(), "a", true); err == nil || !strings.Contains(err.Error(), "Submit its spec again, or terminate it") {
		t.Error(err)
	}
	for _, suspended := range []bool{true, true, false} {
		refused, err := (*supervisor.Refusal)(nil), m.SuspendAll(t.Context(), suspended)
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "2 of 4 supervisors") || !strings.Contains(err.Error(), "supervisor[b]: ") {
			t.Error(err)
		}
		for _, id := range []string{"c", "d"} {
			if s, err := m.Get(id); err != nil || s.Suspended != suspended {
				t.Errorf("%s: %+v, %v", id, s, err)
			}
		}
	}
	if err := m.TerminateAll(t.Context()); err != nil || len(m.All()) != 0 {
		t.Errorf("there are %d, %v", len(m.All()), err)
	}
	if got := versions(t, store, "d"); len(got) != 3 || !strings.Contains(got[2], `"dataSources":[]`) {
		t.Errorf("stored are %q", got)
	}
	m = start(t, stored(t, "a", `{"type":"kafka"`, "b", `{"type":"kafka","suspended":"x"}`))
	submit(t, m, strings.ReplaceAll(kafka, "wiki", "b"), false)
	if err := m.Terminate(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if all := m.All(); len(all) != 1 || all[0].State.Word() != "NOT_RUN_BY_OVATE" {
		t.Errorf("there are %+v", all)
	}
}

// Changes of one supervisor come one after the other, whoever makes them.
func TestChangesTogether(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	m := start(t, store)
	submit(t, m, kafka, false)
	var done sync.WaitGroup
	var changed atomic.Int32
	for i := range 8 {
		done.Go(func() {
			_, err := m.Suspend(t.Context(), "wiki", i%2 == 0)
			if err == nil {
				changed.Add(1)
			} else if refused := (*supervisor.Refusal)(nil); !errors.As(err, &refused) {
				t.Error(err)
			}
		})
	}
	done.Wait()
	all := versions(t, store, "wiki")
	if len(all) != 1+int(changed.Load()) {
		t.Errorf("%d versions of %d changes", len(all), changed.Load())
	}
	for i, text := range all[1:] {
		var v struct{ Suspended bool }
		if err := json.Unmarshal([]byte(text), &v); err != nil || v.Suspended != (i%2 == 0) {
			t.Errorf("version %d is %s, %v", i, text, err)
		}
	}
}

// breaking is a store that breaks while it commits, as often as it is told, and has stored it or not.
type breaking struct {
	metadata.Store
	breaks, stores bool
	away           atomic.Bool // it cannot be read, either
	broken         func()      // called when it breaks; may be nil
}

func (b *breaking) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if !b.breaks {
		return b.Store.Update(ctx, fn)
	}
	b.breaks = false
	if b.stores {
		if err := b.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	if b.broken != nil {
		b.broken()
	}
	return metadata.Unknown(errors.New("the line broke"))
}

func (b *breaking) SupervisorVersions(ctx context.Context, id string, most int, fn func(*metadata.SupervisorRow) error) error {
	if b.away.Load() {
		return &metadata.TransientError{Err: errors.New("it is away")}
	}
	return b.Store.SupervisorVersions(ctx, id, most, fn)
}

// Whether a change is stored of which the answer got lost is looked up; who does not wait for that finds it done, or not, all the same.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for _, stores := range []bool{true, false} {
		for _, waits := range []bool{true, false} {
			t.Run(fmt.Sprintf("stores=%t waits=%t", stores, waits), func(t *testing.T) {
				t.Parallel()
				store := &breaking{Store: sqlitetest.Open(t)}
				m := start(t, store)
				submit(t, m, kafka, false)
				store.breaks, store.stores = true, stores
				ctx, giveUp := context.WithCancel(t.Context())
				defer giveUp()
				if !waits {
					store.away.Store(true)
					store.broken = giveUp
				}
				_, err := m.Suspend(ctx, "wiki", true)
				if waits && (err == nil) != stores || !waits && !errors.Is(err, metadata.ErrOutcomeUnknown) {
					t.Errorf("the answer is %v", err)
				}
				store.away.Store(false)
				// A change that comes next waits for what becomes of this one.
				want := "[wiki] is already running"
				if stores {
					want = "<nil>"
				}
				if _, err := m.Suspend(t.Context(), "wiki", false); fmt.Sprint(err) != want {
					t.Errorf("the next change: %v, want %s", err, want)
				}
			})
		}
	}
}

// Nothing is changed once the term is over, and Stop waits for nobody who waits for the store.
func TestChangesAfterStop(t *testing.T) {
	t.Parallel()
	store := &breaking{Store: sqlitetest.Open(t)}
	m := start(t, store)
	submit(t, m, kafka, false)
	store.breaks = true
	store.away.Store(true)
	answered, broken := make(chan error), make(chan struct{})
	store.broken = func() { close(broken) }
	go func() {
		_, err := m.Suspend(context.Background(), "wiki", true)
		answered <- err
	}()
	<-broken
	both := make(chan struct{})
	for range 2 {
		go func() { m.Stop(); both <- struct{}{} }()
	}
	if err := <-answered; !errors.Is(err, metadata.ErrOutcomeUnknown) {
		t.Errorf("a change that nobody knows the end of: %v", err)
	}
	<-both
	<-both
	if _, err := m.Submit(t.Context(), []byte(kafka), false); !errors.Is(err, metadata.ErrTermOver) {
		t.Errorf("a submission after the end: %v", err)
	}
	if err := m.Start(t.Context(), nil); !errors.Is(err, metadata.ErrTermOver) {
		t.Errorf("a start after the end: %v", err)
	}
}

// The manager's own life, in every order.
func TestManagerLife(t *testing.T) {
	t.Parallel()
	m := start(t, sqlitetest.Open(t))
	if err := m.Start(t.Context(), nil); !errors.Is(err, supervisor.ErrStarted) {
		t.Error(err)
	}
	closed := sqlitetest.Open(t)
	m = supervisor.New(supervisor.Options{Store: metadata.Classified(closed), Now: druid.Now})
	late, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Start(late, nil); err == nil {
		t.Error("a start that is given up succeeds")
	}
	m.Stop()
}
