package kafka

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"ovate/druid"
)

// What a spec says of data is brought into a canonical form, in which all that means the same to Druid is equal: what its own form tells, with every
// default, and what somebody has written, with none. A form is made of Go's values, and nil is what is as good as missing. While it is made, what Druid
// would refuse is.

// member is how the value of a name is read.
type member struct {
	form  func(value) any
	unset any // the form of what Druid takes if it is missing
}

// members are those that are known of an object.
type members map[string]member

// of is the form of an object. Members of other names are kept, as newer versions of Druid may know them.
func (m members) of(v value) any {
	if !v.object() {
		return nil
	}
	given := map[string][]byte{}
	for name, raw := range v.members() {
		if _, again := given[name]; !again || name != "type" {
			given[name] = raw
		}
	}
	all := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		of := v.at(name, given[name])
		if of.missing() {
			continue
		}
		each, known := m[name]
		if !known {
			each.form = value.plain
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
func (m members) object(v value) map[string]any {
	if all, is := m.of(v).(map[string]any); is {
		return all
	}
	return map[string]any{}
}

// unused is the form of what Druid reads, if at all, without effect on segments.
func unused(value) any { return nil }

// listOf is the form of a list whose elements have such a form; nil if it is empty.
func listOf(form func(value) any) func(value) any {
	return func(v value) any {
		var all []any
		for _, item := range v.items() {
			all = append(all, form(item))
		}
		if all == nil {
			return nil
		}
		return all
	}
}

func textForm(v value) any {
	if text, there := v.text(); there {
		return text
	}
	return nil
}

func lowerForm(v value) any {
	if text, there := v.text(); there {
		return strings.ToLower(text)
	}
	return nil
}

func truthForm(v value) any {
	if is, there := v.truth(); there {
		return is
	}
	return nil
}

func numberOf(n int64) json.Number { return json.Number(fmt.Sprint(n)) }

func wholeForm(least, most int64) func(value) any {
	return func(v value) any {
		if n, there := v.whole(least, most); there {
			return numberOf(n)
		}
		return nil
	}
}

func instantForm(v value) any {
	if t, there := v.instant(); there {
		return t.String()
	}
	return nil
}

// periodForm is that of a period that may have years and months.
func periodForm(v value) any {
	if v.is('"') {
		if p, err := druid.ParsePeriod(strings.TrimSpace(v.unquoted())); err == nil && (p.Years != 0 || p.Months != 0) {
			return p.String()
		}
	}
	if millis, there := v.period(); there {
		return numberOf(millis)
	}
	return nil
}

func granularityForm(v value) any {
	if v.missing() {
		return nil
	}
	var g druid.Granularity
	err := json.Unmarshal(v.raw, &g)
	if misfit, is := errors.AsType[*json.UnmarshalTypeError](err); is {
		v.at(misfit.Field, nil).refuse("must not be %s", misfit.Value)
	} else if err != nil {
		v.refuse(`must be a name such as "DAY", or an object such as {"type":"period","period":"P1D"}: %s`, strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if err != nil {
		return v.plain()
	}
	return g.String()
}

func intervalForm(v value) any {
	text, there := v.text()
	interval, err := druid.ParseInterval(text)
	if !there || err != nil {
		v.refuse("must be an interval such as 2026-01-01/2026-02-01, but is %s", v.shown())
		return v.plain()
	}
	return interval.String()
}

// The numbers that Java's types hold.
var (
	intForm  = wholeForm(math.MinInt32, math.MaxInt32)
	longForm = wholeForm(math.MinInt64, math.MaxInt64)
)
