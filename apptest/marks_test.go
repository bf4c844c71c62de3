//go:build browser

package apptest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// What is marked in a list is what its reader has marked: all of a page once, of which some are unmarked again, and none that come later. A task that ends
// while its page is open is offered nothing that only works before.
func TestMarksStay(t *testing.T) {
	s := newSite(t)
	s.look(1280, "light")
	const noop = `{"type":"noop","id":"%s","dataSource":"sales","runTime":3600000}`
	s.start(fmt.Sprintf(noop, "first"))
	s.start(fmt.Sprintf(noop, "second"))
	s.visit("/tasks?mark=all")
	s.until(`document.querySelector("input[value=first]").checked && document.querySelector("input[value=second]").checked`)
	eval[bool](s, `window.stays = true`)
	s.do(chromedp.Click(chromedp.CSS(`input[value=second]`)))
	s.start(fmt.Sprintf(noop, "third"))
	s.until(`!!document.querySelector("input[value=third]") && window.stays`)
	if got := eval[string](s, `[...document.querySelectorAll("input[type=checkbox]:checked")].map(b => b.value).join(" ")`); got != "first" {
		t.Errorf("marked are %q, want the first alone", got)
	}

	s.visit("/tasks/first")
	s.until(`!!document.querySelector("#actions .danger")`)
	eval[bool](s, `window.stays = true`)
	if err := s.client.Shutdown(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	s.until(`document.getElementById("head").textContent.includes("failed") && !document.querySelector(".danger") && window.stays`)
	s.quiet()
}
