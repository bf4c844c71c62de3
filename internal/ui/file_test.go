package ui

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/preview"
	"ovate/internal/upload"
)

// sendForm sends a form as browsers do that has a file, or none where its name is empty.
func sendForm(t *testing.T, u visitor, dataSource, name, content string) *httptest.ResponseRecorder {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := w.WriteField("dataSource", dataSource); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/submit/file", &form)
	r.Header.Set("Content-Type", w.FormDataContentType())
	answer := httptest.NewRecorder()
	u.ServeHTTP(answer, r.WithContext(auth.With(r.Context(), u.as)))
	return answer
}

// Files are sent, looked into and removed by those alone who may write to the data source that they are for; what cannot be taken is told.
func TestWhoSendsFiles(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(a auth.Action, of auth.Resource) bool { return a == auth.Write && of == auth.DataSource("wiki") })
	sent := sendForm(t, u, "", "wiki.csv", "t,a\n2024-01-01,1\n")
	at := sent.Header().Get("Location")
	if sent.Code != 303 || !strings.HasPrefix(at, "/submit/file/") {
		t.Fatalf("%d %s", sent.Code, sent.Body)
	}
	for _, c := range []struct {
		dataSource, name, content string
		status                    int
		says                      string
	}{
		{"other", "x.csv", "x", 403, "You may not write to DATASOURCE [other]."}, {"", "other.csv", "x", 403, "[other]"}, {"a/b", "x.csv", "x", 400, "cannot contain"},
		{"wiki", "", "", 422, "No file was chosen."}, {"wiki", "x.csv", "", 422, "The file is empty."}, {"wiki", "x.csv", strings.Repeat("x", 1001), 413, "larger than 1.0 kB"},
	} {
		if w := sendForm(t, u, c.dataSource, c.name, c.content); w.Code != c.status || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
	if w := send(u, "GET", "/submit", nil); !strings.Contains(w.Body.String(), at) {
		t.Errorf("the file is not listed: %s", w.Body)
	}
	other := u
	other.as = auth.NewIdentity("another", rule(func(auth.Action, auth.Resource) bool { return false }))
	for _, form := range []url.Values{nil, {"action": {"remove"}}} {
		if w := send(other, "POST", at, form); w.Code != 403 {
			t.Errorf("another asks for %v: %d", form, w.Code)
		}
	}
	if w := send(other, "GET", at, nil); w.Code != 403 {
		t.Errorf("another looks into it: %d", w.Code)
	}
	if w := send(other, "GET", "/submit", nil); strings.Contains(w.Body.String(), at) {
		t.Error("another sees it")
	}
	nobody := other
	nobody.as = auth.NewIdentity(auth.NameAllowAll, rule(func(auth.Action, auth.Resource) bool { return false }))
	if w := sendForm(t, nobody, "", "wiki.csv", "t,a\n2024-01-01,1\n"); w.Code != 403 || !strings.Contains(w.Body.String(), "You have not said who you are.") || strings.Contains(w.Body.String(), "allowAll") {
		t.Errorf("one who was not asked sends: %d %s", w.Code, w.Body)
	}
	if w := send(u, "POST", at, url.Values{"action": {"burn"}}); w.Code != 400 {
		t.Errorf("an unknown action: %d", w.Code)
	}
	if w := send(u, "POST", at, url.Values{"action": {"remove"}}); w.Code != 303 {
		t.Errorf("removed: %d %s", w.Code, w.Body)
	}
	if w := send(u, "GET", at, nil); w.Code != 404 || !strings.Contains(w.Body.String(), "not there any more") {
		t.Errorf("gone: %d %s", w.Code, w.Body)
	}
}

// A form says of each column whether it is kept and as what, by numbers, so that names may be anything.
func TestChoices(t *testing.T) {
	t.Parallel()
	got := choicesOf(url.Values{
		"name0": {"time"}, "time0": {"1"}, "name1": {hostileName}, "keep1": {"on"}, "type1": {"long"}, "name2": {"b"}, "name3": {"c"}, "keep3": {"on"}, "type3": {""},
		"header": {"no"}, "rollup": {"on"}, "replace": {"on"}, "timeColumn": {"t"}, "timeZone": {" CET "}, "delimiter": {"\t"},
	})
	want := preview.Choices{Drop: []string{"b"}, Type: map[string]string{hostileName: "long"}, Header: new(false), Rollup: true, Replace: true, TimeColumn: "t", TimeZone: "CET", Delimiter: "\t"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if c := choicesOf(url.Values{"time": {"2024"}, "timeColumn": {"t"}, "timeFormat": {"iso"}}); c.Time != "2024" || c.TimeColumn+c.TimeFormat != "" {
		t.Errorf("one time for all: %+v", c)
	}
}

const hostileName = `<img src=x onerror=alert(1)>"'&`

// Values are cut between characters, and lists and nulls can be told from texts.
func TestCells(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1000)
	for _, c := range []struct {
		value any
		want  cell
	}{
		{nil, cell{Text: "null", Null: true}}, {"null", cell{Text: "null"}}, {"", cell{}}, {[]any{"a", nil}, cell{Text: "a · null"}},
		{long, cell{Text: strings.Repeat("é", shownCell) + "…", Whole: strings.Repeat("é", wholeCell) + "…"}},
	} {
		if got := cellOf(c.value); got != c.want {
			t.Errorf("%v: %+v, want %+v", c.value, got, c.want)
		}
	}
}

// What is wrong with a file, and what may surprise, is told in the words of the form, whose labels they are.
func TestFileSpeaksOfTheForm(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"header", "false", "“First line names the columns: no”"}, {"fill", "true", "“Rows may lack their last fields: yes”"}, {"type", "a=b=long", "“Type of a=b: long”"},
		{"drop", `a\,b`, "“Keep a,b: no”"}, {"delimiter", "tab", "“Fields are parted by: tab”"}, {"time-column", "", "“Time column”"},
	} {
		if got := formNames(c[0], c[1]); got != c[2] {
			t.Errorf("--%s %s is %s", c[0], c[1], got)
		}
	}
	template, err := templates.ReadFile("templates/file.html")
	if err != nil {
		t.Fatal(err)
	}
	for flag, label := range formLabels {
		if !strings.Contains(string(template), ">"+label+" <") && !strings.Contains(string(template), ">"+label+"</th>") && !strings.Contains(string(template), "> "+label+"</label>") {
			t.Errorf("--%s: the form has no field %q", flag, label)
		}
	}
}

// A page on which a file cannot be shown says by its status whose fault that is.
func TestPreviewProblem(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]int{preview.ErrBusy: 429, preview.ErrSlow: 422, upload.ErrNone: 0} {
		if status, text := previewProblem(err); status != want || (text == "") != (want == 0) {
			t.Errorf("%v: %d %q, want %d", err, status, text, want)
		}
	}
}
