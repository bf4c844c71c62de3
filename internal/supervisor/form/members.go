// Package form brings what a spec says of data into a canonical form, in which all that means the same to Druid is equal: what its own form tells, with every
// default, and what somebody has written, with none. A form is made of Go's values, and nil is what is as good as missing. While it is made, what Druid
// would refuse is. It is the same for whatever stream the data comes from.
package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/supervisor/document"
)

// member is how the value of a name is read.
type member struct {
	form  func(document.Value) any
	unset any // the form of what Druid takes if it is missing
}

// members are those that are known of an object.
type members map[string]member

// names are theirs, and more.
func (m members) names(more ...string) []string { return append(slices.Sorted(maps.Keys(m)), more...) }

// of is the form of an object. Members of other names are kept, as newer versions of Druid may know them.
func (m members) of(v document.Value) any {
	if !v.Object() {
		return nil
	}
	given := map[string][]byte{}
	for name, raw := range v.Members() {
		if _, again := given[name]; !again || name != "type" {
			given[name] = raw
		}
	}
	all := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		of := v.At(name, given[name])
		if of.Missing() {
			continue
		}
		each, known := m[name]
		if !known {
			each.form = plain
		}
		if form := each.form(of); form != nil && !(each.unset != nil && reflect.DeepEqual(form, each.unset)) {
			all[name] = form
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// object is the form of an object as a map, which may be empty.
func (m members) object(v document.Value) map[string]any {
	if all, is := m.of(v).(map[string]any); is {
		return all
	}
	return map[string]any{}
}

// unused is the form of what Druid reads, if at all, without effect on segments.
func unused(document.Value) any { return nil }

// listOf is the form of a list whose elements have such a form; nil if it is empty.
func listOf(form func(document.Value) any) func(document.Value) any {
	return func(v document.Value) any {
		var all []any
		for _, item := range v.Items() {
			all = append(all, form(item))
		}
		if all == nil {
			return nil
		}
		return all
	}
}

func textForm(v document.Value) any {
	if text, there := v.Text(); there {
		return text
	}
	return nil
}

func lowerForm(v document.Value) any {
	if text, there := v.Text(); there {
		return strings.ToLower(text)
	}
	return nil
}

func truthForm(v document.Value) any {
	if is, there := v.Truth(); there {
		return is
	}
	return nil
}

func numberOf(n int64) json.Number { return json.Number(fmt.Sprint(n)) }

func wholeForm(least, most int64) func(document.Value) any {
	return func(v document.Value) any {
		if n, there := v.Whole(least, most); there {
			return numberOf(n)
		}
		return nil
	}
}

func instantForm(v document.Value) any {
	if t, there := v.Instant(); there {
		return t.String()
	}
	return nil
}

// periodForm is that of a period that may have years and months.
func periodForm(v document.Value) any {
	if v.Is('"') {
		if p, err := druid.ParsePeriod(strings.TrimSpace(v.Unquoted())); err == nil && (p.Years != 0 || p.Months != 0) {
			return p.String()
		}
	}
	if millis, there := v.Period(); there {
		return numberOf(millis)
	}
	return nil
}

func granularityForm(v document.Value) any {
	if v.Missing() {
		return nil
	}
	var g druid.Granularity
	err := json.Unmarshal(v.Raw(), &g)
	if misfit, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		v.At(misfit.Field, nil).Refuse("must not be %s", misfit.Value)
	} else if err != nil {
		v.Refuse(`must be a name such as "DAY", or an object such as {"type":"period","period":"P1D"}: %s`, strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if err != nil {
		return plain(v)
	}
	return g.String()
}

func intervalForm(v document.Value) any {
	text, there := v.Text()
	interval, err := druid.ParseInterval(text)
	if !there || err != nil {
		v.Refuse("must be an interval such as 2026-01-01/2026-02-01, but is %s", v.Shown())
		return plain(v)
	}
	return interval.String()
}

// The numbers that Java's types hold.
var (
	intForm  = wholeForm(math.MinInt32, math.MaxInt32)
	longForm = wholeForm(math.MinInt64, math.MaxInt64)
)

// plain is a value of which nothing is known, so that two that say the same are equal: members that are null or empty are as good as missing.
func plain(v document.Value) any {
	switch {
	case v.Missing():
		return nil
	case v.Is('{'):
		return members{}.of(v)
	case v.Is('['):
		return listOf(plain)(v)
	case v.Is('"'):
		return v.Unquoted()
	case v.Is('t'), v.Is('f'):
		return v.Is('t')
	}
	number := json.Number(v.Raw())
	if bytes.ContainsAny(v.Raw(), ".eE") {
		if double, err := number.Float64(); err == nil {
			return double
		}
	}
	return number
}
