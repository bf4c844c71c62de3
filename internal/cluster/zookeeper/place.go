package zookeeper

import (
	"cmp"
	"slices"
	"strings"
)

// mark is what the names of those that stand for election have before their number. Java's latch orders all names by what follows the last
// one, and names without it as they are; the first leads. The order has to be the same here, whatever lies there.
const mark = "latch-"

func rank(name string) string {
	if i := strings.LastIndex(name, mark); i >= 0 {
		return name[i+len(mark):]
	}
	return name
}

func byRank(a, b string) int { return cmp.Or(strings.Compare(rank(a), rank(b)), strings.Compare(a, b)) }

// first is who leads; empty if nobody stands for election.
func first(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return slices.MinFunc(names, byRank)
}

// before is who leads or waits just before a name; empty if that leads. It is not found if it does not stand for election any more.
func before(names []string, name string) (last string, found bool) {
	for _, n := range names {
		if n == name {
			found = true
		} else if byRank(n, name) < 0 && (last == "" || byRank(n, last) > 0) {
			last = n
		}
	}
	return last, found
}
