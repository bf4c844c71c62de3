package detect

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestCopyDirsAtTheSameTime: many ovate ingest begin and end at the same time.
func TestCopyDirsAtTheSameTime(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "copies")
	var all sync.WaitGroup
	var mu sync.Mutex
	faults := map[string]int{}
	for range 6 {
		all.Go(func() {
			for range 100 {
				c, err := NewCopyDir(parent, func(Reader) (bool, error) { return false, nil })
				if err == nil {
					err = c.Remove()
				}
				if err != nil {
					mu.Lock()
					faults[strings.ReplaceAll(err.Error(), parent, "")]++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	if len(faults) > 0 {
		t.Errorf("%v", faults)
	}
}
