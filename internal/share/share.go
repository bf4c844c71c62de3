// Package share keeps one user from using up what there may be of something for all: once half of it is taken, nobody may have more than a tenth of the whole.
package share

import (
	"errors"
	"fmt"

	"ovate/internal/auth"
)

const (
	common = 2  // the part of the whole for which nobody is asked how much he has
	ofOne  = 10 // the part of the whole that one may have beyond
)

// ErrNone is that nothing is left, whoever has it.
var ErrNone = errors.New("as many are there as may be")

// Error is that a user has his share.
type Error struct {
	Who, What       string // What are such as uploads
	Has, Most, Mine int64  // what he has, what all may have together, and what he may while half of that is taken
}

// Error says so.
func (e *Error) Error() string {
	return fmt.Sprintf("user [%s] has %d of the %d %s that there may be, and while half of these are taken a user may have no more than %d", e.Who, e.Has, e.Most, e.What, e.Mine)
}

// Count is how much of something is taken, and by whom. Its owner has it used by one goroutine at a time.
type Count struct {
	what      string
	most, all int64
	of        map[string]int64
}

// New is a count of what errors call so, of which there may be so much.
func New(what string, most int64) *Count {
	return &Count{what: what, most: most, of: map[string]int64{}}
}

// Take counts what a user has taken, whether there was room or not.
func (c *Count) Take(who string, n int64) {
	c.all += n
	if c.of[who] += n; c.of[who] == 0 {
		delete(c.of, who)
	}
}

// Give counts what a user has given back.
func (c *Count) Give(who string, n int64) { c.Take(who, -n) }

// Left is how much more a user may take. Where nobody is asked who they are all are one, and there are no shares.
func (c *Count) Left(who string) int64 {
	left := c.most - c.all
	if auth.IsKnown(who) {
		left = min(left, max(c.most/common-c.all, c.mine()-c.of[who]))
	}
	return max(0, left)
}

// mine is what one may have once what is common is taken.
func (c *Count) mine() int64 { return max(1, c.most/ofOne) }

// Room fails unless a user may take as much: with an *Error if he has his share, or else with ErrNone.
func (c *Count) Room(who string, n int64) error {
	switch {
	case n <= c.Left(who):
		return nil
	case c.all+n > c.most:
		return ErrNone
	}
	return &Error{who, c.what, c.of[who], c.most, c.mine()}
}
