package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/runner/remote/workertest"
)

// worker is a MiddleManager of a cluster whose tasks append a segment each: they do as tasks of Druid do, and ask whoever leads until they are
// answered.
type worker struct {
	t       testing.TB
	leaders []string // the URLs of all who may lead
	dir     string   // where segments are

	refused   atomic.Int64 // answers that told a task to ask again
	shutdowns atomic.Int64 // requests to end a task

	mu    sync.Mutex
	holds map[string]chan struct{} // tasks that are to wait before they publish
	began map[string]int           // how often a task has begun
}

// works announces a worker to a cluster.
func works(t testing.TB, keeper string, leaders ...string) *worker {
	t.Helper()
	w := &worker{t: t, leaders: leaders, dir: t.TempDir(), holds: map[string]chan struct{}{}, began: map[string]int{}}
	var answers http.Handler
	listens := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/shutdown") {
			w.shutdowns.Add(1)
		}
		answers.ServeHTTP(rw, r)
	}))
	host, port, err := net.SplitHostPort(listens.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	fake := workertest.New(listens.Listener.Addr().String(), 4, druid.TaskLocation{Host: host, Port: number, TLSPort: -1})
	fake.Work = w.work
	answers = fake
	config, err := zookeeper.ParseConfig(func(name string) (string, bool) {
		value, set := map[string]string{"druid.zk.service.host": keeper, "druid.zk.service.sessionTimeoutMs": "2000"}[name]
		return value, set
	})
	if err != nil {
		t.Fatal(err)
	}
	announcer, err := zookeeper.Open(config, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	withdraw, err := announcer.Announce(fake.Node())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		withdraw()
		announcer.Close()
		fake.Close()
		listens.CloseClientConnections()
		listens.Close()
	})
	return w
}

// hold has a task wait before it publishes, until what is returned is called.
func (w *worker) hold(id string) (release func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := make(chan struct{})
	w.holds[id] = held
	return sync.OnceFunc(func() { close(held) })
}

// begun is how often a task has begun here.
func (w *worker) begun(id string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.began[id]
}

// work is what a task does.
func (w *worker) work(ctx context.Context, id string, payload []byte) error {
	w.mu.Lock()
	w.began[id]++
	held := w.holds[id]
	w.mu.Unlock()
	var task struct {
		Spec struct{ DataSchema struct{ DataSource string } }
	}
	if err := json.Unmarshal(payload, &task); err != nil {
		return err
	}
	p := &peon{worker: w, id: id}
	day := druid.Instant(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli())
	got, err := action.Do(ctx, p, action.SegmentAllocate{
		DataSource: task.Spec.DataSchema.DataSource, Timestamp: day, QueryGranularity: druid.None, PreferredGranularity: druid.Day, SequenceName: id,
	})
	if err != nil || got == nil {
		return fmt.Errorf("allocated %v: %w", got, err)
	}
	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	files := filepath.Join(w.dir, id)
	if err := os.Mkdir(files, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(files, "version.bin"), []byte{0, 0, 0, 9}, 0o644); err != nil {
		return err
	}
	segment := druid.DataSegment{
		DataSource: got.ID.DataSource, Interval: got.ID.Interval, Version: got.ID.Version, ShardSpec: got.ShardSpec, BinaryVersion: 9, Size: 4,
		LoadSpec: encode(w.t, object{"type": "local", "path": files}),
	}
	answer, err := action.Do(ctx, p, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{segment}})
	if err == nil && !answer.Success {
		err = fmt.Errorf("not published: %s", answer.ErrorMsg)
	}
	return err
}

// peon is the process of a task.
type peon struct {
	*worker
	id string
}

// Do implements action.Client: it asks again until it is answered.
func (p *peon) Do(ctx context.Context, r action.Request) error {
	text, err := r.AppendAction(nil)
	if err != nil {
		return err
	}
	for try := 0; ctx.Err() == nil; try++ {
		code, answer := p.ask(ctx, p.leaders[try%len(p.leaders)], text)
		switch {
		case code == http.StatusOK:
			var body struct{ Result json.RawMessage }
			if err := json.Unmarshal(answer, &body); err != nil {
				return err
			}
			return r.SetAnswer(body.Result)
		case code >= http.StatusBadRequest && code < http.StatusInternalServerError:
			return fmt.Errorf("%d %s", code, answer)
		}
		p.refused.Add(1)
		select {
		case <-time.After(20 * time.Millisecond): // as a task does, which waits longer
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

// ask asks a server once; 0 is no answer.
func (p *peon) ask(ctx context.Context, server string, text []byte) (code int, answer []byte) {
	body := encode(p.t, object{"task": object{"id": p.id}, "action": json.RawMessage(text)})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server+"/druid/indexer/v1/action", bytes.NewReader(body))
	if err != nil {
		p.t.Error(err)
		return http.StatusBadRequest, nil
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r) // which follows who leads
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	if answer, err = io.ReadAll(resp.Body); err != nil {
		return 0, nil
	}
	return resp.StatusCode, answer
}
