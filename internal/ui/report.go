package ui

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"

	"ovate/druid"
)

// report is what a page shows of a task's report.
type report struct {
	State string // such as BUILD_SEGMENTS
	Step  string // of a task that runs in this process: reading, merging, writing, publishing
	Totals
	// Rows and Bytes are per second, over the last minute; of one that runs alone.
	Live        bool
	Rows, Bytes float64
	// InputSize is the bytes of all inputs as they are, and InputRead how many of them were read; InputSize is 0 if it is not known.
	InputSize, InputRead int64
	// SegmentsBegun and SegmentsBuilt are so far, SegmentsPublished in the end; -1 if that is not told.
	SegmentsBegun, SegmentsBuilt, SegmentsPublished int
	Faults                                          []fault
	Waiting                                         string // which input failed, and is tried again
}

// Totals count rows, and the bytes of their input.
type Totals struct {
	Processed, ProcessedBytes, ProcessedWithError, ThrownAway, Unparseable int64
}

// fault is a row that did not parse.
type fault struct {
	Input                 string
	Details               []string
	TimeOfExceptionMillis druid.Instant
	ErrorType             string
}

// faultText is how many letters of a row, and of why it did not parse, a page shows: the report has all of them.
const faultText = 400

// Row and Why are the row and what is wrong with it, as far as a page shows them.
func (f fault) Row() string { return cut(f.Input, faultText) }
func (f fault) Why() string { return cut(strings.Join(f.Details, " "), faultText) }

// Whole tells that the row was left out, and not a value of it alone.
func (f fault) Whole() bool { return f.ErrorType == "unparseable" }

// wireReport is the report in Druid's words; those of tasks that run have totals and averages by phase.
type wireReport struct {
	Ingestion struct {
		Payload struct {
			IngestionState    string
			UnparseableEvents map[string]json.RawMessage
			RowStats          map[string]json.RawMessage
			ErrorMsg          string
			SegmentsPublished *int
			Progress          struct {
				Step                         string
				SegmentsBegun, SegmentsBuilt int
				InputBytes, InputBytesRead   int64
			}
		}
	} `json:"ingestionStatsAndErrors"`
}

// phases are those that count, the last one first.
var phases = [...]string{"buildSegments", "determinePartitions"}

// maxReport is the most bytes of a report that a page reads, and faultsShown how many rows it shows.
const (
	maxReport   = 16 << 20
	faultsShown = 20
)

// report is that of a task; nil if there is none, or none that tells of rows.
func (c *call) report(id string) (*report, error) {
	from, err := c.Tasks.Report(c.r.Context(), id)
	if errors.Is(err, fs.ErrNotExist) || withheld(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer from.Close()
	text, err := io.ReadAll(io.LimitReader(from, maxReport))
	if withheld(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return readReport(text), nil
}

// readReport reads a report. Extensions have others, which are not shown here: a link leads to them.
func readReport(text []byte) *report {
	var wire wireReport
	if json.Unmarshal(text, &wire) != nil || wire.Ingestion.Payload.IngestionState == "" {
		return nil
	}
	p := &wire.Ingestion.Payload
	r := &report{State: p.IngestionState, Step: p.Progress.Step, SegmentsBegun: p.Progress.SegmentsBegun, SegmentsBuilt: p.Progress.SegmentsBuilt, SegmentsPublished: -1}
	r.InputSize, r.InputRead = p.Progress.InputBytes, p.Progress.InputBytesRead
	if p.SegmentsPublished != nil {
		r.SegmentsPublished = *p.SegmentsPublished
	}
	totals := p.RowStats
	if raw, live := totals["totals"]; live {
		r.Live, r.Waiting, totals = true, p.ErrorMsg, nil
		_ = json.Unmarshal(raw, &totals) // what is of another form is not counted
		var means map[string]map[string]Averages
		if json.Unmarshal(p.RowStats["movingAverages"], &means) == nil {
			for _, phase := range phases {
				if m, there := means[phase]["1m"]; there {
					r.Rows, r.Bytes = m.Processed, m.ProcessedBytes
					break
				}
			}
		}
	}
	for _, phase := range phases {
		if raw, there := totals[phase]; there && json.Unmarshal(raw, &r.Totals) == nil && r.Totals != (Totals{}) {
			break
		}
	}
	for _, phase := range phases {
		var faults []fault
		if json.Unmarshal(p.UnparseableEvents[phase], &faults) == nil && len(faults) > 0 {
			r.Faults = faults[:min(len(faults), faultsShown)]
			break
		}
	}
	return r
}

// Left is how many milliseconds it takes to read what is left of the input, as fast as it was read over the last minute; 0 if that is not known. Where the input is compressed
// the rest is taken to be as much as what was read.
func (r *report) Left() int64 {
	if !r.Live || r.Step != steps[0] || r.InputRead <= 0 || r.InputRead >= r.InputSize || r.Bytes < 1 {
		return 0
	}
	rest := float64(r.ProcessedBytes) * float64(r.InputSize-r.InputRead) / float64(r.InputRead)
	if ms := 1000 * rest / r.Bytes; ms < math.MaxInt32*1000 {
		return int64(ms)
	}
	return 0
}

// Averages are rates per second.
type Averages struct{ Processed, ProcessedBytes float64 }

// steps are what a task in this process does, one after the other.
var steps = [...]string{"reading", "merging", "writing", "publishing"}

// step is one of them, as far as the task is.
type step struct {
	Name      string
	Now, Over bool
}

// Steps are all that the task does; none if it does not tell.
func (r *report) Steps() (all []step) {
	at := slices.Index(steps[:], r.Step)
	if at < 0 {
		return nil
	}
	for i, name := range steps {
		all = append(all, step{Name: name, Now: i == at, Over: i < at})
	}
	return all
}

// Phase is the state in plain words.
func (r *report) Phase() string { return strings.ToLower(strings.ReplaceAll(r.State, "_", " ")) }
