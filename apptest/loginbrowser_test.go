//go:build browser

package apptest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	devlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// The form fits every screen and is fit for people who cannot see it; who logs in gets to the page that he wanted, and out again, in a real browser, which obeys what pages forbid it.
func TestLoginInABrowser(t *testing.T) {
	guarded := newGuardedSite(t)
	guarded.does("admin", asked{"POST", "/druid/indexer/v1/task", lasting("mywait", "mine")})
	s := &site{t: t, url: guarded.URL(), tab: newTab(t)}
	if err := chromedp.Listen(s.tab, s.hear); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(s.tab, devlog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	axe := axeScript(t)
	login := func(user, password string) {
		s.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("user").value = "` + user + `"; document.getElementById("password").value = "` + password + `"; document.querySelector("main form").requestSubmit()`))
	}
	s.visit("/tasks?id=my")
	s.until(`location.pathname === "/login" && document.readyState === "complete"`)
	s.inEachSize("the form", axe)
	login("mine", "guess")
	s.until(`location.search.includes("failed=true") && document.querySelector("[role=alert]")?.textContent.includes("is wrong")`)
	s.inEachSize("the form after a wrong password", axe)
	login("mine", "mine")
	s.until(`location.pathname + location.search === "/tasks?id=my" && document.querySelector("header form")?.textContent === "Log out (mine)"`)
	s.inEachSize("the list of who has logged in", axe)
	s.visit("/tasks/mywait")

	// A button that does what it did stays where it is, however often what is beside it is asked for again: each time the token is another one.
	s.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("actions").stays = true`))
	s.until(`performance.getEntriesByType("resource").filter(e => e.name === location.href).length > 1`)
	if !eval[bool](s, `document.getElementById("actions").stays === true`) {
		t.Error("the button to cancel a task is another one each time")
	}
	s.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("main form").requestSubmit()`))
	s.until(`location.pathname === "/tasks/mywait" && document.readyState === "complete" && !document.querySelector("main form .danger")`)

	// A file comes with the session's token, whether a script sends it or the form.
	path := put(t, t.TempDir(), "mine.csv", "time,n\n2026-03-01,1\n")
	for _, scripts := range []bool{true, false} {
		if _, err := chromedp.Call(s.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}); err != nil {
			t.Fatal(err)
		}
		s.visit("/submit")
		s.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{path}), chromedp.Click(chromedp.CSS(`#drop button`)))
		s.until(`location.pathname.startsWith("/submit/file/") && !!document.querySelector(".stored")`)
	}
	if _, err := chromedp.Call(s.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false}); err != nil {
		t.Fatal(err)
	}

	// Who is logged in here is seen by administrators, who end that: the next thing that is asked for leads to the login.
	var told struct{ Sessions []struct{ ID, User string } }
	if err := json.NewDecoder(strings.NewReader(guarded.does("admin", asked{"GET", "/api/v1/sessions", ""}))).Decode(&told); err != nil || len(told.Sessions) != 1 || told.Sessions[0].User != "mine" {
		t.Fatalf("%+v, %v", told, err)
	}
	s.visit("/tasks")
	guarded.does("admin", asked{"DELETE", "/api/v1/sessions/" + told.Sessions[0].ID, ""})
	s.visit("/tasks")
	s.until(`location.pathname === "/login" && document.readyState === "complete"`)
	login("admin", "admin")
	s.until(`location.pathname === "/tasks"`)
	s.visit("/sessions")
	s.inEachSize("the sessions", axe)
	s.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#sessions form button").click()`)) // which is his own
	s.until(`location.pathname === "/login"`)
	login("admin", "admin")
	s.until(`document.querySelector("header form")?.textContent === "Log out (admin)"`)
	s.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("header form").requestSubmit()`))
	s.until(`location.pathname === "/login"`)
	s.quiet()
}
