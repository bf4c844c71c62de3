package detect

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestFaultsAreTold: what is left out is told with what it has in common; columns are listed as the file has them, and under which name they are stored.
func TestFaultsAreTold(t *testing.T) {
	t.Parallel()
	got := look(t, "day,n,\"a,b\"\n2024-01-01,1,x\nnever,2,y\nnever,3,y\n2024-01-02,4\n2024-01-03,5,z\n", Options{SkipBad: -1})
	want := []Fault{{2, 3, "day", "never", got.Faults[0].Why}, {1, 5, "", "2024-01-02,4", got.Faults[1].Why}}
	if !reflect.DeepEqual(got.Faults, want) || got.Left != 3 {
		t.Errorf("%+v, want %+v", got.Faults, want)
	}
	if names := strings.Join(got.Fields, "|"); names != "day|n|a,b" {
		t.Errorf("fields: %s", names)
	}
	if c := got.Columns[1]; c.From != "a,b" || c.Name == c.From {
		t.Errorf("column %+v", c)
	}
}

// TestCopyMost: a copy that takes more than it may ends, and leaves nothing.
func TestCopyMost(t *testing.T) {
	t.Parallel()
	path := write(t, "rows.csv", "day;n\n2024-01-01;1,5\n2024-01-01;2,5\n")
	dir := filepath.Join(t.TempDir(), "copies")
	if _, err := Files(t.Context(), []string{path}, Options{CopyDir: dir, CopyMost: 40}); !errors.Is(err, ErrNoRoom) {
		t.Errorf("%v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if got, err := Files(t.Context(), []string{path}, Options{CopyDir: dir, CopyMost: 4000}); err != nil || len(got.Copies) == 0 {
		t.Errorf("%v, %v", got, err)
	}
}
