package table

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(t *testing.T, members ...string) string {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i < len(members); i += 2 {
		m, err := w.Create(members[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func TestInputs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const one, two = "a,b\n1,x\n", "b,a\ny,2\n"
	rows := []string{"2: a=t1 b=tx", "2: b=ty a=t2"}
	f := func(o Options, want []string, note string, args ...string) *Table {
		t.Helper()
		got, table, err := read(t.Context(), o, args...)
		if err != nil {
			t.Errorf("%q: %v", args, err)
			return nil
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q", args, got)
		}
		if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, note) || note == "" && notes != "" {
			t.Errorf("%q: notes %s", args, notes)
		}
		return table
	}
	put(t, dir+"/in/b/2.csv", two)
	put(t, dir+"/in/1.CSV", one)
	f(Options{}, rows, "", dir+"/in/1.CSV", dir+"/in/b/2.csv")
	f(Options{}, rows, "", dir+"/in")
	f(Options{}, rows[:1], "", dir+"/in/?.CSV")
	f(Options{}, rows[:1], "is named twice; its rows are read once", dir+"/in/1.CSV", dir+"/in/../in/1.CSV")
	put(t, dir+"/in/.hidden.csv", "no")
	put(t, dir+"/in/README.md", "no")
	f(Options{}, rows, "README.md", dir+"/in")
	f(Options{}, rows[:1], "Left out, as there is nothing in them: "+dir+"/empty.csv", put(t, dir+"/empty.csv", "\n"), dir+"/in/1.CSV")

	// Its size says nothing of a file whose content is made up while it is read.
	if table := f(Options{}, rows[:1], "Left out, as there is nothing in them: "+dir+"/none.csv", put(t, dir+"/none.csv", ""), dir+"/in/1.CSV"); len(table.spools) != 0 {
		t.Error("an empty file takes room")
	}
	if lines, _, err := read(t.Context(), Options{}, "/proc/self/limits"); err != nil || !strings.Contains(strings.Join(lines, "\n"), "Soft Limit=t") {
		t.Errorf("/proc/self/limits: %q, %v", lines, err)
	}
	if _, _, err := read(t.Context(), Options{}, "/proc/self/mem"); !errors.Is(err, syscall.EIO) {
		t.Errorf("/proc/self/mem: %v", err)
	}

	// How it is compressed is told by its content.
	table := f(Options{}, rows[:1], "", put(t, dir+"/one.GZ", gzipped(t, one)))
	if plain, why := table.Inputs[0].Plain(); plain || table.Inputs[0].Compression != ".gz" {
		t.Error(plain, why)
	}
	if plain, why := f(Options{}, rows[:1], "", put(t, dir+"/one.csv.gz", gzipped(t, one))).Inputs[0].Plain(); !plain {
		t.Error(why)
	}
	f(Options{}, rows[:1], "", put(t, dir+"/plain.csv.gz", one))
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	f(Options{}, rows[:1], "", put(t, dir+"/one.zst", string(encoder.EncodeAll([]byte(one), nil))))
	var buf bytes.Buffer
	if w, err := xz.NewWriter(&buf); err != nil {
		t.Fatal(err)
	} else if _, err := w.Write([]byte(one)); err != nil {
		t.Fatal(err)
	} else if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f(Options{}, rows[:1], "", put(t, dir+"/one", buf.String()))
	f(Options{}, rows, "Left out of "+dir+"/both.zip, by their names: __MACOSX/x.csv, .hidden",
		put(t, dir+"/both.zip", zipped(t, "1.csv", one, "__MACOSX/x.csv", "no", ".hidden", "no", "in/2.csv.gz", gzipped(t, two))))

	f(Options{}, rows, "Left out of "+dir+"/more.zip, by their names: README.md, in/LICENSE",
		put(t, dir+"/more.zip", zipped(t, "README.md", "hello\nthere", "1.csv", one, "in/LICENSE", "no", "in/2.csv", two)))
	f(Options{}, rows[:1], "", put(t, dir+"/unnamed.zip", zipped(t, "rows", one)))
	f(Options{}, rows[:1], "Left out of "+dir+"/about.zip, by their names: README.txt, LICENSE, .DS_Store", put(t, dir+"/about.zip", zipped(t, "README.txt", "a,b\n", "LICENSE", "no", ".DS_Store", "no", "1.csv", one)))
	f(Options{}, rows[:1], "Left out of "+dir+"/bare.zip, by their names: LICENSE", put(t, dir+"/bare.zip", zipped(t, "LICENSE", "no", "rows", one)))
	for _, name := range []string{"authors.csv", "changes-2024.csv", "citation.csv", "terms.csv.gz", "notice.csv", "contributing.tsv", "readme.2024.csv"} {
		folder := dir + "/named/" + name
		put(t, folder+"/1.csv", one)
		put(t, folder+"/"+name, two)
		put(t, folder+"/README.2.txt", "no")
		put(t, folder+"/CHANGES", "no")
		if _, table, err := read(t.Context(), Options{}, folder); err != nil || len(table.Inputs) != 2 || len(notesOf(table)) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
	tables := put(t, dir+"/tables.zip", zipped(t, "x.csv", "name,age\nBob,3\n", "in/1.csv", one, "in/2.csv", two))
	f(Options{}, rows[:1], "", tables+":in/1.csv")
	f(Options{}, rows[:1], "", tables+":1.*")
	f(Options{}, rows, "", tables+":in/*.csv")

	// Links are followed where they are named, and to files; those to folders could go round for ever.
	for link, to := range map[string]string{"/link": "in", "/link.csv": "in", "/in/up.csv": "..", "/dangling.csv": "nowhere"} {
		if err := os.Symlink(to, dir+link); err != nil {
			t.Fatal(err)
		}
	}
	f(Options{}, rows, "/up.csv", dir+"/link")
	f(Options{}, rows, "/up.csv", dir+"/link.csv")

	// What can be read only once.
	f(Options{Stdin: strings.NewReader(gzipped(t, one))}, rows[:1], "", "-")
	f(Options{Stdin: strings.NewReader(one)}, rows[:1], "Standard input is named twice; its rows are read once", "-", "/dev/stdin")
	fifo := dir + "/fifo"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(fifo, []byte(one), 0o600) }()
	f(Options{}, rows[:1], "", fifo)
	if err := <-written; err != nil {
		t.Error(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/no" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, zipped(t, "1.csv", one))
	}))
	defer server.Close()
	table = f(Options{}, rows[:1], "", strings.Replace(server.URL, "://", "://me:secret@", 1)+"/x?token=secret")
	if name := table.Inputs[0].Name; strings.Contains(name, "secret") || !strings.HasSuffix(name, "/x:1.csv") {
		t.Error(name)
	}

	fail := func(want string, args ...string) {
		t.Helper()
		if _, _, err := read(t.Context(), Options{}, args...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", args, err)
		}
	}
	fail("404 Not Found", server.URL+"/no")
	fail("/nothing.csv does not exist", dir+"/nothing.csv")
	fail("no file matches", dir+"/*.nothing")
	for _, url := range []string{"ftp://joe:SECRET@h/x.csv", "s3://joe:SECRET@h/*.csv", "ftp://joe:SECRET@h/a.zip:b.csv", "http://joe:SECRET@%zz/x.csv", "http://joe:SEC/RET@h/x.csv"} {
		_, _, err := read(t.Context(), Options{}, url)
		if err == nil || strings.Contains(err.Error(), "SEC") || !strings.Contains(err.Error(), "://***@") {
			t.Errorf("%s: %v", url, err)
		}
	}
	fail("only http:// and https:// are allowed", "ftp://h/x.csv")
	fail("no files of rows in this folder", filepath.Dir(put(t, dir+"/other/README.md", "")))
	fail("no file given")
	fail("an Office document", put(t, dir+"/x.xlsx", zipped(t, "[Content_Types].xml", "")))
	fail("is a tar archive", put(t, dir+"/x.tar", strings.Repeat("x", 257)+"ustar"+strings.Repeat("x", 500)))
	fail("cut off", put(t, dir+"/cut.gz", gzipped(t, strings.Repeat(one, 1000))[:40]))
	fail("is a Parquet file", put(t, dir+"/x.parquet", "PAR1\x15\x04\x15"))
	fail("is compressed twice, as .gz within .gz", put(t, dir+"/twice.csv.gz", gzipped(t, gzipped(t, one))))
	fail("is a zip archive within .gz", put(t, dir+"/zip.gz", gzipped(t, zipped(t, "1.csv", one))))
	fail("is a Parquet file", put(t, dir+"/parquet.gz", gzipped(t, "PAR1\x15\x04\x15")))
	fail("tables.zip:in/1.csv line 1: none of its columns", dir+"/tables.zip")
	fail("no file in this archive matches *.tsv; there are: x.csv, in/1.csv, in/2.csv", dir+"/tables.zip:*.tsv")
	fail("nowhere.zip does not exist", dir+"/nowhere.zip:*.tsv")
	fail("no pattern of file names", dir+"/tables.zip:[")
	fail("no files in this archive", put(t, dir+"/none.zip", zipped(t)))
	fail("is a page of the web", put(t, dir+"/page.csv", "\ufeff\n<!DOCTYPE HTML>\n<html>"))
	fail("is XML", put(t, dir+"/x.csv", "<?xml version='1.0'?>\n<a/>"))
	fail("does not exist", dir+"/dangling.csv")
}

func TestFilesOfOneTable(t *testing.T) {
	t.Parallel()
	f := func(want string, texts ...string) {
		t.Helper()
		got, table, err := read(t.Context(), Options{}, save(t, texts...)...)
		all := strings.Join(got, "\n")
		if table != nil {
			all += "\n" + strings.Join(notesOf(table), "\n")
		}
		if err != nil {
			all += err.Error()
		}
		if !strings.Contains(all, want) {
			t.Errorf("%q: %s", texts, all)
		}
	}
	f("2: b=t1 time=t2020-01-02", "time,b\n2020-01-01,1\n", "b,time\n1,2020-01-02\n")
	f("has no column b, unlike", "time,b\n2020-01-01,1\n", "time,c\n2020-01-02,1\n")
	f("has a column that", "time,b\n2020-01-01,1\n", "time,c\n2020-01-02,1\n")
	f("it is another table", "time,b\n2020-01-01,1\n", "x,y\n5,1\n")
	f("its columns (Time, B) are those of", "time,b\n2020-01-01,1\n", "Time,B\n2020-01-01,1\n")
	f("but for the case of their letters, and Druid tells time and Time apart", "time,b\n2020-01-01,1\n", "Time,B\n2020-01-01,1\n")
	f("1 line 1 names no columns, as line 1 of", "time,b\n2020-01-01,1\n", "2020-01-02,1\n")
	f("is json, and", "time,b\n2020-01-01,1\n", `{"time":5}`)
	f("without a header they have to agree", "1,2\n", "1,2,3\n")
	f("2: time=t2020-01-02 b=t1", "time,b\n2020-01-01,1\n", "time;b\n2020-01-02;1\n")
	const page, columns = `{"status":"ok","items":[{"a":1},{"a":2}]}` + "\n", `{"ids":[1,2],"names":["x","y"]}` + "\n"
	f("1: a=02", page, page)
	for _, texts := range [][]string{{page, page + page}, {page + page, page}} {
		f("the rows are the list items, and the rows of", texts...)
		f("--json-path items takes that list in all files; --json-path . takes the objects", texts...)
	}
	f("the lists in its one object are taken for columns", columns, columns+columns)
	f("are taken as they stand: files of one command", columns+columns, columns)
	f("are taken as they stand", columns, `{"ids":[1],"names":["x"]}`)
	f("1 the rows are the list items: files of one command", columns, page)
	f("2: ids=02 names=sy", columns, columns)
	f("1 names no columns, as that of", `[["a","b"],[1,2]]`, `[[1,2]]`)
	f("has 3 values, and that of", `[[1,2]]`, `[[1,2,3]]`)
	f("it is another table", `[["a","b"],[1,2]]`, `[["c","d"],[1,2]]`)
	f("1: b=01 a=02", `[["a","b"],[1,2]]`, `[["b","a"],[1,2]]`)
	f("1: a=01", `[{"a":1}]`, `{"a":2}`+"\n")
}

func TestStandardInputThatNeverEndsIsCalledOff(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = w.Write([]byte("a,b\n"))
		cancel()
	}()
	if _, err := Open(ctx, []string{"-"}, Options{Stdin: r}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
