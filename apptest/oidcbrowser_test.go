//go:build browser

package apptest

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"ovate/internal/oidc/oidctest"
)

// A real browser is led to the issuer and back to the page that was wanted, twice, as cookies and policies allow it; a link in its history lets nobody in again.
func TestOIDCInABrowser(t *testing.T) {
	issuer := oidctest.New(t)
	issuer.Asks, issuer.EndsSessions, issuer.Claims = true, true, map[string]any{"groups": []string{"writer"}}
	vouched := newVouchedSite(t, issuer.URL)
	s := &site{t: t, url: vouched.URL(), tab: newTab(t)}
	if err := chromedp.Listen(s.tab, s.hear); err != nil {
		t.Fatal(err)
	}
	toIssuer := func() {
		s.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("main a.button").click()`))
		s.until(`document.title === "Issuer" && document.readyState === "complete"`)
		s.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("go").click()`))
	}
	login := func() {
		s.visit("/tasks?id=my")
		s.until(`location.pathname === "/login" && document.readyState === "complete"`)
		toIssuer()
		s.until(`location.pathname + location.search === "/tasks?id=my" && document.querySelector("header form")?.textContent === "Log out (joe)"`)
	}
	logout := func() {
		s.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("header form").requestSubmit()`))
		s.until(`location.pathname === "/login" && document.readyState === "complete"`)
	}
	login()
	logout()
	login()
	logout()
	if n := issuer.Asked("/logout"); n != 2 {
		t.Errorf("the browser has ended its session at the issuer %d times, not twice", n)
	}

	axe := axeScript(t)

	// A spec that is sent when the session has ended elsewhere is there again after the login, that once.
	login()
	const spec = `{"type": "noop", "context": {"mine": "<&>"}}`
	s.visit("/submit")
	if _, err := chromedp.Call(s.tab, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	s.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.getElementById('spec').value = %q; document.querySelector('form[action=\"/submit\"]').requestSubmit()", spec)))
	s.until(`document.querySelector(".notice")?.textContent.includes("Your session has ended") && document.readyState === "complete"`)
	if shown := eval[string](s, `getComputedStyle(document.getElementById("kept")).display`); shown != "none" {
		t.Errorf("the spec that is kept is shown as %s, though nobody can change it there", shown)
	}
	s.inEachSize("the login that keeps a spec", axe)
	toIssuer()
	s.until(fmt.Sprintf(`location.pathname === "/submit" && document.readyState === "complete" && document.getElementById("spec").value === %q`, spec))
	s.visit("/submit")
	s.until(fmt.Sprintf(`document.readyState === "complete" && document.getElementById("spec").value !== %q`, spec))
	logout()
	s.inEachSize("the login after a logout", axe)
	s.visit("/login/people/callback?code=x&state=y")
	s.until(`location.search.includes("failed=expired") && document.querySelector("[role=alert]")?.textContent.includes("Log in again")`)
	s.quiet()
}
