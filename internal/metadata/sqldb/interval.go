package sqldb

import (
	"fmt"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Instants are compared as text where they are near (metadata.FirstNear says which are). Queries by interval therefore have parts: texts are
// compared where both ends of a row have 24 characters, and the few other rows (of all time, nearly always) are read whatever they are and
// compared as instants. No text stands for a time before or after all others: how a database sorts texts depends on its locale.

const (
	isNear = ` AND char_length(start) = 24 AND char_length({end}) = 24`
	isFar  = ` AND (char_length(start) <> 24 OR char_length({end}) <> 24)`
)

// reachOf tells how far a row reaches: 0 that it lies within a month, 1 within a year, 2 over the end of one, 3 that it is far. Of a row that
// lies in a month, and begins before an instant, the end is no later than that of the month of the instant. So an index by this and
// by the end leads to the rows of a time, and to few others: Druid's own leads from there on to all that come later. Whoever locks what it reads locks
// no more.
func reachOf(end string) string {
	return strings.ReplaceAll(`CASE WHEN char_length(start) <> 24 OR char_length({end}) <> 24 THEN 3 WHEN left(start, 4) <> left({end}, 4) THEN 2 `+
		`WHEN left(start, 7) <> left({end}, 7) THEN 1 ELSE 0 END`, "{end}", end)
}

// reachIndex ends the name of the index by reach.
const reachIndex = "ovate_reach"

// overlapping are conditions that together find the near rows of a table that overlap an interval.
func (s *Store) overlapping(table string, i druid.Interval, of func() *condition) (near []*condition) {
	if !s.hasReach(table) {
		c := of()
		c.overlap(i)
		return []*condition{c}
	}
	for reach, same := range []int{len("2026-01"), len("2026"), 0} {
		c := s.reaching(table, reach, of)
		c.compare(" AND {end} >", i.Start)
		c.compare(" AND start <", i.End)
		if i.End >= metadata.FirstNear && i.End <= metadata.LastNear && same > 0 {
			c.add(" AND {end} <= ?", i.End.String()[:same]+"9999-99-99T99:99:99.999Z"[same:])
		}
		near = append(near, c)
	}
	return near
}

// far is the condition for rows that are far.
func (s *Store) far(table string, of func() *condition) *condition {
	if s.hasReach(table) {
		return s.reaching(table, 3, of)
	}
	c := of()
	c.add(isFar)
	return c
}

func (s *Store) hasReach(table string) bool {
	return s.found.has(table, s.indexName(index{table: table, suffix: reachIndex}))
}

// reaching is the condition for rows that reach so far.
func (s *Store) reaching(table string, reach int, of func() *condition) *condition {
	c := of()
	c.add(` AND {reach} = ` + strconv.Itoa(reach))
	if s.dialect.force != "" {
		c.hint = fmt.Sprintf(s.dialect.force, s.indexName(index{table: table, suffix: reachIndex}))
	}
	return c
}

// checkInstants refuses texts that are not of the form in which Druid stores an instant, and which therefore cannot be compared as texts.
func checkInstants(texts ...string) error {
	for _, text := range texts {
		t, err := druid.ParseInstant(text)
		if err != nil {
			return err
		}
		var form [32]byte
		if string(t.AppendTo(form[:0])) != text {
			return fmt.Errorf("%q is no time as Druid stores it: it would be %s", text, t)
		}
	}
	return nil
}

// condition is part of a WHERE, with its values.
type condition struct {
	text strings.Builder
	args []any
	none bool   // nothing can meet it
	hint string // follows the name of the table
}

func (c *condition) add(text string, args ...any) {
	c.text.WriteString(text)
	c.args = append(c.args, args...)
}

// compare adds a comparison of a column of near texts with an instant, " AND created_date <" say.
func (c *condition) compare(comparison string, t druid.Instant) {
	below := strings.Contains(comparison, "<")
	switch {
	case t < metadata.FirstNear:
		c.none = c.none || below
	case t > metadata.LastNear:
		c.none = c.none || !below
	default:
		c.add(comparison+" ?", t)
	}
}

// overlap is of near rows that overlap an interval.
func (c *condition) overlap(i druid.Interval) {
	c.add(isNear)
	c.compare(" AND {end} >", i.Start)
	c.compare(" AND start <", i.End)
}

// within is of near rows that lie in an interval. That they end behind its start leads an index past those before it.
func (c *condition) within(i druid.Interval) {
	c.add(isNear)
	c.compare(" AND {end} >=", i.Start)
	c.compare(" AND start >=", i.Start)
	c.compare(" AND {end} <=", i.End)
}

// among is of rows that have one of some texts in a column.
func (c *condition) among(d *dialect, column string, texts []string) {
	if len(texts) == 0 {
		c.none = true
		return
	}
	text, args := in(d, column, texts)
	c.add(" AND "+text, args...)
}
