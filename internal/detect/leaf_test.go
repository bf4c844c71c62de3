package detect

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// JSON with a key more in every row costs what it is long, and more columns than can be kept are refused with the first that is too many.
func TestManyColumns(t *testing.T) {
	t.Parallel()
	rows := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "{\"u%d\":%d}\n", i, i)
		}
		return b.String()
	}
	begin := time.Now()
	if table := look(t, rows(6_000), Options{}); len(table.Columns) != 6_000 {
		t.Errorf("%d columns", len(table.Columns))
	}
	_, err := Files(t.Context(), []string{write(t, "many.json", rows(mostRoots+5))}, Options{CopyDir: filepath.Join(t.TempDir(), "copies")})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("there are more than %d columns", mostRoots)) || !strings.Contains(err.Error(), "If its keys are values") {
		t.Error(err)
	}
	t.Log(time.Since(begin))
}
