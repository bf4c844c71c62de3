//go:build browser

package apptest

import (
	"compress/gzip"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"ovate/client"
)

// dropped are files as people have them, and what the page says of each: rows of the table, or why it is none.
func dropped(t *testing.T) map[string]struct{ content, says string } {
	t.Helper()
	var packed strings.Builder
	z := gzip.NewWriter(&packed)
	fmt.Fprint(z, "time;city;visitors\n2026-03-01T10:00:00Z;Lisbon;12\n2026-03-01T11:00:00Z;Oslo;7\n")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string]struct{ content, says string }{
		"flights.csv.gz":  {packed.String(), "2026-03-01T10:00:00.000Z|Lisbon|12"},
		"events.jsonl":    {`{"at":1772359200000,"kind":"open","user":{"id":7}}` + "\n" + `{"at":1772359201000,"kind":"close","user":{"id":8}}` + "\nno row\n", "2026-03-01T10:00:00.000Z|open|7"},
		"marked.csv":      {"\uFEFFday,n\n2026-03-01,1\n2026-03-02,2\n", "2026-03-01T00:00:00.000Z|1"},
		"timeless.csv":    {"a,b\nx,1\ny,2\n", "2000-01-01T00:00:00.000Z|x|1"},
		"hostile.csv":     {`"day","<img src=x onerror=alert(1)>""'&","</script><script>alert(2)</script>","__time"` + "\n2026-03-01,<b>1</b>,2,3\n", "2026-03-01T00:00:00.000Z|<b>1</b>|2|3"},
		"part-0.parquet":  {"PAR1\x15\x04\x15\x10\x15\x14L\x15\x02", "is a Parquet file"},
		"holiday.png":     {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "is a picture"},
		"picture.csv":     {"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00", "is a picture"},
		"empty.csv":       {"", "The file is empty"},
		"only-header.csv": {"time,city\n", "no rows in it, only a header"},
	}
}

// put writes a file and returns its path.
func put(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// firstRow is that of the table of what will be stored.
const firstRow = `[...document.querySelectorAll(".stored tbody tr:first-child td")].map(c => c.textContent).join("|")`

// Somebody with a file and a browser: it is sent, looked into, and its rows are stored; or the page says why not. With and without JavaScript.
func TestDrop(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts %v", scripts), func(t *testing.T) {
			s := newSite(t)
			if _, err := chromedp.Call(s.tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts}); err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for name, file := range dropped(t) {
				path := put(t, dir, name, file.content)
				s.visit("/submit")
				s.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{path}), chromedp.Click(chromedp.CSS(`#drop button`)))
				s.until(`document.readyState === "complete" && (location.pathname !== "/submit" || (document.querySelector("#drop output")?.textContent ?? "").includes("is empty"))`)
				said := eval[string](s, firstRow)
				if said == "" {
					said = eval[string](s, `document.querySelector("main").textContent`)
				}
				if !strings.Contains(said, file.says) {
					t.Errorf("%s: the page says %s, want %s", name, said, file.says)
				}
			}
			s.quiet()
		})
	}
}

// What the form changes is in what is shown and in the task, which runs, and its page says how it went.
func TestDropToTask(t *testing.T) {
	s := newSite(t)
	s.look(1280, "light")
	path := put(t, t.TempDir(), "sales.csv", "day,id,price,note\n01.03.2026,0042,\"1,5\",x\n02.03.2026,0043,\"2,5\",y\nnever,0044,\"3,5\",z\n")
	s.visit("/submit")
	s.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{path}), chromedp.Click(chromedp.CSS(`#drop button`)))
	s.until(`location.pathname.startsWith("/submit/file/") && !!document.querySelector(".choices")`)

	// Say what the time is, leave a column out, and type another.
	eval[bool](s, `(() => { const f = document.querySelector(".choices").elements; f.timeColumn.value = "day"; f.timeFormat.value = "dd.MM.yyyy"; f.keep3.checked = false; f.type1.value = "long"; f.granularity.value = "MONTH"; f.dataSource.value = "shop"; return true })()`)
	s.do(chromedp.Click(chromedp.CSS(`.choices button[value=show]`)))
	s.until(`document.getElementById("spec")?.value.includes("shop") && document.querySelector("#misfits")?.textContent.includes("never")`)
	if got := eval[string](s, firstRow); got != "2026-03-01T00:00:00.000Z|42|1.5" {
		t.Errorf("the first row is %s", got)
	}
	if got := eval[string](s, `document.getElementById("spec").value`); !strings.Contains(got, `"segmentGranularity": "MONTH"`) || !strings.Contains(got, `"dataSource": "shop"`) || strings.Contains(got, "note") {
		t.Errorf("the task is %s", got)
	}

	// What makes no sense is told, and the form stays as it was.
	eval[bool](s, `(() => { document.querySelector(".choices").elements.timeZone.value = "Nowhere"; return true })()`)
	s.do(chromedp.Click(chromedp.CSS(`.choices button[value=show]`)))
	s.until(`document.querySelector("#problem")?.textContent.includes("Nowhere")`)
	if !eval[bool](s, `(() => { const f = document.querySelector(".choices").elements; return f.timeFormat.value === "dd.MM.yyyy" && !f.keep3.checked && f.type1.value === "long" })()`) {
		t.Error("the form has forgotten what was chosen")
	}
	eval[bool](s, `(() => { document.querySelector(".choices").elements.timeZone.value = ""; return true })()`)
	s.do(chromedp.Click(chromedp.CSS(`.choices button[value=show]`)))
	s.until(`!!document.getElementById("spec")`)

	// A spec that was spoilt comes back with its line; mended, it runs.
	eval[bool](s, `(() => { const e = document.getElementById("spec"); e.value = e.value.replace('"MONTH"', '"MONTHLY"'); return true })()`)
	s.do(chromedp.Click(chromedp.CSS(`.primary`)))
	s.until(`document.querySelector("#problem")?.textContent.includes("MONTHLY")`)
	eval[bool](s, `(() => { const e = document.getElementById("spec"); e.value = e.value.replace('"MONTHLY"', '"MONTH"'); return true })()`)
	s.do(chromedp.Click(chromedp.CSS(`.primary`)))
	s.until(`location.pathname.startsWith("/tasks/index_parallel_shop_") && document.getElementById("head").textContent.includes("success")`)
	segments := 0
	err := s.client.Segments(t.Context(), "shop", nil, func(*client.Segment) error { segments++; return nil })
	if err != nil || segments != 1 {
		t.Errorf("%d segments, %v", segments, err)
	}

	// A file is dropped, wherever on the page.
	s.visit("/submit")
	const drag = `document.querySelector("h1").dispatchEvent(new DragEvent("%s", { dataTransfer: (() => { const d = new DataTransfer();
		d.items.add(new File(["time,n\n2026-03-01,1\n"], "dropped.csv")); return d })(), bubbles: true, cancelable: true }))`
	s.until(`(() => { ` + fmt.Sprintf(drag, "dragover") + `; return document.getElementById("drop").classList.contains("over") })()`) // once the script is there
	eval[bool](s, fmt.Sprintf(drag, "drop"))
	s.until(`document.querySelector("h1").textContent === "dropped.csv" && !!document.querySelector(".stored")`)

	// What is not needed is removed.
	s.do(chromedp.Click(chromedp.CSS(`.choices .danger`)))
	s.until(`location.pathname === "/submit"`)
	if eval[bool](s, `document.body.textContent.includes("dropped.csv")`) {
		t.Error("the file is still there")
	}
	s.quiet()
}

// The pages of files fit, in both themes, and what one loads first is small.
func TestDropLooks(t *testing.T) {
	s := newSite(t)
	s.look(1280, "light")
	axe, folder := axeScript(t), os.Getenv("OVATE_SCREENSHOTS")
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("date,precipitation,temp_max,wind,weather," + strings.Repeat("a long name of a column ", 4) + "\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "2026/03/%02d,%d.5,%d,%d,%s,%s\n", i%28+1, i%7, i%30, i%9, []string{"rain", "sun", "fog"}[i%3], strings.Repeat("long ", i))
	}
	rows.WriteString("2026/03/01,much,1,2,rain,x\n2026/03/01,1\n")
	for name, file := range map[string]string{"weather.csv": rows.String(), "holiday.png": dropped(t)["holiday.png"].content, "hostile.csv": dropped(t)["hostile.csv"].content} {
		s.visit("/submit")
		s.do(chromedp.SetUploadFiles(chromedp.CSS(`input[type=file]`), []string{put(t, dir, name, file)}), chromedp.Click(chromedp.CSS(`#drop button`)))
		s.until(`location.pathname !== "/submit" && document.readyState === "complete"`)
		at := eval[string](s, `location.pathname`)
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{360, 1280, 2560} {
				s.look(width, theme)
				s.visit(at)
				if folder != "" {
					picture := get(s, chromedp.FullScreenshot(100))
					if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("file-%s-%d-%s.png", name, width, theme)), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				s.fits(fmt.Sprintf("%s, %d pixels, %s", name, width, theme), width, axe)
			}
		}
	}
	var sum int64
	for _, path := range []string{"/submit", "/assets/style.css", "/assets/live.js", "/assets/drop.js", "/assets/icon.svg"} {
		answer, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		sum += answer.ContentLength
		answer.Body.Close()
	}
	if sum > 60_000 {
		t.Errorf("the first view of Submit takes %d bytes", sum)
	}
	s.quiet()
}
