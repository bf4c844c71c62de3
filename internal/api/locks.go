package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"ovate/druid"
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
	found := c.find(filters, func(f lockFilter) lockbox.Filter {
		replaces := string(f.Context["taskLockType"]) == `"REPLACE"`
		concurrent := string(f.Context["useConcurrentLocks"]) == "true"
		return lockbox.Filter{DataSource: f.DataSource, MinPriority: f.Priority, IgnoreAppend: replaces || concurrent}
	})
	return c.stream("{", "}", func(s *stream) error {
		for _, held := range found {
			seen := map[druid.Interval]bool{}
			dst := append(druid.AppendString(s.next(), held.dataSource), ":["...)
			for _, lock := range held.locks {
				if !seen[lock.Interval] {
					dst = append(comma(dst, len(seen)), '"')
					dst = append(lock.Interval.AppendTo(dst), '"')
					seen[lock.Interval] = true
				}
			}
			s.put(append(dst, ']'))
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
	found := c.find(filters, func(f lockFilter) lockbox.Filter {
		ignoreAppend := string(f.Context["taskLockType"]) == `"APPEND"`
		if given := f.Context["useConcurrentLocks"]; given != nil && string(given) != "null" {
			ignoreAppend = strings.EqualFold(strings.Trim(string(given), `"`), "true")
		}
		return lockbox.Filter{DataSource: f.DataSource, MinPriority: f.Priority, IgnoreAppend: ignoreAppend, Intervals: f.Intervals}
	})
	return c.stream(`{"datasourceToLocks":{`, "}}", func(s *stream) error {
		for _, held := range found {
			dst := append(druid.AppendString(s.next(), held.dataSource), ":["...)
			for i, lock := range held.locks {
				dst = lock.AppendJSON(comma(dst, i))
			}
			s.put(append(dst, ']'))
		}
		return nil
	})
}

// sourceLocks are the locks found in one data source.
type sourceLocks struct {
	dataSource string
	locks      []druid.TaskLock
}

// find looks for the locks of each filter. Several filters about one data source add up; a data source in which nothing
// is found is left out.
func (c *call) find(filters []lockFilter, selecting func(lockFilter) lockbox.Filter) []sourceLocks {
	var found []sourceLocks
	for _, f := range filters {
		locks := c.Locks.Find(selecting(f))
		if len(locks) == 0 {
			continue
		}
		at := slices.IndexFunc(found, func(s sourceLocks) bool { return s.dataSource == f.DataSource })
		if at < 0 {
			at = len(found)
			found = append(found, sourceLocks{dataSource: f.DataSource})
		}
		found[at].locks = append(found[at].locks, locks...)
	}
	return found
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
		if err := json.Unmarshal(element, &filters[i]); err != nil {
			return nil, badRequest("Lock filter at position %d cannot be read: %s.", i, misfit(err))
		}
	}
	return filters, nil
}
