package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestEscaper(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain ü 日本 👩‍👩‍👧\n\tx":         "plain ü 日本 👩‍👩‍👧\n\tx",
		"\x1b[31m\x07\r\x00\x7f":        `\x1b[31m\a\r\x00\x7f`,
		"\u009b2J\u0085":                `\u009b2J\u0085`,
		"\u202egnp\u2066\u2028\u200b":   `\u202egnp\u2066\u2028\u200b`,
		"\x9b2J \xff cut off: \xe2\x80": `\x9b2J \xff cut off: \xe2\x80`,
	} {
		for _, in := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
			var got strings.Builder
			e := &escaper{w: &got}
			if _, err := io.Copy(e, struct{ io.Reader }{in}); err != nil {
				t.Fatal(err)
			}
			if err := e.flush(); err != nil || got.String() != want {
				t.Errorf("%q is shown as %q, want %q; %v", text, got.String(), want, err)
			}
		}
	}
}

// TestNamesAndValuesAreEscaped: a terminal obeys no name and no value; a program that reads the output gets the bytes.
func TestNamesAndValuesAreEscaped(t *testing.T) {
	t.Parallel()
	const evil = "\x1b]0;PWNED\x07\u009b2J\u202e"
	dir := t.TempDir()
	file := filepath.Join(dir, "rows.csv")
	if err := os.WriteFile(file, []byte("time,a\n2024-01-01,\""+evil+"\"\n2024-01-02,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	name, data := "a\u202eb", "--data="+dir+"/var"
	run(t, "ingest", file, "--datasource", name, data).expect(t, 0)
	for _, args := range [][]string{{"dump", name, "--format=csv", data}, {"dump", name, data}, {"datasources", data}, {"segments", data}} {
		screen, program := terminal(t, 200)
		cmd := command(t, args...)
		cmd.Stdout = program
		if err := cmd.Run(); err != nil {
			t.Errorf("%q: %v", args, err)
		}
		_ = program.Close()
		shown, _ := io.ReadAll(screen) // an error is its end
		if text := string(shown); strings.ContainsAny(text, "\x1b\x07\u009b\u202e") || !strings.Contains(text, `\u202e`) {
			t.Errorf("%q shows %q", args, text)
		}
		if r := run(t, args...); r.code != 0 || !strings.Contains(r.out, "\u202e") {
			t.Errorf("%q writes %q", args, r.out)
		}
	}
	if r := run(t, "dump", name, "--format=csv", data); !strings.Contains(r.out, evil) {
		t.Errorf("dump writes %q", r.out)
	}
	for _, args := range [][]string{{"ingest", dir + "/bad\x1b[31m.csv", "--datasource", "x", data}, {"ingest", file, "--datasource", "e\x1b[31m", data}, {"dump", name + "\x1b[31m", data}} {
		if r := run(t, args...); r.code == 0 || strings.Contains(r.err, "\x1b") || !strings.Contains(r.err, `\x1b[31m`) {
			t.Errorf("%q says %q", args, r.err)
		}
	}
}
