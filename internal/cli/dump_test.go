package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDump(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data, csv := filepath.Join(dir, "var"), filepath.Join(dir, "a.csv")
	if err := os.WriteFile(csv, []byte("day,city,n\n2024-01-01,Vienna,1\n2024-01-02,\"Graz, old\",2\n2024-01-03,,3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "ingest", csv, "-d", "s", "--data", data, "--granularity", "DAY").expect(t, 0)
	run(t, "ingest", csv, "-d", "other", "--data", data, "--granularity", "ALL").expect(t, 0)
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	at := "--url=" + server.url
	if got := run(t, "dump", "s", "--format", "csv", "--columns", "n,city", at); got.out != "n,city\n1,Vienna\n2,\"Graz, old\"\n3,\n" {
		t.Errorf("%s%s", got.out, got.err)
	}
	if got := run(t, "dump", "s", "--columns", "n", "--interval", "2024-01-02/P1D", at); got.out != "{\"n\":2}\n" {
		t.Errorf("%s%s", got.out, got.err)
	}
	out := filepath.Join(dir, "out.parquet")
	run(t, "dump", "s", "-n", "2", "-o", out, at).expect(t, 0)
	written, err := os.ReadFile(out)
	if err != nil || !strings.HasPrefix(string(written), "PAR1") || !strings.HasSuffix(string(written), "PAR1") {
		t.Errorf("%q %v", written, err)
	}
	// What cannot be done leaves the file as it was, and nothing beside it.
	run(t, "dump", "s", "-o", out, "--columns", "town", at).expect(t, 2, `"town"`, "it has __time, city, n")
	run(t, "dump", "s", "-o", filepath.Join(dir, "none", "x.csv"), at).expect(t, 2, "there is no folder "+filepath.Join(dir, "none"))
	if again, err := os.ReadFile(out); err != nil || string(again) != string(written) {
		t.Error("the file was changed", err)
	}
	if files, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(files) > 0 {
		t.Error(files, err)
	}
	run(t, "dump", "s", "--limit=-1", at).expect(t, 2, "-n -1")
	if told := run(t, "dump", "s", "-n", "-1", at); told.code != 2 || !strings.Contains(told.err, "a number of 0 or more") || strings.Contains(told.err, "perhaps try") {
		t.Errorf("-n -1 is refused with %d: %s", told.code, told.err)
	}
	run(t, "segments", at).expect(t, 0, "DATASOURCE", "other ", "s ", "s ", "s ")
	run(t, "segments", "--interval", "2030-01-01/P1D", at).expect(t, 0, "DATASOURCE")
	listed := run(t, "datasources", at).out + run(t, "segments", at).out + run(t, "dump", "s", at).out
	server.end(t, os.Kill)
	// Without a server, and though it left everything as it was, the folder answers the same, and another server finds it as it was.
	here := "--data=" + data
	if got := run(t, "datasources", here).out + run(t, "segments", here).out + run(t, "dump", "s", here).out; got != listed || !strings.Contains(got, "Vienna") {
		t.Errorf("without a server:\n%s\nwith one:\n%s", got, listed)
	}
	run(t, "dump", "none", here).expect(t, 2, `"none"`)
	serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data)).end(t, os.Interrupt)
	if err := os.WriteFile(filepath.Join(data, "metadata.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "dump", "s", here).expect(t, 2, "metadata.db", "not a database")
}

// TestDumpThroughALink: what a link leads to is written, as every other program does it, and the link stays.
func TestDumpThroughALink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	run(t, "ingest", salesFile(t), "-d", "sales", "--data", data).expect(t, 0)
	file, link := filepath.Join(dir, "real.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(file, []byte("old\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil { // whatever the umask is
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	run(t, "dump", "sales", "--data", data, "-o", link).expect(t, 0)
	if text, err := os.ReadFile(file); err != nil || string(text) == "old\n" {
		t.Errorf("%s still has %q, %v", file, text, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, %v is no link any more", info, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v", info, err)
	}
	run(t, "dump", "sales", "--data", data, "--columns", "shop,shop").expect(t, 2, "named twice")
	run(t, "dump", "sales", "--data", data, "-D", "druid.storage.type=hdfs").expect(t, 2, "druid.storage.type", "must be local or s3")
	if got := run(t, "dump", "sales", "--data", data, "-n", "0"); strings.Count(got.out, "\n") > 0 {
		t.Errorf("-n 0, at most no rows, gives %q", got.out)
	}
}

// TestDumpOfDamagedSegments: what a segment itself tells to be damaged is never a success. A column that cannot be read is left out, the
// rest written, and the exit code 1; a row outside of the segment's time is an error.
func TestDumpOfDamagedSegments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	here := "--data=" + filepath.Join(dir, "var")
	folder := map[string]string{}
	for name, day := range map[string]string{"a": "2024-01-01", "b": "2024-01-02"} {
		csv := filepath.Join(dir, name+".csv")
		if err := os.WriteFile(csv, []byte("t,a,n\n"+day+"T01:00:00Z,x,1\n"+day+"T02:00:00Z,y,2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, "ingest", csv, "-d", name, here, "--granularity", "DAY").expect(t, 0)
		found, err := filepath.Glob(filepath.Join(dir, "var", "segments", name, "*", "*", "*", "*", "*", "00000.smoosh"))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		folder[name] = filepath.Dir(found[0])
	}
	path := filepath.Join(folder["a"], "00000.smoosh")
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(sound, []byte(`"type":"stringDictionary"`), []byte(`"type":"rtringDictionary"`)), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.csv")
	run(t, "dump", "a", "-o", out, here).expect(t, 1, "can not be read: a")
	if got, err := os.ReadFile(out); err != nil || !strings.HasPrefix(string(got), "__time,n\n") || strings.Count(string(got), "\n") != 3 {
		t.Errorf("%q %v", got, err)
	}
	run(t, "dump", "a", "--columns", "n", here).expect(t, 0, `{"n":1}`)
	run(t, "segment", "dump", folder["a"]).expect(t, 1, `"n":2`)

	for _, name := range []string{"00000.smoosh", "meta.smoosh"} {
		other, err := os.ReadFile(filepath.Join(folder["b"], name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder["a"], name), other, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, columns := range []string{"__time,n", "n"} {
		got := run(t, "dump", "a", "--columns", columns, here)
		got.expect(t, 1, "segment a_2024-01-01", "row 0 has the time 2024-01-02T01:00:00.000Z")
		if got.out != "" {
			t.Errorf("%s was written", got.out)
		}
	}
}

// TestFolderThatWasMoved: commands find the rows of a data folder that was moved since, or is reached by a link, with a server and without one.
func TestFolderThatWasMoved(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	made, now, link := filepath.Join(above, "made"), filepath.Join(above, "now"), filepath.Join(above, "link")
	run(t, "ingest", salesFile(t), "-d", "sales", "--data", made).expect(t, 0, "sales holds:", "4 rows")
	if err := errors.Join(os.Rename(made, now), os.Symlink(now, link)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{now, link} {
		run(t, "datasources", "--data", dir).expect(t, 0, "sales", "4")
		if got := run(t, "dump", "sales", "--data", dir); got.code != 0 || strings.Count(got.out, "\n") != 4 {
			t.Errorf("%s: %+v", dir, got)
		}
		if got := run(t, "segments", "sales", "--data", dir); got.code != 0 || !strings.Contains(got.out, filepath.Join(dir, "segments")) {
			t.Errorf("%s: %+v", dir, got)
		}
	}
	run(t, "ingest", salesFile(t), "-d", "sales", "--append", "--data", link).expect(t, 0, "sales holds:", "8 rows")
	if got := run(t, "dump", "sales", "--data", now); got.code != 0 || strings.Count(got.out, "\n") != 8 {
		t.Errorf("%+v", got)
	}
}
