package emitter

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"ovate/druid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var overlord = Service{Name: "druid/overlord", Host: "localhost:8090", Version: "33.0.0"}

// Events have the shape of Druid's ServiceMetricEvent.
func TestShape(t *testing.T) {
	t.Parallel()
	at := druid.Instant(1704067200123)
	for want, e := range map[string]Event{
		`{"feed":"metrics","timestamp":"2024-01-01T00:00:00.123Z","service":"druid/overlord","host":"localhost:8090","version":"33.0.0","metric":"task/run/time","value":12,"dataSource":"wiki","taskId":"a\"b"}`: {
			At: at, Metric: "task/run/time", Value: 12, Dims: []Dim{{Name: "dataSource", Value: "wiki"}, {Name: "taskId", Value: `a"b`}}},
		`{"feed":"metrics","timestamp":"2024-01-01T00:00:00.123Z","service":"druid/overlord","host":"localhost:8090","version":"33.0.0","metric":"service/heartbeat","value":1,"leader":1}`: {
			At: at, Metric: "service/heartbeat", Value: 1, Dims: []Dim{{Name: "leader", Value: "1", Number: true}}},
		`{"feed":"metrics","timestamp":"2024-01-01T00:00:00.123Z","service":"druid/overlord","host":"localhost:8090","version":"33.0.0","metric":"m","value":1.5}`: {
			At: at, Metric: "m", Value: 1.5, Dims: []Dim{{Name: "value", Value: "mine"}}},
	} {
		if got := string(overlord.append(nil, &e)); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// Whatever is in it, an event is JSON that says what went in.
func TestEventsAreJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := Event{At: 1, Metric: rapid.String().Draw(t, "metric"), Value: rapid.Float64Range(-1e15, 1e15).Draw(t, "value"), Dims: []Dim{{Name: "dataSource", Value: rapid.String().Draw(t, "dim")}}}
		var got struct {
			Metric, DataSource string
			Value              float64
		}
		text := overlord.append(nil, &e)
		if err := json.Unmarshal(text, &got); err != nil || got.Metric != e.Metric || got.DataSource != e.Dims[0].Value || got.Value != e.Value {
			t.Fatalf("%s: %+v, %v; want %+v", text, got, err, e)
		}
	})
}

// recipient takes batches, unless it is told to refuse them.
type recipient struct {
	mu      sync.Mutex
	refuses int // so many more
	batches []string
	tries   []*http.Request
}

// RoundTrip implements http.RoundTripper, so that a test needs no network.
func (r *recipient) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	r.tries = append(r.tries, request)
	w := httptest.NewRecorder()
	if r.refuses > 0 {
		r.refuses--
		w.WriteHeader(http.StatusServiceUnavailable)
		return w.Result(), nil
	}
	r.batches = append(r.batches, string(body))
	return w.Result(), nil
}

func (r *recipient) took() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.batches
}

func (r *recipient) tried() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.tries)
}

// posts is an emitter to a recipient.
func posts(r *recipient, change func(*HTTPConfig)) *Emitter {
	c := HTTPConfig{URL: "http://h/", FlushPeriod: time.Minute, FlushCount: 3, MaxBatch: 1 << 20, MaxQueue: 2, Timeout: time.Second}
	if change != nil {
		change(&c)
	}
	log := slog.New(slog.DiscardHandler)
	return New(func() Service { return overlord }, log, NewHTTP(c, &http.Client{Transport: r}, log))
}

// metrics are the names of the metrics in batches.
func metrics(t *testing.T, batches []string) string {
	t.Helper()
	var names []string
	for _, batch := range batches {
		var events []struct{ Metric string }
		if err := json.Unmarshal([]byte(batch), &events); err != nil {
			t.Fatalf("%s: %v", batch, err)
		}
		for _, e := range events {
			names = append(names, e.Metric)
		}
		names = append(names, "|")
	}
	return strings.Join(names, "")
}

// A batch leaves once it has as many events as it may, or has waited long enough, and what is left at the end.
func TestBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recipient{}
		e := posts(r, nil)
		e.Emit(Event{Metric: "a"}) // before the start
		e.Start()
		for _, m := range []string{"b", "c", "d"} {
			e.Emit(Event{Metric: m})
		}
		synctest.Wait()
		if got := metrics(t, r.took()); got != "abc|" {
			t.Errorf("at first: %s", got)
		}
		time.Sleep(time.Minute + 2*tick)
		if got := metrics(t, r.took()); got != "abc|d|" {
			t.Errorf("after a minute: %s", got)
		}
		e.Emit(Event{Metric: "e"})
		e.Stop()
		e.Stop()
		e.Emit(Event{Metric: "f"})
		if got := metrics(t, r.took()); got != "abc|d|e|" {
			t.Errorf("at the end: %s", got)
		}
	})
}

// A recipient that refuses gets the batch again, later each time, in order; when too many wait the oldest is lost.
func TestRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recipient{refuses: 3}
		e := posts(r, func(c *HTTPConfig) { c.FlushCount = 1 })
		e.Start()
		e.Emit(Event{Metric: "a"})
		e.Emit(Event{Metric: "b"})
		synctest.Wait()
		if n := r.tried(); n != 1 {
			t.Errorf("%d tries at once", n)
		}
		time.Sleep(30 * time.Second)
		if got := metrics(t, r.took()); got != "a|b|" || r.tried() != 5 {
			t.Errorf("%s after %d tries", got, r.tried())
		}
		r.mu.Lock()
		r.refuses = 1
		r.mu.Unlock()
		for _, m := range []string{"c", "d", "e"} {
			e.Emit(Event{Metric: m})
		}
		synctest.Wait()
		time.Sleep(30 * time.Second)
		if got := metrics(t, r.took()); got != "a|b|d|e|" {
			t.Errorf("%s", got)
		}
		e.Stop()
	})
}

// Nobody waits for a recipient that does not answer: events that find no room are counted, and Stop gives it up.
func TestNeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hangs := roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		log := slog.New(slog.DiscardHandler)
		h := NewHTTP(HTTPConfig{URL: "http://h/", FlushPeriod: time.Second, FlushCount: 1, MaxBatch: 1 << 20, MaxQueue: 2, Timeout: time.Hour}, &http.Client{Transport: hangs}, log)
		e := New(func() Service { return overlord }, log, h)
		e.Start()
		e.Emit(Event{Metric: "first"})
		synctest.Wait()
		begun := time.Now()
		for range capacity + 7 {
			e.Emit(Event{Metric: "m"})
		}
		if took := time.Since(begun); took != 0 || e.Lost() != 7 {
			t.Errorf("%v, %d lost", took, e.Lost())
		}
		e.Stop()
		if took := time.Since(begun); took > stopPatience+time.Second {
			t.Errorf("Stop took %v", took)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Batches have the encoding and the user that are asked for, and no more bytes than they may.
func TestEncodings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &recipient{}
		e := posts(r, func(c *HTTPConfig) {
			c.Gzip, c.Lines, c.User, c.Password, c.FlushCount, c.MaxBatch = true, true, "me", "hush", 100, 350
		})
		e.Start()
		for i := range 3 { // of about 150 bytes each
			e.Emit(Event{Metric: fmt.Sprint(i)})
		}
		e.Stop()
		var text []byte
		for _, batch := range r.took() {
			reader, err := gzip.NewReader(strings.NewReader(batch))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(reader)
			if err != nil || len(plain) > 350 {
				t.Errorf("%d bytes, %v", len(plain), err)
			}
			text = append(text, plain...)
		}
		if lines := bytes.Split(bytes.TrimSpace(text), []byte("\n")); len(lines) != 3 || len(r.took()) != 2 || !json.Valid(lines[2]) {
			t.Errorf("%d batches: %s", len(r.took()), text)
		}
		first := r.tries[0]
		if user, password, _ := first.BasicAuth(); user != "me" || password != "hush" || first.Header.Get("Content-Encoding") != "gzip" || first.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v", first.Header)
		}
	})
}

// The log gets the JSON of events, as it is in JSON, too.
func TestLogging(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	e := New(func() Service { return overlord }, log, Logging{log, slog.LevelInfo}, Logging{log, slog.LevelDebug})
	e.Start()
	e.Emit(Event{Metric: "m", Value: 2})
	e.Stop()
	var line struct{ Event struct{ Metric string } }
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line.Event.Metric != "m" {
		t.Errorf("%s: %v", out.String(), err)
	}
}

// An emitter without anybody who takes events, or none at all, does nothing, whatever is called.
func TestNobody(t *testing.T) {
	t.Parallel()
	var none *Emitter
	none.Emit(Event{})
	e := New(func() Service { panic("nobody asks") }, slog.New(slog.DiscardHandler))
	e.Stop()
	e.Start()
	e.Emit(Event{})
	if none.Wanted() || e.Wanted() || e.Lost() != 0 {
		t.Error("somebody wants events")
	}
}
