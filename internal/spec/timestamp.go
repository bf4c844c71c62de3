package spec

import (
	"strings"

	"ovate/druid"
)

func (r *reader) timestampSpec(v value) TimestampSpec {
	var s TimestampSpec
	if !r.present(v, "column and format") {
		return s
	}
	s.Column = r.text(v.field("column"), "timestamp")
	s.Format = r.text(v.field("format"), "auto")
	if !readableFormat(s.Format) {
		r.refuseAsDruid(v.field("format"), "Cannot construct instance of `org.apache.druid.data.input.impl.TimestampSpec`, problem: "+
			"Unable to parse timestamps with format [%s]", firstLine(s.Format))
	}
	r.missingValue(v.field("missingValue"), &s)
	return s
}

// missingValue reads an instant. Druid echoes it with the offset that it was given in.
func (r *reader) missingValue(v value, s *TimestampSpec) {
	var t druid.Instant
	switch {
	case v.missing():
		return
	case v.kind == number && !strings.ContainsAny(v.text, ".eE"):
		t = druid.Instant(r.long(v, 0))
	case v.kind == text:
		given := strings.TrimSpace(v.text)
		if given == "" {
			return
		}
		var err error
		if t, err = druid.ParseInstant(given); err != nil {
			r.refuse(v, "must be an ISO-8601 instant, but is %s: %v", v.shown(), err)
			return
		}
		s.missingText = withOffset(t, given)
	default:
		r.refuse(v, "must be an ISO-8601 instant or milliseconds since 1970, but is %s", v.shown())
		return
	}
	s.Missing = &t
}

// withOffset writes t in the offset that stands at the end of the text it was read from, or as it is if none does.
func withOffset(t druid.Instant, from string) string {
	clock := strings.IndexAny(from, "Tt")
	sign := strings.LastIndexAny(from, "+-")
	if clock < 0 || sign < clock {
		return ""
	}
	digits := strings.ReplaceAll(from[sign+1:], ":", "")
	if len(digits) < 2 || strings.Trim(digits, "0") == "" {
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

// readableFormat tells whether Druid can make a parser of a format: any of its own names, or a pattern of Joda-Time
// with no other letters than that has, except between quotes.
func readableFormat(format string) bool {
	switch strings.ToLower(format) {
	case "auto", "iso", "millis", "posix", "micro", "nano", "ruby":
		return true
	}
	quoted := false
	for _, c := range format {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		switch {
		case c == '\'':
			quoted = !quoted
		case letter && !quoted && !strings.ContainsRune("GCYxweEyDMdaKhHkmsSzZ", c):
			return false
		}
	}
	return format != ""
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
