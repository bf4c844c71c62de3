package v1_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/client"
)

type sentUpload struct {
	ID, Name, DataSource, SHA256 string
	Size                         int64
}

type shownPreview struct {
	Format string
	Fields []struct {
		Name, Type, As string
		Kept           bool
	}
	Time    struct{ Column, Format, Constant string }
	Columns []struct{ Name, Type string }
	Rows    []map[string]any
	Read    struct{ Rows, Unparseable, ThrownAway, InFile int64 }

	Unparseable []struct {
		Rows, Line         int64
		Column, Input, Why string
	}
	Notes []string
	Task  map[string]any
}

// TestUploads: a file that was sent is listed, told, looked into, ingested by the task that is made of it, and removed.
func TestUploads(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := newServer(t, "ovate.data", data)
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if err := w.WriteField("dataSource", "shop"); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", `C:\files\sales*.csv`)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, "day,city,price\n2026-03-01,Oslo,1.5\n2026-03-01,Oslo,2.5\nnever,Rome,7\n")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	a := s.expect(201, `{"id":`, "POST", "/api/v1/uploads", form.String(), "Content-Type", w.FormDataContentType())
	u := decode[sentUpload](t, a)
	if u.Name != "sales_.csv" || u.DataSource != "shop" || u.Size != 68 || a.header.Get("Location") != "/api/v1/uploads/"+u.ID {
		t.Errorf("%+v %v", u, a.header)
	}
	s.expect(200, `{"uploads":[{"id":"`+u.ID, "GET", "/api/v1/uploads", "")
	s.expect(200, `{"id":"`+u.ID, "GET", "/api/v1/uploads/"+u.ID, "")

	p := decode[shownPreview](t, s.expect(200, "", "POST", "/api/v1/preview", fmt.Sprintf(`{"upload":%q,"choices":{"rollup":true,"granularity":"MONTH"}}`, u.ID)))
	if p.Format != "csv with a header" || p.Time.Column != "day" || p.Read.InFile != 3 || p.Read.Unparseable != 1 || len(p.Rows) != 1 {
		t.Errorf("%+v", p)
	} else if row := fmt.Sprint(p.Rows[0]); row != "map[__time:2026-03-01T00:00:00.000Z city:Oslo count:2 sum_price:4]" {
		t.Errorf("the row is %s", row)
	}
	if len(p.Unparseable) != 1 || p.Unparseable[0].Line != 4 || p.Unparseable[0].Column != "day" || p.Unparseable[0].Input != "never" {
		t.Errorf("unparseable: %+v", p.Unparseable)
	}
	id := decode[struct{ ID string }](t, s.expect(201, "", "POST", "/api/v1/tasks", jsonOf(t, p.Task))).ID
	s.wait(id, "SUCCESS")
	s.expect(200, `[{"dataSource":"shop","interval":"2026-03-01T00:00:00.000Z/2026-04-01T00:00:00.000Z","segments":1`, "GET", "/api/v1/datasources", "")

	s.expect(204, "", "DELETE", "/api/v1/uploads/"+u.ID, "")
	s.expect(404, `{"type":"about:blank"`, "GET", "/api/v1/uploads/"+u.ID, "")
	s.expect(404, `{"type":"about:blank"`, "DELETE", "/api/v1/uploads/"+u.ID, "")
	s.expect(404, `{"type":"about:blank"`, "POST", "/api/v1/preview", fmt.Sprintf(`{"upload":%q}`, u.ID))
	if left, err := os.ReadDir(filepath.Join(data, "uploads")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// TestUploadsRefused: what cannot be taken is refused with a reason and a status of its own, and leaves nothing.
func TestUploadsRefused(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := newServer(t, "ovate.data", data, "ovate.uploads.maxSize", "1000", "ovate.uploads.maxTotal", "1500")
	raw := []string{"Content-Type", "application/octet-stream"}
	s.expect(422, `{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"The file is empty`, "POST", "/api/v1/uploads?name=x.csv", "", raw...)
	s.expect(413, `{"type":"about:blank"`, "POST", "/api/v1/uploads?name=x.csv", strings.Repeat("x", 1001), raw...)
	s.expect(413, `{"type":"about:blank"`, "POST", "/api/v1/uploads?name=x.csv", strings.Repeat("x", 3<<20), raw...) // as it announces
	s.expect(400, `{"type":"about:blank"`, "POST", "/api/v1/uploads?name=x.csv&dataSource=a/b", "x", raw...)
	s.expect(415, `{"type":"about:blank"`, "POST", "/api/v1/uploads?name=x.csv", "x", "Content-Encoding", "gzip")
	s.expect(400, `{"type":"about:blank"`, "POST", "/api/v1/uploads", "x", "Content-Type", "multipart/form-data")
	s.expect(400, `{"type":"about:blank"`, "POST", "/api/v1/uploads", "--b\r\nContent-Dispo", "Content-Type", "multipart/form-data; boundary=b")
	s.expect(422, `{"type":"about:blank"`, "POST", "/api/v1/uploads", "--b\r\nContent-Disposition: form-data; name=file; filename=\"\"\r\n\r\n\r\n--b--\r\n", "Content-Type", "multipart/form-data; boundary=b")
	const file, field = "--b\r\nContent-Disposition: form-data; name=file; filename=x.csv\r\n\r\nt,a\r\n", "--b\r\nContent-Disposition: form-data; name=%s\r\n\r\nshop\r\n"
	for parts, why := range map[string]string{
		file + fmt.Sprintf(field, "dataSource"):                                "field [dataSource] comes after the file",
		file + fmt.Sprintf(field, "x"):                                         "field [x] comes after the file",
		file + strings.Replace(file, "x.csv", "y.csv", 1):                      "it has a second file, [y.csv]",
		fmt.Sprintf(field, "datasource") + file:                                "field [datasource] is not known: there are dataSource",
		fmt.Sprintf(field, "dataSource") + fmt.Sprintf(field, "dataSource"):    "field [dataSource] comes twice",
		fmt.Sprintf(field, "dataSource") + file + "--b--\r\n" + "and more\r\n": "", // which is not of the form
	} {
		if got := s.ask("POST", "/api/v1/uploads", parts+"--b--\r\n", "Content-Type", "multipart/form-data; boundary=b"); why != "" && (got.status != 400 || !strings.Contains(got.body, why)) {
			t.Errorf("%s: %d %s", parts, got.status, got.body)
		} else if why == "" {
			s.expect(204, "", "DELETE", "/api/v1/uploads/"+decode[sentUpload](t, got).ID, "")
		}
	}
	s.expect(400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"The form says`, "POST", "/api/v1/uploads?dataSource=other", fmt.Sprintf(field, "dataSource")+file+"--b--\r\n",
		"Content-Type", "multipart/form-data; boundary=b")
	for _, broken := range []string{"", "--b-"} { // the end is missing
		s.expect(400, `{"type":"about:blank","title":"Bad Request","status":400,"detail":"the file has not come as a whole: unexpected EOF."}`, "POST", "/api/v1/uploads",
			"--b\r\nContent-Disposition: form-data; name=file; filename=x.csv\r\n\r\nt,a\r\n"+broken, "Content-Type", "multipart/form-data; boundary=b")
	}
	first := decode[sentUpload](t, s.expect(201, "", "POST", "/api/v1/uploads?name=x.csv", strings.Repeat("x", 1000), raw...))
	s.expect(507, `{"type":"about:blank"`, "POST", "/api/v1/uploads?name=y.csv", strings.Repeat("x", 501), raw...)
	s.expect(200, `{"uploads":[{"id":"`+first.ID+`","name":"x.csv"`, "GET", "/api/v1/uploads", "")
	if left, err := os.ReadDir(filepath.Join(data, "uploads")); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
	for body, status := range map[string]int{
		`{}`: 400, `{"upload":"x","task":{}}`: 400, `{"upload":"none"}`: 404, `{"task":{}}`: 422, `{"task":{"type":"noop"}}`: 422, `{"task":[]}`: 422, `{"task":7}`: 422,
		`{"upload":"x","rows":1001}`: 400, `{"upload":"x","choices":{"colour":"red"}}`: 400,
		fmt.Sprintf(`{"upload":%q,"choices":{"granularity":"DAILY"}}`, first.ID):                         422,
		fmt.Sprintf(`{"upload":%q,"choices":{"time":"never"}}`, first.ID):                                422,
		fmt.Sprintf(`{"upload":%q,"choices":{"time":"2026-01-01","timeColumn":"x"}}`, first.ID):          422,
		`{"task":` + local("/etc/none") + `}`:                                                            422,
		`{"task":` + strings.Replace(local("/etc/none"), `"dataSource":"d"`, `"dataSource":""`, 1) + `}`: 422,
	} {
		s.expect(status, `{"type":"`, "POST", "/api/v1/preview", body)
	}
	s.expect(403, `{"type":"about:blank"`, "POST", "/api/v1/preview", `{"task":`+local("/etc/passwd")+`}`, "Via", "1.1 proxy")
}

// local is a task that reads a file.
func local(path string) string {
	return fmt.Sprintf(`{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t","format":"auto"},"dimensionsSpec":{},"granularitySpec":{"intervals":["2024/2025"]}},`+
		`"ioConfig":{"type":"index_parallel","inputSource":{"type":"local","files":[%q]},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel","maxParseExceptions":0}}}`, path)
}

// TestPreviewOfTask: what a task would store of its first rows is shown, what it would throw away and what does not parse is counted, and nothing is stored.
func TestPreviewOfTask(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	path := filepath.Join(t.TempDir(), "rows.json")
	rows := `{"t":"2024-05-05","a":1}` + "\nbad\n" + `{"t":"2023-05-05","a":2}` + "\n" + `{"t":"2024-05-04","b":[1,2]}` + "\n" + strings.Repeat(`{"t":"2024-06-01","a":3}`+"\n", 100_000)
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	p := decode[shownPreview](t, s.expect(200, `{"format":"json"`, "POST", "/api/v1/preview", `{"rows":4,"task":`+local(path)+`}`))
	if p.Read.Rows != 3 || p.Read.Unparseable != 1 || p.Read.ThrownAway == 0 || len(p.Rows) != 3 || len(p.Unparseable) != 1 || p.Unparseable[0].Line != 2 || p.Unparseable[0].Input != "bad" {
		t.Errorf("%+v", p)
	} else if row := fmt.Sprint(p.Rows[0]); row != "map[__time:2024-05-04T00:00:00.000Z a:<nil> b:[1 2]]" {
		t.Errorf("the first row is %s", row)
	}
	s.expect(200, `[]`, "GET", "/api/v1/datasources", "")
	s.expect(200, `{"tasks":[]}`, "GET", "/api/v1/tasks", "")
}

// TestUploadsAfterRestart: an upload that was acknowledged is there after another start, and what was not whole is gone.
func TestUploadsAfterRestart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	properties := map[string]string{"ovate.data": data, "ovate.listen": "127.0.0.1:0"}
	s, stop := startServer(t, properties)
	u := decode[sentUpload](t, s.expect(201, "", "POST", "/api/v1/uploads?name=x.csv", "t,a\n2024-01-01,1\n", "Content-Type", "text/csv"))
	stop()
	half := filepath.Join(data, "uploads", ".new-1")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	s, _ = startServer(t, properties)
	s.expect(200, `{"id":"`+u.ID+`","name":"x.csv","dataSource":"x","size":17,"sha256":"`+u.SHA256, "GET", "/api/v1/uploads/"+u.ID, "")
	s.expect(200, `{"format":"csv with a header"`, "POST", "/api/v1/preview", fmt.Sprintf(`{"upload":%q}`, u.ID))
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was not whole: %v", err)
	}
}

// TestClientUploads: the Go client does all of it.
func TestClientUploads(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ctx := t.Context()
	c, err := client.New(s.url, client.WithHTTPClient(s.http))
	if err != nil {
		t.Fatal(err)
	}
	u, err := c.SendUpload(ctx, "x.json", "d", io.MultiReader(strings.NewReader(`{"t":"2024-01-01T10:00:00Z",`), strings.NewReader(`"n":7}`)))
	if err != nil {
		t.Fatal(err)
	}
	if one, err := c.OneUpload(ctx, u.ID); err != nil || one.Name != "x.json" || one.Size != 34 {
		t.Errorf("%+v, %v", one, err)
	}
	if all, err := c.Uploads(ctx); err != nil || len(all.Uploads) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	p, err := c.Preview(ctx, client.PreviewQuery{Upload: u.ID, Choices: client.Choices{Type: map[string]string{"n": "string"}}})
	if err != nil || len(p.Rows) != 1 || string(p.Rows[0]) != `{"__time":"2024-01-01T10:00:00.000Z","n":"7"}` {
		t.Errorf("%+v, %v", p, err)
	}
	id, err := c.Submit(ctx, p.Task)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Wait(ctx, id); err != nil {
		t.Error(err)
	}
	if q, err := c.Preview(ctx, client.PreviewQuery{Task: p.Task, Rows: 1}); err != nil || q.Read.Rows != 1 {
		t.Errorf("%+v, %v", q, err)
	}
	if err := c.RemoveUpload(ctx, u.ID); err != nil {
		t.Error(err)
	}
	if err := c.RemoveUpload(ctx, u.ID); !client.IsNotFound(err) {
		t.Errorf("again: %v", err)
	}
	if _, err := c.SendUpload(ctx, "", "", strings.NewReader("")); err == nil {
		t.Error("nothing is taken for a file")
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.SendUpload(gone, "x", "", http.NoBody); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}

func jsonOf(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
