//go:build browser

package apptest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// unbroken is a name in which no line would end by itself.
var unbroken = strings.Repeat("x", 180)

// withNames are the pages of a site that has a data source, a task and a file of a long name, too.
func (s *site) withNames() map[string]string {
	s.t.Helper()
	s.submit(reading(unbroken, unbroken, `{"time":"2026-03-01T10:00:00Z","city":"b"}`))
	s.fill()
	file, err := s.client.SendUpload(s.t.Context(), unbroken+".csv", unbroken, strings.NewReader("time,n\n2026-03-01,1\n"))
	if err != nil {
		s.t.Fatal(err)
	}
	all := pages()
	all["segment"], all["segment-long"] = s.segment("visitors"), s.segment(unbroken)
	for name, path := range map[string]string{"task-long": "/tasks/%s", "datasource-long": "/data/%s", "locks-long": "/locks?datasource=%s", "data-none-long": "/data?name=z%s", "missing-long": "/tasks/z%s"} {
		all[name] = fmt.Sprintf(path, url.PathEscape(unbroken))
	}
	all["file-long"] = "/submit/file/" + file.ID
	return all
}

// No page is wider than its window, however narrow that is: by 200 % or 400 % on a desk, by half of one, or on a tablet.
func TestPagesOfEachWidth(t *testing.T) {
	s := newSite(t)
	all := s.withNames()
	for _, width := range []int64{320, 640, 721, 1025, 2560} {
		s.look(width, "light")
		for name, path := range all {
			s.visit(path)
			s.fits(fmt.Sprintf("%s, %d pixels", name, width), width, "")
		}
	}
	s.visit("/tasks")
	if wide := eval[float64](s, `document.querySelector("main table").getBoundingClientRect().width`); wide < 2000 {
		t.Errorf("a table has %v pixels of a window of 2560", wide)
	}
	s.quiet()
}

// chartTexts tells what is wrong with the texts of charts: not of the size of small print, or one over another.
const chartTexts = `[...document.querySelectorAll("svg.axis")].flatMap(svg => {
	const all = [...svg.querySelectorAll("text.at")].filter(e => e.checkVisibility()).map(e => ({ text: e.textContent, box: e.getBoundingClientRect() }));
	if (!all.length) return ["a chart has no moments"];
	return all.flatMap((e, i) => [
		...(e.box.height < 11 || e.box.height > 20 ? [e.text + " is " + e.box.height + " pixels high"] : []),
		...(i && e.box.left < all[i - 1].box.right + 4 ? [e.text + " meets " + all[i - 1].text] : []),
	]);
}).join("\n")`

// readCharts fails unless the texts of the charts of the page that is open can be read at each width.
func (s *site) readCharts(path string) {
	s.t.Helper()
	for _, width := range []int64{360, 721, 1280, 2560} {
		s.look(width, "light")
		s.visit(path)
		if wrong := eval[string](s, chartTexts); wrong != "" {
			s.t.Errorf("%s, %d pixels: %s", path, width, wrong)
		}
	}
}

// The keyboard gets to each control of a page in turn, with a ring about it that is seen, and out of the page again.
func TestPagesByKeyboard(t *testing.T) {
	s := newSite(t)
	all := s.withNames()
	s.look(1280, "light")
	for name, path := range all {
		s.visit(path)
		s.do(chromedp.Evaluate[chromedp.Void](`window.stops = new Set(); window.ringless = []; document.activeElement.blur();
			document.addEventListener("focusin", e => { stops.add(e.target); const s = getComputedStyle(e.target); if (s.outlineStyle !== "solid" || parseFloat(s.outlineWidth) < 2) ringless.push(e.target.outerHTML.slice(0, 80)); })`))
		controls := eval[int](s, `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter(e => e.checkVisibility()).length`)
		for range controls + 1 {
			s.do(chromedp.KeyEvent("\t"))
		}
		if n := eval[int](s, `stops.size`); n < controls {
			t.Errorf("%s: the keyboard gets to %d of %d controls", name, n, controls)
		}
		if ringless := eval[string](s, `ringless.join("\n")`); ringless != "" {
			t.Errorf("%s: no ring is about\n%s", name, ringless)
		}
	}
	s.quiet()
}

// Where the system has colours of its own the page that is open is told from the others in the head, and the key of a chart is seen; printed a task is its text alone, all of it.
func TestPagesInOtherMedia(t *testing.T) {
	s := newSite(t)
	s.fill()
	media := func(media, feature, value string) {
		params := emulation.SetEmulatedMediaParams{Media: media}
		if feature != "" {
			params.Features = []*emulation.MediaFeature{{Name: feature, Value: value}}
		}
		if _, err := chromedp.Call(s.tab, emulation.SetEmulatedMedia, params); err != nil {
			t.Fatal(err)
		}
	}
	media("", "forced-colors", "active")
	s.visit("/data/visitors")
	if same := eval[bool](s, `new Set([...document.querySelectorAll("header nav a")].map(e => getComputedStyle(e).borderBottomColor)).size === 1`); same {
		t.Error("with the colours of the system nothing tells which page is open")
	}
	if ground := eval[bool](s, `getComputedStyle(document.querySelector(".key.whole")).backgroundColor === getComputedStyle(document.body).backgroundColor`); ground {
		t.Error("with the colours of the system the key of a chart is not seen")
	}
	media("print", "", "")
	s.visit("/tasks/weather-corrected")
	if shown := eval[string](s, `[...document.querySelectorAll("header nav, .button, button, .skip")].filter(e => e.checkVisibility()).map(e => e.className || e.tagName).join(" ")`); shown != "" {
		t.Errorf("printed are %s", shown)
	}
	if cut := eval[bool](s, `(() => { const log = document.getElementById("log-text"); return log.scrollHeight > log.clientHeight + 1 || log.scrollWidth > log.clientWidth + 1 })()`); cut {
		t.Error("the log is printed in part")
	}
	s.quiet()
}
