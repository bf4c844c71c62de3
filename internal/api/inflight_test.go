package api

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/gzip"

	"ovate/internal/auth"
	"ovate/internal/room"
)

// stalled is a body that stops before its last byte until it is told to go on.
type stalled struct {
	text    io.Reader
	waiting chan<- bool
	goOn    <-chan bool
}

func (s *stalled) Read(b []byte) (int, error) {
	n, err := s.text.Read(b)
	if err == io.EOF {
		s.waiting <- true
		<-s.goOn
	}
	return n, err
}

// TestBodiesInFlight fills what all bodies may take with four that do not end: a fifth is refused, small ones pass, and
// once the four are through, there is room again.
func TestBodiesInFlight(t *testing.T) {
	t.Parallel()
	f := setup()
	large := strings.Repeat(" ", 1<<20-5) + `["x"]`
	waiting, goOn := make(chan bool), make(chan bool)
	codes := make(chan int)
	for range 4 {
		go func() {
			r := httptest.NewRequest("POST", base+"/taskStatus", &stalled{strings.NewReader(large), waiting, goOn})
			r.Header.Set("Content-Type", contentJSON)
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			codes <- w.Code
		}()
		<-waiting
	}
	w := f.answer("POST", base+"/taskStatus", large)
	if w.Code != 429 || w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), "ovate.http.maxBodySize") {
		t.Errorf("a fifth large body: %d %s", w.Code, w.Body)
	}
	if w := f.answer("POST", base+"/taskStatus", `["x"]`); w.Code != 200 {
		t.Errorf("a small body beside large ones: %d %s", w.Code, w.Body)
	}
	for range 4 {
		goOn <- true
		if code := <-codes; code != 200 {
			t.Errorf("a body that came late: %d", code)
		}
	}
	if w := f.answer("POST", base+"/taskStatus", large); w.Code != 200 {
		t.Errorf("when all are through: %d %s", w.Code, w.Body)
	}
}

// TestBodiesThatUnpackToMuch are small when they come, and become many values. None may take memory that is not counted.
func TestBodiesThatUnpackToMuch(t *testing.T) {
	t.Parallel()
	zipped := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, text)
		z.Close()
		return b.String()
	}
	ids := smileHeader + "\xf8" + strings.Repeat("\x20", 300_001) + "\xf9" // ["","",…]
	var many strings.Builder
	for i := range maxIDs + 1 {
		fmt.Fprintf(&many, ",%d", i)
	}
	for _, c := range []struct {
		name, path, body, contentType, coding string
		limit                                 int64
		status                                int
		says                                  string
	}{
		{"zeros", "/taskStatus", zipped("[" + strings.Repeat("0,", 500_000) + "0]"), contentJSON, "gzip", 1 << 20, 413, "Request body has 500001 JSON values"},
		{"filters", "/activeLocks", zipped("[" + strings.Repeat("{},", 300_000) + "{}]"), contentJSON, "gzip", 1 << 20, 413, "JSON values"},
		{"task", "/task", zipped(`{"type":"noop","x":[` + strings.Repeat("[],", 300_000) + "0]}"), contentJSON, "gzip", 1 << 20, 413, "JSON values"},
		{"empty texts in Smile", "/taskStatus", zipped(ids), contentSmile, "gzip", 1 << 19, 413, "larger than the limit of 524288 bytes"},
		{"ids", "/taskStatus", zipped("[" + many.String()[1:] + "]"), contentJSON, "gzip", 8 << 20, 413, "Request body has 100001 task ids, but one call may have at most 100000"},
	} {
		f := setupWith(func(o *Options) { o.BodyLimit = c.limit })
		w := f.answer("POST", base+c.path, c.body, "Content-Type", c.contentType, "Content-Encoding", c.coding)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}

// cutOff is a body that breaks off at once.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestAnnouncedLengthTakesNothing is not parallel: it looks at all memory that is taken.
func TestAnnouncedLengthTakesNothing(t *testing.T) {
	f := setupWith(func(o *Options) { o.BodyLimit = 60 << 20 })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 130 {
		r := httptest.NewRequest("POST", base+"/taskStatus", cutOff{})
		r.ContentLength = 60_000_000
		r.Header.Set("Content-Type", contentJSON)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 60_000_000 {
		t.Errorf("130 announced bodies of which nothing came took %d bytes", taken)
	}
}

func TestContextTooLong(t *testing.T) {
	t.Parallel()
	f := setupWith(func(o *Options) { o.BodyLimit = 8 << 20 })
	w := f.answer("POST", base+"/task", `{"type":"noop","context":{"a":"`+strings.Repeat("x", 4<<20)+`"}}`)
	if w.Code != 400 || !strings.Contains(w.Body.String(), "context: must have at most 4194304 bytes of JSON") || len(f.tasks.added) > 0 {
		t.Errorf("%d %.300s", w.Code, w.Body)
	}
}

// unread is a client that takes nothing of its answer until it is told to.
type unread struct {
	*httptest.ResponseRecorder
	goOn <-chan bool
}

func (u *unread) Write(b []byte) (int, error) {
	<-u.goOn
	return u.ResponseRecorder.Write(b)
}

// TestLargeAnswersInFlight: payloads that nobody takes keep others of their size waiting, and then away, but never small ones; what
// they had is given back.
func TestLargeAnswersInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := setup() // 4 MiB for all answers
		f.tasks.payload = `"` + strings.Repeat("x", 1<<20-2) + `"`
		goOn, codes := make(chan bool), make(chan int)
		for range 2 {
			go func() {
				w := httptest.NewRecorder()
				f.ServeHTTP(&unread{w, goOn}, httptest.NewRequest("GET", base+"/task/t", nil))
				codes <- w.Code
			}()
		}
		synctest.Wait()
		begun := time.Now()
		w := f.answer("GET", base+"/task/t", "")
		if w.Code != 429 || w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), "ovate.http.maxBodySize") || time.Since(begun) != room.Patience {
			t.Errorf("a third payload, after %v: %d %.200s", time.Since(begun), w.Code, w.Body)
		}
		waited := make(chan int)
		for range waitsPerTask / 2 { // as many as may
			go func() { waited <- f.answer("GET", base+"/task/t", "").Code }()
		}
		synctest.Wait()
		begun = time.Now()
		if w := f.answer("GET", base+"/task/t", ""); w.Code != 429 || time.Since(begun) != 0 {
			t.Errorf("one beside as many as may wait, after %v: %d", time.Since(begun), w.Code)
		}
		for range waitsPerTask / 2 {
			if code := <-waited; code != 429 {
				t.Errorf("one that waits: %d", code)
			}
		}
		if w := f.answer("GET", base+"/supervisor/history", ""); w.Code != 429 {
			t.Errorf("a list beside them: %d %.200s", w.Code, w.Body)
		}
		f.tasks.payload = ""
		if w := f.answer("GET", base+"/task/t", ""); w.Code != 200 {
			t.Errorf("a small payload beside large ones: %d %s", w.Code, w.Body)
		}
		close(goOn)
		for range 2 {
			if code := <-codes; code != 200 {
				t.Errorf("a payload that was read late: %d", code)
			}
		}
		f.tasks.payload = `"` + strings.Repeat("x", 8<<20) + `"`
		if w := f.answer("GET", base+"/task/t", ""); w.Code != 200 || w.Body.Len() != 8<<20+2+len(`{"task":"t","payload":}`) {
			t.Errorf("one that is larger than all that there is: %d, %d bytes", w.Code, w.Body.Len())
		}
	})
}

// TestSharesOfMemory: however much one user asks for and does not take, or announces and does not send, there is room for others, at once.
func TestSharesOfMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := setup() // 4 MiB each for all answers and for all bodies
		joe, sue := auth.NewIdentity("joe", auth.AllowAll{}), auth.NewIdentity("sue", auth.AllowAll{})
		as := func(i auth.Identity, r *http.Request) *http.Request { return r.WithContext(auth.With(r.Context(), i)) }
		f.tasks.payload = `"` + strings.Repeat("x", 1<<20-2) + `"`
		goOn := make(chan bool)
		var all sync.WaitGroup
		for range 2 * waitsPerTask { // of which some have room, some wait, and the others are refused
			all.Go(func() {
				f.API.ServeHTTP(&unread{httptest.NewRecorder(), goOn}, as(joe, httptest.NewRequest("GET", base+"/task/t", nil)))
			})
			all.Go(func() {
				r := as(joe, httptest.NewRequest("POST", base+"/taskStatus", &stalled{strings.NewReader(strings.Repeat(" ", 1<<20-5) + `["x"]`), make(chan bool, 1), goOn}))
				r.Header.Set("Content-Type", contentJSON)
				f.API.ServeHTTP(httptest.NewRecorder(), r)
			})
		}
		synctest.Wait()
		begun := time.Now()
		for _, path := range []string{"/task/t", "/tasks?max=1", "/supervisor", "/supervisor/history"} {
			if w := f.answerTo(sue, "GET", base+path, ""); w.Code != 200 {
				t.Errorf("%s: %d %.200s", path, w.Code, w.Body)
			}
		}
		if w := f.answerTo(sue, "POST", base+"/taskStatus", strings.Repeat(" ", 1<<19)+`["x"]`); w.Code != 200 {
			t.Errorf("a body: %d %.200s", w.Code, w.Body)
		}
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("another user waits for %v", waited)
		}
		close(goOn)
		all.Wait()
	})
}

// An id that follows from the key of somebody's request is nobody's to give.
func TestIDOfAKey(t *testing.T) {
	t.Parallel()
	f := setup()
	const id = "noop_key_0123456789abcdef0123456789abcdef"
	if w := f.answer("POST", base+"/task", `{"type":"noop","id":"`+id+`"}`); w.Code != 400 || !strings.Contains(w.Body.String(), id) || len(f.tasks.added) > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := f.answer("POST", base+"/task", `{"type":"noop","id":"`+id+`x"}`); w.Code != 200 {
		t.Errorf("one that only looks so: %d %s", w.Code, w.Body)
	}
}
