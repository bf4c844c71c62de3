package druid

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded returns the lines of a file of testdata, cut at separator.
func recorded(t *testing.T, name, separator string) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), separator))
	}
	return rows
}

// answer is how the recordings tell a value or an error.
func answer(value string, err error) string {
	if err != nil {
		return "ERR " + err.Error()
	}
	return value
}
