package v1

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/internal/auth"
	"ovate/internal/ingest"
	"ovate/internal/ingest/source"
	"ovate/internal/preview"
	"ovate/internal/task"
	"ovate/internal/upload"
)

// TestUploadAccess: files are sent, seen, looked into and removed by those who may write to the data source that they are for and, where input sources are kept, read local files.
func TestUploadAccess(t *testing.T) {
	t.Parallel()
	uploads, err := upload.Open(upload.Options{Dir: filepath.Join(t.TempDir(), "uploads"), MaxSize: 1000, MaxTotal: 10_000, Retain: time.Hour, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	write, local := right{auth.Write, auth.DataSource("mine")}, right{auth.Read, auth.External("local")}
	engine := newEngine(t)
	for _, sources := range []bool{false, true} {
		f := setupWith(func(o *Options) {
			o.Engine = func() *Engine { return engine }
			o.Inputs, o.Uploads = auth.Inputs{Kept: sources, Sent: uploads.For}, uploads
			o.Preview = preview.New(preview.Options{Uploads: uploads, Kit: &task.Kit{Ingest: ingest.Run, Workers: 1, Memory: 32 << 20, Policy: source.Policy{Uploads: uploads.Dir}, ProxiedPolicy: source.Policy{Uploads: uploads.Dir}}})
		})
		send := func(dataSource string) *httptest.ResponseRecorder {
			return f.answer("POST", "/api/v1/uploads?name=x.csv&dataSource="+dataSource, "t,a\n2024-01-01,1\n")
		}
		theirs := send("theirs")
		if theirs.Code != 201 {
			t.Fatal(theirs.Body)
		}
		id := strings.TrimPrefix(theirs.Header().Get("Location"), "/api/v1/uploads/")
		for _, r := range []struct {
			rights
			may bool
		}{{rights{}, false}, {rights{{auth.Read, auth.DataSource("mine")}}, false}, {rights{write}, !sources}, {rights{write, local}, true}} {
			f.as = auth.NewIdentity("one", r.rights)
			w := send("mine")
			if may := w.Code == 201; may != r.may || !may && w.Code != 403 {
				t.Errorf("%v, %v sends: %d %s", sources, r.rights, w.Code, w.Body)
			}
			if w := f.answer("GET", "/api/v1/uploads", ""); w.Code != 200 || strings.Contains(w.Body.String(), `"mine"`) != r.may || strings.Contains(w.Body.String(), `"theirs"`) {
				t.Errorf("%v, %v lists: %d %s", sources, r.rights, w.Code, w.Body)
			}
			own := strings.TrimPrefix(w.Header().Get("Location"), "/api/v1/uploads/")
			for _, one := range []struct {
				id  string
				may bool
			}{{id, false}, {own, r.may}} {
				if one.id == "" {
					continue
				}
				for _, asked := range [][3]string{{"GET", "/uploads/" + one.id, ""}, {"POST", "/preview", fmt.Sprintf(`{"upload":%q}`, one.id)}, {"DELETE", "/uploads/" + one.id, ""}} {
					w := f.answer(asked[0], "/api/v1"+asked[1], asked[2])
					if may := w.Code < 300; may != one.may || !may && (w.Code != 403 || strings.Contains(w.Body.String(), "theirs")) {
						t.Errorf("%v, %v: %v: %d %s", sources, r.rights, asked, w.Code, w.Body)
					}
				}
			}
			own = strings.TrimPrefix(send("mine").Header().Get("Location"), "/api/v1/uploads/")
			for path, may := range map[string]bool{
				filepath.Join(uploads.Dir, id, "x.csv"):        false,
				" " + uploads.Dir + "/x/..//" + id + "/x.csv ": false,
				filepath.Join(uploads.Dir, own, "x.csv"):       r.may,
			} {
				task := fmt.Sprintf(`{"type":"index_parallel","spec":{"dataSchema":{"dataSource":"mine","timestampSpec":{"column":"t"},"dimensionsSpec":{}},"ioConfig":{"type":"index_parallel",`+
					`"inputSource":{"type":"local","files":[%q]},"inputFormat":{"type":"csv","findColumnsFromHeader":true}}}}`, path)
				if w := f.answer("POST", "/api/v1/preview", `{"task":`+task+`}`); (w.Code == 200) != may || !may && w.Code != 403 || strings.Contains(w.Body.String(), "theirs") {
					t.Errorf("%v, %v looks at a task that reads %s: %d %s", sources, r.rights, path, w.Code, w.Body)
				}
			}
		}
		f.as = auth.Everybody()
		if w := f.answer("GET", "/api/v1/uploads/"+id, ""); w.Code != 200 {
			t.Errorf("what is of others was removed: %d", w.Code)
		}
	}
}

// Who has his share of what may be uploaded is told so, and what to remove.
func TestShareOfUploads(t *testing.T) {
	t.Parallel()
	uploads, err := upload.Open(upload.Options{Dir: filepath.Join(t.TempDir(), "uploads"), MaxSize: 1000, MaxTotal: 200, Retain: time.Hour, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	f := setupWith(func(o *Options) {
		engine := newEngine(t)
		o.Engine, o.Uploads = func() *Engine { return engine }, uploads
	})
	for _, c := range []struct {
		who    string
		bytes  int
		status int
		told   string
	}{
		{"joe", 100, 201, ""}, {"ann", 20, 201, ""}, {"ann", 1, 507, "user [ann] has 20 of the 200 bytes of uploads"}, {"joe", 1, 507, "user [joe] has 100 of"}, {"eve", 20, 201, ""},
	} {
		f.as = auth.NewIdentity(c.who, auth.AllowAll{})
		w := f.answer("POST", "/api/v1/uploads?name=x.csv&dataSource=d", strings.Repeat("x", c.bytes))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.told) || c.status == 507 && !strings.Contains(w.Body.String(), "DELETE /api/v1/uploads/{id}") {
			t.Errorf("%s sends %d bytes: %d %s", c.who, c.bytes, w.Code, w.Body)
		}
	}
}
