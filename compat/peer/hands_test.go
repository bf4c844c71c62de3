//go:build peer

package peer

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
)

// remoteHands ask an Overlord for things.
type remoteHands struct {
	t        *testing.T
	ctx      context.Context
	overlord *client.Client
}

func (h *remoteHands) get(path string) string {
	return textOf(http.Get(h.overlord.URL() + path))
}

func (h *remoteHands) post(path, body string) string {
	return textOf(http.Post(h.overlord.URL()+path, "application/json", strings.NewReader(body)))
}

// textOf is the body of an answer, or why there is none.
func textOf(answer *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (h *remoteHands) until(what string, is func() bool) {
	h.t.Helper()
	until(h.ctx, h.t, what, is)
}

// leads tells whether the Overlord leads.
func (h *remoteHands) leads() bool {
	return h.get("/druid/indexer/v1/isLeader") == `{"leader":true}`
}

// awaitWorker returns once the Overlord knows of a worker.
func (h *remoteHands) awaitWorker() {
	h.t.Helper()
	h.until("the worker is there", func() bool { return strings.Contains(h.get("/druid/indexer/v1/workers"), `"version":"0"`) })
}

func (h *remoteHands) submit(spec string) (id string) {
	h.t.Helper()
	id, err := h.overlord.Submit(h.ctx, []byte(spec))
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *remoteHands) ends(spec string) druid.TaskStatusPlus {
	h.t.Helper()
	began, id := time.Now(), h.submit(spec)
	status, err := h.overlord.Wait(h.ctx, id)
	if err != nil {
		h.t.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "%s: %s after %.1f s %s\n", id, status.State, time.Since(began).Seconds(), status.ErrorMsg)
	return status
}

func (h *remoteHands) succeeds(spec string) (id string) {
	h.t.Helper()
	s := h.ends(spec)
	if s.State != druid.Success {
		h.t.Errorf("%s ends %s: %s", s.ID, s.State, s.ErrorMsg)
		h.t.Logf("its log: %s", h.get("/druid/indexer/v1/task/"+s.ID+"/log?offset=-6000"))
	}
	return s.ID
}
