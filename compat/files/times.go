package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timePair is the time of the rows, and the column of the file that it comes from.
type timePair struct {
	name   string
	ours   []any // as ISO texts
	theirs []any
	millis []*int64 // DuckDB's reading, if it takes the column for a time
	exact  bool     // every row's time is known on both sides
	known  []int64
}

// layouts are ways of writing a time, by which texts are read that DuckDB leaves as texts.
var layouts = []string{"2006", "2006-01", "2006-01-02", "2006-1-2", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04",
	"2006/01/02", "2006/1/2 15:04", "2006/1/2 15:04:05", "2006/01/02 15:04:05", "1/2/2006", "2/1/2006", "1/2/06", "1/2/2006 15:04", "1/2/06 15:04", "1/2/2006 15:04:05",
	"Jan 2 2006", "Jan 2, 2006", "January 2, 2006", "2 Jan 2006", "2-Jan-06", "2-Jan-2006", "02.01.2006", "Jan 2006", "January 2006", "20060102",
	"Mon Jan 2 15:04:05 2006", "Jan 02 2006 15:04:05", "Jan. 2, 2006", "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00", "20060102150405"}

// judge compares the times. reason explains what could not be compared, wrong is a difference.
func (t *timePair) judge() (reason, wrong string) {
	read := t.reading()
	if read == nil {
		return fmt.Sprintf("time %q read by ovate alone", t.name), ""
	}
	t.known = read
	count := map[int64]int{}
	for i, v := range t.ours {
		text, _ := v.(string)
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return "", err.Error()
		}
		count[at.UnixMilli()]++
		count[read[i]]--
	}
	for n, left := range count {
		if left > 0 {
			return "", fmt.Sprintf("time %s: ovate has %s, which DuckDB has not", t.name, time.UnixMilli(n).UTC().Format(time.RFC3339Nano))
		}
	}
	t.exact = true
	return "", ""
}

// reading is the times as DuckDB reads them, or one of the layouts or numeric forms; nil if nothing reads all of them.
func (t *timePair) reading() []int64 {
	var all []int64
	for _, m := range t.millis {
		if m == nil {
			return nil
		}
		all = append(all, *m)
	}
	if len(all) > 0 {
		return all
	}
	for _, layout := range layouts {
		if all := t.readBy(func(text string) (int64, error) {
			at, err := time.Parse(layout, text)
			return at.UnixMilli(), err
		}); all != nil {
			return all
		}
	}
	for _, perSecond := range []float64{1, 1000} {
		all := t.readBy(func(text string) (int64, error) {
			n, err := strconv.ParseFloat(text, 64)
			return int64(n * 1000 / perSecond), err
		})
		if all != nil && all[0] > 315532800000 && all[0] < 4102444800000 {
			return all
		}
	}
	return nil
}

func (t *timePair) readBy(parse func(string) (int64, error)) (all []int64) {
	for _, v := range t.theirs {
		text, ok := v.(string)
		if !ok {
			return nil
		}
		n, err := parse(strings.TrimSpace(text))
		if err != nil {
			return nil
		}
		all = append(all, n)
	}
	return all
}

// text is the time of a row as a text: ovate's (side 0) or the file's.
func (t *timePair) text(side, row int) string {
	if side == 1 {
		return strconv.FormatInt(t.known[row], 10)
	}
	at, _ := time.Parse(time.RFC3339, fmt.Sprint(t.ours[row])) // judge has read it before
	return strconv.FormatInt(at.UnixMilli(), 10)
}
