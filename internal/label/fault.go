package label

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// most is how many labels a task may have.
const most = 32

var (
	keys   = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?$`)
	values = regexp.MustCompile(`^[A-Za-z0-9._:@+/-]{0,63}$`)
)

// Fault tells what is wrong with a label; empty if nothing is.
func Fault(key, value string) string {
	switch {
	case !keys.MatchString(key):
		return fmt.Sprintf("the key [%.80s] of a label must be 1 to 63 letters, digits, '.', '_', '-' or '/' of ASCII, and begin and end with a letter or digit", key)
	case !values.MatchString(value):
		return fmt.Sprintf("the value [%.80s] of a label must be at most 63 letters, digits, '.', '_', '-', '/', ':', '@' or '+' of ASCII", value)
	}
	return ""
}

// Faults are all that is wrong with labels.
func Faults(labels map[string]string) (faults []string) {
	if len(labels) > most {
		faults = append(faults, fmt.Sprintf("must be at most %d, but are %d", most, len(labels)))
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		if fault := Fault(key, labels[key]); fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults
}
