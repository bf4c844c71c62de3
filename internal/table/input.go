package table

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Input is a file, or what stands for one.
type Input struct {
	Name    string // for people: as it was given, with the member of an archive behind it
	Path    string // absolute, of a regular file that Druid's local source could read; otherwise empty
	Size    int64  // bytes as they are stored
	Dialect Dialect
	Notes   []string // whole sentences on what may surprise in it; complete after a Scan

	columns  []int32 // index of Table.Columns by field
	skip     int64   // lines that are still to be left out
	consumed atomic.Int64
	open     func() (io.ReadCloser, error)
}

// Plain tells whether Druid's own reader reads the rows of this input to the same texts, judged over all of it. If not, it says
// why. It is to be called after Scan. How the header is read is told by Dialect.HeaderPlain.
func (in *Input) Plain() (plain bool, why string) { return false, "not yet judged" }

// list finds the inputs.
func (t *Table) list(args []string) error {
	for _, arg := range args {
		path, err := filepath.Abs(arg)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file", arg)
		}
		t.Inputs = append(t.Inputs, &Input{
			Name: arg, Path: path, Size: info.Size(),
			open: func() (io.ReadCloser, error) { return os.Open(path) },
		})
	}
	return nil
}
