package workertest_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/runner/remote/workertest"
)

// A request that was on its way while the worker ended begins no task: nobody would end that, or wait for it.
func TestTaskForAClosedWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := workertest.New("worker:8091", 1, druid.UnknownLocation)
		w.Work = func(ctx context.Context, id string, _ []byte) error {
			t.Errorf("task %s began", id)
			<-ctx.Done()
			return nil
		}
		w.Close()
		answer := httptest.NewRecorder()
		body := strings.NewReader(`{"type":"noop","id":"a","dataSource":"d"}`)
		w.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/druid-internal/v1/worker/assignTask", body))
		if answer.Code != http.StatusBadRequest {
			t.Errorf("it is answered with %d %s", answer.Code, answer.Body)
		}
		synctest.Wait()
	})
}
