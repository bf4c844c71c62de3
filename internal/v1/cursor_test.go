package v1

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/submission"
)

// crowd are so many submissions of others that no page gets behind them at once.
type crowd struct {
	Submissions
	after string // the last page began behind it
}

func (c *crowd) Page(_ context.Context, _ bool, after string, _ int, sees func(string) bool) ([]*submission.Submission, string, error) {
	c.after = after
	if sees == nil {
		return []*submission.Submission{{ID: "theirs-1", DataSource: "theirs"}}, "theirs-1", nil
	}
	return nil, "theirs-9", nil
}

// Where a page ends behind what its reader may not see the cursor does not tell what that is, and leads on from there all the same.
func TestSealedCursor(t *testing.T) {
	t.Parallel()
	c := new(crowd)
	f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &Engine{Submissions: c} } })
	next := func(query string) string {
		t.Helper()
		w := f.answer("GET", Base+"/submissions"+query, "")
		var page struct{ Next string }
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != 200 || page.Next == "" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		return page.Next
	}
	if all := next("?limit=1"); next("?limit=1&cursor="+all) == "" || c.after != "theirs-1" {
		t.Errorf("who may see all goes on behind %q", c.after)
	}
	f.as = auth.NewIdentity("joe", rights{{auth.Read, auth.DataSource("mine")}})
	sealed := next("")
	text, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || strings.Contains(string(text), "theirs") {
		t.Errorf("the cursor is %q, %v", text, err)
	}
	if next("?cursor=" + sealed); c.after != "theirs-9" {
		t.Errorf("it leads behind %q", c.after)
	}
	if w := f.answer("GET", Base+"/submissions?cursor="+cursor(sealedMark+"theirs-9"), ""); w.Code != 400 {
		t.Errorf("one that was made up: %d %s", w.Code, w.Body)
	}
}
