package ui

import (
	"strings"

	"ovate/internal/lockbox"
)

// locksPage is who holds what, by data source.
type locksPage struct {
	DataSource string // of which alone; empty: of all
	Held       []lockbox.Held
	More       bool
}

// locksShown is how many locks a page has.
const locksShown = 500

// listLocks is GET /locks; datasource=NAME shows those of one.
func listLocks(c *call) (*page, error) {
	p := &locksPage{DataSource: strings.TrimSpace(c.r.URL.Query().Get("datasource"))}
	names := []string{p.DataSource}
	if p.DataSource == "" {
		names = c.Locks.DataSources()
	}
	for _, name := range names {
		if !c.sees(name) {
			continue
		}
		p.Held = append(p.Held, c.Locks.Held(name, locksShown+1-len(p.Held))...)
		if p.More = len(p.Held) > locksShown; p.More {
			p.Held = p.Held[:locksShown]
			break
		}
	}
	return &page{Title: "Locks", template: "locks", Data: p}, nil
}
