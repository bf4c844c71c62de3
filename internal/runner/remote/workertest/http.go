package workertest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
)

// ServeHTTP answers as a worker, and as each of its tasks.
func (w *Worker) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /druid-internal/v1/worker", w.serveChanges)
	mux.HandleFunc("POST /druid-internal/v1/worker/assignTask", w.serveAssign)
	mux.HandleFunc("POST /druid/worker/v1/task/{id}/shutdown", func(rw http.ResponseWriter, r *http.Request) {
		w.shutdown(r.PathValue("id"))
		write(rw, http.StatusOK, map[string]string{"task": r.PathValue("id")})
	})
	mux.HandleFunc("GET /druid/worker/v1/task/{id}/log", w.serveLog)
	mux.HandleFunc("GET /druid/worker/v1/chat/{id}/liveReports", w.serveReport)
	mux.HandleFunc("GET /druid/worker/v1/enabled", w.serveEnabled)
	mux.HandleFunc("GET /status/properties", w.serveProperties)
	mux.HandleFunc("POST /druid/worker/v1/enable", func(rw http.ResponseWriter, _ *http.Request) { w.serveDisable(rw, false) })
	mux.HandleFunc("POST /druid/worker/v1/disable", func(rw http.ResponseWriter, _ *http.Request) { w.serveDisable(rw, true) })
	mux.ServeHTTP(rw, r)
}

func write(rw http.ResponseWriter, code int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		code, text = http.StatusInternalServerError, []byte(err.Error())
	}
	rw.WriteHeader(code)
	_, _ = rw.Write(text)
}

func refuse(rw http.ResponseWriter, code int, text string) {
	write(rw, code, map[string]string{"error": text})
}

// all is a snapshot of everything. The caller holds mu.
func (w *Worker) all() []item {
	items := []item{metadata(w.disabled)}
	for _, t := range w.assigned {
		items = append(items, update(t.announce(druid.Running, "", -1, druid.UnknownLocation)))
	}
	for _, p := range w.running {
		items = append(items, update(p.announce(druid.Running, "", -1, p.location)))
	}
	for _, a := range w.ended {
		items = append(items, update(a))
	}
	return items
}

// serveChanges waits for something to tell.
func (w *Worker) serveChanges(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, err := strconv.ParseInt(q.Get("counter"), 10, 64)
	timeout, err2 := strconv.ParseInt(q.Get("timeout"), 10, 64)
	if err != nil || err2 != nil || timeout <= 0 {
		refuse(rw, http.StatusBadRequest, "timeout must be positive.")
		return
	}
	hash, _ := strconv.ParseInt(q.Get("hash"), 10, 64) // absent in the first question
	timer := time.NewTimer(time.Duration(timeout) * time.Millisecond)
	defer timer.Stop()
	w.mu.Lock()
	own := w.history // a question is answered by the process that was asked
	w.mu.Unlock()
	for {
		w.mu.Lock()
		var answer *snapshot
		if since < 0 {
			last := own.last
			answer = &snapshot{Counter: &last, Requests: w.all()}
		} else {
			answer = own.since(counter{Counter: since, Hash: hash})
		}
		closed, news := own.closed, own.news
		w.mu.Unlock()
		switch {
		case closed:
			refuse(rw, http.StatusInternalServerError, "stopped")
			return
		case answer != nil:
			write(rw, http.StatusOK, answer)
			return
		}
		select {
		case <-news:
		case <-timer.C:
			rw.WriteHeader(http.StatusNoContent)
			return
		case <-r.Context().Done():
			return
		}
	}
}

func (w *Worker) serveAssign(rw http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	if err == nil {
		err = w.assign(payload)
	}
	if err != nil {
		refuse(rw, http.StatusBadRequest, err.Error())
	}
}

// runs tells whether a task has a process.
func (w *Worker) runs(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running[id] != nil
}

func (w *Worker) serveLog(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if accept := r.Header.Get("Accept"); accept != "" && accept != "text/plain" {
		rw.WriteHeader(http.StatusNotAcceptable)
		return
	}
	if !w.runs(id) {
		rw.WriteHeader(http.StatusNotFound)
		return
	}
	text := "log of " + id + "\n"
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	if offset < 0 {
		offset = max(0, len(text)+offset)
	}
	_, _ = io.Copy(rw, strings.NewReader(text[min(offset, len(text)):]))
}

func (w *Worker) serveReport(rw http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !w.runs(id) {
		refuse(rw, http.StatusServiceUnavailable, "Can't find chatHandler for handler["+id+"]")
		return
	}
	write(rw, http.StatusOK, map[string]any{"taskContext": map[string]string{"type": "taskContext", "taskId": id}})
}

func (w *Worker) serveDisable(rw http.ResponseWriter, disabled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	word := "enabled"
	if disabled {
		word = "disabled"
	}
	if w.disabled != disabled {
		w.disabled = disabled
		w.history.add(metadata(disabled))
	}
	write(rw, http.StatusOK, map[string]string{w.host: word})
}

func (w *Worker) serveEnabled(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	write(rw, http.StatusOK, map[string]bool{w.host: !w.disabled})
}

func (w *Worker) serveProperties(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	write(rw, http.StatusOK, w.properties)
}
