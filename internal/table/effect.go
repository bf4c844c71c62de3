package table

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"ovate/internal/choice"
	"ovate/internal/note"
)

// effects are what was met, in the beginning of an input and in its rows, on which something has an effect that the caller may say of it.
type effects struct {
	quotes    atomic.Bool // a field stands within the quotes that there are
	anyQuote  atomic.Bool // a quote of some kind stands somewhere
	comment   atomic.Bool // a line begins as the caller says that comments do
	backslash atomic.Bool // a backslash stands somewhere
	short     atomic.Bool // a row lacks its last fields
}

// meet notes what a batch of text has, or the beginning.
func (e *effects) meet(text []byte) {
	if !e.anyQuote.Load() && bytes.ContainsAny(text, `"'`) {
		e.anyQuote.Store(true)
	}
	if !e.backslash.Load() && bytes.IndexByte(text, '\\') >= 0 {
		e.backslash.Store(true)
	}
}

// meetQuotes notes fields within quotes.
func (e *effects) meetQuotes(cells []Cell) {
	if !e.quotes.Load() && slices.ContainsFunc(cells, func(c Cell) bool { return c.Kind == Quoted }) {
		e.quotes.Store(true)
	}
}

// tellEffects notes what came of what the caller says of text files, or that it changed nothing.
func (t *Table) tellEffects(notes *note.List) {
	o := &t.options
	var texts []*Input
	for _, in := range t.Inputs {
		if in.Dialect.Format != "json" {
			texts = append(texts, in)
		}
	}
	if len(texts) == 0 {
		return
	}
	tell := func(flag, nothing string, has func(*effects) bool, done func(*Dialect) string) {
		used := false
		for _, in := range texts {
			if !has(&in.effects) {
				continue
			}
			used = true
			if text := done(&in.Dialect); text != "" {
				notes.AddKind(text, "", in.Label, ": "+text)
			}
		}
		if !used {
			notes.Tell("%s changes nothing: %s.", flag, nothing)
		}
	}
	silent := func(*Dialect) string { return "" }
	quotes, backslash := func(e *effects) bool { return e.quotes.Load() }, func(e *effects) bool { return e.backslash.Load() }
	switch o.Quote {
	case "", `"`:
	case "none":
		tell("«--quote none»", "no quotes are there", func(e *effects) bool { return e.anyQuote.Load() }, silent)
	default:
		tell(choice.FlagWord("--quote", o.Quote), "no value stands within them", quotes, func(d *Dialect) string {
			if d.Quote != '\'' {
				return ""
			}
			return "values are in single quotes, which do not belong to them."
		})
	}
	if o.Comment != "" && o.Comment != "none" {
		tell(choice.FlagWord("--comment", o.Comment), "no line begins so", func(e *effects) bool { return e.comment.Load() }, func(*Dialect) string {
			return fmt.Sprintf("lines that begin with %s are left out as comments.", strings.TrimSpace(o.Comment))
		})
	}
	switch o.Escape {
	case "none":
		tell("«--escape none»", "no backslash is there", backslash, silent)
	case `\`:
		tell(choice.FlagWord("--escape", o.Escape), "no backslash is there", backslash, func(d *Dialect) string {
			if d.Escape == 0 {
				return ""
			}
			return "a backslash before a quote makes it part of the value, and within quotes two of them are one."
		})
	}
	if o.Fill != nil && *o.Fill {
		tell("«--fill»", "no row lacks its last fields", func(e *effects) bool { return e.short.Load() }, silent)
	}
}
