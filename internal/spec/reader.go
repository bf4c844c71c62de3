package spec

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/jsontext"
	"ovate/internal/uri"
)

// reader turns values into Go's, as leniently as Druid: numbers and booleans may be given as text, text as a number,
// whole numbers with a fraction, and the empty text is no number. It keeps the first fault, the others behind it, and goes on, so that the
// code that reads a spec need not stop at every field.
type reader struct {
	taskType string
	err      *Error
}

// failure is the first fault, if there is one.
func (r *reader) failure() error {
	if r.err == nil {
		return nil // a nil *Error would be an error
	}
	return r.err
}

// refuse records that v cannot be accepted, in words that follow its path.
func (r *reader) refuse(v value, format string, args ...any) {
	r.record(&Error{Path: v.path, Problem: v.open(fmt.Sprintf(format, args...))})
}

// refuseAsDruid records the same in Druid's own words, which name the field by themselves.
func (r *reader) refuseAsDruid(v value, format string, args ...any) {
	r.record(&Error{Path: v.path, Problem: v.open(fmt.Sprintf(format, args...)), druids: true})
}

// mostFaults bounds what is kept of a spec in which everything is wrong.
const mostFaults = 100

// record keeps a fault: of each value the first, as it may be the cause of the others.
func (r *reader) record(fault *Error) {
	if r.err == nil {
		r.err = fault
		return
	}
	known := func(other *Error) bool { return other.Path == fault.Path }
	if len(r.err.others) < mostFaults-1 && !known(r.err) && !slices.ContainsFunc(r.err.others, known) {
		r.err.others = append(r.err.others, fault)
	}
}

// unsupported records that Druid would accept v and this version does not; instead says what is possible.
func (r *reader) unsupported(v value, instead string) {
	what := ""
	if !v.missing() && v.kind < list {
		what = v.shown() + " "
	}
	r.refuse(v, "%sis not supported by this version of ovate: %s", what, instead)
}

// object tells whether v is there and is an object.
func (r *reader) object(v value) bool {
	if v.missing() {
		return false
	}
	if v.kind != object {
		r.refuse(v, "must be an object, but is %s", v.shown())
		return false
	}
	return true
}

// list returns the elements of v, none if it is missing.
func (r *reader) list(v value) []value {
	if v.missing() {
		return nil
	}
	if v.kind != list {
		r.refuse(v, "must be a list, but is %s", v.shown())
		return nil
	}
	items := make([]value, len(v.items))
	for i := range items {
		items[i] = v.item(i)
	}
	return items
}

// text returns v as text, fallback if it is missing. It is a name or a pattern, which is shown in many places and must hold no
// password: a URI with one is refused.
func (r *reader) text(v value, fallback string) string {
	given := r.anyText(v, fallback)
	if !v.secret && uri.HasUser(given) {
		r.refuse(v, "must not hold a URI with a user or a password, as it is shown: %s", quoted(given))
		return fallback
	}
	return given
}

// isURI refuses a URI where there can be none. An error that quotes parts of it would show what must not be shown.
func (r *reader) isURI(v value) bool {
	if v.missing() || v.kind != text || !strings.Contains(v.text, "://") {
		return false
	}
	r.refuse(v, "must not be a URI, but is %s", v.shown())
	return true
}

// anyText is text that may hold everything, as it is not shown, or is data.
func (r *reader) anyText(v value, fallback string) string {
	if v.missing() {
		return fallback
	}
	if v.kind >= list {
		r.refuse(v, "must be a text, but is %s", v.shown())
		return fallback
	}
	return v.text
}

// texts returns a list of texts. None of them may be missing.
func (r *reader) texts(v value) []string {
	items := r.list(v)
	if items == nil {
		return nil
	}
	texts := make([]string, len(items))
	for i, item := range items {
		if item.missing() {
			r.refuse(item, "must be a text, but is null")
		}
		texts[i] = r.text(item, "")
	}
	return texts
}

// boolean returns v as a truth, fallback if it is missing. Whole numbers other than 0 are true.
func (r *reader) boolean(v value, fallback bool) bool {
	if v.missing() {
		return fallback
	}
	switch {
	case v.kind == text:
		if is, known := jsontext.Truth(v.text); known {
			return is
		}
		if jsontext.IsNone(v.text) {
			return fallback
		}
	case v.kind == boolean:
		return v.text == "true"
	case v.kind == number && !strings.ContainsAny(v.text, ".eE"):
		return v.text != "0"
	}
	r.refuse(v, "must be true or false, but is %s", v.shown())
	return fallback
}

// int returns v as an int of 32 bits, fallback if it is missing.
func (r *reader) int(v value, fallback int) int {
	n, ok := r.whole(v, math.MinInt32, math.MaxInt32)
	if !ok {
		return fallback
	}
	return int(n)
}

// long returns v as an int of 64 bits, fallback if it is missing.
func (r *reader) long(v value, fallback int64) int64 {
	n, ok := r.whole(v, math.MinInt64, math.MaxInt64)
	if !ok {
		return fallback
	}
	return n
}

// whole reads a number and tells whether there is one.
func (r *reader) whole(v value, least, most int64) (n int64, ok bool) {
	if v.missing() {
		return 0, false
	}
	var err error
	switch v.kind {
	case number:
		n, err = jsontext.Whole(v.text)
	case text:
		if jsontext.IsNone(v.text) {
			return 0, false
		}
		n, err = strconv.ParseInt(strings.TrimSpace(v.text), 10, 64)
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || n < least || n > most {
		r.refuse(v, "must be a whole number from %d to %d, but is %s", least, most, v.shown())
		return 0, false
	}
	return n, true
}

// atLeast refuses numbers below least.
func (r *reader) atLeast(v value, least, n int) int {
	if n < least {
		r.refuse(v, "must be at least %d, but is %s", least, v.shown())
	}
	return n
}

// typeOf reads the type id of v, a value that has to be one of the types of a Java class. One that is unknown is refused with the words
// that Druid has for it.
func (r *reader) typeOf(v value, class string, known ...string) string {
	t := v.field("type")
	switch {
	case v.node == nil:
		r.refuse(v, "is missing: it must be an object with a type, one of [%s]", strings.Join(known, ", "))
		return ""
	case v.kind != object:
		r.refuse(v, "must be an object with a type, one of [%s], but is %s", strings.Join(known, ", "), v.shown())
		return ""
	case t.node == nil:
		r.refuse(t, "is missing: it must be one of [%s]", strings.Join(known, ", "))
		return ""
	}
	property := v.path[strings.LastIndexByte(v.path, '.')+1:]
	property, _, _ = strings.Cut(property, "[")
	name := r.text(t, "null")
	if !slices.Contains(known, name) {
		if strings.Contains(name, "://") {
			name = uri.Redact(name)
		}
		r.refuseAsDruid(v, "Please make sure to load all the necessary extensions and jars with type '%s' on 'druid/overlord' service. "+
			"Could not resolve type id '%s' as a subtype of `%s` known type ids = [%s] (for POJO property '%s')",
			name, name, class, strings.Join(known, ", "), property)
		return ""
	}
	return name
}
