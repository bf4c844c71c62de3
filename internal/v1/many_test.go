package v1

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"ovate/internal/queue"
)

// stuck are tasks that cannot be ended.
type stuck struct {
	Tasks
	why error
}

func (s stuck) Shutdown(context.Context, string, string) error { return s.why }

// TestManyThatFail: what keeps one of many tasks from being changed is told in the words in which it is told of one alone, and a fault of the server is in its log, once.
func TestManyThatFail(t *testing.T) {
	t.Parallel()
	engine := newEngine(t)
	for why, want := range map[error]struct {
		says string
		logs int
	}{
		fmt.Errorf("write /srv/ovate/metadata.db: %w", syscall.ENOSPC): {"The server's disk is full", 1},
		errors.New("it is odd"): {"it is odd", 1},
		queue.ErrNotFound:       {"There is no task of this id.", 0},
	} {
		broken := *engine
		broken.Tasks = stuck{engine.Tasks, why}
		f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &broken } })
		w := f.answer("POST", "/api/v1/tasks/cancel", `{"ids":["a","b","c"]}`)
		if body := w.Body.String(); w.Code != 200 || strings.Count(body, want.says) != 3 || strings.Contains(body, "/srv/") || !strings.Contains(body, `"failed":3`) {
			t.Errorf("%v: %d %s", why, w.Code, body)
		}
		if log := f.log.String(); strings.Count(log, "request failed") != want.logs || want.logs > 0 && !strings.Contains(log, "3 of 3 tasks: "+why.Error()) {
			t.Errorf("%v: the log has %s", why, log)
		}
	}
}
