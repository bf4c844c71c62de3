package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/lockbox"
)

// Locks is what the API asks of the lockbox.
type Locks interface {
	// Find returns the locks that match, by interval; revoked ones never do.
	Find(lockbox.Filter) []druid.TaskLock
}

// lockFilter is one element of the body of both endpoints: whose locks are asked for, by someone of that priority
// who is about to do what the context says.
type lockFilter struct {
	DataSource string                     `json:"datasource"`
	Priority   int                        `json:"priority"`
	Intervals  []druid.Interval           `json:"intervals"`
	Context    map[string]json.RawMessage `json:"context"`
}

// lockedIntervals is POST lockedIntervals/v2: by data source, the intervals in which locks of at least the filter's
// priority are held. A caller that will replace, or that uses concurrent locks, is not stopped by appends.
func lockedIntervals(c *call) error {
	filters, err := c.lockFilters()
	if err != nil {
		return err
	}
	if err := c.part.list(c.r.Context(), wholeList); err != nil {
		return err
	}
	found, err := c.find(filters, func(f lockFilter) lockbox.Filter {
		replaces := string(f.Context["taskLockType"]) == `"REPLACE"`
		concurrent := string(f.Context["useConcurrentLocks"]) == "true"
		return lockbox.Filter{DataSource: f.DataSource, MinPriority: f.Priority, IgnoreAppend: replaces || concurrent}
	})
	if err != nil {
		return err
	}
	return c.stream("{", "}", func(s *stream) error {
		for _, held := range found {
			seen := map[druid.Interval]bool{}
			dst := append(druid.AppendString(s.Next(), held.dataSource), ":["...)
			for _, lock := range held.locks {
				if !seen[lock.Interval] {
					dst = append(comma(dst, len(seen)), '"')
					dst = append(lock.Interval.AppendTo(dst), '"')
					seen[lock.Interval] = true
				}
			}
			s.Put(append(dst, ']'))
		}
		return nil
	})
}

// activeLocks is POST activeLocks: by data source, the whole locks that overlap any of the filter's intervals. Unlike
// for lockedIntervals it is an intended append that other appends do not stop; Druid has it that way.
func activeLocks(c *call) error {
	filters, err := c.lockFilters()
	if err != nil {
		return err
	}
	if err := c.part.list(c.r.Context(), wholeList); err != nil {
		return err
	}
	found, err := c.find(filters, func(f lockFilter) lockbox.Filter {
		ignoreAppend := string(f.Context["taskLockType"]) == `"APPEND"`
		if given := f.Context["useConcurrentLocks"]; given != nil && string(given) != "null" {
			ignoreAppend = strings.EqualFold(strings.Trim(string(given), `"`), "true")
		}
		return lockbox.Filter{DataSource: f.DataSource, MinPriority: f.Priority, IgnoreAppend: ignoreAppend, Intervals: f.Intervals}
	})
	if err != nil {
		return err
	}
	return c.stream(`{"datasourceToLocks":{`, "}}", func(s *stream) error {
		for _, held := range found {
			dst := append(druid.AppendString(s.Next(), held.dataSource), ":["...)
			for i, lock := range held.locks {
				dst = lock.AppendJSON(comma(dst, i))
			}
			s.Put(append(dst, ']'))
		}
		return nil
	})
}

// sourceLocks are the locks found in one data source.
type sourceLocks struct {
	dataSource string
	locks      []druid.TaskLock
}

// find looks for the locks that any of the filters selects, each of them once; a data source in which nothing is found is left out.
// However many filters there are, what is found takes no more memory than the locks that are held.
func (c *call) find(filters []lockFilter, selecting func(lockFilter) lockbox.Filter) ([]sourceLocks, error) {
	var found []sourceLocks
	at, seen := map[string]int{}, map[druid.TaskLock]bool{}
	for _, f := range mergeFilters(filters, selecting) {
		if err := c.r.Context().Err(); err != nil {
			return nil, err
		}
		for _, lock := range c.Locks.Find(f) {
			if seen[lock] {
				continue
			}
			seen[lock] = true
			i, there := at[f.DataSource]
			if !there {
				i = len(found)
				at[f.DataSource] = i
				found = append(found, sourceLocks{dataSource: f.DataSource})
			}
			found[i].locks = append(found[i].locks, lock)
		}
	}
	return found, nil
}

// mergeFilters makes one of filters that differ in their intervals alone.
func mergeFilters(filters []lockFilter, selecting func(lockFilter) lockbox.Filter) []lockbox.Filter {
	type key struct {
		dataSource   string
		minPriority  int
		ignoreAppend bool
	}
	var merged []lockbox.Filter
	at := map[key]int{}
	for _, f := range filters {
		one := selecting(f)
		k := key{one.DataSource, one.MinPriority, one.IgnoreAppend}
		i, there := at[k]
		switch {
		case !there:
			at[k] = len(merged)
			merged = append(merged, one)
		case one.Intervals == nil:
			merged[i].Intervals = nil
		case merged[i].Intervals != nil:
			merged[i].Intervals = append(merged[i].Intervals, one.Intervals...)
		}
	}
	return merged
}

func (c *call) lockFilters() ([]lockFilter, error) {
	document, err := c.body()
	if err != nil {
		return nil, err
	}
	var elements []json.RawMessage
	if document != nil {
		if err := json.Unmarshal(document, &elements); err != nil {
			return nil, badRequest("Request body is %s. It must be an array of lock filters.", jsonKind(document))
		}
	}
	if len(elements) == 0 {
		return nil, bare(http.StatusBadRequest, contentJSON, "No filter provided")
	}
	filters := make([]lockFilter, len(elements))
	for i, element := range elements {
		if element[0] != '{' {
			return nil, badRequest(`Lock filter at position %d is %s. It must be an object such as {"datasource":"wiki","priority":0}.`, i, jsonKind(element))
		}
		if err := jsontext.Unmarshal(element, &filters[i]); err != nil {
			return nil, badRequest("Lock filter at position %d cannot be read: %s.", i, err)
		}
	}
	return filters, nil
}
