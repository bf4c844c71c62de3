// Package buckettest is a server of S3 for tests, whose answers can be made bad. It is in the process of the test, or the one that the environment
// variable OVATE_TEST_S3 names, with what requests are signed with: http://ACCESSKEY:SECRETKEY@HOST:PORT.
package buckettest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"ovate/internal/bucket"
)

// Server is a server with one bucket of its own.
type Server struct {
	URL    string // by which faults come
	Bucket string
	// AccessKey and SecretKey are what requests are signed with.
	AccessKey, SecretKey string

	client  *s3.Client // which no fault comes by
	mu      sync.Mutex
	fault   func(w http.ResponseWriter, r *http.Request, next http.Handler)
	asked   []string
	headers []http.Header
}

// Start starts a server, or makes a bucket on the one that there is. It ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{Bucket: "deep", AccessKey: "AKIDTESTACCESSKEY", SecretKey: "verySecretKeyOfTheTest"}
	var inner http.Handler
	if real := os.Getenv("OVATE_TEST_S3"); real != "" {
		inner = s.behind(t, real)
	} else {
		inner = s.signed(gofakes3.New(s3mem.New(), gofakes3.WithTimeSkewLimit(0)).Server())
		server := httptest.NewServer(inner)
		t.Cleanup(server.Close)
		s.client = newClient(s, server.URL)
	}
	s.makeBucket(t)
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
		Name: s.Bucket, Endpoint: s.URL, Region: region, AccessKey: s.AccessKey, SecretKey: s.SecretKey, PathStyle: true,
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
	return slices.Clone(s.asked)
}

// Headers are those of the requests so far.
func (s *Server) Headers() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.headers)
}
