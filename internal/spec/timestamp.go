package spec

import (
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest/timestamp"
)

func (r *reader) timestampSpec(v value) TimestampSpec {
	var s TimestampSpec
	if !r.present(v, "column and format") {
		return s
	}
	s.Column = r.text(v.field("column"), "timestamp")
	s.Format = r.text(v.field("format"), "auto")
	if s.Format == "" {
		r.refuse(v.field("format"), "must not be empty")
	} else if _, err := timestamp.New(s.Format); err != nil {
		r.refuse(v.field("format"), "%s", oneLine(err.Error()))
	}
	if t, text, ok := r.instant(v.field("missingValue")); ok {
		s.Missing, s.missingText = &t, text
	}
	return s
}

// instant reads an instant and tells whether there is one. The echo is how Druid shows one that was given with an
// offset; it is empty for others.
func (r *reader) instant(v value) (t druid.Instant, echo string, ok bool) {
	switch {
	case v.missing():
		return 0, "", false
	case r.isURI(v):
		return 0, "", false
	case v.kind == number && !strings.ContainsAny(v.text, ".eE"):
		return druid.Instant(r.long(v, 0)), "", true
	case v.kind == text:
		given := strings.TrimSpace(v.text)
		if given == "" {
			return 0, "", false
		}
		if _, number := strconv.ParseInt(given, 10, 64); number == nil && len(given) > 9 {
			r.refuse(v, "must be an ISO-8601 instant, or milliseconds as a number, but is the text %s", v.shown())
			return 0, "", false
		}
		t, err := druid.ParseInstant(given)
		if err != nil {
			r.refuse(v, "must be an ISO-8601 instant, but is %s: %v", v.shown(), err)
		}
		return t, withOffset(t, given), err == nil
	}
	r.refuse(v, "must be an ISO-8601 instant or milliseconds since 1970, but is %s", v.shown())
	return 0, "", false
}

// withOffset writes t in the offset that stands at the end of the text it was read from, or as it is if none does.
func withOffset(t druid.Instant, from string) string {
	clock := strings.IndexAny(from, "Tt")
	sign := strings.LastIndexAny(from, "+-")
	if clock < 0 || sign < clock {
		return ""
	}
	digits := strings.ReplaceAll(from[sign+1:], ":", "")
	if len(digits) < 2 || len(digits) > 4 || strings.Trim(digits, "0") == "" {
		return ""
	}
	for len(digits) < 4 {
		digits += "0"
	}
	minutes := 0
	for i, weight := range []int{600, 60, 10, 1} {
		minutes += weight * int(digits[i]-'0')
	}
	if from[sign] == '-' {
		minutes = -minutes
	}
	local := (t + druid.Instant(minutes)*60_000).String()
	return strings.TrimSuffix(local, "Z") + from[sign:sign+1] + digits[:2] + ":" + digits[2:4]
}

func (s *TimestampSpec) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("column", s.Column)
	e.text("format", s.Format)
	switch {
	case s.Missing == nil:
		e.raw("missingValue", "null")
	case s.missingText != "":
		e.text("missingValue", s.missingText)
	default:
		e.text("missingValue", s.Missing.String())
	}
	return e.end()
}
