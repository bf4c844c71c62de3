package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/seal"
)

func keys(t rapid.TB, text ...string) *seal.Keys {
	k, err := seal.ParseKeys(strings.Join(text, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const spec = `{"type":"kafka", "spec":{"ioConfig":{"topic":"t","consumerProperties":{"sasl.jaas.config":"hush-1","bootstrap.servers":"b:9092",` +
	`"druid.dynamic.config.provider":{"type":"mapString","config":{"sasl.password":"hush-2"}}}},"uris":["https://me:hush-3@h/x"],"password":12345}}`

// What is sealed has no secret in it, and all else; it comes back byte for byte, in the same row alone, and by the same key alone.
func TestText(t *testing.T) {
	t.Parallel()
	first, second := seal.NewKey(), seal.NewKey()
	one := keys(t, first)
	sealed := one.Seal("row", []byte(spec))
	for _, secret := range []string{"hush", "12345"} {
		if bytes.Contains(sealed, []byte(secret)) {
			t.Errorf("%s is in %s", secret, sealed)
		}
	}
	for _, plain := range []string{`{"type":"kafka", "spec"`, `"topic":"t"`, `"bootstrap.servers":"b:9092"`, `"type":"mapString"`} {
		if !bytes.Contains(sealed, []byte(plain)) {
			t.Errorf("%s is not in %s", plain, sealed)
		}
	}
	for about, c := range map[string]struct {
		keys  *seal.Keys
		row   string
		opens bool
	}{
		"the key":                  {one, "row", true},
		"a newer key and it":       {keys(t, second, first), "row", true},
		"another key":              {keys(t, second), "row", false},
		"the key, for another row": {one, "other", false},
	} {
		if got := c.keys.Open(c.row, sealed); bytes.Equal(got, []byte(spec)) != c.opens || !c.opens && !bytes.Equal(got, sealed) {
			t.Errorf("by %s: %s", about, got)
		}
	}
	changed := bytes.Replace(sealed, []byte("ovate:sealed:"), []byte("ovate:sealed:x"), 1)
	if got := one.Open("row", changed); bytes.Contains(got, []byte("hush-1")) || !bytes.Contains(got, []byte("hush-2")) {
		t.Errorf("with a value that was changed: %s", got)
	}
	if again := one.Seal("row", []byte(spec)); bytes.Equal(again, sealed) {
		t.Error("the same secret is the same text")
	}
	for _, plain := range []string{"", "{", `{"a":1}`, "  [ ]\n", "null"} {
		if got := one.Seal("row", []byte(plain)); string(got) != plain {
			t.Errorf("%q, which has no secrets, becomes %q", plain, got)
		}
	}
	// Whoever knows what another has stored, and has that stored in a place where it is shown, gets it back as it is.
	stolen := sealed[bytes.Index(sealed, []byte(`"ovate:sealed:`)):]
	stolen = stolen[:bytes.IndexByte(stolen[1:], '"')+2]
	for _, shown := range []string{`{"description":` + string(stolen) + `}`, `{"description":"\u006f` + string(stolen[2:]) + `}`} {
		if got := one.Open("row", one.Seal("row", []byte(shown))); string(got) != shown {
			t.Errorf("%s becomes %s", shown, got)
		}
	}
}

// Whatever is stored comes back byte for byte.
func TestEveryTextComesBack(t *testing.T) {
	t.Parallel()
	k := keys(t, seal.NewKey())
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{`"password"`, `"a"`, `"uri"`, `"ovate:sealed:x:y"`, `"https://a:b@c/d?e=f"`, `"\"ovate:sealed:a:b\""`, `"HTTP(password => 'x')"`, `"é\n"`, "1", "null", "true", "-2.5e7"})
		blank := rapid.SampledFrom([]string{"", " ", "\n\t"})
		var value func(depth int) string
		value = func(depth int) string {
			switch n := rapid.IntRange(0, 4).Draw(t, "kind"); {
			case n == 0 && depth > 0:
				return "[" + blank.Draw(t, "blank") + value(depth-1) + "," + value(depth-1) + blank.Draw(t, "blank") + "]"
			case n < 3 && depth > 0:
				name := rapid.SampledFrom([]string{`"password"`, `"x"`, `"requestHeaders"`, `"p\u0061ssword"`}).Draw(t, "name")
				return "{" + blank.Draw(t, "blank") + name + blank.Draw(t, "blank") + ":" + value(depth-1) + ` , "y":` + value(depth-1) + blank.Draw(t, "blank") + "}"
			}
			return words.Draw(t, "word")
		}
		text := blank.Draw(t, "blank") + value(4) + blank.Draw(t, "blank")
		if got := k.Open("row", k.Seal("row", []byte(text))); string(got) != text {
			t.Fatalf("%s became %s", text, got)
		}
	})
}

// Keys are told apart, and errors show nothing of them.
func TestKeys(t *testing.T) {
	t.Parallel()
	key := seal.NewKey()
	for text, ok := range map[string]bool{key: true, "# a comment\n\n" + key + "\n": true, key + "," + seal.NewKey(): true, "": false, "#\n": false, key + " " + key: false, key[:40]: false, "hush": false} {
		if _, err := seal.ParseKeys(text); (err == nil) != ok || err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), key[:40])) {
			t.Errorf("%.50q: %v", text, err)
		}
	}
}

func open(t *testing.T) metadata.Store {
	t.Helper()
	s, err := sqlite.Open(sqlite.Options{Path: filepath.Join(t.TempDir(), "metadata.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // it only has to be over
	return s
}

// recordKinds are some; that there are others nobody has to tell.
func recordKinds() []string { return []string{"webhook", "submission.task", "of.the.future"} }

func insert(t *testing.T, s metadata.Store, id string) {
	t.Helper()
	if err := s.MakeRecords(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := s.Update(t.Context(), func(tx metadata.Tx) error {
		row := &metadata.TaskRow{ID: id, GroupID: id, Type: "noop", DataSource: "d", Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1}, Payload: []byte(spec)}
		for _, kind := range recordKinds() {
			if err := tx.PutRecord(metadata.Record{Kind: kind, ID: id, Payload: []byte(spec)}); err != nil {
				return err
			}
		}
		return errors.Join(tx.InsertTasks(row), tx.InsertSupervisor(id, []byte(spec), 0), tx.InsertSupervisor(id, []byte(`{"type":"kafka"}`), 0), tx.InsertSupervisor(id, []byte(spec), 1))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// stored is all payloads of a store: those that are as they were given, and those with a sealed value.
func stored(t *testing.T, s metadata.Store) (plain, sealed int) {
	t.Helper()
	count := func(payload []byte) {
		switch {
		case string(payload) == spec || string(payload) == `{"type":"kafka"}`:
			plain++
		case bytes.Contains(payload, []byte(`"ovate:sealed:`)) && !bytes.Contains(payload, []byte("hush")):
			sealed++
		default:
			t.Errorf("stored is %s", payload)
		}
	}
	for _, id := range []string{"a", "b"} {
		row, err := s.Task(t.Context(), id)
		if errors.Is(err, metadata.ErrNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		count(row.Payload)
		for _, kind := range recordKinds() {
			record, err := s.Record(t.Context(), kind, id)
			if err != nil {
				t.Fatal(err)
			}
			page, err := s.Records(t.Context(), metadata.RecordQuery{Kind: kind, Prefix: id, Max: 1})
			if err != nil || len(page) != 1 || !bytes.Equal(page[0].Payload, record.Payload) {
				t.Errorf("%s in a list is %v %v", kind, page, err)
			}
			count(record.Payload)
		}
		if err := s.SupervisorVersions(t.Context(), id, -1, func(row *metadata.SupervisorRow) error { count(row.Payload); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return plain, sealed
}

// Secrets are sealed in the rows alone: whoever asks gets them; a new key seals from then on, the old one still opens, and is not needed once all is sealed anew;
// and all the way back.
func TestWholeStore(t *testing.T) {
	t.Parallel()
	s, first, second := open(t), seal.NewKey(), seal.NewKey()
	is := func(when string, s metadata.Store, plain, sealed int) {
		t.Helper()
		if p, n := stored(t, s); p != plain || n != sealed {
			t.Errorf("%s: %d as they are and %d sealed, want %d and %d", when, p, n, plain, sealed)
		}
	}
	check := func(when string, k *seal.Keys, ok bool) {
		t.Helper()
		if err := seal.Check(t.Context(), s, k); (err == nil) != ok {
			t.Errorf("%s: %v", when, err)
		}
	}
	change := func(change func(context.Context, metadata.Store) (int, error), rows int) {
		t.Helper()
		if n, err := change(t.Context(), s); err != nil || n != rows {
			t.Errorf("%d rows changed, want %d: %v", n, rows, err)
		}
	}
	ofOneKind := func(k *seal.Keys) func(context.Context, metadata.Store) (int, error) {
		return func(ctx context.Context, s metadata.Store) (int, error) {
			return k.SealRecords(ctx, s, recordKinds()[0])
		}
	}
	insert(t, s, "a")
	check("without a key, nothing being sealed", nil, true)
	one := keys(t, first)
	if err := one.Begin(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	insert(t, seal.Store(s, one), "b")
	is("rows, of which one is from before the key", s, 8, 6)
	is("what is read", seal.Store(s, one), 14, 0)
	err := seal.Store(s, one).Update(t.Context(), func(tx metadata.Tx) error {
		supervisors, err := tx.Supervisors(t.Context())
		for _, row := range supervisors {
			if string(row.Payload) != spec {
				t.Errorf("a supervisor within a transaction: %s", row.Payload)
			}
		}
		active := tx.ActiveTasks(t.Context(), func(row *metadata.TaskRow) error {
			if string(row.Payload) != spec {
				t.Errorf("an active task within a transaction: %s", row.Payload)
			}
			return nil
		})
		return errors.Join(err, active)
	})
	if err != nil {
		t.Error(err)
	}
	check("without a key", nil, false)
	check("with another key", keys(t, second), false)
	check("with the key", one, true)
	change(ofOneKind(one), 1)
	change(ofOneKind(one), 0)
	change(one.SealAll, 5)
	change(one.SealAll, 0)
	is("rows, all sealed", s, 2, 12)
	change(ofOneKind(keys(t, second)), 0) // which it cannot open
	both := keys(t, second, first)
	check("with a new key and the old one", both, true)
	change(both.SealAll, 12)
	change(both.SealAll, 0)
	check("with the new key alone", keys(t, second), true)
	is("what is read by it", seal.Store(s, keys(t, second)), 14, 0)
	check("with the old key alone", one, false)
	if _, err := one.OpenAll(t.Context(), s); err == nil || strings.Contains(fmt.Sprint(err), first) {
		t.Errorf("opened by the old key: %v", err)
	}
	change(keys(t, second).OpenAll, 12)
	is("rows, all opened", s, 14, 0)
	check("without a key, after the way back", nil, true)
}
