package v1_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate"
	"ovate/internal/disk/disktest"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/seal"
)

// receiver is a server that is told of events.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	events []string // TASK EVENT, each once
	seen   map[string]bool
	refuse int // so many requests are answered 500
	wrong  []string
}

func newReceiver(t *testing.T, secret string) *receiver {
	t.Helper()
	r := &receiver{seen: map[string]bool{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		mac := hmac.New(sha256.New, []byte(secret))
		id := q.Header.Get("webhook-id")
		fmt.Fprintf(mac, "%s.%s.%s", id, q.Header.Get("webhook-timestamp"), body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); q.Header.Get("webhook-signature") != want {
			r.wrong = append(r.wrong, fmt.Sprint(q.Header))
		}
		if r.refuse > 0 {
			r.refuse--
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		var told struct {
			Type string
			Data struct{ ID string }
		}
		if err := json.Unmarshal(body, &told); err != nil {
			r.wrong = append(r.wrong, string(body))
		}
		if !r.seen[id] {
			r.seen[id] = true
			r.events = append(r.events, told.Data.ID+" "+told.Type)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

// wait waits until something was told, and returns all that was.
func (r *receiver) wait(t *testing.T, event string) []string {
	t.Helper()
	for t.Context().Err() == nil {
		r.mu.Lock()
		all := append([]string{}, r.events...)
		r.mu.Unlock()
		if event == "" || strings.Contains(strings.Join(all, ","), event) {
			return all
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s was not told", event)
	return nil
}

// TestWebhooks: who asks for it is told of what becomes of tasks, in order and signed, after a refusal and after a restart, too.
func TestWebhooks(t *testing.T) {
	t.Parallel()
	const secret = "a secret of some length"
	properties := map[string]string{"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "ovate.webhooks.allowPrivate": "true"}
	s, stop := startServer(t, properties)
	all, some := newReceiver(t, secret), newReceiver(t, secret)
	all.refuse = 2
	type hook struct{ ID, URL, Secret string }
	post := func(r *receiver, more string) hook {
		got := s.expect(201, "", "POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":%q,"secret":%q%s}`, r.URL+"/told", secret, more))
		if strings.Contains(got.body, secret) {
			t.Errorf("the secret is shown: %s", got.body)
		}
		return decode[hook](t, got)
	}
	first := post(all, "")
	post(some, `,"events":["task.failed"],"labels":["team=data"]`)
	s.expect(200, "", "POST", "/druid/indexer/v1/task", `{"type":"noop","id":"good","dataSource":"d","runTime":1}`)
	s.expect(201, "", "POST", "/api/v1/tasks", `{"type":"noop","id":"bad","dataSource":"d","runTime":600000,"context":{"ovateLabels":{"team":"data"}}}`)
	s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(noop, "other", 600000))
	s.expect(200, "", "POST", "/api/v1/tasks/cancel", `{"ids":["bad","other"]}`)
	all.wait(t, "good task.succeeded")
	all.wait(t, "other task.failed")
	told := strings.Join(all.wait(t, "bad task.failed"), ",")
	for _, id := range []string{"good", "bad", "other"} {
		if strings.Index(told, id+" task.submitted") > strings.Index(told, id+" task.succeeded") && strings.Index(told, id+" task.submitted") > strings.Index(told, id+" task.failed") {
			t.Errorf("%s: the order is %s", id, told)
		}
	}
	if told := strings.Join(some.wait(t, "bad task.failed"), ","); told != "bad task.failed" {
		t.Errorf("some: %s", told)
	}
	ended := "/api/v1/webhooks/" + first.ID + "/deliveries?ended=true" // which is so a moment after it was taken
	for begun := time.Now(); !strings.Contains(s.ask("GET", ended, "").body, "DELIVERED") && time.Since(begun) < patience; time.Sleep(5 * time.Millisecond) {
	}
	for path, has := range map[string]string{"": first.ID, "/" + first.ID: "/told", "/" + first.ID + "/deliveries?ended=true": `"state":"DELIVERED"`, "/" + first.ID + "/deliveries": "deliveries"} {
		if got := s.expect(200, "", "GET", "/api/v1/webhooks"+path, ""); !strings.Contains(got.body, has) || strings.Contains(got.body, secret) {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	s.expect(202, "", "POST", "/api/v1/webhooks/"+first.ID+"/test", "")
	all.wait(t, " test")
	all.mu.Lock()
	all.refuse = 1
	all.mu.Unlock()
	s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(noop, "late", 600000))
	stop()
	s, _ = startServer(t, properties)
	all.wait(t, "late task.submitted")
	s.expect(204, "", "DELETE", "/api/v1/webhooks/"+first.ID, "")
	s.expect(404, "", "GET", "/api/v1/webhooks/"+first.ID, "")
	for _, r := range []*receiver{all, some} {
		r.mu.Lock()
		if len(r.wrong) > 0 {
			t.Errorf("wrong: %v", r.wrong)
		}
		r.mu.Unlock()
	}
}

// TestWebhooksElsewhere: nobody has the server ask what only its own network can reach, by an address or by a name.
func TestWebhooksElsewhere(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := newReceiver(t, "")
	for _, url := range []string{"http://127.0.0.1:1/", "http://[::1]/", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "ftp://example.com/", "http:///x", "http://user:secret@example.com/", "x"} {
		got := s.expect(422, "", "POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":%q,"secret":"0123456789abcdef"}`, url))
		if !strings.Contains(got.body, `"pointer":"/url"`) {
			t.Errorf("%s: %s", url, got.body)
		}
	}
	for _, body := range []string{`{"url":"https://example.com/","secret":"short"}`, `{"url":"https://example.com/","secret":"0123456789abcdef","events":["x"]}`, `{"url":"https://example.com/","secret":"0123456789abcdef","labels":["x"]}`} {
		s.expect(422, "", "POST", "/api/v1/webhooks", body)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(r.URL, "http://"), ":")
	got := decode[struct{ ID, By string }](t, s.expect(201, "", "POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":"http://localhost:%s/","secret":"0123456789abcdef"}`, port)))
	if got.By != "allowAll" {
		t.Errorf("it is made by %q", got.By)
	}
	s.expect(202, "", "POST", "/api/v1/webhooks/"+got.ID+"/test", "")
	for {
		open := s.expect(200, "", "GET", "/api/v1/webhooks/"+got.ID+"/deliveries", "")
		if strings.Contains(open.body, "is not a public address") {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if told := r.wait(t, ""); len(told) > 0 || len(r.wrong) > 0 {
		t.Errorf("it was told %v %v", told, r.wrong)
	}
}

// TestWebhooksSealed: with a key no file of the server has a webhook's secret, nor one of a task that waits, and what is told is signed all the same, after a restart, too. One that
// was stored before is sealed by the next start. A webhook whose secret no key opens says so, and is told all once one does.
func TestWebhooksSealed(t *testing.T) {
	t.Parallel()
	const secret, password = "a hushed secret of some length", "hush-4711-hush"
	key, other := seal.NewKey(), seal.NewKey()
	dir := t.TempDir()
	start := func(keys ...string) (*server, func()) {
		return startServer(t, map[string]string{"ovate.data": dir, "ovate.listen": "127.0.0.1:0", "ovate.webhooks.allowPrivate": "true", "ovate.store.key": strings.Join(keys, ",")})
	}
	post := func(s *server, r *receiver) {
		s.expect(201, "", "POST", "/api/v1/webhooks", fmt.Sprintf(`{"url":%q,"secret":%q}`, r.URL+"/told?token="+password, secret))
	}
	waits := func(s *server, id string) {
		s.expect(201, "", "POST", "/api/v1/submissions", fmt.Sprintf(`{"notBefore":"2100-01-01","task":{"type":"index_parallel","id":%q,"spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"time"},"dimensionsSpec":{}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"http","uris":["http://127.0.0.1:1/x"],"httpAuthenticationUsername":"me","httpAuthenticationPassword":%q},"inputFormat":{"type":"json"}}}}}`, id, password))
	}
	early, late := newReceiver(t, secret), newReceiver(t, secret)
	s, stop := start(key)
	post(s, early)
	waits(s, "hushed")
	stop()
	for _, text := range []string{secret, password} {
		if found := disktest.FilesWith(t, dir, text); found != nil {
			t.Errorf("%s is in %v", text, found)
		}
	}
	rows := func(change func(metadata.Store) error) {
		t.Helper()
		store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(dir, "metadata.db")})
		if err == nil {
			err = errors.Join(change(store), store.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// As it was stored before there was a key.
	rows(func(store metadata.Store) error {
		keys, err := seal.ParseKeys(key)
		if err != nil {
			return err
		}
		_, err = keys.OpenAll(t.Context(), store)
		return err
	})
	if disktest.FilesWith(t, dir, secret) == nil {
		t.Error("what was opened is in no file")
	}
	s, stop = start(key)
	post(s, late)
	s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(noop, "first", 1))
	early.wait(t, "first task.succeeded")
	late.wait(t, "first task.succeeded")
	stop()
	rows(func(store metadata.Store) error {
		hooks, err := store.Records(t.Context(), metadata.RecordQuery{Kind: "webhook", Max: 10})
		for _, r := range hooks {
			if strings.Contains(string(r.Payload), secret) || strings.Contains(string(r.Payload), password) || !strings.Contains(string(r.Payload), "ovate:sealed:") {
				t.Errorf("stored is %s", r.Payload)
			}
		}
		if len(hooks) != 2 {
			t.Errorf("%d webhooks are stored", len(hooks))
		}
		return err
	})
	if config, err := ovate.Configure(map[string]string{"ovate.data": dir, "ovate.listen": "127.0.0.1:0"}); err != nil {
		t.Error(err)
	} else if _, err := ovate.New(t.Context(), ovate.Options{Config: config, Log: slog.New(slog.DiscardHandler)}); err == nil || !strings.Contains(err.Error(), "sealed with a key that is not given") {
		t.Errorf("without the key: %v", err)
	}
	// Rows that came from elsewhere, without what tells of their key.
	rows(func(store metadata.Store) error {
		return store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetConfig("ovate.sealed", []byte(`{"keys":{}}`)) })
	})
	s, stop = start(other)
	s.expect(201, "", "POST", "/api/v1/tasks", fmt.Sprintf(noop, "second", 1))
	s.wait("second", "SUCCESS")
	all := decode[struct{ Webhooks []struct{ ID, Error string } }](t, s.expect(200, "", "GET", "/api/v1/webhooks", ""))
	for _, h := range all.Webhooks {
		if !strings.Contains(h.Error, "no key of this server opens it") {
			t.Errorf("of a webhook that cannot be told is said %q", h.Error)
		}
		if got := s.expect(200, "", "GET", "/api/v1/webhooks/"+h.ID+"/deliveries", ""); !strings.Contains(got.body, `"event":"task.succeeded","task":"second"`) || strings.Contains(got.body, `"error"`) {
			t.Errorf("it is still to be told %s", got.body)
		}
	}
	page, err := s.http.Get(s.url + "/webhooks")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(page.Body)
	if err := errors.Join(err, page.Body.Close()); err != nil || !strings.Contains(string(text), "no key of this server opens it") {
		t.Errorf("the page says %s (%v)", text, err)
	}
	stop()
	s, _ = start(key, other)
	for _, r := range []*receiver{early, late} {
		r.wait(t, "second task.succeeded")
		r.mu.Lock()
		if len(r.wrong) > 0 {
			t.Errorf("wrong: %v", r.wrong)
		}
		r.mu.Unlock()
	}
	if got := s.expect(200, "", "GET", "/api/v1/webhooks", ""); strings.Contains(got.body, `"error"`) {
		t.Errorf("with the key: %s", got.body)
	}
}
