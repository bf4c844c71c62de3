package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"go.uber.org/goleak"

	"golang.org/x/sys/unix"

	"ovate/internal/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tree writes files, by path and content, into a new folder. A content of "-> x" makes a symbolic link.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, link := strings.CutPrefix(content, "-> "); link {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func read(t *testing.T, in Input) (string, error) {
	t.Helper()
	r, err := in.Open(t.Context())
	if err != nil {
		return "", err
	}
	b, err := io.ReadAll(r)
	return string(b), errors.Join(err, r.Close())
}

func TestInline(t *testing.T) {
	t.Parallel()
	inputs, err := Open(t.Context(), spec.InlineSource{Data: "a\nb"}, Policy{}, nil)
	if err != nil || len(inputs) != 1 {
		t.Fatal(inputs, err)
	}
	got, err := read(t, inputs[0])
	if got != "a\nb" || err != nil || inputs[0].Size != 3 || inputs[0].Consumed.Load() != 3 || inputs[0].URI != "" {
		t.Errorf("%q, %v, %+v", got, err, inputs[0])
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"b.json": "b", "a.json": "a", "sub/c.json": "c", ".hidden/d.json": "d", ".e.json": "e", "empty.json": "", "x.csv": "x",
		"B.JSON": "B", "link.json": "-> b.json", "circle": "-> .", "nowhere": "-> missing", "self": "-> self", "dir.json/f.txt": "f", "linked": "-> sub",
	})
	for _, c := range []struct {
		source spec.LocalSource
		want   string
	}{
		{spec.LocalSource{BaseDir: dir, Filter: "*.json"}, ".e.json .hidden/d.json a.json b.json empty.json sub/c.json"},
		{spec.LocalSource{BaseDir: dir, Filter: "?.json"}, ".hidden/d.json a.json b.json sub/c.json"},
		{spec.LocalSource{BaseDir: dir, Filter: "*.*"}, ".e.json .hidden/d.json B.JSON a.json b.json dir.json/f.txt empty.json sub/c.json x.csv"},
		{spec.LocalSource{BaseDir: dir, Filter: "none*"}, ""},
		{spec.LocalSource{BaseDir: dir, Filter: ""}, ""},
		{spec.LocalSource{BaseDir: dir, Filter: "l*.json"}, "link.json"},
		{spec.LocalSource{BaseDir: dir, Filter: "**.c?v"}, "x.csv"},
		{spec.LocalSource{BaseDir: dir + "/linked", Filter: "*"}, "linked/c.json"},
		{spec.LocalSource{BaseDir: dir + "/x.csv", Filter: "*"}, "x.csv"},
		{spec.LocalSource{BaseDir: dir + "/x.csv", Filter: "*.csv"}, "x.csv"},
		{spec.LocalSource{BaseDir: dir + "/x.csv", Filter: "*.json"}, ""},
		{spec.LocalSource{BaseDir: dir + "/x.csv", Filter: "sub*"}, ""},
		{spec.LocalSource{BaseDir: dir + "/empty.json", Filter: "*"}, "empty.json"},
		{spec.LocalSource{BaseDir: dir + "/link.json", Filter: "link*"}, "link.json"},
		{spec.LocalSource{BaseDir: dir + "/link.json", Filter: "b*"}, ""},
		{spec.LocalSource{BaseDir: dir + "/x.csv", Filter: "*", Files: []string{dir + "/x.csv"}}, "x.csv"},
		{spec.LocalSource{Files: []string{dir + "/x.csv", dir + "/empty.json", dir + "/a.json"}}, "x.csv empty.json a.json"},
		{spec.LocalSource{BaseDir: dir, Filter: "?.json", Files: []string{dir + "/sub/c.json", dir + "/a.json"}}, ".hidden/d.json b.json sub/c.json a.json"},
	} {
		inputs, err := Open(t.Context(), c.source, Policy{AnyLocalFile: true}, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		var names []string
		for _, in := range inputs {
			name, err := filepath.Rel(dir, in.Name)
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
			if got, err := read(t, in); err != nil || int64(len(got)) != max(in.Size, 0) || in.Consumed.Load() != int64(len(got)) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%+v: %s, want %s", c.source, got, c.want)
		}
	}
}

// TestNoFilesBelowBaseDir: what has the name of a file to be read and is none fails the task, as data that is left out would not be noticed.
func TestNoFilesBelowBaseDir(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		put  func(path string) error
		want string
	}{
		"a link to nothing":  {func(path string) error { return os.Symlink("missing", path) }, "is a link that leads nowhere"},
		"a link in a circle": {func(path string) error { return os.Symlink(path, path) }, "is a link that leads nowhere"},
		"a link to a link": {func(path string) error {
			return errors.Join(os.Symlink("missing", path+"l"), os.Symlink(path+"l", path))
		}, "is a link that leads nowhere"},
		"a pipe":                    {func(path string) error { return unix.Mkfifo(path, 0o600) }, "is not a regular file but a pipe"},
		"a link to a pipe":          {func(path string) error { return errors.Join(unix.Mkfifo(path+"p", 0o600), os.Symlink(path+"p", path)) }, "is not a regular file but a pipe"},
		"a socket":                  {func(path string) error { return unix.Mknod(path, unix.S_IFSOCK|0o600, 0) }, "is not a regular file but a socket"},
		"a link to a device":        {func(path string) error { return os.Symlink("/dev/null", path) }, "is not a regular file but a device"},
		"a link to the kernel":      {func(path string) error { return os.Symlink("/proc/self/limits", path) }, "(proc)"},
		"a link to what is no path": {func(path string) error { return os.Symlink("/dev/null/x", path) }, "not a directory"},
	} {
		dir := tree(t, map[string]string{"a.json": "a", "sub/b.json": "b"})
		path := filepath.Join(dir, "sub", "c.json")
		if err := c.put(path); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), spec.LocalSource{BaseDir: dir, Filter: "*.json"}, Policy{AnyLocalFile: true}, nil); err == nil || !strings.Contains(err.Error(), path+" ") && !strings.Contains(err.Error(), path+": ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want that %s %s", what, err, path, c.want)
		}
		if inputs, err := Open(t.Context(), spec.LocalSource{BaseDir: dir, Filter: "?.jso*", Files: []string{path}}, Policy{AnyLocalFile: true}, nil); err == nil {
			t.Errorf("%s among the files: %v", what, inputs)
		}
		if what == "a link to what is no path" {
			continue // which might be a folder that cannot be reached
		}
		if inputs, err := Open(t.Context(), spec.LocalSource{BaseDir: dir, Filter: "b*"}, Policy{AnyLocalFile: true}, nil); err != nil || len(inputs) != 1 {
			t.Errorf("%s that the filter leaves out: %v, %v", what, inputs, err)
		}
	}
}

// What an editor puts beside a file while somebody edits it keeps nobody from reading the folder.
func TestLinksOfEditors(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a.json": "a", ".#a.json": "-> somebody@machine.1234:1700000000"})
	if inputs, err := Open(t.Context(), spec.LocalSource{BaseDir: dir, Filter: "*.json"}, Policy{AnyLocalFile: true}, nil); err != nil || len(inputs) != 1 {
		t.Errorf("%v, %v", inputs, err)
	}
}

// Every folder that holds links to all others, and to the one that holds them all, is read once: following each way
// through them would take longer than anybody lives.
func TestLinksBetweenFolders(t *testing.T) {
	t.Parallel()
	const folders = 32
	files := map[string]string{}
	var want []string
	for i := range folders {
		name := fmt.Sprintf("data/d%02d", i)
		files[name+"/rows.csv"] = "x"
		want = append(want, fmt.Sprintf("d%02d/rows.csv", i))
		files[name+"/up"] = "-> ../.."
		files[fmt.Sprintf("data/also%02d", i)] = fmt.Sprintf("-> d%02d", i)
		for k := range folders {
			files[fmt.Sprintf("%s/to%02d", name, k)] = fmt.Sprintf("-> ../d%02d", k)
		}
	}
	files["beside/other.csv"] = "x"
	want = append(want, "d00/up/beside/other.csv")
	dir := filepath.Join(tree(t, files), "data")
	for range 2 {
		inputs, err := Open(t.Context(), spec.LocalSource{BaseDir: dir, Filter: "*.csv"}, Policy{AnyLocalFile: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, in := range inputs {
			got = append(got, strings.TrimPrefix(in.Name, dir+"/"))
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestLocalRefusals(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"in/a.json": "a", "in/out.json": "-> ../secret.json", "in/outer": "-> ..", "secret.json": "s", "in/z.zip": "z"})
	in := filepath.Join(dir, "in")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	inside := Policy{Roots: []string{filepath.Join(dir, "absent"), in}}
	anywhere := Policy{AnyLocalFile: true}
	for _, c := range []struct {
		source spec.LocalSource
		policy Policy
		want   []string
	}{
		{spec.LocalSource{BaseDir: dir + "/absent", Filter: "*"}, anywhere, []string{"baseDir", dir + "/absent", "does not exist"}},
		{spec.LocalSource{Files: []string{in + "/absent"}}, anywhere, []string{in + "/absent", "does not exist"}},
		{spec.LocalSource{Files: []string{"absent.csv"}}, anywhere, []string{"absent.csv does not exist in " + here + ", the folder of this process"}},
		{spec.LocalSource{Files: []string{in}}, anywhere, []string{in, "is a folder"}},
		{spec.LocalSource{Files: []string{"/dev/null"}}, anywhere, []string{"/dev/null", "not a regular file"}},
		{spec.LocalSource{Files: []string{in + "/z.zip"}}, anywhere, []string{in + "/z.zip", ".zip files cannot be read"}},
		{spec.LocalSource{BaseDir: in + "/a.json/b", Filter: "*"}, anywhere, []string{in + "/a.json", "not a directory"}},
		{spec.LocalSource{BaseDir: in + "/z.zip", Filter: "*"}, anywhere, []string{in + "/z.zip", ".zip files cannot be read"}},
		{spec.LocalSource{BaseDir: dir + "/secret.json", Filter: "*"}, inside, []string{"secret.json", "outside"}},
		{spec.LocalSource{BaseDir: in + "/out.json", Filter: "*"}, inside, []string{"out.json", "outside"}},
		{spec.LocalSource{Files: []string{in + "/absent"}}, inside, []string{"does not exist"}},
		{spec.LocalSource{Files: []string{dir + "/secret.json"}}, inside, []string{"secret.json", "outside"}},
		{spec.LocalSource{Files: []string{dir + "/nothing.json"}}, inside, []string{"nothing.json", "outside"}},
		{spec.LocalSource{Files: []string{in + "/../secret.json"}}, inside, []string{"outside"}},
		{spec.LocalSource{Files: []string{in + "/out.json"}}, inside, []string{"out.json", "outside"}},
		{spec.LocalSource{Files: []string{in + "/outer/nothing.json"}}, inside, []string{"nothing.json"}},
		{spec.LocalSource{BaseDir: in, Filter: "*.json"}, inside, []string{"outside"}},
		{spec.LocalSource{BaseDir: dir, Filter: "*.json"}, Policy{}, []string{"outside"}},
	} {
		_, err := Open(t.Context(), c.source, c.policy, nil)
		for _, part := range c.want {
			if err == nil || !strings.Contains(err.Error(), part) || strings.Contains(err.Error(), "file does not exist") {
				t.Errorf("%+v: error %v, want one with %q", c.source, err, part)
			}
		}
	}
	inputs, err := Open(t.Context(), spec.LocalSource{Files: []string{in + "/a.json"}}, inside, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, inputs[0]); got != "a" || err != nil {
		t.Errorf("a file within a root: %q, %v", got, err)
	}
	if err := os.Remove(in + "/a.json"); err != nil { // what changes after the listing is checked again
		t.Fatal(err)
	}
	if err := os.Symlink("../secret.json", in+"/a.json"); err != nil {
		t.Fatal(err)
	}
	if got, err := read(t, inputs[0]); err == nil {
		t.Errorf("a link put in place of a file gave %q", got)
	}
	if err := os.Remove(in + "/a.json"); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, inputs[0]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
}

func compress(t *testing.T, data string, open func(io.Writer) (io.WriteCloser, error)) string {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestCompression(t *testing.T) {
	t.Parallel()
	data := strings.Repeat("some text\n", 1000)
	gz := compress(t, data, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	zst := compress(t, data, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
	lzma := compress(t, data, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) })
	// "hello world\n" as bzip2 writes it.
	bz2 := "BZh91AY&SYN\xec\xe86\x00\x00\x02Q\x80\x00\x10@\x00\x06D\x90\x80 \x001\x06LA\x01\xa7\xa9\xa5\x80\xbb\x941\xf8\xbb\x92)\xc2\x84\x82wgA\xb0"
	dir := tree(t, map[string]string{
		"a.gz": gz, "two.gz": gz + gz, "a.zst": zst, "a.xz": lzma, "a.bz2": bz2,
		"cut.gz": gz[:len(gz)/2], "cut.zst": zst[:len(zst)-6], "cut.xz": lzma[:len(lzma)-20], "cut.bz2": bz2[:20], "junk.gz": gz + "x", "long junk.gz": gz + gz + "no gzip data at all, long enough", "zeros.gz": gz + strings.Repeat("\x00", 100), "cut second.gz": gz + gz[:12], "cut header.gz": gz + gz[:1], "no.gz": "plain text, long enough", "short.gz": "\x1f",
		"no.zst": "plain", "no.xz": "plain text, long enough", "no.bz2": "plain text",
	})
	for name, want := range map[string]string{"a.gz": data, "two.gz": data + data, "zeros.gz": data, "a.zst": data, "a.xz": data, "a.bz2": "hello world\n"} {
		inputs, err := Open(t.Context(), spec.LocalSource{Files: []string{filepath.Join(dir, name)}}, Policy{AnyLocalFile: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(t, inputs[0])
		if got != want || err != nil {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
		if inputs[0].Consumed.Load() != inputs[0].Size {
			t.Errorf("%s: %d bytes consumed of %d", name, inputs[0].Consumed.Load(), inputs[0].Size)
		}
	}
	for name, want := range map[string]string{
		"junk.gz": "no gzip data", "long junk.gz": "no gzip data", "cut second.gz": "cut off", "cut header.gz": "cut off", "cut.gz": "cut off", "short.gz": "cut off", "cut.zst": "cut off", "cut.xz": "cut off", "cut.bz2": "cut off",
		"no.gz": "cannot be decompressed", "no.zst": "cannot be decompressed", "no.xz": "cannot be decompressed", "no.bz2": "cannot be decompressed",
	} {
		inputs, err := Open(t.Context(), spec.LocalSource{Files: []string{filepath.Join(dir, name)}}, Policy{AnyLocalFile: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := read(t, inputs[0]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
}

func TestFileURI(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/a/b.json": "file:/a/b.json", "/a b/ü#?%.json": "file:/a%20b/ü%23%3F%25.json", "/a[1]{2}": "file:/a%5B1%5D%7B2%7D", "/a+b=c@d": "file:/a+b=c@d",
	} {
		if diff := cmp.Diff(want, fileURI(path)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		filter, name string
		want         bool
	}{
		{"*", "", true}, {"*.json", "a.json", true}, {"*.json", ".json", true}, {"*.json", "a.json.gz", false}, {"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false}, {"?", "ü", true}, {"?", "", false}, {"??*", "a", false}, {"a.json", "A.json", false}, {"", "", true}, {"", "a", false},
		{"**a", "ba", true}, {"[a]", "a", false},
	} {
		if got := matches(c.filter, c.name); got != c.want {
			t.Errorf("%s of %s: %v", c.filter, c.name, got)
		}
	}
}

// TestCheck: what a policy does not allow is known before anything is read, as far as it can be.
func TestCheck(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"in/a.json": "a", "out/b.json": "b", "in/link.json": "-> ../out/b.json"})
	http := func(uri string) spec.InputSource { return spec.HTTPSource{URIs: []string{"http://example.com/a", uri}} }
	files := func(names ...string) spec.InputSource { return spec.LocalSource{Files: names} }
	for _, c := range []struct {
		source  spec.InputSource
		problem string
	}{
		{files(dir + "/in/a.json"), ""},
		{files(dir + "/in/missing.json"), ""}, // which the task finds out
		{files(dir+"/in/a.json", dir+"/out/b.json"), "inputSource.files[1]: " + dir + "/out/b.json may not be read"},
		{files(dir + "/in/link.json"), "may not be read"},
		{files(dir + "/in/../out/b.json"), "may not be read"},
		{files(dir + "/missing.json"), "may not be read"},
		{spec.LocalSource{BaseDir: dir, Filter: "*"}, "inputSource.baseDir: " + dir + " may not be read"},
		{spec.InlineSource{Data: "x"}, ""},
		{http("http://93.184.216.34/a"), ""},
		{http("http://127.0.0.1/a"), "inputSource.uris[1]: http://127.0.0.1/a: 127.0.0.1 is not a public address"},
		{http("http://u:p@[::1]:80/a?x=1"), "inputSource.uris[1]: http://***@[::1]:80/a?***: ::1 is not a public address"},
		{http("http://[fe80::1%25eth0]/a"), "not a public address"},
		{http("http://[::ffff:10.0.0.1]/a"), "not a public address"},
		{http("http://LocalHost.:8080/a"), "not a public address"},
		{http("http://x.localhost/a"), "not a public address"},
	} {
		err := Policy{Roots: []string{dir + "/in"}}.Check(c.source)
		if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem) || !errors.As(err, new(Refused))) {
			t.Errorf("%+v: %v, want %q", c.source, err, c.problem)
		}
		if err := (Policy{AnyLocalFile: true, AllowPrivateHTTP: true}).Check(c.source); err != nil {
			t.Errorf("%+v: %v", c.source, err)
		}
	}
}
