package bucket_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ovate/internal/bucket"
	"ovate/internal/bucket/buckettest"
)

func open(t *testing.T, c bucket.Config) *bucket.Bucket {
	t.Helper()
	b, err := bucket.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// file is a file of so many random bytes.
func file(t *testing.T, size int) (path string, content []byte) {
	t.Helper()
	content = make([]byte, size)
	rand.Read(content)
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, content
}

const large = bucket.LeastPart + 1000 // two parts

// breakOff ends a connection in the midst of whatever is sent.
func breakOff(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// Whatever goes wrong now and then, what is put is there as it was, and what is fetched, too.
func TestFaultsThatPass(t *testing.T) {
	t.Parallel()
	faults := map[string]func(w http.ResponseWriter, r *http.Request, next http.Handler, n int64){
		"503": func(w http.ResponseWriter, _ *http.Request, _ http.Handler, _ int64) {
			w.WriteHeader(http.StatusServiceUnavailable)
		},
		"500": func(w http.ResponseWriter, _ *http.Request, _ http.Handler, _ int64) {
			w.WriteHeader(http.StatusInternalServerError)
		},
		"the connection breaks off": func(w http.ResponseWriter, r *http.Request, _ http.Handler, _ int64) {
			_, _ = io.CopyN(io.Discard, r.Body, 1000)
			breakOff(w)
		},
		"the answer gets lost": func(w http.ResponseWriter, r *http.Request, next http.Handler, _ int64) {
			next.ServeHTTP(discarded{http.Header{}}, r)
			breakOff(w)
		},
		"half of the answer comes": func(w http.ResponseWriter, r *http.Request, next http.Handler, _ int64) {
			whole := &held{header: w.Header()}
			next.ServeHTTP(whole, r)
			w.Header().Del("Content-Length")
			_, _ = w.Write(whole.body.Bytes()[:whole.body.Len()/2])
			breakOff(w)
		},
	}
	for name, fault := range faults {
		for _, size := range []int{100, large} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				server := buckettest.Start(t)
				var n atomic.Int64
				server.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
					if i := n.Add(1); i%2 == 1 {
						fault(w, r, next, i)
						return
					}
					next.ServeHTTP(w, r)
				})
				b := open(t, server.Config())
				path, content := file(t, size)
				if err := b.Put(t.Context(), "a/b", path); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(server.Get(t, "a/b"), content) {
					t.Error("what was put is not what is there")
				}
				got := path + ".back"
				if err := b.Fetch(t.Context(), "a/b", got); err != nil {
					t.Fatal(err)
				}
				if back, err := os.ReadFile(got); err != nil || !bytes.Equal(back, content) {
					t.Errorf("what was fetched is not what was put: %v", err)
				}
			})
		}
	}
}

// discarded takes an answer that nobody gets.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d discarded) WriteHeader(int)             {}

// held keeps an answer.
type held struct {
	header http.Header
	body   bytes.Buffer
}

func (h *held) Header() http.Header         { return h.header }
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }
func (h *held) WriteHeader(int)             {}

// A bucket that fails for good is an error that names bucket and key, and not what requests are signed with. Nothing is left of the upload.
func TestFaultsThatStay(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]func(w http.ResponseWriter, r *http.Request){
		"503": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"cut": func(w http.ResponseWriter, _ *http.Request) { breakOff(w) },
		"none": func(_ http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err == nil {
				<-r.Context().Done() // which is when the client has given up
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := buckettest.Start(t)
			c := server.Config()
			if name == "none" {
				c.Patience = 500 * time.Millisecond
			}
			b := open(t, c)
			path, _ := file(t, large)
			server.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodPut { // parts
					fault(w, r)
					return
				}
				next.ServeHTTP(w, r)
			})
			err := b.Put(t.Context(), "a/b", path)
			if err == nil || !strings.Contains(err.Error(), "s3://"+server.Bucket+"/a/b") {
				t.Errorf("error %v", err)
			}
			if err != nil && (strings.Contains(err.Error(), server.SecretKey) || strings.Contains(err.Error(), "Signature=")) {
				t.Errorf("the error tells secrets: %v", err)
			}
			if _, err := b.Stat(t.Context(), "a/b"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("there is something: %v", err)
			}
			server.Fault(nil)
			err = b.AbortUploads(t.Context(), "", time.Now().Add(time.Hour), func(key string) bool {
				t.Errorf("parts of %s are left", key)
				return true
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// An older object under the key, of the same length, is not taken for what was put, if the server refuses to make an object of the parts; once it has
// made one, and the answer got lost, that is what was put.
func TestUploadOverOlderObject(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request, next http.Handler)
		put    bool
	}{
		"refused": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusForbidden) }, false},
		"no upload": {func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<Error><Code>NoSuchUpload</Code></Error>")
		}, false},
		"lost": {func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(discarded{http.Header{}}, r)
			breakOff(w)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := buckettest.Start(t)
			b := open(t, server.Config())
			older, want := file(t, large)
			if err := b.Put(t.Context(), "a/b", older); err != nil {
				t.Fatal(err)
			}
			server.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodPost && r.URL.Query().Has("uploadId") { // the parts are to become an object
					c.answer(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			})
			path, content := file(t, large)
			if c.put {
				want = content
			}
			if err := b.Put(t.Context(), "a/b", path); (err == nil) != c.put {
				t.Errorf("error %v", err)
			}
			if !bytes.Equal(server.Get(t, "a/b"), want) {
				t.Error("what is there is not what should be")
			}
		})
	}
}

// What a process left that ended in the midst of an upload is given up, once it is old enough, and if it is one's own.
func TestUnfinishedUploads(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	b := open(t, server.Config())
	path, _ := file(t, large)
	var once sync.Once
	ctx, kill := context.WithCancel(t.Context())
	server.Fault(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodDelete { // so that nothing is cleared away
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if r.Method == http.MethodPut {
			once.Do(kill)
		}
		next.ServeHTTP(w, r)
	})
	if err := b.Put(ctx, "a/b", path); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	server.Fault(nil)
	left := func(before time.Time, own bool) (keys string) {
		err := b.AbortUploads(t.Context(), "a/", before, func(key string) bool { keys += key; return own })
		if err != nil {
			t.Error(err)
		}
		return keys
	}
	now := time.Now()
	if got := []string{left(now.Add(-time.Hour), true), left(now.Add(time.Hour), false), left(now.Add(time.Hour), true)}; strings.Join(got, ",") != ",a/b,a/b" {
		t.Errorf("uploads given up: %q", got)
	}
	for left(now.Add(time.Hour), true) != "" { // a part that was on its way may have come to a real server after that
	}
}

// What is asked of the bucket's side is said in each request that puts, and where the key is the client's, in those that read, too.
func TestRequests(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	key := bytes.Repeat([]byte{7}, 32)
	for name, c := range map[string]struct {
		change func(*bucket.Config)
		put    map[string]string
		read   string
	}{
		"plain":  {func(c *bucket.Config) {}, map[string]string{"X-Amz-Acl": "bucket-owner-full-control", "X-Amz-Server-Side-Encryption": ""}, ""},
		"no acl": {func(c *bucket.Config) { c.DisableACL = true }, map[string]string{"X-Amz-Acl": ""}, ""},
		"s3":     {func(c *bucket.Config) { c.Encryption.Type = bucket.SSES3 }, map[string]string{"X-Amz-Server-Side-Encryption": "AES256"}, ""},
		"kms": {func(c *bucket.Config) { c.Encryption = bucket.Encryption{Type: bucket.SSEKMS, KeyID: "k"} },
			map[string]string{"X-Amz-Server-Side-Encryption": "aws:kms", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "k"}, ""},
		"custom": {func(c *bucket.Config) { c.Encryption = bucket.Encryption{Type: bucket.SSECustom, Key: key} },
			map[string]string{"X-Amz-Server-Side-Encryption-Customer-Algorithm": "AES256"}, base64.StdEncoding.EncodeToString(key)},
	} {
		t.Run(name, func(t *testing.T) {
			config := server.Config()
			c.change(&config)
			b := open(t, config)
			for _, size := range []int{10, large} {
				path, _ := file(t, size)
				before := len(server.Headers())
				if err := b.Put(t.Context(), "x", path); err != nil {
					t.Fatal(err)
				}
				puts := server.Headers()[before]
				for header, want := range c.put {
					if got := puts.Get(header); got != want {
						t.Errorf("%d bytes: %s is %q, want %q", size, header, got, want)
					}
				}
				for i, headers := range server.Headers()[before:] {
					if got := headers.Get("X-Amz-Server-Side-Encryption-Customer-Key"); got != c.read {
						t.Errorf("%d bytes: request %d brings the key %q, want %q", size, i, got, c.read)
					}
				}
			}
		})
	}
}

// All pages are listed, and what is removed is gone.
func TestList(t *testing.T) {
	t.Parallel()
	server := buckettest.Start(t)
	b := open(t, server.Config()) // with pages of two
	for _, key := range []string{"a/1", "a/2", "a/3", "a/4", "a/5", "b/1"} {
		server.Put(t, key, "x"+key)
	}
	var keys []string
	list := func() {
		t.Helper()
		keys = nil
		if err := b.List(t.Context(), "a/", func(o bucket.Object) error { keys = append(keys, o.Key); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if list(); strings.Join(keys, " ") != "a/1 a/2 a/3 a/4 a/5" {
		t.Error(keys)
	}
	for range 2 {
		if err := b.Delete(t.Context(), "a/3"); err != nil {
			t.Error(err)
		}
	}
	if list(); strings.Join(keys, " ") != "a/1 a/2 a/4 a/5" {
		t.Error(keys)
	}
	if err := b.Fetch(t.Context(), "a/3", filepath.Join(t.TempDir(), "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
