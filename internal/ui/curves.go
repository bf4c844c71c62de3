package ui

import (
	"fmt"
	"html/template"
	"slices"

	"ovate/druid"
	"ovate/internal/chart"
	"ovate/internal/trend"
)

// Rates are how fast tasks of this process have read over the last hour: rows and bytes per second.
type Rates interface {
	Last() (rows, bytes []trend.Point)
}

// Lags are how far supervisors were behind over the last hour; ok is false of one of which nothing is known.
type Lags interface {
	Last(supervisor string) (lag trend.Lag, ok bool)
}

// hour is how fast tasks have read over the last hour.
type hour struct {
	Rows, Bytes curve
	Steps       []ratesStep // the newest first, of those that are known
	None        bool        // nothing was read
}

// curve is a drawing, with what is to be seen in words.
type curve struct {
	Drawing template.HTML
	Words   string
}

// ratesStep is how fast tasks have read up to a moment.
type ratesStep struct {
	At          druid.Instant
	Rows, Bytes int64 // per second
}

// Clock is the moment, of a day that is known.
func (s ratesStep) Clock() template.HTML { return clock(s.At) }

func clock(t druid.Instant) template.HTML { return moment(t, t.Time().Format("15:04:05")) }

// lastHour reads the rates.
func lastHour(r Rates) *hour {
	rows, bytes := r.Last()
	h := &hour{None: true}
	for i, p := range slices.Backward(rows) {
		if p.Value != trend.Unknown {
			h.Steps = append(h.Steps, ratesStep{p.At, int64(p.Value), int64(bytes[i].Value)})
			h.None = h.None && p.Value == 0 && bytes[i].Value == 0
		}
	}
	if h.None {
		return h
	}
	h.Rows = curveOf(rows, chart.Figure{ID: "rows", Title: "Rows per second over the last hour", Say: rowsPerSecond})
	h.Bytes = curveOf(bytes, chart.Figure{ID: "bytes", Title: "Bytes per second over the last hour", Say: bytesPerSecond})
	return h
}

func rowsPerSecond(v float64) string  { return count(int64(v)) + " rows/s" }
func bytesPerSecond(v float64) string { return bytesText(int64(v)) + "/s" }
func recordsBehind(v float64) string  { return count(int64(v)) + " records" }

// curveOf draws a trend, and tells what is to be seen: what is last, and the most.
func curveOf(points []trend.Point, f chart.Figure) curve {
	var drawn []chart.Point
	last, most := trend.Point{Value: trend.Unknown}, trend.Point{Value: trend.Unknown}
	at := func(p trend.Point) string { return p.At.Time().Format("15:04:05") }
	for _, p := range points {
		drawn = append(drawn, chart.Point{At: p.At, Value: p.Value, Title: at(p) + ": " + f.Say(p.Value)})
		if p.Value == trend.Unknown {
			continue
		}
		last = p
		if p.Value > most.Value {
			most = p
		}
	}
	if last.Value != trend.Unknown {
		f.Desc = fmt.Sprintf("%s at %s, at most %s at %s", f.Say(last.Value), at(last), f.Say(most.Value), at(most))
	}
	return curve{chart.Curve(drawn, f), f.Desc}
}

// lagShown is how far a supervisor is and was behind.
type lagShown struct {
	Curve      curve // of all partitions together
	Partitions []lag
	Left       int // partitions of which only the lag now is known
	Cut        int // partitions that the page does not show
	Steps      []lagStep
}

// lag is how far behind its stream a partition is read, in records.
type lag struct {
	Partition string
	Records   int64
	Most      int64 // in the last hour
	Spark     template.HTML
}

// lagStep is the lag of all partitions at a moment.
type lagStep struct {
	At      druid.Instant
	Records int64
}

// Clock is the moment, of a day that is known.
func (s lagStep) Clock() template.HTML { return clock(s.At) }

// partitionsShown is how many partitions a page shows.
const partitionsShown = 200

// lagOf joins how far the partitions are behind now with how it was.
func lagOf(now []lag, was trend.Lag) *lagShown {
	if len(now) == 0 && len(was.Total) == 0 {
		return nil
	}
	slices.SortFunc(now, func(a, b lag) int { return trend.ComparePartitions(a.Partition, b.Partition) })
	s := &lagShown{Left: was.Left, Partitions: now[:min(len(now), partitionsShown)], Cut: max(0, len(now)-partitionsShown)}
	s.Curve = curveOf(was.Total, chart.Figure{ID: "lag", Title: "Records behind over the last hour, of all partitions", Say: recordsBehind})
	for _, p := range slices.Backward(was.Total) {
		if p.Value != trend.Unknown {
			s.Steps = append(s.Steps, lagStep{p.At, int64(p.Value)})
		}
	}
	history := map[string][]trend.Point{}
	top := 0.0 // one for all, so that they can be compared
	for _, p := range was.Partitions {
		history[p.Name] = p.Points
		for _, point := range p.Points {
			top = max(top, point.Value)
		}
	}
	for i := range s.Partitions {
		s.Partitions[i].draw(history[s.Partitions[i].Partition], top)
	}
	return s
}

// draw draws how it was.
func (l *lag) draw(was []trend.Point, top float64) {
	l.Most = l.Records
	var drawn []chart.Point
	for _, p := range was {
		drawn = append(drawn, chart.Point{At: p.At, Value: p.Value})
		l.Most = max(l.Most, int64(p.Value))
	}
	l.Spark = chart.Spark(drawn, top, fmt.Sprintf("Partition %s over the last hour, at most %s records behind", l.Partition, count(l.Most)))
}
