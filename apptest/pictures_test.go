//go:build browser

package apptest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The pictures of README and docs/ are made by OVATE_PICTURES=../docs go test -tags browser -run TestPictures ./apptest, and show what this test has done. A task whose
// input comes slowly tells of its rows, and the one that waits for its lock of that.
func TestPictures(t *testing.T) {
	folder := os.Getenv("OVATE_PICTURES")
	if folder == "" {
		folder = t.TempDir()
	}
	s := newSite(t)
	done := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := 0; ; i++ {
			if _, err := fmt.Fprint(w, visits(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i%60), 500)); err != nil {
				return
			}
			select {
			case <-done:
				return
			case <-r.Context().Done():
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}))
	defer slow.Close()
	defer close(done)

	var rows strings.Builder
	for day := range 42 {
		if day != 17 {
			rows.WriteString(visits(time.Date(2026, 1, 18, 0, 0, 0, 0, time.UTC).AddDate(0, 0, day), 200))
		}
	}
	s.submit(reading("visitors-winter", "visitors", rows.String()))
	s.submit(reading("visitors-corrected", "visitors", visits(time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC), 12)+`{"time":"yesterday","city":"Oslo","visitors":3}`+"\n"))
	s.submit(reading("weather", "weather", rows.String()))
	s.submit(strings.Replace(reading("weather-raw", "weather", "not json"), `"maxParseExceptions":100`, `"maxParseExceptions":0`, 1))
	spring := strings.Replace(reading("visitors-spring", "visitors", "X"), `{"type":"inline","data":"X"}`, `{"type":"http","uris":["`+slow.URL+`"]}`, 1)
	spring = strings.Replace(spring, `"rollup":false`, `"rollup":false,"intervals":["2026-03-01/2026-05-01"]`, 1)
	s.start(spring)
	s.visit("/tasks/visitors-spring")
	s.until(`!!document.querySelector("[aria-current=step]") && /[1-9]/.test(document.getElementById("progress").textContent.match(/Speed([0-9]+)/)?.[1] ?? "")`)
	s.start(strings.Replace(spring, "visitors-spring", "visitors-spring-again", 1))

	file, err := s.client.SendUpload(t.Context(), "seattle-weather.csv", "weather", strings.NewReader("date,rain_mm,max_c,min_c,wind,weather\n"+
		"2026/01/01,0.0,12.8,5.0,4.7,drizzle\n2026/01/02,10.9,10.6,2.8,4.5,rain\n2026/01/03,0.8,11.7,7.2,2.3,rain\n2026/01/04,20.3,12.2,5.6,4.7,rain\nyesterday,1.3,8.9,2.8,6.1,rain\n"+
		"2026/01/06,2.5,4.4,2.2,2.2,snow\n2026/01/07,0.0,7.2,2.8,2.3,fog\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range []struct {
		name, path, theme, shows string
		width                    int64
	}{
		{"page-overview", "/", "light", "visitors-spring", 1100},
		{"page-task", "/tasks/visitors-spring", "dark", "rows/s", 1100},
		{"page-waiting", "/tasks/visitors-spring-again", "light", "It needs a lock", 1100},
		{"page-file", "/submit/file/" + file.ID, "light", "does not fit", 1100},
		{"page-data", "/data/visitors", "light", "Gaps", 1100},
	} {
		s.look(picture.width, picture.theme)
		s.visit(picture.path)
		s.until(fmt.Sprintf(`document.body.textContent.includes(%q)`, picture.shows))
		image := get(s, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join(folder, picture.name+".png"), image, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.quiet()
}

// visits are rows of a day.
func visits(day time.Time, n int) string {
	var rows strings.Builder
	for i := range n {
		fmt.Fprintf(&rows, `{"time":%q,"city":"city %d","visitors":%d}`+"\n", day.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), i%7, i*i%31)
	}
	return rows.String()
}
