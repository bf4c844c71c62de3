package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"ovate/druid"
	"ovate/internal/timeline"
	"ovate/segment"
)

// stored is a segment in local deep storage.
type stored struct {
	id   druid.SegmentID
	path string // what segment.Open takes
	rows int
	size int64
}

// storedSegments finds the segments of a data source that queries would see, by the layout of local deep storage,
// DATASOURCE/START_END/VERSION/PARTITION/UNIQUE/index or …/index.zip, in order of time and partition.
func storedSegments(dir, dataSource string) ([]stored, error) {
	var found []stored
	intervals, err := os.ReadDir(filepath.Join(dir, dataSource))
	if err != nil {
		return nil, err
	}
	for _, folder := range intervals {
		interval, err := druid.ParseInterval(strings.ReplaceAll(folder.Name(), "_", "/"))
		if err != nil {
			continue // not of the layout
		}
		versions, err := os.ReadDir(filepath.Join(dir, dataSource, folder.Name()))
		if err != nil {
			return nil, err
		}
		if len(versions) == 0 {
			continue
		}
		newest := versions[len(versions)-1].Name() // versions sort as texts
		of := druid.SegmentID{DataSource: dataSource, Interval: interval, Version: newest}
		partitions, err := storedPartitions(filepath.Join(dir, dataSource, folder.Name(), newest), of)
		if err != nil {
			return nil, err
		}
		found = append(found, partitions...)
	}
	return visible(found), nil
}

// visible leaves out the segments that newer ones of other intervals hide.
func visible(found []stored) []stored {
	var segments []druid.DataSegment
	for _, s := range found {
		segments = append(segments, druid.DataSegment{
			DataSource: s.id.DataSource, Interval: s.id.Interval, Version: s.id.Version, ShardSpec: druid.Numbered(s.id.PartitionNum, 0),
		})
	}
	seen := map[druid.SegmentID]bool{}
	for _, s := range timeline.New(segments).Visible([]druid.Interval{druid.Eternity}) {
		seen[s.ID()] = true
	}
	return slices.DeleteFunc(found, func(s stored) bool { return !seen[s.id] })
}

func storedPartitions(dir string, of druid.SegmentID) ([]stored, error) {
	var found []stored
	for n := 0; ; n++ {
		path, err := newestIn(filepath.Join(dir, strconv.Itoa(n)))
		if err != nil || path == "" {
			return found, err
		}
		seg, err := segment.Open(path)
		if err != nil {
			return nil, err
		}
		s := stored{id: of, path: path, rows: seg.Rows()}
		s.id.PartitionNum = n
		if err := seg.Close(); err != nil {
			return nil, err
		}
		if s.size, err = sizeOf(path); err != nil {
			return nil, err
		}
		found = append(found, s)
	}
}

// newestIn is the segment that was pushed last into a partition's folder, which Druid's own lie in without a unique name; "" if
// there is none. A task that was cut off and ran again may have left an earlier one.
func newestIn(dir string) (newest string, err error) {
	var at time.Time
	for _, pattern := range []string{"index", "index.zip", "*/index", "*/index.zip"} {
		names, err := fs.Glob(os.DirFS(dir), pattern)
		if err != nil {
			return "", err
		}
		for _, name := range names {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				return "", err
			}
			if newest == "" || info.ModTime().After(at) {
				newest, at = filepath.Join(dir, name), info.ModTime()
			}
		}
	}
	return newest, nil
}

// sizeOf adds up the files below a path.
func sizeOf(path string) (sum int64, err error) {
	err = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	return sum, err
}

// printSegments lists the segments of a data source, not too many, and adds them up.
func printSegments(w io.Writer, dataSource string, segments []stored) error {
	const most = 12
	fmt.Fprintf(w, "\n%s holds:\n", dataSource)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	rows, bytes := 0, int64(0)
	for i, s := range segments {
		rows, bytes = rows+s.rows, bytes+s.size
		if i < most {
			fmt.Fprintf(table, "%s rows\t%s\t  %s\n", count(s.rows), size(s.size), s.id)
		}
	}
	if more := len(segments) - most; more > 0 {
		fmt.Fprintf(table, "\t\t  and %d more\n", more)
	}
	noun := "segments"
	if len(segments) == 1 {
		noun = "segment"
	}
	fmt.Fprintf(table, "%s rows\t%s\t  in %s %s\n", count(rows), size(bytes), count(len(segments)), noun)
	return table.Flush()
}
