// Package flights is a small real data set within the binary, so that a first try needs nothing else.
// README.md tells where it comes from.
package flights

import (
	_ "embed"
	"encoding/json"
	"strings"

	"ovate/druid"
)

// DataSource is where Task puts the rows.
const DataSource = "flights"

// Time is that of the segments that Task makes: the weeks that have a day of January 2013.
func Time() druid.Interval {
	return druid.Interval{Start: 1_356_912_000_000, End: 1_359_936_000_000} // 2012-12-31/2013-02-04
}

// FileName is what the file of Data is called.
const FileName = "flights-2013-01.csv.gz"

// Text is how many bytes Data holds, decompressed.
const Text = 2_475_605

// Data is the rows: CSV with a header, gzipped.
//
//go:embed flights-2013-01.csv.gz
var Data []byte

//go:embed flights.json
var task string

// Task is the task that ingests the rows from a copy of Data at path, which must be absolute.
func Task(path string) ([]byte, error) {
	quoted, err := json.Marshal(path)
	if err != nil {
		return nil, err
	}
	return []byte(strings.Replace(task, `"examples/flights/`+FileName+`"`, string(quoted), 1)), nil
}
