package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// largeSpecs are supervisors in a store, each with a spec of some MiB in characters of three bytes.
func largeSpecs(t *testing.T, ids ...string) (metadata.Store, string) {
	spec := strings.Replace(kafkaSpec, `"topic":"t"`, `"topic":"`+strings.Repeat("日", 1<<20)+`"`, 1)
	store := sqlitetest.Open(t)
	if err := store.Update(t.Context(), func(tx metadata.Tx) error {
		for _, id := range ids {
			if err := tx.InsertSupervisor(id, []byte(spec), druid.Instant(1000)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return store, strings.Replace(spec, "SECRET", "***", 1)
}

// A large spec leaves in pieces, as JSON, as a text in JSON, and among versions.
func TestLargeSpecs(t *testing.T) {
	t.Parallel()
	store, spec := largeSpecs(t, "a", "b")
	f := ofSupervisors(t, store)
	var shown []struct {
		ID, SpecString string
		Spec           json.RawMessage
		Suspended      bool
	}
	w := f.answer("GET", base+"/supervisor?full&system", "")
	if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil || len(shown) != 2 || shown[1].ID != "b" || string(shown[0].Spec) != spec || shown[0].SpecString != spec || shown[1].SpecString != spec {
		t.Errorf("%d of %d bytes, %v", w.Code, w.Body.Len(), err)
	}
	var histories map[string][]struct{ Spec json.RawMessage }
	w = f.answer("GET", base+"/supervisor/history", "")
	if err := json.Unmarshal(w.Body.Bytes(), &histories); err != nil || len(histories) != 2 || len(histories["b"]) != 1 || string(histories["b"][0].Spec) != spec {
		t.Errorf("%d of %d bytes, %v", w.Code, w.Body.Len(), err)
	}
}

// TestUnreadSpecs is not parallel: it looks at all memory that is taken. Those who read their answers slowly have no copy of what these hold.
func TestUnreadSpecs(t *testing.T) {
	store, _ := largeSpecs(t, "a")
	f := ofSupervisors(t, store)
	for _, path := range []string{"/supervisor/a", "/supervisor?full", "/supervisor?system", "/supervisor?full&system"} {
		goOn := make(chan bool)
		var all, begun sync.WaitGroup
		before := inUse()
		for range 30 {
			begun.Add(1)
			all.Go(func() {
				f.ServeHTTP(&sluggish{header: http.Header{}, begun: sync.OnceFunc(begun.Done), goOn: goOn}, httptest.NewRequest("GET", base+path, nil))
			})
		}
		begun.Wait()
		if taken := inUse() - before; taken > 30*1<<20 {
			t.Errorf("%s: 30 answers of 3 MiB and more, of which one is read, take %d bytes", path, taken)
		}
		close(goOn)
		all.Wait()
	}
}

// sluggish is a client that takes a MiB of its answer, and no more until it is told to.
type sluggish struct {
	header http.Header
	taken  int
	begun  func()
	goOn   <-chan bool
}

func (s *sluggish) Header() http.Header { return s.header }
func (s *sluggish) WriteHeader(int)     {}
func (s *sluggish) Write(b []byte) (int, error) {
	if s.taken += len(b); s.taken > 1<<20 {
		s.begun()
		<-s.goOn
	}
	return len(b), nil
}

// inUse is how many bytes are.
func inUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
