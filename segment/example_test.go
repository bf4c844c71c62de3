package segment_test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"ovate/druid"
	"ovate/segment"
)

// A dictionary is the distinct values of a column, sorted.
type dictionary []string

func (d dictionary) Len() int        { return len(d) }
func (d dictionary) At(i int) []byte { return []byte(d[i]) }

// Three rows are written as a segment that any Historical loads, and read again.
func Example() {
	parent, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "index")
	if err := write(dir); err != nil {
		log.Fatal(err)
	}

	s, err := segment.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	rows, err := s.RowReader()
	if err != nil {
		log.Fatal(err)
	}
	for i := range s.Rows() {
		line, err := rows.AppendJSON(nil, i)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", line)
	}
	// Output:
	// {"__time":"2026-01-01T00:00:00.000Z","city":null,"sum":1.5}
	// {"__time":"2026-01-01T08:00:00.000Z","city":"Lyon","sum":null}
	// {"__time":"2026-01-01T08:00:00.000Z","city":"Oslo","sum":20.0}
}

func write(dir string) error {
	day, err := druid.ParseInterval("2026-01-01/2026-01-02")
	if err != nil {
		return err
	}
	w, err := segment.Create(dir, segment.Options{Interval: day})
	if err != nil {
		return err
	}
	const eightHours = 8 * 3_600_000
	time := w.Long(segment.TimeColumn)
	city := w.String("city", segment.StringOptions{Dictionary: dictionary{"", "Lyon", "Oslo"}, HasNull: true, Bitmap: true})
	sum := w.Double("sum")
	err = errors.Join(
		time.Append([]int64{int64(day.Start), int64(day.Start) + eightHours, int64(day.Start) + eightHours}, nil), time.Close(),
		city.AppendIDs([]int32{0, 1, 2}), city.Close(),
		sum.Append([]float64{1.5, 0, 20}, []bool{false, true, false}), sum.Close(),
	)
	if err != nil {
		return errors.Join(err, w.Abort())
	}
	_, err = w.Finish(segment.Index{Dimensions: []string{"city"}, Metrics: []string{"sum"}, Metadata: segment.Metadata{
		Aggregators:      []segment.Aggregator{{Type: "doubleSum", Name: "sum"}},
		TimestampSpec:    segment.TimestampSpec{Column: "time", Format: "iso"},
		QueryGranularity: druid.Hour,
		Ordering:         []string{segment.TimeColumn, "city"},
	}})
	return err
}

// A column is read in chunks, without the others being touched. This segment was written by Druid.
func ExampleSegment_Long() {
	s, err := segment.Open("testdata/golden/13-month-kolkata-qweek-1/index.zip")
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	count, err := s.Long("cnt")
	if err != nil {
		log.Fatal(err)
	}
	r, err := count.Reader()
	if err != nil {
		log.Fatal(err)
	}
	var values [1024]int64
	total := int64(0)
	for {
		n, err := r.Next(values[:], nil)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		for _, v := range values[:n] {
			total += v
		}
	}
	fmt.Printf("%d rows stand for %d of the input\n", s.Rows(), total)
	// Output:
	// 6 rows stand for 57 of the input
}
