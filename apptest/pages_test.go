//go:build browser

package apptest

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	devlog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"ovate"
	"ovate/client"
	"ovate/internal/ui"
)

// hostile is a name that would be a script where it is not escaped.
const hostile = `<img src=x onerror=alert(1)>"'&`

// site is a server with something to see on each page, and a Chromium.
type site struct {
	t      *testing.T
	url    string
	client *client.Client
	tab    context.Context

	mu   sync.Mutex
	said []string // what the browser complained about
}

// reading is a task that reads rows.
func reading(id, dataSource, rows string) string {
	return fmt.Sprintf(`{"type":"index_parallel","id":%q,"spec":{"dataSchema":{"dataSource":%q,"timestampSpec":{"column":"time","format":"iso"},
"dimensionsSpec":{"dimensions":["city",{"type":"long","name":"visitors"}]},"granularitySpec":{"segmentGranularity":"DAY","rollup":false}},
"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":%q},"inputFormat":{"type":"json"}},
"tuningConfig":{"type":"index_parallel","logParseExceptions":true,"maxSavedParseExceptions":10,"maxParseExceptions":100}}}`, id, dataSource, rows)
}

// newSite starts one.
func newSite(t *testing.T) *site {
	t.Helper()
	server := newServer(t, t.TempDir(), "127.0.0.1:0")
	t.Cleanup(func() { server.Stop(context.WithoutCancel(t.Context())) })
	s := &site{t: t, url: "http://" + server.Addr(), tab: newTab(t)}
	s.client = newClient(t, s.url)
	s.listen()
	return s
}

// listen begins to note what the browser complains about.
func (s *site) listen() {
	s.t.Helper()
	if err := chromedp.Listen(s.tab, s.hear); err != nil {
		s.t.Fatal(err)
	}
	if _, err := chromedp.Call(s.tab, devlog.Enable, cdp.Empty{}); err != nil {
		s.t.Fatal(err)
	}
}

// newServer starts a server, which is to be stopped.
func newServer(t *testing.T, data, address string) *ovate.Server {
	t.Helper()
	config, err := ovate.Configure(map[string]string{"ovate.data": data, "ovate.listen": address, "druid.worker.capacity": "2", "druid.no.such": hostile})
	if err != nil {
		t.Fatal(err)
	}
	server, err := ovate.New(t.Context(), ovate.Options{Config: config, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server
}

func newClient(t *testing.T, url string) *client.Client {
	t.Helper()
	c, err := client.New(url)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newTab starts a Chromium with a tab.
func newTab(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(browser(t)), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(tab, chromedp.Navigate("about:blank")); err != nil { // the browser lasts as long as the context of the first step
		t.Fatal(err)
	}
	return tab
}

// hear notes what the browser complains about: scripts that were held off, or failed.
func (s *site) hear(event any) {
	said := ""
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		said = "dialog: " + e.Message
	case *runtime.EventExceptionThrown:
		said = e.ExceptionDetails.Text
	case *devlog.EventEntryAdded:
		if e.Entry.Level == devlog.EntryLevelError && !strings.Contains(e.Entry.Text, "status of 4") {
			said = e.Entry.Text
		}
	}
	if said != "" {
		s.mu.Lock()
		s.said = append(s.said, said)
		s.mu.Unlock()
	}
}

// fill gives the server something to show: tasks that succeeded, failed, run, wait for a slot and for a lock, with names that are scripts; a webhook that cannot be told; and a supervisor.
func (s *site) fill() {
	if _, err := s.client.CreateWebhook(s.t.Context(), client.Webhook{URL: "https://hooks.invalid/" + url.QueryEscape(hostile), Secret: "0123456789abcdef"}); err != nil {
		s.t.Fatal(err)
	}
	var days strings.Builder
	for day := range 12 {
		for city := range 3 {
			if day != 5 {
				fmt.Fprintf(&days, `{"time":"2026-03-%02dT10:00:00Z","city":"city %d","visitors":%d}`+"\n", day+1, city, day*city)
			}
		}
	}
	s.submit(reading("weather-2026-03", "visitors", days.String()))
	s.submit(reading("weather-corrected", "visitors", strings.Split(days.String(), "\n")[0]+"\n"+`{"time":"`+hostile+`","city":"x"}`+"\n"+`{"time":"2026-03-02T00:00:00Z","city":"y","visitors":"many"}`))
	s.submit(reading(hostile, hostile, `{"time":"2026-03-01T10:00:00Z","`+strings.ReplaceAll(hostile, `"`, `\"`)+`":"a","city":"b"}`))
	s.submit(strings.Replace(reading("unreadable-input", "visitors", "not json"), `"maxParseExceptions":100`, `"maxParseExceptions":0`, 1))
	for _, id := range []string{"nightly-1", "nightly-2", "nightly-3"} {
		s.start(`{"type":"noop","id":"` + id + `","dataSource":"sales","runTime":3600000}`)
	}
	for _, submission := range []client.SubmissionRequest{
		{Task: []byte(`{"type":"noop","id":"after-nightly","dataSource":"sales"}`), After: []string{"nightly-1"}, Retry: &client.Retry{MaxAttempts: 3}, Labels: map[string]string{"team": "data"}},
		{Task: []byte(`{"type":"noop","id":"after-unreadable","dataSource":"sales"}`), After: []string{"unreadable-input"}},
	} {
		if _, err := s.client.SubmitWith(s.t.Context(), "", submission); err != nil {
			s.t.Fatal(err)
		}
	}
	spec := `{"type":"ovate_scheduled_task","id":"every-night","task":{"type":"noop","dataSource":"sales","runTime":1},"schedulerConfig":{"type":"unix","schedule":"0 3 * * *"}}`
	for _, spec := range []string{spec, strings.Replace(spec, "0 3", "30 2", 1)} {
		answer, err := http.Post(s.url+"/druid/indexer/v1/supervisor", "application/json", strings.NewReader(spec))
		if err != nil {
			s.t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			s.t.Fatal(answer.Status)
		}
	}
}

func (s *site) start(task string) {
	s.t.Helper()
	if _, err := s.client.Submit(s.t.Context(), []byte(task)); err != nil {
		s.t.Fatalf("%s: %v", task, err)
	}
}

// submit submits a task and waits for its end.
func (s *site) submit(task string) {
	s.t.Helper()
	id, err := s.client.Submit(s.t.Context(), []byte(task))
	if err != nil {
		s.t.Fatalf("%s: %v", task, err)
	}
	s.wait(id)
}

func (s *site) wait(id string) {
	s.t.Helper()
	if _, err := s.client.Wait(s.t.Context(), id); err != nil {
		s.t.Fatal(err)
	}
}

// do does something in the browser.
func (s *site) do(steps ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.tab, 2*time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		s.t.Fatal(err)
	}
}

// get is what a step returns.
func get[T any](s *site, step chromedp.Action[T]) T {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.tab, 2*time.Minute)
	defer cancel()
	got, err := chromedp.Run(ctx, step)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// eval is what an expression of JavaScript is in the page.
func eval[T any](s *site, expression string) T {
	s.t.Helper()
	return get(s, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// until waits for an expression to become true, over navigations, too.
func (s *site) until(expression string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.tab, time.Minute)
	defer cancel()
	for {
		if is, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && is {
			return
		}
		select {
		case <-ctx.Done():
			s.t.Fatalf("it never came to be that %s", expression)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *site) visit(path string) {
	s.t.Helper()
	s.do(chromedp.Navigate(s.url + path))
}

// look sets the size of the window and the theme.
func (s *site) look(width int64, theme string) {
	s.t.Helper()
	if _, err := chromedp.Call(s.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	}); err != nil {
		s.t.Fatal(err)
	}
	s.do(chromedp.EmulateViewport(width, 900))
}

// pages are all that there are, by name.
func pages() map[string]string {
	return map[string]string{
		"overview": "/", "tasks": "/tasks", "tasks-failed": "/tasks?state=failed", "tasks-none": "/tasks?id=nothing+like+it", "tasks-every": "/tasks?datasource=sales&every=cancel",
		"task": "/tasks/weather-corrected", "task-running": "/tasks/nightly-1", "task-pending": "/tasks/nightly-3", "task-failed": "/tasks/unreadable-input",
		"task-hostile": "/tasks/" + url.PathEscape(hostile), "task-missing": "/tasks/gone", "submission": "/tasks/after-nightly",
		"submit": "/submit", "submit-again": "/submit?from=weather-2026-03",
		"data": "/data", "datasource": "/data/visitors", "datasource-hostile": "/data/" + url.PathEscape(hostile),
		"supervisors": "/supervisors", "supervisor": "/supervisors/every-night",
		"workers": "/workers", "locks": "/locks", "configuration": "/configuration?given=true", "webhooks": "/webhooks", "sessions": "/sessions",
		"reference": "/reference", "operation": "/reference/listTasks", "operation-body": "/reference/cancelTasks", "operation-druid": "/reference/druidTasks",
	}
}

// Every page fits a phone, a desk and a wall in both themes, is fit for people who cannot see it (axe), and nothing that it shows is obeyed.
// With OVATE_SCREENSHOTS a folder gets pictures of all.
func TestPages(t *testing.T) {
	s := newSite(t)
	s.fill()
	all := pages()
	all["segment"], all["segment-hostile"] = s.segment("visitors"), s.segment(hostile)
	all["segment-rows"] = all["segment"] + "?from=1"
	for _, page := range ui.Pages() {
		if !slices.ContainsFunc(slices.Collect(maps.Values(all)), func(path string) bool { before, _, _ := strings.Cut(path, "?"); return before == page }) {
			t.Errorf("the page %s is not looked at", page)
		}
	}
	s.inspect(all, axeScript(t))
	s.quiet()
}

// segment is the path of the page of the first segment of a data source.
func (s *site) segment(dataSource string) (path string) {
	s.t.Helper()
	err := s.client.Segments(s.t.Context(), dataSource, nil, func(found *client.Segment) error {
		if path == "" {
			path = "/data/" + url.PathEscape(dataSource) + "/" + url.PathEscape(found.ID().String())
		}
		return nil
	})
	if err != nil || path == "" {
		s.t.Fatalf("segments of %s: %v", dataSource, err)
	}
	return path
}

// inspect looks at pages in each size and theme, and makes their pictures.
func (s *site) inspect(pages map[string]string, axe string) {
	s.t.Helper()
	folder := os.Getenv("OVATE_SCREENSHOTS")
	for name, path := range pages {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1280, 2560} {
				s.look(width, theme)
				s.visit(path)
				if n := eval[int](s, `document.images.length + document.scripts.length`); n != 1 {
					s.t.Errorf("%s has %d scripts and images, want its one script", name, n)
				}
				if folder != "" {
					picture := get(s, chromedp.FullScreenshot(100))
					if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, width, theme)), picture, 0o644); err != nil {
						s.t.Fatal(err)
					}
				}
				s.fits(fmt.Sprintf("%s, %d pixels, %s", name, width, theme), width, axe)
			}
		}
	}
}

// inEachSize looks at the page that is open in each size and theme.
func (s *site) inEachSize(name, axe string) {
	s.t.Helper()
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{360, 1280, 2560} {
			s.look(width, theme)
			s.fits(fmt.Sprintf("%s, %d pixels, %s", name, width, theme), width, axe)
		}
	}
}

// fits is that the page that is open is no wider than the screen, and that axe, unless it is empty, finds nothing.
func (s *site) fits(what string, width int64, axe string) {
	s.t.Helper()
	if wide := eval[int64](s, `document.documentElement.scrollWidth`); wide > width {
		s.t.Errorf("%s: it is %d pixels wide", what, wide)
	}
	if axe == "" || width == 2560 {
		return
	}
	s.do(chromedp.Evaluate[chromedp.Void](axe))
	if found := eval[string](s, `axe.run().then(r => r.violations.map(v => v.id + ": " + v.help + "\n  " + v.nodes.map(n => n.html + " " + n.failureSummary).join("\n  ")).join("\n"))`); found != "" {
		s.t.Errorf("%s:\n%s", what, found)
	}
}

// quiet is that the browser had nothing to complain about.
func (s *site) quiet() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.said) > 0 {
		s.t.Errorf("the browser says: %s", strings.Join(s.said, "\n"))
	}
}

// axeScript is axe-core, as npm has it; empty if there is no npm here.
func axeScript(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Log("there is no npm here: pages are not looked at with axe")
		return ""
	}
	dir := t.TempDir()
	pack := exec.CommandContext(t.Context(), "npm", "pack", "axe-core@4.14.1", "--silent")
	pack.Dir = dir
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("npm pack axe-core: %v\n%s", err, out)
	}
	unpack := exec.CommandContext(t.Context(), "tar", "-xzf", "axe-core-4.14.1.tgz", "package/axe.min.js")
	unpack.Dir = dir
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	script, err := os.ReadFile(filepath.Join(dir, "package", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// What people do with the mouse and with the keyboard, and what pages do by themselves.
func TestPagesAtWork(t *testing.T) {
	s := newSite(t)
	s.look(1280, "light")
	noop := `{"type":"noop","id":"%s","dataSource":"sales","runTime":3600000}`

	// A list shows what comes and ends, without being loaded again; what is marked stays marked.
	s.start(fmt.Sprintf(noop, "first"))
	s.visit("/tasks")
	eval[bool](s, `window.stays = true`)
	s.do(chromedp.Click(chromedp.CSS(`input[value=first]`)))
	s.start(fmt.Sprintf(noop, "second"))
	s.until(`!!document.querySelector("input[value=second]") && window.stays`)
	if !eval[bool](s, `document.querySelector("input[value=first]").checked && document.activeElement.value === "first"`) {
		t.Error("the mark or the focus was lost as the list changed")
	}

	// Tasks that are marked are cancelled, by keyboard alone.
	s.do(chromedp.KeyEvent("\t")) // to the link beside the mark
	if on := eval[string](s, `document.activeElement.textContent`); on != "first" {
		t.Errorf("behind the mark comes %q", on)
	}
	s.do(chromedp.Focus(chromedp.CSS(`button[value=cancel]`)), chromedp.KeyEvent("\r"))
	s.until(`document.body.textContent.includes("1 task was cancelled.")`)
	s.wait("first")

	// A task's page shows its end as it comes; its button cancels.
	s.visit("/tasks/second")
	eval[bool](s, `window.stays = true`)
	if err := s.client.Shutdown(s.t.Context(), "second"); err != nil {
		t.Fatal(err)
	}
	s.until(`document.getElementById("head").textContent.includes("failed") && window.stays`)
	s.start(fmt.Sprintf(noop, "third"))
	s.visit("/tasks/third")
	s.do(chromedp.Click(chromedp.CSS(`.danger`)))
	s.until(`document.getElementById("head").textContent.includes("Shutdown request from user")`)

	// From a data source one comes to its segment, and from its first rows to the next ones, and back.
	var rows strings.Builder
	for minute := range 60 {
		fmt.Fprintf(&rows, `{"time":"2026-03-01T10:%02d:00Z","city":"city %d","visitors":1}`+"\n", minute, minute)
	}
	s.submit(reading("many-rows", "visitors", rows.String()))
	s.visit("/data/visitors")
	s.do(chromedp.Click(chromedp.CSS(`td[data-label=Interval] a`)))
	s.until(`document.body.textContent.includes("1 to 50 of 60")`)
	s.do(chromedp.Click(chromedp.CSS(`a[rel=next]`)))
	s.until(`document.body.textContent.includes("51 to 60 of 60") && document.body.textContent.includes("city 59")`)
	s.do(chromedp.Click(chromedp.CSS(`a[rel=prev]`)))
	s.until(`document.body.textContent.includes("1 to 50 of 60")`)

	// The skip link is the first stop of the keyboard, and leads to the content.
	s.visit("/")
	s.do(chromedp.KeyEvent("\t"))
	if on := eval[string](s, `document.activeElement.className`); on != "skip" {
		t.Errorf("the first stop is %q", on)
	}
	s.do(chromedp.KeyEvent("\r"))
	s.until(`document.activeElement.id === "main"`)

	// A spec that is wrong comes back with the line marked, is mended, and runs.
	s.visit("/submit")
	eval[bool](s, `(() => { const e = document.getElementById("spec"); e.value = e.value.replace('"DAY"', '"DAILY"'); return true })()`)
	s.do(chromedp.Click(chromedp.CSS(`.primary`)))
	s.until(`getSelection().toString().includes("DAILY") || document.getElementById("spec")?.value.slice(document.getElementById("spec").selectionStart, document.getElementById("spec").selectionEnd).includes("DAILY")`)
	eval[bool](s, `(() => { const e = document.getElementById("spec"); e.value = e.value.replace('"DAILY"', '"DAY"'); return true })()`)
	s.do(chromedp.Click(chromedp.CSS(`.primary`)))
	s.until(`location.pathname.startsWith("/tasks/index_parallel_example_") && document.getElementById("head").textContent.includes("success")`)
	s.quiet()
}

// Everything works in a browser that runs no script.
func TestPagesWithoutScript(t *testing.T) {
	s := newSite(t)
	if _, err := chromedp.Call(s.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	s.start(`{"type":"noop","id":"first","dataSource":"sales","runTime":3600000}`)
	s.visit("/tasks")
	s.do(chromedp.Click(chromedp.CSS(`input[value=first]`)), chromedp.Click(chromedp.CSS(`button[value=cancel]`)), chromedp.WaitVisible(chromedp.CSS(`.notice.success`)))
	s.wait("first")
	s.visit("/submit")
	s.do(chromedp.Click(chromedp.CSS(`.primary`)), chromedp.WaitVisible(chromedp.CSS(`#head .state`)))
	if at := get(s, chromedp.Location()); !strings.Contains(at, "/tasks/index_parallel_example_") {
		t.Errorf("the form leads to %s", at)
	}
	s.quiet()
}

// A page whose server ends says so, and shows what is when another one has come in its place.
func TestPagesReconnect(t *testing.T) {
	data, chromium := t.TempDir(), newTab(t)
	first := newServer(t, data, "127.0.0.1:0")
	s := &site{t: t, url: "http://" + first.Addr(), tab: chromium}
	s.client = newClient(t, s.url)
	s.start(`{"type":"noop","id":"stays","dataSource":"sales","runTime":3600000}`)
	s.visit("/tasks")
	eval[bool](s, `window.stays = true`)
	address := first.Addr()
	if err := first.Stop(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	eval[bool](s, `document.dispatchEvent(new Event("visibilitychange"))`)
	s.until(`document.getElementById("connection").textContent.includes("cannot be reached")`)
	second := newServer(t, data, address)
	defer second.Stop(context.WithoutCancel(t.Context()))
	s.until(`document.getElementById("connection").textContent === "" && !!document.querySelector("input[value=stays]") && window.stays`)
	s.start(`{"type":"noop","id":"later","dataSource":"sales","runTime":3600000}`)
	s.until(`!!document.querySelector("input[value=later]") && window.stays`)
}
