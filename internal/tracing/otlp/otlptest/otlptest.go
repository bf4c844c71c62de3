// Package otlptest is a collector for tests, which reads what it is sent as the specification of OTLP 1 has it, and fails the test for anything else.
package otlptest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Span is one that a collector has taken.
type Span struct {
	TraceID, ID, Parent, Name string
	Kind, Status              int // the numbers of the specification
	Flags                     uint32
	Message, State            string
	Start, End                time.Time
	Attributes, Resource      map[string]any
	Events                    []string
}

// Collector is a server. What comes to it is answered by Answer, unless that is nil; then it is taken.
type Collector struct {
	*httptest.Server
	t testing.TB

	mu      sync.Mutex
	answer  http.HandlerFunc
	spans   []Span
	headers []http.Header
	came    chan struct{} // closed with the next batch
}

// New starts a collector, which ends with the test.
func New(t testing.TB) *Collector {
	c := &Collector{t: t, came: make(chan struct{})}
	c.Server = httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(c.Close)
	return c
}

// Answer has requests answered by something else, or by the collector again.
func (c *Collector) Answer(by http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = by
}

// Spans are those that were taken so far.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Headers are those of the requests that were taken.
func (c *Collector) Headers() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]http.Header(nil), c.headers...)
}

// patience ends only what hangs: a busy machine may stall for a while.
const patience = 5 * time.Minute

// Until waits until what was taken is enough.
func (c *Collector) Until(enough func([]Span) bool) []Span {
	c.t.Helper()
	timeout := time.After(patience)
	for {
		c.mu.Lock()
		came := c.came
		c.mu.Unlock()
		spans := c.Spans()
		if enough(spans) {
			return spans
		}
		select {
		case <-came:
		case <-timeout:
			c.t.Fatalf("these spans have come, and no more: %+v", spans)
		}
	}
}

// take reads a batch.
func (c *Collector) take(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	answer := c.answer
	c.mu.Unlock()
	if answer != nil {
		answer(w, r)
		return
	}
	body, err := unpacked(r)
	spans, wrong := read(body)
	if err != nil || wrong != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		c.t.Errorf("%s %s with %q: %v, %v: %s", r.Method, r.URL, r.Header, err, wrong, body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans = append(c.spans, spans...)
	c.headers = append(c.headers, r.Header)
	close(c.came)
	c.came = make(chan struct{})
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"partialSuccess":{}}`)) // the exporter may have gone
}

// unpacked is the body of a request.
func unpacked(r *http.Request) ([]byte, error) {
	switch how := r.Header.Get("Content-Encoding"); how {
	case "":
		return io.ReadAll(r.Body)
	case "gzip":
		from, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(from)
	default:
		return nil, fmt.Errorf("packed as %q", how)
	}
}

type (
	pair struct {
		Key   string
		Value map[string]json.RawMessage
	}
	event struct {
		TimeUnixNano, Name     string
		Attributes             []pair
		DroppedAttributesCount int
	}
	span struct {
		TraceID, SpanID, ParentSpanID, TraceState, Name               string
		StartTimeUnixNano, EndTimeUnixNano                            string
		Kind                                                          int
		Flags                                                         uint32
		Attributes                                                    []pair
		Events                                                        []event
		Links                                                         []struct{ TraceID, SpanID string }
		DroppedAttributesCount, DroppedEventsCount, DroppedLinksCount int
		Status                                                        struct {
			Code    int
			Message string
		}
	}
	request struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes []pair }
			ScopeSpans []struct {
				Scope struct{ Name, Version string }
				Spans []span
			}
		}
	}
)

// read reads a body.
func read(body []byte) ([]Span, error) {
	var r request
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return nil, err
	}
	var all []Span
	for _, rs := range r.ResourceSpans {
		resource, err := values(rs.Resource.Attributes)
		if err != nil {
			return nil, err
		}
		for _, ss := range rs.ScopeSpans {
			if ss.Scope.Name == "" {
				return nil, fmt.Errorf("a scope has no name")
			}
			for _, s := range ss.Spans {
				one, err := s.read()
				if err != nil {
					return nil, fmt.Errorf("span %q: %w", s.Name, err)
				}
				one.Resource = resource
				all = append(all, one)
			}
		}
	}
	return all, nil
}

func (s *span) read() (Span, error) {
	out := Span{
		TraceID: s.TraceID, ID: s.SpanID, Parent: s.ParentSpanID, Name: s.Name, Kind: s.Kind, Status: s.Status.Code, Message: s.Status.Message, Flags: s.Flags, State: s.TraceState,
	}
	switch {
	case !id(s.TraceID, 32), !id(s.SpanID, 16), s.ParentSpanID != "" && !id(s.ParentSpanID, 16):
		return out, fmt.Errorf("ids %q, %q and %q, which are hexadecimal, of 16 and 8 bytes", s.TraceID, s.SpanID, s.ParentSpanID)
	case s.Kind < 1 || s.Kind > 5, s.Status.Code < 0 || s.Status.Code > 2, s.Name == "":
		return out, fmt.Errorf("kind %d, status %d", s.Kind, s.Status.Code)
	}
	var err error
	if out.Start, err = instant(s.StartTimeUnixNano); err != nil {
		return out, err
	}
	if out.End, err = instant(s.EndTimeUnixNano); err != nil {
		return out, err
	}
	if out.End.Before(out.Start) {
		return out, fmt.Errorf("it ends at %v, before it begins at %v", out.End, out.Start)
	}
	for _, e := range s.Events {
		if _, err := instant(e.TimeUnixNano); err != nil {
			return out, err
		}
		out.Events = append(out.Events, e.Name)
	}
	out.Attributes, err = values(s.Attributes)
	return out, err
}

func id(text string, length int) bool {
	return len(text) == length && regexp.MustCompile(`^[0-9a-f]*[1-9a-f][0-9a-f]*$`).MatchString(text)
}

func instant(nanos string) (time.Time, error) {
	n, err := strconv.ParseInt(nanos, 10, 64)
	if err == nil && n <= 0 {
		err = fmt.Errorf("time %s", nanos)
	}
	return time.Unix(0, n), err
}

// values reads attributes; numbers are int64 or float64.
func values(pairs []pair) (map[string]any, error) {
	all := map[string]any{}
	for _, p := range pairs {
		if _, twice := all[p.Key]; twice || len(p.Value) != 1 {
			return nil, fmt.Errorf("attribute %s comes twice, or has %d values", p.Key, len(p.Value))
		}
		for kind, raw := range p.Value {
			v, err := value(kind, raw)
			if err != nil {
				return nil, fmt.Errorf("attribute %s: %s is %s: %w", p.Key, kind, raw, err)
			}
			all[p.Key] = v
		}
	}
	return all, nil
}

func value(kind string, raw json.RawMessage) (any, error) {
	var text string
	switch kind {
	case "stringValue":
		err := json.Unmarshal(raw, &text)
		return text, err
	case "intValue":
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, err
		}
		return strconv.ParseInt(text, 10, 64)
	case "boolValue":
		var b bool
		err := json.Unmarshal(raw, &b)
		return b, err
	case "doubleValue":
		if json.Unmarshal(raw, &text) == nil {
			return text, nil
		}
		var f float64
		err := json.Unmarshal(raw, &f)
		return f, err
	case "arrayValue":
		var array struct{ Values []map[string]json.RawMessage }
		if err := json.Unmarshal(raw, &array); err != nil {
			return nil, err
		}
		all := []any{}
		for _, one := range array.Values {
			for kind, raw := range one {
				v, err := value(kind, raw)
				if err != nil {
					return nil, err
				}
				all = append(all, v)
			}
		}
		return all, nil
	}
	return nil, fmt.Errorf("there is no such kind of value")
}
