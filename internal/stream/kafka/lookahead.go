package kafka

import (
	"errors"
	"iter"
	"regexp"
	"strings"
)

// lookahead is what a name has to begin with, or must not: (?=…) or (?!…), which Go's expressions do not have. Java's use it to leave topics out.
type lookahead struct {
	source string
	begins *regexp.Regexp // what source means
	not    bool
}

// sourcesOf is their expressions as they are written.
func sourcesOf(all []lookahead) (sources []string) {
	for _, a := range all {
		sources = append(sources, a.source)
	}
	return sources
}

// lookaheads takes them off the beginning of an expression, and compiles none. What is left is matched from there, too.
func lookaheads(expression string) (all []lookahead, rest string, err error) {
	for rest = expression; ; {
		at, not := strings.TrimPrefix(rest, "^"), false
		if not = strings.HasPrefix(at, "(?!"); !not && !strings.HasPrefix(at, "(?=") {
			break
		}
		end := closing(at)
		if end < 0 {
			return nil, "", errors.New("missing closing ): `" + at + "`")
		}
		all, rest = append(all, lookahead{source: at[len("(?!"):end], not: not}), at[end+1:]
	}
	if len(all) > 0 && isChoice(rest) {
		return nil, "", errors.New("what looks ahead is for the first choice alone: put the choices into ( )")
	}
	return all, rest, nil
}

// closing is where the group ends with which an expression begins; -1 if it does not.
func closing(expression string) int {
	depth := 0
	for i, c := range unquoted(expression) {
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// isChoice tells whether an expression has a | outside of all groups.
func isChoice(expression string) bool {
	depth := 0
	for _, c := range unquoted(expression) {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '|' && depth == 0:
			return true
		}
	}
	return false
}

// unquoted goes through what is neither escaped nor within brackets of an expression.
func unquoted(expression string) iter.Seq2[int, byte] {
	return func(yield func(int, byte) bool) {
		within := false
		for i := 0; i < len(expression); i++ {
			switch c := expression[i]; {
			case strings.HasPrefix(expression[i:], `\Q`) && !within:
				length := strings.Index(expression[i:], `\E`)
				if length < 0 {
					return
				}
				i += length + 1
			case c == '\\':
				i++
			case c == '[':
				within = true
			case c == ']':
				within = false
			case !within && !yield(i, c):
				return
			}
		}
	}
}
