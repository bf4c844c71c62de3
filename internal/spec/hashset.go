package spec

import (
	"slices"
	"unicode/utf16"
)

// Druid keeps the names of excluded dimensions in Java's HashSet and echoes them in the order in which it hands them
// out: by slot of its table, those of one slot in the order in which they came. The size of the table depends on how the
// set was filled.

// grownSet orders names, without repetition, as a set does that they were added to one by one.
func grownSet(names []string) []string {
	names = distinct(names)
	table := 16
	for 4*len(names) > 3*table {
		table *= 2
	}
	return inSlots(names, table)
}

// copiedSet orders names, without repetition, as a set does that was made from a list of them.
func copiedSet(names []string) []string {
	table := 16
	for table < 4*len(names)/3+1 {
		table *= 2
	}
	return inSlots(distinct(names), table)
}

// distinct keeps the first of equal names.
func distinct(names []string) []string {
	kept := make([]string, 0, len(names))
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			kept = append(kept, name)
		}
	}
	return kept
}

func inSlots(names []string, table int) []string {
	type placed struct {
		slot int
		name string
	}
	order := make([]placed, len(names))
	for i, name := range names {
		var h uint32
		for _, unit := range utf16.Encode([]rune(name)) {
			h = 31*h + uint32(unit)
		}
		order[i] = placed{int(h^h>>16) & (table - 1), name}
	}
	slices.SortStableFunc(order, func(a, b placed) int { return a.slot - b.slot })
	for i, p := range order {
		names[i] = p.name
	}
	return names
}
