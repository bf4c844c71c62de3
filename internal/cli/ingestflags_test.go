package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeysOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"": "", ".": ".", "$": ".", "data.items": "data.items", "$.data.items": "data.items", ".data.items[]": "data.items", "$.data.items[*]": "data.items",
		"data.*": "data.*", "*": "*", "$id": "$id", "a[0]": "a[0]", "data[].items": "!", "$['data']": "!", "$..items": "!", ".[]": "!", "[]": "!",
	} {
		got, err := keysOf(path)
		if err != nil {
			got = "!"
			if !strings.Contains(err.Error(), "joined by dots, such as data.items") {
				t.Error(err)
			}
		}
		if got != want {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

// TestFlagsAsPeopleTypeThem: what other programs call a type, a path or a number is understood, and what changes nothing is told.
func TestFlagsAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := filepath.Join(dir, "n.csv")
	if err := os.WriteFile(rows, []byte("a,b,c\n1,x,2\n2,y,3\nz,x,4\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"ingest", rows, "-d", "t", "--data", dir, "--time", "2024-01-01", "--dry-run"}
	run(t, append(args, "--type", "a=int", "--type", "b=str", "--type", "c=float", "--skip-bad", "3")...).expect(t, 0,
		`{"type": "long", "name": "a"}`, `"b"`, `{"type": "double", "name": "c"}`,
		"--type a=int is taken as long", "--type b=str is taken as string", "--type c=float is taken as double", "Left out: 1 row.")
	run(t, append(args, "--type", "a=int", "--skip-bad", "0")...).expect(t, 1)
	run(t, append(args, "--type", "a=date")...).expect(t, 2, "a type is long, double or string")
	r := run(t, append(args, "--null", "nothere", "--null", "x", "--null", "1,2", "--null", "")...)
	r.expect(t, 0, `--null nothere changes nothing: no value is "nothere"`, `--null 1,2 changes nothing: no value is "1,2", which is taken as one text; several take a --null each`)
	if n := strings.Count(r.err, "changes nothing"); n != 2 {
		t.Errorf("%d words are told:\n%s", n, r.err)
	}
	// A word for null may begin with a dash, and what is wrong with a flag is said of that flag.
	run(t, append(args, "--null", "-999", "--null", "--", "--null", "-", "--null=-x")...).expect(t, 0, "--null=-999 changes nothing", "--null=-- changes nothing", "--null=- changes nothing", "--null=-x changes nothing")
	run(t, append(args, "--null", "--verbose")...).expect(t, 2, `--null: expected string value but got "--verbose"`, `perhaps try --null="--verbose"`)
	run(t, append(args, "--skip-bad", "-1")...).expect(t, 2, `--skip-bad: "-1" must be a number of rows, 0 or more`)
	run(t, append(args, "--skip-lines", "-5")...).expect(t, 2, `--skip-lines: expected string value but got "-5"`, `perhaps try --skip-lines="-5"`)
	run(t, append(args, "--type", "a=long", "--type", "a=string")...).expect(t, 2, `--type: column "a" is to be long and string`)
	run(t, append(args, "--type", "a=string;c=double", "--type", "a=string")...).expect(t, 0, `{"type": "double", "name": "c"}`)
	run(t, append(args, "--type", "a")...).expect(t, 2, `--type: "a" must be NAME=TYPE`)
	run(t, append(args, "--header", "--no-header")...).expect(t, 2, "--header and --no-header exclude each other", "ovate ingest --help")
	run(t, append(args, "--no-fill", "--fill")...).expect(t, 2, "--fill and --no-fill exclude each other")
	run(t, append(args, "--format", "xml")...).expect(t, 2, `--format must be one of "json","csv","tsv" but got "xml"`)
	run(t, "tasks", "--state", "runing", "--data", dir).expect(t, 2, `--state must be one of "waiting","pending","running","complete","success","failed" but got "runing"`)
	object := filepath.Join(dir, "o.json")
	if err := os.WriteFile(object, []byte(`{"schema":{"fields":[{"name":"n"},{"name":"m"}]},"data":[{"n":1}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	args = []string{"ingest", object, "-d", "t", "--data", dir, "--time", "2024-01-01", "--dry-run"}
	run(t, append(args, "--json-path", "$.data[*]")...).expect(t, 0, `"name": "n"`)
	run(t, append(args, "--json-path", "data[].n")...).expect(t, 2, `--json-path "data[].n": give the keys`)
	run(t, args...).expect(t, 2, "Say which: --json-path schema.fields or --json-path data; or --json-path . if")
}

// TestReplacedHoursAreTold: what a replacement with narrow segments leaves, and the flag that replaces it, too.
func TestReplacedHoursAreTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i, text := range []string{"t,a\n2024-01-01T08:00,1\n2024-01-01T10:30,2\n2024-01-01T12:00,3\n", "t,a\n2024-01-01T08:00,1\n2024-01-01T12:00,4\n"} {
		if err := os.WriteFile(filepath.Join(dir, string(rune('a'+i))+".csv"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	run(t, "ingest", filepath.Join(dir, "a.csv"), "-d", "r", "--data", data).expect(t, 0)
	run(t, "ingest", filepath.Join(dir, "b.csv"), "-d", "r", "--data", data, "--replace").expect(t, 0,
		"segments of an HOUR each, as wider ones would also replace rows of other times: rows of an hour without a new row stay; --granularity DAY replaces whole days")
	run(t, "ingest", filepath.Join(dir, "b.csv"), "-d", "r", "--data", data, "--replace", "--granularity", "DAY").expect(t, 0, "2 rows")
}
