package apptest

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/bucket/buckettest"
)

// inBucket are the properties of a server that keeps segments and logs in a bucket.
func inBucket(s *buckettest.Server) []string {
	return []string{
		"druid.storage.type=s3", "druid.storage.bucket=" + s.Bucket, "druid.storage.baseKey=druid/segments",
		"druid.indexer.logs.type=s3", "druid.indexer.logs.s3Bucket=" + s.Bucket, "druid.indexer.logs.s3Prefix=druid/logs",
		"druid.s3.accessKey=" + s.AccessKey, `druid.s3.secretKey={"type":"default","password":"` + s.SecretKey + `"}`,
		"druid.s3.endpoint.url=" + s.URL, "druid.s3.endpoint.signingRegion=us-east-1", "druid.s3.enablePathStyleAccess=true",
	}
}

// keys are those in the bucket that begin with prefix.
func keys(t testing.TB, s *buckettest.Server, prefix string) (list []string) {
	t.Helper()
	for _, key := range s.Keys(t) {
		if strings.HasPrefix(key, prefix) {
			list = append(list, key)
		}
	}
	return list
}

// post asks the server by hand.
func (s *server) post(t testing.TB, path, body string) {
	t.Helper()
	answer, err := s.http.Post(s.URL()+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s, %v", path, answer.StatusCode, text, err)
	}
}

// loadSpec is that of a segment in the bucket.
type s3LoadSpec struct{ Type, Bucket, Key, S3Schema string }

// TestS3: segments and logs are in the bucket and nowhere else, are listed, dumped, read and killed there; what nothing names is found; nothing
// that is said tells what requests are signed with.
func TestS3(t *testing.T) {
	t.Parallel()
	bucket, dir := buckettest.Start(t), t.TempDir()
	properties := inBucket(bucket)
	s := start(t, dir, properties...)
	for _, id := range []string{"one", "two"} {
		s.succeed(t, s.submit(t, ingestion{id: id, dataSource: "d", append: id == "two", source: inline(rows(id, 10, 2))}.task()))
	}
	known := map[string]bool{}
	err := s.Segments(t.Context(), "d", nil, func(segment *client.Segment) error {
		var spec s3LoadSpec
		if err := json.Unmarshal(segment.LoadSpec, &spec); err != nil {
			return err
		}
		if spec.Type != "s3_zip" || spec.Bucket != bucket.Bucket || spec.S3Schema != "s3n" || bucket.Get(t, spec.Key) == nil {
			t.Errorf("segment %s is at %s", segment.ID(), segment.LoadSpec)
		}
		if segment.Rows != nil || !strings.Contains(segment.Uncounted, "not near") {
			t.Errorf("rows %v, %q", segment.Rows, segment.Uncounted)
		}
		known[spec.Key] = true
		return nil
	})
	if err != nil || len(known) != 4 {
		t.Errorf("%d segments, %v", len(known), err)
	}
	if got := keys(t, bucket, "druid/segments/"); len(got) != 4 {
		t.Errorf("in the bucket: %v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "segments")); err == nil {
		t.Error("there is a local folder of segments")
	}

	dump := []string{"dump", "d"}
	for _, p := range properties {
		dump = append(dump, "-D", p)
	}
	out, code := s.command(t, dump...)
	if n := strings.Count(out, "\n"); code != 0 || n != 20 || strings.Count(out, `"two"`) != 10 {
		t.Errorf("dump: exit code %d, %d rows\n%.500s", code, n, out)
	}
	if out, code := s.command(t, "dump", "d"); code != 1 && code != 2 || !strings.Contains(out, "--config") {
		t.Errorf("dump without properties: exit code %d\n%.500s", code, out)
	}

	eventually(t, "logs and reports are in the bucket", func() bool { return len(keys(t, bucket, "druid/logs/")) == 4 })
	if got := strings.Join(keys(t, bucket, "druid/logs/"), " "); got != "druid/logs/one/log druid/logs/one/report.json druid/logs/two/log druid/logs/two/report.json" {
		t.Error(got)
	}
	for offset, want := range map[int64]string{0: string(bucket.Get(t, "druid/logs/one/log")), -5: "", 1 << 20: ""} {
		log, err := s.Log(t.Context(), "one", offset)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(log)
		if err != nil || log.Close() != nil {
			t.Fatal(err)
		}
		if offset == 0 && string(text) != want || offset < 0 && len(text) != 5 || offset > 0 && len(text) != 0 {
			t.Errorf("log from %d: %q", offset, text)
		}
	}
	if report, err := s.Ingestion(t.Context(), "two"); err != nil || report.Rows.Processed != 10 {
		t.Errorf("report: %+v, %v", report, err)
	}

	bucket.Put(t, "druid/segments/d/2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z/v/0/index.zip", "x")
	s.post(t, "/druid/indexer/v1/datasources/d/markUnused", `{"interval":"2026-01-01/2026-01-02"}`)
	s.succeed(t, s.submit(t, kill("kill", "d")))
	for _, key := range keys(t, bucket, "druid/segments/") {
		if first := strings.Contains(key, "/2026-01-01T"); first && known[key] {
			t.Errorf("%s was to be killed", key)
		}
	}
	if got := len(keys(t, bucket, "druid/segments/")); got != 3 {
		t.Errorf("%d objects are left, want those of the second day and that of nobody", got)
	}
	if found := s.orphans(t, client.OrphanQuery{}); len(found.Orphans) != 0 || found.Others != 1 {
		t.Errorf("orphans: %+v", found)
	}
	answer, err := s.http.Get(s.URL() + "/status/properties")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := io.ReadAll(answer.Body)
	if err != nil || answer.Body.Close() != nil {
		t.Fatal(err)
	}
	s.terminate(t)
	if all := s.output.String() + string(shown); strings.Contains(all, bucket.SecretKey) || strings.Contains(all, bucket.AccessKey) {
		t.Error("the output, or the properties, tell what requests are signed with")
	}
}

// spoil makes the answers of a bucket bad: errors, connections that break off in the midst of what is sent or come after the deed, and slow ones.
func spoilBucket(s *buckettest.Server, share float64) {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 2))
	s.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		mu.Lock()
		bad, kind := random.Float64() < share, random.IntN(5)
		mu.Unlock()
		switch {
		case !bad:
			next.ServeHTTP(w, r)
		case kind == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case kind == 1:
			w.WriteHeader(http.StatusInternalServerError)
		case kind == 2:
			_, _ = io.CopyN(io.Discard, r.Body, 200)
			panic(http.ErrAbortHandler)
		case kind == 3:
			next.ServeHTTP(nobody{}, r)
			panic(http.ErrAbortHandler)
		default:
			body := r.Body
			r.Body = struct {
				io.Reader
				io.Closer
			}{slowly{body}, body}
			next.ServeHTTP(w, r)
		}
	})
}

// nobody takes an answer.
type nobody struct{}

func (nobody) Header() http.Header         { return http.Header{} }
func (nobody) Write(p []byte) (int, error) { return len(p), nil }
func (nobody) WriteHeader(int)             {}

// slowly reads a little at a time.
type slowly struct{ io.Reader }

func (s slowly) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return s.Reader.Read(p[:min(len(p), 500)])
}

// TestBadBucket: whatever the bucket does, and whenever the server is killed, each segment that is published has its files, as they were pushed, and tasks
// that have failed for good say why. What is left of the others is found.
func TestBadBucket(t *testing.T) {
	t.Parallel()
	bucket, dir := buckettest.Start(t), t.TempDir()
	spoilBucket(bucket, 0.2)
	const tasks, each = 8, 50
	s := start(t, dir, inBucket(bucket)...)
	id := func(i int) string { return fmt.Sprint("task-", i) }
	for i := range tasks {
		s.submit(t, ingestion{id: id(i), dataSource: "d", append: true, source: inline(rows(id(i), each, 2))}.task())
	}
	eventually(t, "something is in the bucket", func() bool { return len(keys(t, bucket, "druid/segments/")) > 2 })
	s.kill(t)
	s = start(t, dir, inBucket(bucket)...)
	for i := range tasks {
		s.succeed(t, id(i))
	}

	bucket.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
	s.submit(t, ingestion{id: "refused", dataSource: "d", append: true, source: inline(rows("refused", each, 1))}.task())
	if status := s.finish(t, "refused"); status.State != druid.Failed || !strings.Contains(status.ErrorMsg, "s3://"+bucket.Bucket+"/druid/segments/d/") {
		t.Errorf("refused: %s %s", status.State, status.ErrorMsg)
	}
	if _, err := s.Report(t.Context(), "refused"); err != nil {
		t.Errorf("the report of a task whose bucket takes nothing: %v", err)
	}
	bucket.Fault(nil)
	s.terminate(t)

	read := &published{rows: map[string]map[int]int{}, segments: map[string]int{}}
	used := map[string]bool{}
	for _, segment := range inspect(t, dir).segments {
		var spec s3LoadSpec
		if err := json.Unmarshal(segment.LoadSpec, &spec); err != nil {
			t.Fatal(err)
		}
		used[spec.Key] = true
		content := bucket.Get(t, spec.Key)
		if content == nil {
			t.Errorf("segment %s is published, and not in the bucket", segment.Row)
			continue
		}
		segment.LoadSpec = encode(t, object{"type": "local", "path": file(t, "index.zip", content)})
		read.add(t, segment)
	}
	for i := range tasks {
		if err := read.check(id(i), each); err != nil {
			t.Error(err)
		}
	}
	if err := read.check("refused", 0); err != nil {
		t.Error(err)
	}
	orphans := 0
	for _, key := range keys(t, bucket, "druid/segments/") {
		if !used[key] {
			orphans++
		}
	}
	s = start(t, dir, inBucket(bucket)...)
	if found := s.orphans(t, client.OrphanQuery{}); found.Spared != orphans || found.Others != 0 { // they are young
		t.Errorf("%d objects are of nobody, and found was %+v", orphans, found)
	}
}
