package v1_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// wrongSpec has several things that are wrong.
const wrongSpec = `{"type":"index_parallel","id":"a/b","context":{"priority":"high"},"spec":{
	"dataSchema":{"dataSource":"d","timestampSpec":{"column":7,"format":[]},"dimensionsSpec":{"dimensions":[{"type":"long"}]},
		"granularitySpec":{"segmentGranularity":"DAILY","intervals":["2020-01-01"]}},
	"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"x"},"inputFormat":{"type":"json"}},
	"tuningConfig":{"type":"index_parallel","maxRowsInMemory":"many"}}}`

// goodSpec is a task that can be accepted, with a context.
const goodSpec = `{"type":"index_parallel","context":{},"spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{}},
	"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"x"},"inputFormat":{"type":"json"}}}}`

// TestValidate: every fault of a task is told at once, each with its place; and what is told of a task to submit is the same.
func TestValidate(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	type validation struct {
		Valid  bool
		Errors []struct{ Pointer, Detail string }
	}
	for task, want := range map[string]string{
		`{"type":"noop"}`:                                           "",
		`{"type":"noop","runTime":"long"}`:                          "/runTime",
		`{"type":"noop","runTime":"long","groupId":[],"context":3}`: "/context /runTime /groupId",
		`{"type":"nop"}`:                                            "/type",
		`{}`:                                                        "/type",
		`[]`:                                                        "",
		`{"type":"kafka","spec":{}}`:                                "/type",
		`{"type":"index_hadoop"}`:                                   "/type",
		`{"type":"index_parallel"}`:                                 "/spec",
		`{"type":"noop","context":{"ovateQueuePriority":"high"}}`:                                                                                        "/context/ovateQueuePriority",
		`{"type":"noop","runTime":"long","context":{"ovateQueuePriority":1001,"ovateLabels":{"a b":"c"}}}`:                                               "/runTime /context/ovateQueuePriority /context/ovateLabels",
		`{"type":"index_parallel","context":{"ovateQueuePriority":"x","useSharedLock":"yes","taskLockType":"NONE","ovateLabels":{"a b":"c"}},"spec":{}}`: "/spec/dataSchema /spec/ioConfig /context/ovateQueuePriority /context/useSharedLock /context/taskLockType /context/ovateLabels",
		strings.Replace(goodSpec, `{}`, `{"useSharedLock":"yes","storeEmptyColumns":7,"ovateLabels":[]}`, 1):                                             "/context/storeEmptyColumns /context/useSharedLock /context/ovateLabels",
		`{"type":"index_parallel","spec":{}}`: "/spec/dataSchema /spec/ioConfig",
		wrongSpec: "/id /context/priority /spec/dataSchema/timestampSpec/format /spec/dataSchema/dimensionsSpec/dimensions/0/name /spec/dataSchema/granularitySpec/segmentGranularity " +
			"/spec/dataSchema/granularitySpec/intervals/0 /spec/tuningConfig/maxRowsInMemory",
	} {
		got := decode[validation](t, s.expect(200, "", "POST", "/api/v1/validate", task))
		var pointers []string
		for _, e := range got.Errors {
			pointers = append(pointers, e.Pointer)
		}
		if all := strings.Join(pointers, " "); all != want || got.Valid != (len(got.Errors) == 0) {
			t.Errorf("%s:\n%+v\nwant %s", task, got, want)
		}
		if !got.Valid {
			refused := decode[validation](t, s.expect(422, `{"type":"urn:ovate:problem:invalid-spec"`, "POST", "/api/v1/tasks", task))
			if fmt.Sprint(refused.Errors) != fmt.Sprint(got.Errors) {
				t.Errorf("%s is refused because of %v, and has the faults %v", task, refused.Errors, got.Errors)
			}
		}
	}
	if got := decode[listed](t, s.ask("GET", "/api/v1/tasks", "")); len(got.Tasks) != 0 {
		t.Errorf("validated tasks are there: %v", got)
	}
	s.expect(415, `{"type":"about:blank"`, "POST", "/api/v1/validate", "x", "Content-Type", "text/plain")
	s.expect(403, `{"type":"about:blank"`, "POST", "/api/v1/tasks", strings.NewReplacer(`"a/b"`, `"a"`, `"high"`, `1`, `{"column":7,"format":[]}`, `{"column":"t","format":"auto"}`,
		`{"type":"long"}`, `"a"`, "DAILY", "DAY", `"2020-01-01"`, ``, `"many"`, `7`, `{"type":"inline","data":"x"}`, `{"type":"local","baseDir":"/etc","filter":"*"}`).Replace(wrongSpec), "Via", "1.1 proxy")
	s.expect(409, `{"type":"urn:ovate:problem:id-taken"`, "POST", "/api/v1/tasks", fmt.Sprintf(`{"type":"noop","id":%q}`, decode[struct{ ID string }](t,
		s.expect(201, "", "POST", "/api/v1/tasks", `{"type":"noop","runTime":1}`)).ID))
}

// TestIdempotencyKey: a key stands for one submission, however often, at once or after another start of the server it comes.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	properties := map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0"}
	s, stop := startServer(t, properties)
	const noop = `{"type":"noop","runTime":1,"context":{"a":1}}`
	var all sync.Map
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			got := s.ask("POST", "/api/v1/tasks", noop, "Idempotency-Key", "k 1")
			all.Store(fmt.Sprint(got.status, got.body), true)
		})
	}
	group.Wait()
	var first string
	all.Range(func(key, _ any) bool {
		if first != "" {
			t.Errorf("different answers: %s and %s", first, key)
		}
		first, _ = key.(string)
		return true
	})
	first = strings.TrimPrefix(first, "201")
	s.expect(201, first, "POST", "/api/v1/tasks", noop, "Idempotency-Key", "k 1")
	s.expect(422, `{"type":"urn:ovate:problem:key-reused"`, "POST", "/api/v1/tasks", noop+" ", "Idempotency-Key", "k 1")
	s.expect(422, `{"type":"urn:ovate:problem:invalid-spec"`, "POST", "/api/v1/tasks", `{"type":"noop","id":"own"}`, "Idempotency-Key", "k 2")
	s.expect(422, `{"type":"urn:ovate:problem:invalid-spec"`, "POST", "/api/v1/tasks", `{"type":"noop","context":[]}`, "Idempotency-Key", "k 2")
	s.expect(201, "", "POST", "/api/v1/tasks", noop, "Idempotency-Key", "k 2")
	s.expect(400, "", "POST", "/api/v1/tasks", noop, "Idempotency-Key", strings.Repeat("x", 256))
	stop()
	s, _ = startServer(t, properties)
	again := s.expect(201, first, "POST", "/api/v1/tasks", noop, "Idempotency-Key", "k 1")
	if again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the answer to what came again: %v", again.header)
	}
	s.expect(422, `{"type":"urn:ovate:problem:key-reused"`, "POST", "/api/v1/tasks", noop+" ", "Idempotency-Key", "k 1")
	if got := decode[listed](t, s.ask("GET", "/api/v1/tasks", "")); len(got.Tasks) != 2 {
		t.Errorf("there are %v", got)
	}
}
