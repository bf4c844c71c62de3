package detect

import (
	"slices"
	"strings"
)

// joinNamed is the join that --time-column names, nil if it is none.
func (s *scan) joinNamed(name string) *join {
	keys := strings.Split(name, strings.TrimSpace(joinSign))
	if len(keys) < 2 {
		return nil
	}
	j := &join{}
	for _, key := range keys {
		key = strings.TrimSpace(key)
		if s.index[key] == nil {
			return nil
		}
		p := noPart
		if yearDayPart.isNamed(key) {
			p = yearDayPart
		}
		for of := yearPart; of < timeParts && p == noPart; of++ {
			if of.isNamed(key) {
				p = of
			}
		}
		j.keys, j.holds = append(j.keys, key), append(j.holds, p)
	}
	if j.of(yearPart) >= 0 {
		return j.ordered()
	}
	if i := j.of(yearDayPart); i >= 0 {
		j.holds[i] = noPart
	}
	for i, key := range j.keys { // a date first, and then what is about the day
		switch _, clock := clockPart.rest(key); {
		case i == 0:
			j.holds[i] = datePart
		case clock || j.holds[i] < hourPart:
			j.holds[i] = clockPart
		}
	}
	return j
}

// ordered gives the columns of a join that begins with the year the parts that they must hold where their names do not say it, or say
// what another one holds already: what follows the column before. It is nil if that cannot be.
func (j *join) ordered() *join {
	for i, p := range j.holds {
		if p != noPart && !slices.Contains(j.holds[:i], p) {
			continue
		}
		if _, clock := clockPart.rest(j.keys[i]); clock && p == noPart && j.of(clockPart) < 0 {
			j.holds[i] = clockPart
			continue
		}
		if i == 0 || j.holds[i-1] < yearPart || j.holds[i-1] == secondPart || j.holds[i-1] == milliPart {
			return nil
		}
		next := j.holds[i-1] + 1
		switch next {
		case quarterPart:
			next = monthPart
		case yearDayPart + 1:
			next = hourPart
		}
		if slices.Contains(j.holds, next) {
			return nil
		}
		j.holds[i] = next
	}
	if i := j.of(dayPart); i >= 0 && j.of(monthPart) < 0 {
		j.holds[i] = yearDayPart // there is no other number of a day beside a year alone
	}
	return j
}
