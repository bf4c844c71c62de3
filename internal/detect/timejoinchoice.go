package detect

import (
	"fmt"
	"slices"
	"strings"

	"ovate/internal/calendar"
	"ovate/internal/choice"
	"ovate/internal/detect/timeformat"
	"ovate/internal/moment"
)

// joinFor is what a column of dates, or of years, may be joined with to a finer time: nil if there is nothing.
func (c *candidate) joinFor(s *scan, o Options) *join {
	find := func(p timePart, rest string) *column {
		for _, one := range s.columns {
			if is, says := p.rest(one.key); says && is == rest && !s.measures(one) && one.key != c.key && one.key == columnName(one.key) && !o.drops(one.key) && one.given() > 0 {
				return one
			}
		}
		return nil
	}
	j := &join{}
	add := func(p timePart, key string) { j.keys, j.holds = append(j.keys, key), append(j.holds, p) }
	further := func(rest string, all ...timePart) {
		for _, p := range all {
			one := find(p, rest)
			if one == nil {
				return
			}
			add(p, one.key)
		}
	}
	if c.digits == timeformat.Year4 {
		rest, is := yearPart.rest(c.name)
		if !is {
			return nil
		}
		add(yearPart, c.key)
		if further(rest, monthPart, dayPart, hourPart, minutePart, secondPart); len(j.keys) == 1 {
			further(rest, yearDayPart, hourPart, minutePart, secondPart)
		}
		if len(j.keys) == 1 {
			further(rest, quarterPart)
		} else if (j.of(dayPart) >= 0 || j.of(yearDayPart) >= 0) && j.of(hourPart) < 0 {
			if clock := s.clockFor(c, rest, o); clock != nil {
				add(clockPart, clock.key)
			}
		}
	} else if c.day() {
		rest, _ := datePart.rest(c.name)
		add(datePart, c.key)
		if clock := s.clockFor(c, rest, o); clock != nil {
			add(clockPart, clock.key)
		} else {
			further(rest, hourPart, minutePart, secondPart)
		}
	}
	if len(j.keys) < 2 || s.index[j.name()] != nil || c.key != c.name {
		return nil
	}
	return j
}

// measures tells whether a column is named for the least of something rather than for minutes, or for what is like that, as there is one for the most or the
// mean of the same.
func (s *scan) measures(c *column) bool {
	words := wordsOf(c.key)
	for i, word := range words {
		if word != "min" && word != "sec" && word != "mo" && word != "dy" && word != "mon" {
			continue
		}
		for _, other := range [...]string{"max", "mean", "avg", "average", "median", "med"} {
			like := slices.Clone(words)
			like[i] = other
			if slices.ContainsFunc(s.columns, func(one *column) bool { return slices.Equal(wordsOf(one.key), like) }) {
				return true
			}
		}
	}
	return false
}

// day tells whether the values are dates without a time of day.
func (c *candidate) day() bool {
	x := &c.column.times
	switch {
	case x.clocked+x.partial > 0:
		return false
	case c.given != "":
		return timeformat.OfDate(c.given) && c.good.min%calendar.MillisPerDay == 0 && c.good.max%calendar.MillisPerDay == 0
	}
	return c.digits == timeformat.Day8 || c.digits == timeformat.None && c.sure == dated
}

// clocks are the columns of times of the day: those that are named so, and hold one in the first row that has a value.
func (s *scan) clocks(o Options) (all []*column) {
	times := moment.UTC()
	for _, c := range s.columns {
		if o.drops(c.key) || c.key != columnName(c.key) || c.times.firstOther.batch == 0 {
			continue
		}
		if _, is := clockPart.rest(c.key); !is && !isMadeUp(c.key) {
			continue
		}
		m, is := times.Read([]byte("2000-01-01 " + c.times.firstOther.value))
		if is == moment.Time && m.Style.Clock() || o.TimeFormat == timeformat.Excel && len(timeformat.ExcelClock([]byte(c.times.firstOther.value))) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// isMadeUp tells whether a name is that of a column without one.
func isMadeUp(name string) bool { return strings.HasPrefix(name, "column_") }

// clockFor is the column with the time of day that belongs to a column of dates: it is named like it, is the only one and named for nothing
// else, or stands behind it where columns have no names.
func (s *scan) clockFor(c *candidate, rest string, o Options) *column {
	clocks := s.clocks(o)
	var alone *column
	for _, clock := range clocks {
		is, says := clockPart.rest(clock.key)
		switch {
		case !says:
			for i, one := range s.columns[1:] {
				if one == clock && s.columns[i] == c.column && isMadeUp(c.key) {
					return clock
				}
			}
		case is == rest:
			return clock
		case is == "" && len(clocks) == 1:
			alone = clock
		}
	}
	return alone
}

// joinTime looks for columns that belong to the time that was chosen, and takes as many, from the coarsest on, as give a time in every row. It notes which
// of them, or else which times of day, are not in the time.
func (t *Table) joinTime(chosen *candidate, s *scan, o Options) (*candidate, error) {
	var odd *candidate // one part more, which is no time in all rows
	note := func(taken string) {
		if odd != nil {
			t.Time.notes = append(t.Time.notes, fmt.Sprintf("The time is that of %s: of %s together, %s. %s «--skip-bad» takes them together, and leaves such rows out.",
				taken, odd.name, odd.whyNot(s), choice.Flag("--time-column", odd.name)))
		}
	}
	for j := chosen.joinFor(s, o); j != nil && len(j.keys) > 1; j = j.coarser() {
		if s.index[j.name()] != nil {
			continue
		}
		joined, err := s.joined(j, o)
		if err != nil {
			return nil, err
		}
		if joined.sure > noTime && joined.lacking == 0 {
			note(joined.name + " alone")
			t.noteDays(joined, s, o)
			t.Time.notes = append(t.Time.notes, fmt.Sprintf("The time is that of %s together. %s takes it from that column alone.", joined.name, choice.Flag("--time-column", chosen.name)))
			return joined, nil
		}
		odd = joined
	}
	t.noteDays(chosen, s, o)
	if odd != nil {
		note(chosen.name + " alone")
		return chosen, nil
	}
	if !chosen.day() {
		return chosen, nil
	}
	t.noteClocks(chosen, s, o)
	return chosen, nil
}

// joined is the candidate that comes of joining columns.
func (s *scan) joined(j *join, o Options) (*candidate, error) {
	c, err := s.join(j)
	if err != nil {
		return nil, err
	}
	return &candidate{Time: readTime(c, j, s.rows, o.readsJoined(j), true), column: c, name: c.key}, nil
}
