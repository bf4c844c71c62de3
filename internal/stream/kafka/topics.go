package kafka

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
)

// Topics are those that one supervisor reads.
type Topics struct {
	name    string
	pattern *regexp.Regexp // nil: the one of this name
	ahead   []lookahead
}

// Topic is the one with a name.
func Topic(name string) (Topics, error) {
	if name == "" {
		return Topics{}, errors.New("topic is empty: it must name a topic, or topicPattern those that are read")
	}
	return Topics{name: name}, nil
}

// Pattern is all whose names match a regular expression of Java from their beginning to their end: those of Kafka's own, which begin with __, too, as in
// Druid. An expression is refused that Go does not know, or takes for something else, and one that is too large once its repetitions are written out. Of what Go
// does not know looking ahead is there at the beginning.
func Pattern(expression string) (Topics, error) {
	wrong := func(why string) (Topics, error) {
		return Topics{}, fmt.Errorf("topicPattern %q is no regular expression that is known here: %s", expression, why)
	}
	if expression == "" {
		return wrong("it is empty")
	}
	if len(expression) > largestPattern {
		return Topics{}, fmt.Errorf("topicPattern has %d bytes, but must have at most %d", len(expression), largestPattern)
	}
	ahead, rest, err := lookaheads(expression)
	if err != nil {
		return wrong(err.Error())
	}
	large := 0
	for _, part := range append(sourcesOf(ahead), rest) {
		parsed, err := syntax.Parse(part, syntax.Perl) // by itself: a)|(b is none
		if err != nil {
			return wrong(err.Error())
		}
		large += size(parsed)
	}
	if large > largestPattern {
		return Topics{}, fmt.Errorf("topicPattern is %d characters long with its repetitions, but must be at most %d", large, largestPattern)
	}
	if hasSetsOfJava(expression) {
		return wrong("[ and && within brackets mean sets in Java")
	}
	for i := range ahead {
		if ahead[i].begins, err = regexp.Compile(`\A(?:` + ahead[i].source + `)`); err != nil {
			return wrong(err.Error())
		}
	}
	pattern, err := regexp.Compile(`\A(?:` + rest + `)\z`)
	if err != nil {
		return wrong(err.Error())
	}
	return Topics{expression, pattern, ahead}, nil
}

// AllTopics are all that there are.
func AllTopics() Topics { return Topics{name: ".*", pattern: regexp.MustCompile("")} }

// largestPattern is how many bytes an expression may have, and how many characters with its repetitions: .{1000} is a thousand, and takes as much memory and time.
const largestPattern = 10_000

// size is how many characters, and other pieces such as brackets, an expression has when what it repeats is written out.
func size(e *syntax.Regexp) int {
	n := 1
	switch e.Op {
	case syntax.OpLiteral:
		n = len(e.Rune)
	case syntax.OpConcat, syntax.OpRepeat:
		n = 0
	}
	for _, part := range e.Sub {
		n += size(part)
	}
	if e.Op == syntax.OpRepeat {
		n *= max(e.Min, e.Max, 1)
	}
	return n
}

// hasSetsOfJava tells whether a class such as [a-z&&[^x]] is in an expression, which means other characters in Go.
func hasSetsOfJava(expression string) bool {
	within := false
	for i := 0; i < len(expression); i++ {
		switch c := expression[i]; {
		case c == '\\' && i+1 < len(expression) && expression[i+1] == 'Q' && !within:
			for i += 2; i+1 < len(expression) && expression[i:i+2] != `\E`; i++ {
			}
			i++
		case c == '\\':
			i++
		case within && (c == '[' || c == '&' && i+1 < len(expression) && expression[i+1] == '&'):
			return true
		case c == '[':
			within = true
			if i+1 < len(expression) && expression[i+1] == '^' {
				i++
			}
			if i+1 < len(expression) && expression[i+1] == ']' {
				return true // which Go takes for a character, and Java for the end
			}
		case c == ']':
			within = false
		}
	}
	return false
}

// Match tells whether a topic is one of them.
func (t Topics) Match(name string) bool {
	if t.pattern == nil {
		return t.name == name
	}
	for _, a := range t.ahead {
		if a.begins.MatchString(name) == a.not {
			return false
		}
	}
	return t.pattern.MatchString(name)
}

// String names them for people.
func (t Topics) String() string {
	if t.pattern == nil {
		return fmt.Sprintf("topic[%s]", t.name)
	}
	return fmt.Sprintf("topics that match[%s]", t.name)
}
