package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"ovate/internal/auth"
)

// unread is a client that takes nothing of its page until it is told to.
type unread struct {
	*httptest.ResponseRecorder
	goOn <-chan bool
}

func (u *unread) Write(b []byte) (int, error) {
	<-u.goOn
	return u.ResponseRecorder.Write(b)
}

// Large pages that nobody takes need no more memory than there is for them, and of one user no more than half, so that others have theirs.
func TestPagesThatNobodyTakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
		show := func(who string, size int, w http.ResponseWriter) {
			r := httptest.NewRequest("GET", "/", nil)
			c := &call{UI: u.UI, w: w, r: r.WithContext(auth.With(r.Context(), auth.NewIdentity(who, auth.AllowAll{})))}
			c.send(c.problemPage(&problem{http.StatusConflict, strings.Repeat("x", size), ""}))
		}
		code := func(who string, size int) int {
			w := httptest.NewRecorder()
			show(who, size, w)
			return w.Code
		}
		goOn := make(chan bool)
		var all sync.WaitGroup
		var mu sync.Mutex
		codes := map[int]int{}
		for range 20 {
			all.Go(func() {
				w := &unread{httptest.NewRecorder(), goOn}
				show("joe", mostLarge/10, w)
				mu.Lock()
				defer mu.Unlock()
				codes[w.Code]++
			})
		}
		synctest.Wait()
		if got := code("joe", mostLarge/10); got != http.StatusTooManyRequests {
			t.Errorf("one more of his: %d", got)
		}
		if got := code("joe", 1000); got != http.StatusConflict {
			t.Errorf("a small one of his: %d", got)
		}
		if got := code("sue", mostLarge/10); got != http.StatusConflict {
			t.Errorf("a large one of another user: %d", got)
		}
		close(goOn)
		all.Wait()
		if codes[http.StatusConflict] == 0 || codes[http.StatusConflict] > 5 || codes[http.StatusTooManyRequests] != 20-codes[http.StatusConflict] {
			t.Errorf("of 20 large pages: %v", codes)
		}
		if got := code("joe", mostLarge/10); got != http.StatusConflict {
			t.Errorf("once they are taken: %d", got)
		}
	})
}
