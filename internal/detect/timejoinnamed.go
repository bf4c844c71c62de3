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
		for of := yearPart; of < timeParts && p == noPart; of++ {
			if _, is := of.rest(key); is {
				p = of
			}
		}
		j.keys, j.holds = append(j.keys, key), append(j.holds, p)
	}
	if j.of(yearPart) >= 0 {
		return j.ordered()
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
		if i == 0 || j.holds[i-1] < yearPart || j.holds[i-1] == secondPart {
			return nil
		}
		next := j.holds[i-1] + 1
		if next == quarterPart {
			next = monthPart
		}
		if slices.Contains(j.holds, next) {
			return nil
		}
		j.holds[i] = next
	}
	return j
}
