package table

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMarksAndEncodings: what the caller says of the encoding and a byte order mark that says another count by what the text is, and it is told.
func TestMarksAndEncodings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, told, want, note string }{
		{"\xff\xfe,b\n1,2\n", "latin-1", "ÿþ b", "is read as --encoding latin-1 says"},
		{"\xff\xfe,\xe4\n1,2\n", "windows-1252", "ÿþ ä", "is read as --encoding windows-1252 says"},
		{"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", "latin-1", "a b", "--encoding latin-1 does not count"},
		{"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", "utf-16", "a b", ""},
		{"\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n", "utf-16", "a b", ""},
		{"\xfe\xff\x00a\x00,\x00b\x00\n\x001\x00,\x002\x00\n", "utf-16le", "a b", "--encoding utf-16le does not count"},
		{"\xef\xbb\xbfa,b\n1,\xc3\xa4\n", "utf-8", "a b", ""},
		{"\xef\xbb\xbfa,b\n1,\xc3\xa4\n", "latin-1", "a b", "--encoding latin-1 does not count"},
		{"\xef\xbb\xbfa,b\n1,\xe4\n", "latin-1", "ï»¿a b", "is read as --encoding latin-1 says"},
		{"\xef\xbb\xbfa,b\n1,\xc3\xa4\n", "", "a b", ""},
	} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := Open(context.Background(), []string{path}, Options{Encoding: test.told})
		if err != nil {
			t.Errorf("%q as %q: %v", test.text, test.told, err)
			continue
		}
		notes := strings.Join(notesOf(table), "\n")
		if got := strings.Join(table.Columns(), " "); got != test.want || !strings.Contains(notes, test.note) || test.note == "" && strings.Contains(notes, "byte order") {
			t.Errorf("%q as %q: %q\n%s", test.text, test.told, got, notes)
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
}
