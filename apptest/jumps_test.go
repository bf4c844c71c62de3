//go:build browser

package apptest

import (
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// mostShift is how much of a page may move by itself while it is loaded: the cumulative layout shift that counts as good (https://web.dev/articles/cls).
const mostShift = 0.1

// watchJumps has each page that is visited from now on note how much of it has moved by itself.
func (s *site) watchJumps() {
	s.t.Helper()
	script := page.AddScriptToEvaluateOnNewDocumentParams{Source: `window.shifted = 0;
		new PerformanceObserver(all => { for (const e of all.getEntries()) if (!e.hadRecentInput) window.shifted += e.value; }).observe({type: "layout-shift", buffered: true});`}
	if _, err := chromedp.Call(s.tab, page.AddScriptToEvaluateOnNewDocument, script); err != nil {
		s.t.Fatal(err)
	}
}

// shifted is how much of the page that is open has moved by itself, once it is drawn.
func (s *site) shifted() float64 {
	s.t.Helper()
	return eval[float64](s, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(window.shifted)))))`)
}

// Nothing jumps on a page while it is loaded, on a phone and on a desk; and it is seen if something does.
func TestNothingJumps(t *testing.T) {
	s := newSite(t)
	s.fill()
	s.watchJumps()
	all := pages()
	all["segment"] = s.segment("visitors")
	for _, width := range []int64{360, 1280} {
		s.look(width, "light")
		for name, path := range all {
			s.visit(path)
			if by := s.shifted(); by > mostShift {
				t.Errorf("%s, %d pixels: %.3f of it has moved", name, width, by)
			}
		}
	}
	s.visit("/")
	eval[bool](s, `{ const block = document.createElement("div"); block.style.height = "400px"; setTimeout(() => document.body.prepend(block), 600); true }`)
	s.until(`window.shifted > 0.1`)
	s.quiet()
}
