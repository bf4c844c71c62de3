// Package note gathers what people are to be told of what was found in their files, so that the same is told once of many columns or files.
package note

import (
	"fmt"
	"regexp"
	"strings"

	"ovate/internal/choice"
)

// List is a list of notes, in the order in which they came up. The zero List is empty.
type List struct {
	kinds []*kind
}

// kind is what notes of the same kind say.
type kind struct {
	name   string
	claims []*claim
	index  map[[2]string]*claim
}

// claim is a sentence that is true of several columns or files.
type claim struct {
	before, after string
	about         []string
	column        string // the first of these, where after has a flag for a column
}

const (
	mostAbout  = 12 // columns or files of one sentence
	mostClaims = 3  // sentences of one kind
)

// Add adds a sentence, in which what it is about stands between before and after. Where the same is said of others, these are listed there, too.
func (l *List) Add(before, about, after string) { l.AddKind(before+"\x00"+after, before, about, after) }

// AddKind adds a sentence of a kind of which there may be others in other words, as those that name a line. All of a kind are told together.
func (l *List) AddKind(name, before, about, after string) { l.add(name, before, about, after) }

// add is AddKind, and returns the sentence.
func (l *List) add(name, before, about, after string) *claim {
	k := l.kind(name)
	c := k.index[[2]string{before, after}]
	if c == nil {
		c = &claim{before: before, after: after}
		k.claims = append(k.claims, c)
		k.index[[2]string{before, after}] = c
	}
	c.about = append(c.about, about)
	return c
}

// AddColumn adds a sentence about a column, of which something is shown behind its name. A flag in it that is for one, as --type COLUMN=string, has its name
// where the sentence is about no other.
func (l *List) AddColumn(before, column, shown, after string) {
	c := l.add(before+"\x00"+after, before, column+shown, after)
	if c.column == "" {
		c.column = column
	}
}

// Tell adds a sentence of its own.
func (l *List) Tell(format string, args ...any) { l.Add(fmt.Sprintf(format, args...), "", "") }

// Join adds all that another list has.
func (l *List) Join(other *List) {
	for _, k := range other.kinds {
		for _, c := range k.claims {
			for _, about := range c.about {
				if joined := l.add(k.name, c.before, about, c.after); joined.column == "" {
					joined.column = c.column
				}
			}
		}
	}
}

func (l *List) kind(name string) *kind {
	for _, k := range l.kinds {
		if k.name == name {
			return k
		}
	}
	k := &kind{name: name, index: map[[2]string]*claim{}}
	l.kinds = append(l.kinds, k)
	return k
}

// Texts are the notes as people read them: with all that they are about, or else with the first and how many more there are, behind which stands what shows these.
func (l *List) Texts(all bool, shows string) (texts []string) {
	for _, k := range l.kinds {
		shown := k.claims
		if !all && len(shown) > mostClaims+1 {
			shown = shown[:mostClaims]
		}
		for _, c := range shown {
			texts = append(texts, c.before+c.names(all)+c.advice())
		}
		if rest := k.claims[len(shown):]; len(rest) > 0 {
			more := claim{}
			for _, c := range rest {
				more.about = append(more.about, c.about...)
			}
			texts = append(texts, fmt.Sprintf("%d more notes like the last one, on %s.%s", len(rest), more.names(false), shows))
		}
	}
	return texts
}

// columnFlag is a flag that is for a column, before its type.
var columnFlag = regexp.MustCompile(`«--type COLUMN=([a-z]+)»`)

// advice is what stands behind what a sentence is about, with the name of its column in a flag if it is about one alone.
func (c *claim) advice() string {
	if len(c.about) != 1 || c.column == "" {
		return c.after
	}
	return columnFlag.ReplaceAllStringFunc(c.after, func(flag string) string {
		return choice.FlagWord("--type", c.column+strings.TrimSuffix(strings.TrimPrefix(flag, "«--type COLUMN"), "»"))
	})
}

// names lists what a sentence is about.
func (c *claim) names(all bool) string {
	shown := c.about
	if !all && len(shown) > mostAbout+1 {
		shown = shown[:mostAbout]
	}
	text := strings.Join(shown, ", ")
	if more := len(c.about) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
