package s3_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/bucket/buckettest"
	"ovate/internal/deepstorage"
	"ovate/internal/deepstorage/deepstoragetest"
	"ovate/internal/deepstorage/s3"
)

var owner = deepstorage.Owner{1, 2, 3, 4, 5, 6}

func open(t *testing.T, server *buckettest.Server) *s3.Storage {
	t.Helper()
	storage, err := s3.Open(t.Context(), s3.Options{Bucket: server.Config(), BaseKey: "druid/segments", Staging: t.TempDir(), Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := storage.Close(); err != nil {
			t.Error(err)
		}
	})
	return storage
}

// fetch reads what a load spec tells of as a Historical does.
func fetch(t *testing.T, server *buckettest.Server, loadSpec json.RawMessage) map[string]string {
	t.Helper()
	var spec struct{ Type, Bucket, Key, S3Schema string }
	if err := json.Unmarshal(loadSpec, &spec); err != nil {
		t.Fatal(err)
	}
	content := server.Get(t, spec.Key)
	if spec.Type != "s3_zip" || spec.Bucket != server.Bucket || content == nil {
		return nil
	}
	packed, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range packed.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestStorage(t *testing.T) {
	t.Parallel()
	deepstoragetest.Exercise(t, func(t *testing.T) deepstoragetest.Harness {
		server := buckettest.Start(t)
		const outside = "other/wiki/2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z/v/0/index.zip"
		var packed bytes.Buffer
		if err := zip.NewWriter(&packed).Close(); err != nil {
			t.Fatal(err)
		}
		server.Put(t, outside, packed.String())
		return deepstoragetest.Harness{
			Storage: open(t, server),
			Fetch:   func(t *testing.T, loadSpec json.RawMessage) map[string]string { return fetch(t, server, loadSpec) },
			Foreign: json.RawMessage(`{"type":"s3_zip","bucket":"` + server.Bucket + `","key":"` + outside + `","S3Schema":"s3n"}`),
		}
	})
}

const interval = "2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z"

// pushed is a segment of partition 3, pushed.
func pushed(t *testing.T, storage *s3.Storage) druid.DataSegment {
	t.Helper()
	segment := druid.DataSegment{
		DataSource: "wiki", Interval: druid.Interval{Start: 1_767_225_600_000, End: 1_767_312_000_000}, Version: "2026-03-04T05:06:07.890Z", ShardSpec: druid.Numbered(3, 4),
	}
	dir, err := os.MkdirTemp(storage.Staging(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "version.bin"), []byte("\x00\x00\x00\x09"), 0o600); err != nil {
		t.Fatal(err)
	}
	if segment.LoadSpec, err = storage.Push(t.Context(), dir, segment, interval); err != nil {
		t.Fatal(err)
	}
	return segment
}

// The load spec has the fields of Druid's, in its order, and the key is as Druid's pusher of streams makes it, colons included.
func TestLoadSpec(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	storage := open(t, server)
	segment := pushed(t, storage)
	if got := string(segment.LoadSpec); !regexp.MustCompile(`^\{"type":"s3_zip","bucket":"` + server.Bucket + `","key":"druid/segments/wiki/` + interval +
		`/2026-03-04T05:06:07\.890Z/3/01020304-0506-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/index\.zip","S3Schema":"s3n"\}$`).MatchString(got) {
		t.Error(got)
	}
	if entries, err := os.ReadDir(storage.Staging()); err != nil || len(entries) > 1 { // the lock
		t.Errorf("left in staging: %v, %v", entries, err)
	}
}

// What is published must be what a push of the segment makes, and be there.
func TestCheck(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	storage := open(t, server)
	segment := pushed(t, storage)
	if err := errors.Join(storage.CheckPushed(&segment), storage.CheckThere(t.Context(), &segment)); err != nil {
		t.Error(err)
	}
	other := segment
	other.ShardSpec = druid.Numbered(2, 4)
	if err := storage.CheckPushed(&other); err == nil || !strings.Contains(err.Error(), "field [loadSpec]") {
		t.Errorf("files of another segment: %v", err)
	}
	for _, elsewhere := range []string{`{"type":"local","path":"/x"}`, `{"type":"s3_zip","bucket":"other","key":"x"}`, `{"type":"s3_zip","bucket":"` + server.Bucket + `","key":"druid/segments2/x"}`} {
		other.LoadSpec = json.RawMessage(elsewhere)
		if err := errors.Join(storage.CheckPushed(&other), storage.CheckThere(t.Context(), &other)); err != nil {
			t.Errorf("%s: %v", elsewhere, err)
		}
	}
	for _, wrong := range []string{`{}`, `[]`, `{"type":"s3_zip","bucket":"` + server.Bucket + `","key":"druid/segments/x"}`, `{"type":"s3_zip","bucket":"` + server.Bucket + `","key":"druid/segments/wiki/../v/3/index.zip"}`} {
		other.LoadSpec = json.RawMessage(wrong)
		if err := storage.CheckPushed(&other); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
	server.Fault(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusForbidden) })
	var missing *deepstorage.MissingError
	if err := storage.CheckThere(t.Context(), &segment); err == nil || errors.As(err, &missing) {
		t.Errorf("a bucket that does not answer: %v", err)
	}
	server.Fault(nil)
	if err := storage.Delete(t.Context(), segment.LoadSpec); err != nil {
		t.Fatal(err)
	}
	if err := storage.CheckThere(t.Context(), &segment); !errors.As(err, &missing) {
		t.Errorf("what is gone: %v", err)
	}
}

// All places are told, page by page, and whose they are; a place that is removed is gone.
func TestPlaces(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	storage := open(t, server)
	for range 3 {
		pushed(t, storage)
	}
	for _, key := range []string{"druid/segments/wiki/i/v/0/index.zip", "druid/segments/wiki/i/v/index.zip", "druid/segments/wiki/i/v/0/x/y/index.zip", "druid/segments2/wiki/i/v/0/index.zip", "druid/segments/wiki/i/v/0/notes"} {
		server.Put(t, key, "hello")
	}
	told := func() (list string, places []deepstorage.Place) {
		err := storage.Walk(t.Context(), func(p *deepstorage.Place) error {
			extent, err := storage.Measure(t.Context(), p)
			list += fmt.Sprintf("%s %s %s own=%v empty=%v young=%v\n", p.DataSource, p.Version, p.Partition, p.Own, extent.Size == 0, time.Since(extent.Changed) < time.Hour)
			places = append(places, *p)
			return err
		}, func(path string, err error) { t.Errorf("%s: %v", path, err) })
		if err != nil {
			t.Error(err)
		}
		return list, places
	}
	one, others := "wiki 2026-03-04T05:06:07.890Z 3 own=true empty=false young=true\n", "wiki v 0 own=false empty=false young=true\n"
	list, places := told()
	if list != one+one+one+others {
		t.Error(list)
	}
	for range 2 {
		if err := storage.Remove(t.Context(), &places[1]); err != nil {
			t.Error(err)
		}
	}
	if _, err := storage.Measure(t.Context(), &places[1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is gone: %v", err)
	}
	if list, _ := told(); list != one+one+others {
		t.Error(list)
	}
	if err := storage.ClearStaging(t.Context()); err != nil {
		t.Error(err)
	}
}

// Of a push that fails, or whose task is shut down meanwhile, nothing is left, whenever that is.
func TestFailedPushLeavesNothing(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	storage := open(t, server)
	segment := druid.DataSegment{DataSource: "wiki", Interval: druid.Interval{Start: 0, End: 1}, Version: "v", ShardSpec: druid.Numbered(0, 1)}
	for name, fault := range map[string]func(cancel func(), w http.ResponseWriter, r *http.Request, next http.Handler){
		"it arrives, and cannot be looked at": func(_ func(), w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		},
		"it arrives as the task ends": func(cancel func(), w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut {
				cancel()
			}
			next.ServeHTTP(w, r)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) { fault(cancel, w, r, next) })
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "version.bin"), []byte("\x00\x00\x00\x09"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := storage.Push(ctx, dir, segment, interval); err == nil || !strings.Contains(err.Error(), "s3://"+server.Bucket+"/druid/segments/wiki/") && !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			server.Fault(nil)
			if keys := server.Keys(t); len(keys) > 0 {
				t.Errorf("left: %v", keys)
			}
		})
	}
}
