package preview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/task"
	"ovate/internal/upload"
)

func newMaker(t *testing.T) *Maker { return makerFor(t, 1<<20, 4<<20) }

// makerFor is a Maker for uploads of so many bytes, one by one and together.
func makerFor(t *testing.T, maxSize, maxTotal int64) *Maker {
	t.Helper()
	uploads, err := upload.Open(upload.Options{
		Dir: filepath.Join(t.TempDir(), "uploads"), MaxSize: maxSize, MaxTotal: maxTotal, Retain: time.Hour, Now: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	kit := &task.Kit{Ingest: ingest.Run, Workers: 2, Memory: 64 << 20, Policy: source.Policy{Uploads: uploads.Dir}}
	return New(Options{Uploads: uploads, Kit: kit})
}

func (m *Maker) send(t *testing.T, name, content string) *upload.Upload {
	t.Helper()
	u, err := m.Uploads.Create(name, "d", "me", strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// names are what lies in a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// TestOfUpload: what is shown of a file follows what is chosen.
func TestOfUpload(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	const sales = "day;shop;n;price\n01.02.2026;Oslo;1;1,50\n01.02.2026;Oslo;2;2,50\n02.02.2026;Rome;x;7,00\n"
	for _, c := range []struct {
		name, content string
		choices       Choices
		says          string // the rows, what does not fit, the time and the columns; or why nothing is shown
	}{
		{"sales.csv", sales, Choices{TimeFormat: "dd.MM.yyyy"}, `{"__time":"2026-02-01T00:00:00.000Z","shop":"Oslo","n":"1","price":1.5} {"__time":"2026-02-01T00:00:00.000Z","shop":"Oslo","n":"2","price":2.5} {"__time":"2026-02-02T00:00:00.000Z","shop":"Rome","n":"x","price":7.0} [] day dd.MM.yyyy`},
		{"sales.csv", sales, Choices{TimeFormat: "dd.MM.yyyy", Type: map[string]string{"n": "long"}, Drop: []string{"shop"}, Rollup: true}, `{"__time":"2026-02-01T00:00:00.000Z","count":2,"sum_n":3,"sum_price":4.0} [{1 4 n x is no number}] day dd.MM.yyyy`},
		{"rows.json", `[{"at":"2026-01-01T10:00:00Z","tags":["b","a"],"user":{"id":7}},{"at":"2026-01-01T09:00:00Z"}]`, Choices{}, `{"__time":"2026-01-01T09:00:00.000Z","tags":null,"user.id":null} {"__time":"2026-01-01T10:00:00.000Z","tags":["b","a"],"user.id":7} [] at iso`},
		{"lines.csv", "a,b\nx,1\n", Choices{Time: "2026-05-05"}, `{"__time":"2026-05-05T00:00:00.000Z","a":"x","b":1} [] 2026-05-05T00:00:00.000Z`},
		{"lines.csv", "a,b\nx,1\n", Choices{Drop: []string{"c"}}, `[choices.drop]: there is no column "c"`},
		{"lines.csv", "a,b\nx,1\n", Choices{Format: "xml"}, `[choices.format] "xml" must be json, csv or tsv`},
		{"lines.csv", "a,b\nx,1\n", Choices{Columns: []string{"a"}, TimeColumn: "a"}, `column "a" holds nothing that can be read as a time`},
		{"town.csv", "day,town\n1.3.,K\xf6ln\n2.3.,D\xfcren\n", Choices{}, "nothing was ingested, as 2 rows do not fit:\n  2 rows, the first town.csv, line 2, column town"},
		{"bad.json", "{bad\n{worse\n", Choices{}, "nothing was ingested, as 2 rows do not fit:\n  bad.json, line 1"},
		{"lines.csv", "day,b\n2026-01-01,x\n2026-01-02,y\n", Choices{Type: map[string]string{"b": "long"}}, "nothing was ingested, as 2 rows do not fit:\n  lines.csv, line 2, column b: \"x\" is no number"},
		{"trips.csv", "trip,arrival_time\n1,15:23:00\n", Choices{}, "nothing was ingested, as no column is a time"},
		{"photo.csv", "\x89PNG\r\n\x1a\n\x00", Choices{}, "photo.csv is a picture"},
		{"page.html", "<!doctype html><html><body>no rows</body></html>", Choices{}, "page.html"},
	} {
		u := m.send(t, c.name, c.content)
		p, err := m.OfUpload(t.Context(), u, "d", c.choices, UsualRows, Fields)
		var refused *RefusedError
		var says string
		switch {
		case errors.As(err, &refused):
			says = err.Error()
		case err != nil:
			t.Fatalf("%s: %v", c.name, err)
		default:
			for _, row := range p.Rows {
				says += string(row) + " "
			}
			says += strings.Join(strings.Fields(fmt.Sprint(p.Unparseable, " ", p.Time.Column, " ", p.Time.Format, " ", p.Time.Constant)), " ")
		}
		if !strings.HasPrefix(says, c.says) || strings.Contains(says, m.Uploads.Dir) || strings.Contains(says, "--") {
			t.Errorf("%s %+v: %s\nwant %s", c.name, c.choices, says, c.says)
		}
	}
	if left := names(t, m.Uploads.Dir); strings.Contains(left, ".new-") {
		t.Errorf("left: %s", left)
	}
}

// TestLongRows: texts are shown as far as people look at them, and a row that is longer than a preview takes is refused with how long one may be.
func TestLongRows(t *testing.T) {
	t.Parallel()
	m := makerFor(t, 64<<20, 128<<20)
	list := `["` + strings.Repeat(`x","`, longest) + `y"]`
	text := strings.Repeat("é", 1<<20)
	p, err := m.OfUpload(t.Context(), m.send(t, "x.json", `{"day":"2026-01-01","text":"`+text+`","list":`+list+`}`), "d", Choices{}, 1, Fields)
	if err != nil {
		t.Fatal(err)
	}
	var shown struct {
		Text string
		List []string
	}
	if err := json.Unmarshal(p.Rows[0], &shown); err != nil || shown.Text != text[:longest]+"…" || len(p.Rows[0]) > 3*longest || shown.List[len(shown.List)-1] != "…" {
		t.Errorf("%d bytes are shown: %v", len(p.Rows[0]), err)
	}
	if !slices.Contains(p.Notes, "Texts of more than 10,000 bytes are shown without their ends, as …; all of them is stored.") {
		t.Errorf("notes: %q", p.Notes)
	}
	long := `{"day":"2026-01-01","text":"` + strings.Repeat("x", 17<<20) + `"}`
	_, err = m.OfUpload(t.Context(), m.send(t, "long.json", long), "d", Choices{}, 1, Fields)
	if refused := (*RefusedError)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "line 1: the row that begins there is longer than 16 MB; ") || !strings.Contains(err.Error(), "`ovate ingest` those of up to 64 MB") {
		t.Errorf("of a long row: %v", err)
	}
	u := m.send(t, "long.json", long)
	document := fmt.Appendf(nil, `{"type":"index","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"day"},"dimensionsSpec":{}},
		"ioConfig":{"type":"index","inputSource":{"type":"local","files":[%q]},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index","maxBytesInMemory":1000000000}}}`, m.Uploads.Path(u))
	of, err := task.Decode(document, druid.Now())
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.OfTask(t.Context(), of, document, 1)
	if refused := (*RefusedError)(nil); !errors.As(err, &refused) || !strings.HasSuffix(err.Error(), ", line 1: the row is longer than 16 MB, which is the most that a preview reads of one: is it text with line ends?") {
		t.Errorf("of a task's long row: %v", err)
	}
}

// TestCopies: previews that differ in what does not change the rows share a copy of them, which takes room once; without room there is none.
func TestCopies(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	u := m.send(t, "x.csv", "day;n\n2026-01-01;1,5\n")
	for _, c := range []Choices{{}, {Rollup: true}, {Granularity: "MONTH"}, {Type: map[string]string{"n": "double"}}} {
		p, err := m.OfUpload(t.Context(), u, "d", c, 1, Fields)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := task.Decode(p.Task, druid.Now()); err != nil || !strings.Contains(string(p.Task), m.Uploads.Folder(u.ID)+".copy-") {
			t.Errorf("%s: %v", p.Task, err)
		}
	}
	if all := names(t, m.Uploads.Folder(u.ID)); strings.Count(all, ".copy-") != 1 {
		t.Errorf("there are %s", all)
	}
	for left := m.Uploads.Room(u.By); left > 0; left = m.Uploads.Room(u.By) {
		m.send(t, "y.csv", strings.Repeat("y", int(min(left, m.Uploads.MaxSize))))
	}
	if _, err := m.OfUpload(t.Context(), u, "d", Choices{Time: "2026-05-05"}, 1, Fields); !errors.Is(err, upload.ErrFull) {
		t.Errorf("without room: %v", err)
	}
	if err := m.Uploads.Remove(u.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := m.OfUpload(t.Context(), u, "d", Choices{}, 1, Fields); !errors.Is(err, upload.ErrNone) {
		t.Errorf("of what was removed: %v", err)
	}
}

// TestOneAfterTheOther: more previews than may be made at a time wait, and are given up with those who ask.
func TestOneAfterTheOther(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	u := m.send(t, "x.csv", "day,n\n2026-01-01,1\n")
	var overs []func()
	for range atATime {
		over, err := m.turns.take(auth.With(t.Context(), auth.Everybody()))
		if err != nil {
			t.Fatal(err)
		}
		overs = append(overs, over)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.OfUpload(gone, u, "d", Choices{}, 1, Fields); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	done := make(chan error)
	go func() {
		_, err := m.OfUpload(t.Context(), u, "d", Choices{}, 1, Fields)
		done <- err
	}()
	overs[0]()
	overs[1]()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestWorkers: where there are workers, which do not see the disk of this server, a task that reads an upload says that it runs here.
func TestWorkers(t *testing.T) {
	t.Parallel()
	m := newMaker(t)
	m.Places = task.Places{Workers: true}
	p, err := m.OfUpload(t.Context(), m.send(t, "x.csv", "day,n\n2026-01-01,1\n"), "d", Choices{}, 1, Fields)
	if err != nil {
		t.Fatal(err)
	}
	made, err := m.Places.Decode(p.Task, druid.Now(), func(task.Task) error { return nil })
	if err != nil || task.PlaceOf(made) != task.InProcess {
		t.Errorf("%s: %v", p.Task, err)
	}
}

// What fails since the server lacks room, or files, is no fault of the input.
func TestRefused(t *testing.T) {
	t.Parallel()
	for err, of := range map[error]bool{syscall.ENOSPC: false, syscall.EMFILE: false, syscall.EISDIR: true} {
		var is *RefusedError
		if got := refused(fmt.Errorf("write x: %w", err)); errors.As(got, &is) != of || !errors.Is(got, err) {
			t.Errorf("%v is %T", err, got)
		}
	}
}
