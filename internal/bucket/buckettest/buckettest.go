// Package buckettest is a server of S3 for tests, in the process of the test, whose answers can be made bad.
package buckettest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"ovate/internal/bucket"
)

// Name is the bucket that a server has.
const Name = "deep"

// AccessKey and SecretKey are what requests to it are signed with.
const (
	AccessKey = "AKIDTESTACCESSKEY"
	SecretKey = "verySecretKeyOfTheTest"
)

// Server is a server with one bucket in memory.
type Server struct {
	URL string

	objects *s3mem.Backend
	mu      sync.Mutex
	fault   func(w http.ResponseWriter, r *http.Request, next http.Handler)
	asked   []string
	headers []http.Header
}

// Start starts a server, which ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{objects: s3mem.New()}
	if err := s.objects.CreateBucket(Name); err != nil {
		t.Fatal(err)
	}
	inner := gofakes3.New(s.objects, gofakes3.WithTimeSkewLimit(0)).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		fault := s.fault
		s.asked = append(s.asked, r.Method+" "+r.URL.Path)
		s.headers = append(s.headers, r.Header.Clone())
		s.mu.Unlock()
		if fault != nil {
			fault(w, r, inner)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Config reaches the bucket, and waits for nothing.
func (s *Server) Config() bucket.Config {
	return bucket.Config{
		Name: Name, Endpoint: s.URL, Region: "us-east-1", AccessKey: AccessKey, SecretKey: SecretKey, PathStyle: true,
		PartSize: 5 << 20, PartsFrom: 5 << 20, ListLength: 2, Patience: 5 * time.Second, Backoff: time.Millisecond,
	}
}

// Fault has requests answered by fn, which may hand them on to next; nil ends that.
func (s *Server) Fault(fn func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fn
}

// Asked are the requests so far: method and path.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Headers are those of the requests so far.
func (s *Server) Headers() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]http.Header(nil), s.headers...)
}

// Keys are those of all objects.
func (s *Server) Keys(t testing.TB) (keys []string) {
	t.Helper()
	list, err := s.objects.ListBucket(Name, &gofakes3.Prefix{}, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		keys = append(keys, o.Key)
	}
	return keys
}

// Get is an object's content; nil if there is none.
func (s *Server) Get(t testing.TB, key string) []byte {
	t.Helper()
	o, err := s.objects.GetObject(Name, key, nil)
	if err != nil {
		if strings.Contains(err.Error(), string(gofakes3.ErrNoSuchKey)) {
			return nil
		}
		t.Fatal(err)
	}
	content, err := io.ReadAll(o.Contents)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Put puts an object.
func (s *Server) Put(t testing.TB, key, content string) {
	t.Helper()
	if _, err := s.objects.PutObject(Name, key, map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}, strings.NewReader(content), int64(len(content)), nil); err != nil {
		t.Fatal(err)
	}
}
